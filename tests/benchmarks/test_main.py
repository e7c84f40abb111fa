"""The runner itself, on a real cluster, at the smallest sizes."""

import argparse
from pathlib import Path

import pytest

from benchmarks.__main__ import CASES, Chosen, main, measure_case, parse


def chosen(*arguments: str) -> list[Chosen]:
    parsed: argparse.Namespace = parse(arguments)
    found: list[Chosen] = parsed.chosen
    return found


def test_all_cases_are_the_default() -> None:
    assert chosen() == [Chosen(name) for name in CASES]


def test_cases_and_their_sizes_are_chosen_by_name() -> None:
    assert chosen("fib=10", "empty") == [Chosen("fib", 10), Chosen("empty")]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["prime"], "there is no prime; there are primes"),
        (["primes=many"], "primes=many: the size is a number from 1"),
        (["primes=0"], "primes=0: the size is a number from 1"),
        (["--repeat", "0"], "--repeat takes a number from 1"),
    ],
)
def test_what_makes_no_sense_is_refused(arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse(arguments)
    assert sentence in capsys.readouterr().err


def test_a_table_is_printed_and_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "page.md"
    assert main(["empty", "first", "--quick", "--repeat", "1", "--write", str(page)]) == 0
    for text in (capsys.readouterr().out, page.read_text("utf-8")):
        assert "ufora" in text
        assert "95 of 100 within" in text
        assert "with connecting" in text
        assert "WRONG" not in text
    assert "python -m benchmarks empty first --quick --repeat 1" in page.read_text("utf-8")


def test_a_case_that_takes_too_long_loses_only_its_own_rows(capsys: pytest.CaptureFixture[str]) -> None:
    measured = measure_case(Chosen("fib", 200), 1, 2.0, quick=True)
    assert [(each.case, each.size) for each in measured] == [("fib", "the rest")]
    assert measured[0].results[0].failed.startswith("stopped after 2 s")
