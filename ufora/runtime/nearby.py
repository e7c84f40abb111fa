"""The engine as a driver sees it, with a shorter way to the machine it lives on.

    driver ── brief tasks for its own machine ──► its worker      an errand: a fraction of a millisecond
        ├──── machine code for its own machine    no task at all, see own_cores; it is waited for here as others are
        └──── all others ─────────────────────► the engine ──►    any worker: some ten milliseconds

What an errand gives comes back over the driver's own channel and lies nowhere else. Driver and worker die together, so that nothing is
lost that the driver's death would not lose anyway: the manager has the whole computation made again elsewhere.
"""

from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, InvalidStateError, wait
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from pyfora.errors import PyforaError
from ufora.engine.contract import TaskEngine, TaskFailed, TaskFuture, WorkerFacts
from ufora.runtime.own_cores import Errands, OwnLease
from ufora.runtime.processes.child import ErrandFailed
from ufora.runtime.tasks import unpack_task


@dataclass(frozen=True, slots=True, eq=False)
class Errand(TaskFuture):
    """A task under way, or done, on the driver's own machine."""

    number: int
    answer: "Future[bytes]"

    @property
    def key(self) -> str:
        return f"errand-{self.number}"


class NearbyEngine(TaskEngine):
    """See the contract."""

    def __init__(self, engine: TaskEngine, errands: Errands, address: str) -> None:
        """`address`: host:port of the control channel of the worker that `errands` reach."""
        self._engine = engine
        self._errands = errands
        self._address = address
        self._here: str | None = None  #: id of that worker

    def list_workers(self) -> list[WorkerFacts]:
        """The driver's own comes first."""
        workers = sorted(self._engine.list_workers(), key=lambda worker: worker.address != self._address)
        self._here = workers[0].id if workers and workers[0].address == self._address else None
        return workers

    def submit(
        self, payload: bytes, inputs: Sequence[TaskFuture] = (), *, worker: str | None = None, priority: int = 0, brief: bool = False
    ) -> TaskFuture:
        if brief and not inputs and worker is not None and self.is_near(worker):
            return Errand(*self._errands.begin_errand(payload))
        return self._engine.submit(payload, inputs, worker=worker, priority=priority, brief=brief)

    def is_near(self, worker: str) -> bool:
        return worker == self._here

    def wait_any(self, futures: Sequence[TaskFuture], timeout: float | None = None, wake: "Future[None] | None" = None) -> list[TaskFuture]:
        near = [future for future in futures if isinstance(future, Errand | OwnLease)]
        far = [future for future in futures if not isinstance(future, Errand | OwnLease)]
        if not near:
            return self._engine.wait_any(far, timeout, wake)
        done = self._list_done(near, far)
        if done or timeout == 0:
            return done
        answers: list[Future[Any]] = [each.answer for each in near]
        if far:
            self._engine.wait_any(far, timeout, _first_of([*answers, wake] if wake else answers))
        else:
            wait([*answers, wake] if wake else answers, timeout, FIRST_COMPLETED)
        return self._list_done(near, far)

    def _list_done(self, near: Sequence[Errand | OwnLease], far: Sequence[TaskFuture]) -> list[TaskFuture]:
        return [*(each for each in near if each.answer.done()), *(self._engine.wait_any(far, 0) if far else [])]

    def fetch(self, future: TaskFuture) -> Any:
        """Of an own lease also what packing raises: CannotTravel."""
        if isinstance(future, OwnLease):
            return _result_of(future)
        if not isinstance(future, Errand):
            return self._engine.fetch(future)
        wait([future.answer])
        if future.answer.cancelled():
            raise TaskFailed(f"task {future.key} was cancelled")
        try:
            return unpack_task(future.answer.result())
        except ErrandFailed as failure:
            raise TaskFailed(f"task {future.key} failed: {failure}") from failure

    def cancel(self, futures: Sequence[TaskFuture]) -> None:
        for future in futures:
            if isinstance(future, Errand):
                self._errands.give_up_errand(future.number)
            elif isinstance(future, OwnLease):
                future.give_up()
        self._engine.cancel([future for future in futures if not isinstance(future, Errand | OwnLease)])

    def adopt(self, key: str) -> TaskFuture:
        return self._engine.adopt(key)

    def find_worker(self, future: TaskFuture) -> str | None:
        return self._engine.find_worker(future)

    def close(self) -> None:
        self._engine.close()


def _result_of(lease: OwnLease) -> Any:
    try:
        return lease.answer.result()
    except (PyforaError, ErrandFailed) as failure:
        raise TaskFailed(f"task {lease.key} failed: {type(failure).__name__}: {failure}") from failure


def _first_of(futures: Sequence["Future[Any]"]) -> "Future[None]":
    """Done as soon as one of them is."""
    first: Future[None] = Future()

    def tell(_: "Future[Any]") -> None:
        with suppress(InvalidStateError):  # another was quicker, or nobody waits any more
            first.set_result(None)

    for future in futures:
        future.add_done_callback(tell)
    return first
