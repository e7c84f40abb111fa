"""What the rest of ufora may expect of an engine. Two implementations: `on_dask/` (the cluster) and `in_process.py` (tests).

manager process        ManagerEngine   embeds the scheduler; asks drivers on workers
worker process         run_worker      performs tasks, hosts drivers: both through a WorkerSide
driver process         TaskEngine      submits tasks from inside a block's evaluation
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Protocol

from pyfora.errors import PyforaError


class WorkerLost(PyforaError):  # noqa: N818 - states a fact
    """What was asked is gone, a worker or a process of it; what it held is lost."""


class WorkerGone(WorkerLost):
    """The whole worker is: killed, cut off, or it left. Hardly ever the fault of what it computed."""


class TaskFailed(PyforaError):  # noqa: N818 - states a fact
    """A task raised (our own code failed, not the user's) or killed its worker too often."""


class OutOfRoom(TaskFailed):
    """What a task gave fits neither into the memory of a worker nor onto its disk. The message says which, and what to do."""


@dataclass(frozen=True, slots=True)
class WorkerFacts:
    """One worker as the engine sees it now."""

    id: str  #: unique while it lives
    address: str  #: host:port of its control channel
    threads: int  #: compute threads
    memory_bytes: int  #: most it may use
    version: str  #: ufora's
    cpu: str  #: processor and features its machine code is made for


class WorkerSide(Protocol):
    """What a worker process gives its engine; made in `ufora.runtime`, handed over in `ufora.service`."""

    def perform(self, payload: bytes, inputs: Sequence[Any], given_up: "Future[None]") -> Any:
        """Carry out one task; called in one of several threads; must release the GIL for long work.

        `given_up` is done as soon as nobody wants the result any more: then it should return or raise soon, it does not matter what."""

    async def answer(self, session: str, message: bytes) -> bytes:
        """Put a message before the session's driver (started when missing) and wait for its answer. "" as session: the worker itself.

        Raises WorkerLost when the driver process died meanwhile: its values are lost."""

    async def end_session(self, session: str) -> None:
        """Stop the session's driver and free all it holds. Unknown sessions are ignored."""

    def measure(self) -> bytes:
        """How the worker is, for the manager; asked twice a second in the event loop, so it must take no more than milliseconds."""

    def children_bytes(self) -> int:
        """Memory that the processes below this one hold, bytes, as `measure` found last."""

    async def close(self) -> None:
        """Stop every child process."""


class ManagerEngine(Protocol):
    """The engine inside the manager's event loop."""

    def list_workers(self) -> list[WorkerFacts]:
        """Those that take work."""

    def list_leaving(self) -> list[str]:
        """Ids of workers that take nothing new: they go as soon as their sessions have moved and their results are elsewhere."""

    def drain(self, worker: str) -> None:
        """Ask a worker to leave, see `list_leaving`, and to stay out until it is started again. Raises WorkerLost."""

    def on_change(self, tell: Callable[[list[WorkerFacts]], None]) -> None:
        """Call `tell` in the event loop whenever a worker joined, left, or began to leave."""

    def on_pulse(self, tell: Callable[[str, bytes], None]) -> None:
        """Call `tell(worker, what its side measured)` in the event loop, about twice a second for each worker."""

    async def ask(self, worker: str, session: str, message: bytes) -> bytes:
        """A question for the session's driver on that worker, or with "" as session for the worker itself: a few milliseconds there and
        back. Raises WorkerLost."""

    async def end_session(self, worker: str, session: str) -> None: ...

    async def close(self) -> None: ...


class TaskFuture(Protocol):
    """A task under way or done; its result stays on a worker while this object lives."""

    @property
    def key(self) -> str: ...


class TaskEngine(Protocol):
    """The engine seen from a driver: ordinary blocking calls, usable from several threads."""

    def list_workers(self) -> list[WorkerFacts]: ...

    def submit(self, payload: bytes, inputs: Sequence[TaskFuture] = (), *, worker: str | None = None, priority: int = 0) -> TaskFuture:
        """Start `WorkerSide.perform(payload, results of inputs)` somewhere; `worker` is a wish, not an order."""

    def wait_any(self, futures: Sequence[TaskFuture], timeout: float | None = None) -> list[TaskFuture]:
        """Wait until at least one is done, failed or cancelled; those that are. Empty when `timeout` (seconds) passed."""

    def fetch(self, future: TaskFuture) -> Any:
        """The result, brought here; waits for it. Raises TaskFailed."""

    def cancel(self, futures: Sequence[TaskFuture]) -> None: ...

    def adopt(self, key: str) -> TaskFuture:
        """A task of another TaskEngine, which still holds it: from now on its result stays for this one too. Raises TaskFailed."""

    def find_worker(self, future: TaskFuture) -> str | None:
        """The worker that holds the result, by id."""

    def close(self) -> None: ...
