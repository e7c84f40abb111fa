"""A session's values go from one driver to another, as they are."""

from collections.abc import Iterator

import pytest

from pyfora.program.nodes import Remote
from tests.ufora.runtime.here import Here
from ufora.engine.in_process import InProcessTaskEngine
from ufora.protocol.messages import Done, HandOver, Lost, TakeOver, Upload, pack_message
from ufora.runtime.driver import Driver, DriverSettings
from ufora.runtime.policy import When

MANY = 2_200_000  # more than split.KEEP_ITEMS


@pytest.fixture
def here() -> Iterator[Here]:
    here = Here(When.ALWAYS, When.ALWAYS)
    yield here
    here.close()


class Pair:
    def __init__(self, left: object, right: object) -> None:
        self.left, self.right = left, right

    def total(self) -> int:
        return self.left + self.right


def make_long() -> list[int]:
    return [x * x for x in range(MANY)]


def is_pair(value: object) -> bool:
    return isinstance(value, Pair)


def move(here: Here) -> InProcessTaskEngine:
    """The session's values are in a driver of another worker, the old one is gone. Gives the old one's engine."""
    handed = here.ask(HandOver())
    data = handed.result or here._read_stream(handed)
    old, new = here.engine, InProcessTaskEngine(here.cluster)
    here.engine, here.driver = new, Driver(new, DriverSettings("", "", When.ALWAYS, When.ALWAYS))
    for offset in range(0, len(data), 10_000):
        here.driver.answer_at_once(pack_message(Upload("handed over", offset, data[offset : offset + 10_000], False)))
    assert here.ask(TakeOver("handed over", b"")) == Done()
    old.close()
    return old


def keep(here: Here, function, *args: object) -> Remote:
    (proxy,) = here.read(here.evaluate(here.capture(function, *args), "remote")).values.values()
    return proxy


def test_values_are_what_they_were(here: Here) -> None:
    pair = keep(here, Pair, 20, 22)
    both = keep(here, lambda: (lambda shared: (shared, shared, {"a": shared}))([1, 2]))
    move(here)
    assert here.run(Pair.total, pair).values[""] == 42
    assert here.run(is_pair, pair).values[""] is True
    assert here.run(lambda one: one[0] is one[1] and one[2]["a"] is one[0], both).values[""] is True


def test_a_long_list_stays_in_its_chunks_and_they_stay(here: Here) -> None:
    long = keep(here, make_long)
    alias = keep(here, lambda value: value, long)
    performed = [task.key for task in here.cluster.tasks]
    move(here)
    assert {task.key for task in here.cluster.tasks} <= set(performed)
    assert here.run(lambda value: (len(value), sum(value), value[7]), long).values[""] == (MANY, sum(x * x for x in range(MANY)), 49)
    assert here.run(lambda one, other: one is other, long, alias).values[""] is True


def test_what_cannot_travel_is_told(here: Here) -> None:
    here.keep(iter([1]))
    assert isinstance(here.ask(HandOver()), Lost)


def test_a_long_list_inside_another_value_and_beside_it_is_computed_again(here: Here) -> None:
    long = keep(here, make_long)
    keep(here, lambda value: (value, 1), long)
    answer = here.ask(HandOver())
    assert isinstance(answer, Lost)
    assert "part of another" in answer.detail


def test_chunks_that_are_gone_are_told(here: Here) -> None:
    keep(here, make_long)
    handed = here.ask(HandOver())
    here.engine.close()
    here.cluster.tasks.clear()
    assert isinstance(here.ask(TakeOver("p", handed.result)), Lost)
