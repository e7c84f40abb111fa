"""How far an evaluation has come."""

import pytest

from ufora.protocol.progress import Progress
from ufora.runtime.progress import Counts


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_nothing_is_counted_at_first() -> None:
    assert Counts().find_progress() == Progress(None, 0, 0, 1, None)


def test_what_is_left_is_judged_by_the_pace_so_far() -> None:
    clock = Clock()
    counts = Counts(clock)
    with counts.counting("a.py", 3, 1000) as count:
        count.cores = 2
        assert counts.find_progress() == Progress(0.0, 0, 0, 2, None, "a.py", 3)
        clock.now += 3
        counts.add(count, 250, 5)
        assert counts.find_progress() == Progress(0.25, 5, 20, 2, 9.0, "a.py", 3)
        clock.now += 1
        assert counts.find_progress() == Progress(0.25, 5, 20, 2, 8.0, "a.py", 3)
        counts.add(count, 750, 1)
        assert counts.find_progress() == Progress(1.0, 6, 6, 2, 0.0, "a.py", 3)
    assert counts.find_progress() == Progress(None, 0, 0, 1, None)


def test_the_outermost_of_nested_counts_is_told() -> None:
    counts = Counts(Clock())
    with counts.counting("a.py", 3, 10):
        with counts.counting("a.py", 4, 10):
            assert counts.find_progress().line == 3
        with pytest.raises(ZeroDivisionError), counts.counting("a.py", 5, 10):
            raise ZeroDivisionError
        assert counts.find_progress().line == 3


def test_an_empty_count_is_no_division_by_zero() -> None:
    counts = Counts(Clock())
    with counts.counting("a.py", 3, 0):
        assert counts.find_progress().fraction == 0.0
