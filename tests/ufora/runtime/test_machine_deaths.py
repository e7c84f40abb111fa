"""A lease whose elements kill their interpreter."""

from collections.abc import Iterator
from concurrent.futures import Future

import pytest

from pyfora.errors import InvalidPyforaOperation
from tests.ufora.runtime.here import Here, OneInterpreter
from ufora.runtime.lease_run import DEATHS_BORNE
from ufora.runtime.machine import Machine
from ufora.runtime.policy import When
from ufora.runtime.processes.interpreters import InterpreterDied
from ufora.runtime.tasks import unpack_task

FATAL = 70


class Deadly(OneInterpreter):
    """Dies as often as `lives` says whenever it is given element FATAL."""

    def __init__(self, lives: int) -> None:
        super().__init__(When.NEVER)
        self.lives = lives
        self.deaths = 0

    def run(self, payload: bytes, stop: "Future[None]") -> bytes:
        task = unpack_task(payload)
        if task.start <= FATAL < task.stop and self.deaths < self.lives:
            self.deaths += 1
            raise InterpreterDied("an interpreter, process 1, died of a segmentation fault at prices.py, line 12, in total")
        return super().run(payload, stop)


class DeadlyMachine(Machine):
    lives = DEATHS_BORNE

    def __init__(self, threads: int, interpreters: OneInterpreter) -> None:
        super().__init__(threads, Deadly(self.lives))


class DeadlierMachine(DeadlyMachine):
    lives = 10**6


@pytest.fixture(params=[DeadlyMachine, DeadlierMachine])
def machine(request: pytest.FixtureRequest) -> type[DeadlyMachine]:
    return request.param


@pytest.fixture
def here(machine: type[DeadlyMachine]) -> Iterator[Here]:
    here = Here(When.NEVER, When.ALWAYS, machine)
    yield here
    here.close()


def test_a_crash_is_tried_again_and_then_told_with_its_line(here: Here, machine: type[DeadlyMachine]) -> None:
    answer = here.run(lambda: sum(len(str(x)) for x in range(200)))
    if machine is DeadlyMachine:
        assert answer.values[""] == sum(len(str(x)) for x in range(200))
    else:
        assert type(answer.error) is InvalidPyforaOperation
        assert str(answer.error).startswith("this was tried 3 times, and each time an interpreter, process 1, died of a segmentation")
        assert "prices.py, line 12" in str(answer.error)


def test_what_comes_before_the_crash_counts_first(here: Here) -> None:
    answer = here.run(lambda: sum(1 // (x - 3) for x in range(200)))
    assert type(answer.error) is ZeroDivisionError


def test_nobody_catches_it(here: Here, machine: type[DeadlyMachine]) -> None:
    def guarded() -> int:
        try:
            return sum(len(str(x)) for x in range(200))
        except Exception:  # noqa: BLE001
            return -1

    answer = here.run(guarded)
    assert (type(answer.error) is InvalidPyforaOperation) is (machine is DeadlierMachine)
