"""A clock of the test's own: what the cores did is told exactly."""

import threading

import pytest

from ufora.protocol.pulse import COMPILED, INTERPRETED, Stretch
from ufora.runtime.activity import MOST_STRETCHES, Activity, News


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def activity(clock: Clock) -> Activity:
    return Activity(clock)


def compute(activity: Activity, clock: Clock, tier: str, seconds: float) -> None:
    with activity.slice(tier):
        clock.now += seconds


def test_slices_that_follow_closely_are_one_stretch(activity, clock):
    for _ in range(3):
        compute(activity, clock, COMPILED, 0.25)
    assert activity.take() == (Stretch(0, 0.75, 0.0, COMPILED, 3),)
    assert activity.take() == ()


def test_a_pause_and_another_tier_begin_a_new_stretch(activity, clock):
    compute(activity, clock, COMPILED, 1.0)
    clock.now += 1.0
    compute(activity, clock, COMPILED, 1.0)
    compute(activity, clock, INTERPRETED, 1.0)
    assert activity.take() == (
        Stretch(0, 4.0, 3.0, COMPILED, 1),
        Stretch(0, 2.0, 1.0, COMPILED, 1),
        Stretch(0, 1.0, 0.0, INTERPRETED, 1),
    )
    assert (dict(activity.slices), dict(activity.seconds)) == ({COMPILED: 2, INTERPRETED: 1}, {COMPILED: 2.0, INTERPRETED: 1.0})


def test_a_slice_under_way_is_told_in_parts(activity, clock):
    with activity.slice(INTERPRETED):
        clock.now += 2.0
        assert activity.take() == (Stretch(0, 2.0, 0.0, INTERPRETED, 0),)
        clock.now += 1.0
        assert activity.take() == (Stretch(0, 1.0, 0.0, INTERPRETED, 0),)
        clock.now += 1.0
    assert activity.take() == (Stretch(0, 1.0, 0.0, INTERPRETED, 1),)
    assert activity.seconds[INTERPRETED] == 4.0


def test_each_thread_is_a_core(activity, clock):
    with activity.slice(COMPILED):
        other = threading.Thread(target=compute, args=[activity, clock, COMPILED, 1.0])
        other.start()
        other.join()
    assert {stretch.core for stretch in activity.take()} == {0, 1}


def test_news_of_another_process_on_the_same_cores_are_added(activity, clock):
    other = Activity(clock)
    compute(other, clock, COMPILED, 1.0)
    clock.now += 0.5
    news = other.take_news()
    assert other.take_news() == News({}, {}, ())
    compute(activity, clock, INTERPRETED, 2.0)
    activity.hear(news)
    assert set(activity.take()) == {Stretch(0, 2.0, 0.0, INTERPRETED, 1), Stretch(0, 1.5, 0.5, COMPILED, 1)}
    assert (dict(activity.slices), dict(activity.seconds)) == ({COMPILED: 1, INTERPRETED: 1}, {COMPILED: 1.0, INTERPRETED: 2.0})


def test_what_nobody_takes_is_bounded(activity, clock):
    for _ in range(2 * MOST_STRETCHES):
        compute(activity, clock, COMPILED, 1.0)
        clock.now += 1.0
    assert len(activity.take()) == MOST_STRETCHES


def test_a_slice_that_fails_ends_too(activity, clock):
    with pytest.raises(ValueError), activity.slice(COMPILED):
        raise ValueError
    assert activity.take() == (Stretch(0, 0.0, 0.0, COMPILED, 1),)
