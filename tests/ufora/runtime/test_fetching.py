"""A task that fails is our fault, and remote code neither gets it nor can handle it."""

from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any

from pyfora.errors import InternalError
from tests.ufora.runtime.here import Here
from ufora.runtime.machine import Machine
from ufora.runtime.policy import When
from ufora.runtime.tasks import Lease, unpack_task


class BrokenMachine(Machine):
    def perform(self, payload: bytes, inputs: Sequence[Any], given_up: "Future[None]") -> Any:
        if isinstance(unpack_task(payload), Lease):
            raise MemoryError("the machine is full")
        return super().perform(payload, inputs, given_up)


def add_up() -> object:
    try:
        return sum(n * n for n in range(3000))
    except BaseException:  # noqa: BLE001 - remote code tries to go on
        return "handled"


def test_a_failed_task_is_an_internal_error_that_remote_code_cannot_handle() -> None:
    here = Here(When.NEVER, When.ALWAYS, BrokenMachine)
    answer = here.run(add_up)
    after = here.run(lambda: 1)
    here.close()
    assert type(answer.error) is InternalError
    assert "the machine is full" in str(answer.error)
    assert after.values[""] == 1
