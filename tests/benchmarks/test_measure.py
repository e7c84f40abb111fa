from benchmarks.measure import measure, timed
from benchmarks.records import Row, Timed, Way, equals


def measure_quietly(row: Row, repeat: int) -> list[tuple[int, str]]:
    measured = measure(row, repeat, lambda _: None)
    return [(len(result.runs), result.wrong) for result in measured.results]


def test_ways_take_turns() -> None:
    turns: list[str] = []

    def way(name: str) -> Way:
        return Way(name, lambda: timed(lambda: turns.append(name)), equals(None))

    assert measure_quietly(Row("case", "size", (way("a"), way("b"))), 3) == [(3, ""), (3, "")]
    assert turns == ["a", "b"] * 3


def test_what_warms_up_is_not_timed() -> None:
    calls: list[str] = []
    way = Way("a", lambda: timed(lambda: calls.append("run")), equals(None), warm_up=lambda: calls.append("warm up"))
    assert measure_quietly(Row("case", "size", (way,)), 2) == [(2, "")]
    assert calls == ["warm up", "run", "run"]


def test_a_wrong_answer_is_told_even_when_later_ones_are_right() -> None:
    answers = iter([1, 2, 1])
    way = Way("a", lambda: Timed(next(answers), 1.0), equals(1))
    assert measure_quietly(Row("case", "size", (way,)), 3) == [(3, "2 is not 1")]


def test_a_way_that_is_missing_does_not_run() -> None:
    def fail() -> Timed:
        raise AssertionError

    ways = (Way("a", lambda: Timed(1, 1.0), equals(1)), Way("b", fail, equals(1), missing="no compiler"))
    assert measure_quietly(Row("case", "size", ways), 1) == [(1, ""), (0, "")]


def test_a_way_may_ask_for_more_rounds() -> None:
    ways = (Way("a", lambda: Timed(1, 1.0), equals(1), repeat=5), Way("b", lambda: Timed(1, 1.0), equals(1)))
    assert measure_quietly(Row("case", "size", ways), 2) == [(5, ""), (2, "")]
