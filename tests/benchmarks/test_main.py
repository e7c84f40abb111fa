"""The runner itself, on a real cluster, at the smallest sizes."""

from pathlib import Path

import pytest

from benchmarks.__main__ import CASES, main, parse

ROOT = Path(__file__).resolve().parents[2]


def test_every_case_is_listed() -> None:
    assert sorted(CASES) == sorted(path.stem for path in (ROOT / "benchmarks/cases").glob("[a-z]*.py"))


def test_a_name_that_is_none_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse(["prime"])
    assert "there is no prime; there are primes" in capsys.readouterr().err


def test_a_table_is_printed_and_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "page.md"
    assert main(["empty", "first", "restart", "--quick", "--repeat", "1", "--write", str(page)]) == 0
    for text in (capsys.readouterr().out, page.read_text("utf-8")):
        assert "ufora" in text
        assert "95 of 100 within" in text
        assert "with connecting" in text
        assert "WRONG" not in text
    assert "python -m benchmarks empty first restart --quick --repeat 1" in page.read_text("utf-8")


def test_peers_agree(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["nested", "--quick", "--repeat", "1"]) == 0
    assert "numba" in capsys.readouterr().out
