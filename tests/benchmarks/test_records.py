import pytest

from benchmarks.records import Check, Result, RowResult, Run, SameBits, equals, near
from benchmarks.targets import AS_COMPILED, NUMBA, C


def a_result(name: str, *seconds: float, wrong: str = "") -> Result:
    return Result(name, tuple(map(Run, seconds)), (AS_COMPILED,) if name == "ufora" else (), wrong)


def a_row_result(*results: Result) -> RowResult:
    return RowResult("case", "size", results)


def test_the_median_is_what_half_of_the_runs_took() -> None:
    assert a_result("ufora", 9.0, 1.0, 2.0).median == 2.0
    assert a_result("ufora").median is None


def test_a_quantile_is_a_time_that_was_measured() -> None:
    result = a_result("ufora", *(float(number) for number in range(100)))
    assert result.quantile(0.95) == 95.0
    assert result.quantile(1.0) == 99.0


def test_a_ratio_says_how_many_times_as_long_the_first_way_took() -> None:
    ufora, peer = a_result("ufora", 3.0), a_result(NUMBA, 2.0)
    measured = a_row_result(ufora, peer)
    assert measured.find_ratio(peer) == 1.5
    assert measured.find_ratio(ufora) is None


def test_a_way_that_is_missing_has_no_ratio() -> None:
    peer = Result(C, missing="no compiler")
    assert a_row_result(a_result("ufora", 3.0), peer).find_ratio(peer) is None


@pytest.mark.parametrize(("seconds", "met"), [(1.1, True), (1.2, False)])
def test_a_target_is_judged_beside_the_peers_of_the_row(seconds: float, met: bool) -> None:
    ufora = a_result("ufora", seconds)
    verdict = a_row_result(ufora, a_result(NUMBA, 1.0)).judge(ufora)[0]
    assert (verdict.reached, verdict.is_met) == (seconds, met)


def test_who_gave_a_wrong_answer_is_nobody_to_be_compared_with() -> None:
    ufora = a_result("ufora", 2.0)
    assert a_row_result(ufora, a_result(NUMBA, 1.0, wrong="1 is not 2")).judge(ufora)[0].is_met is None


@pytest.mark.parametrize(
    ("check", "answer", "right"),
    [
        (equals(1), 1, True),
        (equals(1), 2, False),
        (equals(1), 1.0, False),
        (near(0.5, 0.1), 0.55, True),
        (near(0.5, 0.1), 0.65, False),
    ],
)
def test_an_answer_is_judged(check: Check, answer: object, right: bool) -> None:
    assert (check(answer) == "") is right


def test_all_answers_must_have_the_bits_of_the_first() -> None:
    check = SameBits(near(0.5, 0.1))
    assert [check(0.5), check(0.5)] == ["", ""]
    assert check(0.5000001)
