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


def test_calls_side_by_side_keep_cores_busy_and_are_counted_when_done() -> None:
    counts = Counts()
    counts.note_calls(3, 2)
    assert counts.find_progress() == Progress(None, 3, 0, 2, None)
    with counts.counting("a.py", 3, 10):
        assert counts.find_progress().line == 3
    counts.note_calls(0, 1)
    assert counts.find_progress() == Progress(None, 0, 0, 1, None)


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


def test_elements_of_leases_under_way_count_as_their_workers_tell() -> None:
    clock = Clock()
    counts = Counts(clock)
    counts.begin("session.c1")
    with counts.counting("a.py", 3, 100) as count:
        first, second = counts.lease(count, 40), counts.lease(count, 60)
        assert (first, second) == ("session.c1/1", "session.c1/2")
        clock.now += 2
        assert counts.find_progress({second: (20, 4)}) == Progress(0.2, 4, 20, 0, 8.0, "a.py", 3)
        assert counts.find_progress({}).fraction == 0.2  # it has just ended there, and is not heard of here yet


def test_a_lease_that_is_done_is_not_counted_twice() -> None:
    counts = Counts(Clock())
    with counts.counting("a.py", 3, 100) as count:
        name = counts.lease(count, 40)
        counts.end_lease(count, name, 40, 2)
        told = counts.find_progress({name: (39, 2), "of another": (50, 9)})
        assert (told.fraction, told.slices_done) == (0.4, 2)


def test_a_lease_counts_for_no_more_than_it_is() -> None:
    counts = Counts(Clock())
    with counts.counting("a.py", 3, 100) as count:
        assert counts.find_progress({counts.lease(count, 40): (1000, 1)}).fraction == 0.4


def test_an_empty_count_is_no_division_by_zero() -> None:
    counts = Counts(Clock())
    with counts.counting("a.py", 3, 0):
        assert counts.find_progress().fraction == 0.0
