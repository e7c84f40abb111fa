from benchmarks.measure import LONG_SECONDS, measure, timed
from benchmarks.records import Result, Row, RowResult, Timed, Way, equals
from pyfora import InvalidPyforaOperation


def measure_quietly(row: Row, repeat: int) -> RowResult:
    return measure(row, repeat, lambda _: None)


def said(row: Row, repeat: int) -> list[tuple[int, str]]:
    return [(len(result.runs), result.wrong) for result in measure_quietly(row, repeat).results]


def test_ways_take_turns() -> None:
    turns: list[str] = []

    def way(name: str) -> Way:
        return Way(name, lambda: timed(lambda: turns.append(name)), equals(None))

    assert said(Row("case", "size", (way("a"), way("b"))), 3) == [(3, ""), (3, "")]
    assert turns == ["a", "b"] * 3


def test_what_warms_up_is_not_timed() -> None:
    calls: list[str] = []
    way = Way("a", lambda: timed(lambda: calls.append("run")), equals(None), warm_up=lambda: calls.append("warm up"))
    assert said(Row("case", "size", (way,)), 2) == [(2, "")]
    assert calls == ["warm up", "run", "run"]


def test_a_wrong_answer_is_told_even_when_later_ones_are_right() -> None:
    answers = iter([1, 2, 1])
    way = Way("a", lambda: Timed(next(answers), 1.0), equals(1))
    assert said(Row("case", "size", (way,)), 3) == [(3, "2 is not 1")]


def test_a_way_that_is_missing_does_not_run() -> None:
    def fail() -> Timed:
        raise AssertionError

    ways = (Way("a", lambda: Timed(1, 1.0), equals(1)), Way("b", fail, equals(1), warm_up=fail, missing="no compiler"))
    assert said(Row("case", "size", ways), 1) == [(1, ""), (0, "")]


def test_a_way_may_ask_for_more_rounds() -> None:
    ways = (Way("a", lambda: Timed(1, 1.0), equals(1), repeat=5), Way("b", lambda: Timed(1, 1.0), equals(1)))
    assert said(Row("case", "size", ways), 2) == [(5, ""), (2, "")]


def test_a_way_that_takes_long_has_one_turn() -> None:
    ways = (Way("a", lambda: Timed(1, LONG_SECONDS + 1), equals(1)), Way("b", lambda: Timed(1, 1.0), equals(1)))
    assert said(Row("case", "size", ways), 3) == [(1, ""), (3, "")]


def test_a_program_that_is_refused_does_not_keep_the_others_from_being_measured() -> None:
    def refuse() -> Timed:
        raise InvalidPyforaOperation("line 3: no")

    ways = (Way("a", refuse, equals(1)), Way("b", lambda: Timed(1, 1.0), equals(1)))
    results: tuple[Result, ...] = measure_quietly(Row("case", "size", ways), 3).results
    assert [(len(each.runs), each.failed) for each in results] == [(0, "InvalidPyforaOperation: line 3: no"), (3, "")]
