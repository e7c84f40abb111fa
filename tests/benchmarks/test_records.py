import pytest

from benchmarks.records import Check, Result, Row, RowResult, SameBits, Target, Timed, Way, equals, near


def a_way(name: str, target: Target | None = None, missing: str = "") -> Way:
    return Way(name, lambda: Timed(1, 0.0), equals(1), target=target, missing=missing)


def a_result(way: Way, *seconds: float) -> Result:
    return Result(way, tuple(Timed(None, each) for each in seconds), "")


def a_row_result(*results: Result) -> RowResult:
    return RowResult(Row("case", "size", tuple(result.way for result in results)), results)


def test_the_median_is_what_half_of_the_runs_took() -> None:
    assert a_result(a_way("ufora"), 9.0, 1.0, 2.0).median == 2.0


def test_a_quantile_is_a_time_that_was_measured() -> None:
    result = a_result(a_way("ufora"), *(float(number) for number in range(100)))
    assert result.quantile(0.95) == 95.0
    assert result.quantile(1.0) == 99.0


def test_a_ratio_says_how_many_times_as_long_the_first_way_took() -> None:
    ufora, peer = a_result(a_way("ufora"), 3.0), a_result(a_way("numba"), 2.0)
    measured = a_row_result(ufora, peer)
    assert measured.ratio(peer) == 1.5
    assert measured.ratio(ufora) is None


def test_a_way_that_is_missing_has_no_ratio() -> None:
    peer = a_result(a_way("C", missing="no compiler"))
    assert a_row_result(a_result(a_way("ufora"), 3.0), peer).ratio(peer) is None


@pytest.mark.parametrize(("seconds", "met"), [(1.1, True), (1.2, False)])
def test_a_target_beside_a_peer_is_a_multiple_of_its_median(seconds: float, met: bool) -> None:
    ufora = a_result(a_way("ufora", Target(1.1, "numba")), seconds)
    assert a_row_result(ufora, a_result(a_way("numba"), 1.0)).is_met(ufora) is met


def test_a_target_beside_a_peer_that_is_missing_is_neither_met_nor_missed() -> None:
    ufora = a_result(a_way("ufora", Target(1.1, "C")), 1.0)
    assert a_row_result(ufora, a_result(a_way("C", missing="no compiler"))).is_met(ufora) is None


@pytest.mark.parametrize(("seconds", "met"), [(0.01, True), (0.02, False)])
def test_a_target_alone_is_in_seconds(seconds: float, met: bool) -> None:
    ufora = a_result(a_way("ufora", Target(0.01)), seconds)
    assert a_row_result(ufora).is_met(ufora) is met


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
