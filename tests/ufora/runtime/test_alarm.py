"""The alarm asks the flag when it is time, and never after its kernel is over."""

import threading
from collections.abc import Callable

from ufora.compile.flag import NOW, SOON, StopFlag
from ufora.runtime.alarm import Alarm


class Flag(StopFlag):
    """A flag that tells what it is asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[int] = []
        self.changed = threading.Condition()

    def ask(self, when: int) -> None:
        super().ask(when)
        with self.changed:
            self.asked.append(when)
            self.changed.notify_all()

    def wait_until(self, is_so: Callable[[list[int]], bool]) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: is_so(self.asked), 30)


def test_it_asks_one_after_the_other() -> None:
    flag = Flag()
    with Alarm(flag).set(0.0, (SOON, NOW), 0.01):
        flag.wait_until(lambda asked: asked == [SOON, NOW])


def test_what_ends_in_time_is_never_asked() -> None:
    flag = Flag()
    alarm = Alarm(flag)
    with alarm.set(1e6, (NOW,), 1.0):
        pass
    with alarm.set(0.0, (SOON,), 1e6):
        flag.wait_until(bool)
    assert flag.asked == [SOON]


def test_the_flag_is_clear_afterwards() -> None:
    flag = Flag()
    with Alarm(flag).set(0.0, (NOW,), 1.0):
        flag.wait_until(bool)
    assert flag._word[0] == 0


def test_it_waits_until_it_is_wanted() -> None:
    flag, looks = Flag(), []

    def is_wanted() -> bool:
        looks.append(1)
        return len(looks) > 3

    with Alarm(flag).set(0.0, (NOW,), 0.001, is_wanted):
        flag.wait_until(bool)
    assert len(looks) == 4


def test_an_earlier_time_is_kept_after_a_later_one() -> None:
    flag = Flag()
    alarm = Alarm(flag)
    with alarm.set(1e6, (SOON,), 1.0):
        pass
    with alarm.set(0.01, (NOW,), 1.0):
        flag.wait_until(bool)
    assert flag.asked == [NOW]


def test_one_that_is_never_wanted_lets_others_in_without_a_pause() -> None:
    looked = threading.Event()

    def is_wanted() -> bool:
        looked.set()
        return False

    flag = Flag()
    alarm = Alarm(flag)
    with alarm.set(0.0, (NOW,), 0.0, is_wanted):
        assert looked.wait(30)
    with alarm.set(0.0, (SOON,), 0.0):
        flag.wait_until(bool)
    assert flag.asked == [SOON]


def test_a_comprehension_that_lasts_is_interrupted_and_those_that_pass_are_not() -> None:
    flag = Flag()
    looks: list[int] = []

    class Passing(Flag):
        """In another comprehension at each look."""

        @property
        def passes(self) -> int:
            with self.changed:
                looks.append(2 * len(looks) + 1)
                self.changed.notify_all()
            return looks[-1]

    passing = Passing()
    with Alarm(passing).watch_passes(0.0), passing.changed:
        assert passing.changed.wait_for(lambda: len(looks) > 3, 30)
    assert passing.asked == []
    with Alarm(flag).watch_passes(0.0):
        flag._word[1] = 1
        flag.wait_until(lambda asked: asked == [NOW])
