from benchmarks.records import Result, Row, RowResult, Target, Timed, Way, equals
from benchmarks.table import as_markdown, as_text, format_seconds


def a_result(name: str, seconds: float, *, wrong: str = "", target: Target | None = None, missing: str = "") -> Result:
    way = Way(name, lambda: Timed(1, seconds), equals(1), target=target, missing=missing)
    return Result(way, () if missing else (Timed(None, seconds, {"part": seconds / 2}),), wrong)


def a_table(*results: Result) -> list[RowResult]:
    return [RowResult(Row("primes", "10", tuple(result.way for result in results)), results)]


def test_a_line_says_who_how_long_and_beside_whom() -> None:
    text = as_text(a_table(a_result("ufora", 3.0, target=Target(2, "numba")), a_result("numba", 2.0)))
    lines = [line.split() for line in text.splitlines()]
    assert lines[1] == ["primes", "10", "ufora", "3.00", "s", "right", "≤", "2", "×", "numba:", "met"]
    assert lines[2] == ["part", "1.50", "s"]
    assert lines[3] == ["numba", "2.00", "s", "1.50", "×", "that", "right"]


def test_a_missed_target_and_a_wrong_answer_are_told() -> None:
    measured = a_table(a_result("ufora", 3.0, wrong="1 is not 2", target=Target(1)))
    assert "WRONG: 1 is not 2" in as_text(measured)
    assert "≤ 1 s: MISSED" in as_text(measured)
    assert "Targets missed: primes 10." in as_markdown(measured, [])


def test_a_peer_that_is_missing_is_told() -> None:
    assert "no gcc here" in as_text(a_table(a_result("ufora", 1.0), a_result("C", 0.0, missing="no gcc here")))


def test_the_page_begins_with_the_facts() -> None:
    page = as_markdown(a_table(a_result("ufora", 1.0)), [("machine", "two cores")])
    assert page.startswith("# Measured\n\n- machine: two cores\n\nNo target was missed.")
    assert "| primes | 10 | ufora | 1.00 s |  | right |  |" in page


def test_short_times_are_in_milliseconds() -> None:
    assert [format_seconds(each) for each in (0.0123, 1.234)] == ["12.3 ms", "1.23 s"]
