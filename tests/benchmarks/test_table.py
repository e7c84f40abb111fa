from benchmarks.records import Result, RowResult, Run
from benchmarks.table import as_markdown, as_matrix, as_text, format_seconds
from benchmarks.targets import AS_COMPILED, C_ONE_CORE, CORES, EFFICIENT, NUMBA, ONE_CORE, C, Target, within


def a_result(name: str, seconds: float, *targets: Target, wrong: str = "", failed: str = "") -> Result:
    return Result(name, () if failed else (Run(seconds, {"part": seconds / 2}),) * 2, targets, wrong, failed)


def a_table(*results: Result) -> list[RowResult]:
    return [RowResult("primes", "10", results)]


def test_a_line_says_who_how_long_and_beside_whom() -> None:
    text = as_text(a_table(a_result("ufora", 3.0, AS_COMPILED), a_result(NUMBA, 2.0)))
    lines = [line.split() for line in text.splitlines()]
    assert lines[1] == ["primes", "10", "ufora", "3.00", "s", "right"]
    assert lines[2] == ["part", "1.50", "s"]
    assert lines[3][-5:] == ["1.50", "≤", "1.15", "×:", "MISSED"]
    assert lines[4] == ["numba", "2.00", "s", "1.50", "×", "that", "right"]


def test_a_missed_target_is_told_with_what_was_reached() -> None:
    page = as_markdown(a_table(a_result("ufora", 3.0, within(1), within(4))), [])
    assert "1 of 2 targets were met.\n\nMissed:\n\n- primes 10: time 3.00, ≤ 1 s wanted" in page


def test_beside_an_efficiency_stands_what_c_makes_of_the_same_cores() -> None:
    ours = a_result("ufora", 3.0, EFFICIENT), a_result(ONE_CORE, 1.5 * CORES)
    measured = a_table(*ours, a_result(C, 2.0), a_result(C_ONE_CORE, 1.5 * CORES))
    assert "C's efficiency" in as_text(measured)
    assert f"efficiency on {CORES} cores 0.50, ≥ 0.9 wanted (C: 0.75)" in as_markdown(measured, [])
    assert "C's efficiency" not in as_text(a_table(*ours, a_result(C, 2.0)))


def test_a_wrong_answer_and_a_failure_are_told() -> None:
    measured = a_table(a_result("ufora", 3.0, AS_COMPILED, failed="Refused: no\nmore"), a_result(NUMBA, 1.0, wrong="1 is not 2"))
    assert "FAILED: Refused: no more" in as_text(measured)
    assert "not compared" in as_text(measured)
    assert "- primes 10, numba: WRONG: 1 is not 2" in as_markdown(measured, [])


def test_a_peer_that_is_missing_is_told() -> None:
    assert "no gcc here" in as_text(a_table(a_result("ufora", 1.0), Result(C, missing="no gcc here")))


def test_one_round_is_told() -> None:
    assert "3.00 s, one round" in as_text(a_table(Result("ufora", (Run(3.0),))))


def test_the_page_begins_with_the_facts() -> None:
    page = as_markdown(a_table(a_result("ufora", 1.0)), [("machine", "two cores")])
    assert page.startswith("# Measured\n\n- machine: two cores\n\n0 of 0 targets were met.")
    assert "| primes | 10 | ufora | 1.00 s |  | right |  |" in page


def test_the_medians_stand_side_by_side() -> None:
    lines = as_matrix(a_table(a_result("ufora", 1.0), a_result(C, 2.0))).splitlines()
    assert lines[0] == "| program | size | ufora | ufora, one core | numba | C, OpenMP | CPython | multiprocessing.Pool | Dask | Ray |"
    assert lines[2] == "| primes | 10 | 1.00 s |  |  | 2.00 s |  |  |  |  |"


def test_short_times_are_in_milliseconds() -> None:
    assert [format_seconds(each) for each in (0.0123, 1.234)] == ["12.3 ms", "1.23 s"]
