from ufora.engine.seldom import MOST, PERIOD_SECONDS, Seldom


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_thing_is_told_once_in_a_period():
    clock = Clock()
    seldom = Seldom(clock)
    assert seldom.is_due("10.0.0.1", "garbage")
    assert seldom.is_due("10.0.0.2", "garbage")
    assert seldom.is_due("10.0.0.1", "no key")
    clock.now = PERIOD_SECONDS - 1
    assert not seldom.is_due("10.0.0.1", "garbage")
    clock.now = PERIOD_SECONDS
    assert seldom.is_due("10.0.0.1", "garbage")
    assert not seldom.is_due("10.0.0.1", "garbage")


def test_memory_and_lines_are_bounded():
    clock = Clock()
    seldom = Seldom(clock)
    assert sum(seldom.is_due(str(stranger)) for stranger in range(3 * MOST)) == MOST
    clock.now = PERIOD_SECONDS
    assert seldom.is_due(str(2 * MOST))
