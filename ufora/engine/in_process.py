"""The engine in one process: each task a thread, each worker a WorkerSide. For tests of what stands on an engine.

It keeps the contract in what is hard too: a worker can be lost, questions to it then fail, and what it computed or held is
computed again by another one.
"""

import asyncio
import itertools
import threading
import time
import weakref
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pyfora.errors import InternalError
from ufora.engine.contract import ManagerEngine, TaskEngine, TaskFailed, TaskFuture, WorkerFacts, WorkerGone, WorkerSide

Answer = TypeVar("Answer")

WAITING, RUNNING, FINISHED, FAILED, CANCELLED = "waiting", "running", "finished", "failed", "cancelled"
OVER = (FINISHED, FAILED, CANCELLED)


@dataclass(eq=False)
class _Task(TaskFuture):
    number: int
    payload: bytes
    inputs: "tuple[_Task, ...]"
    wish: str | None
    state: str = WAITING
    attempt: int = 0  #: what an earlier attempt brings is thrown away
    worker: str | None = None
    result: Any = None
    error: Exception | None = None
    given_up: "Future[None]" = field(default_factory=Future)  #: of the attempt under way
    owner: object = None  #: the engine that cancels it when it closes

    @property
    def key(self) -> str:
        return f"perform-{self.number}"


@dataclass(slots=True)
class _Member:
    side: WorkerSide
    facts: WorkerFacts
    answering: set[asyncio.Task[Any]] = field(default_factory=set)


class InProcessCluster:
    """The workers and tasks that both engines see. `changed` guards all of it."""

    def __init__(self) -> None:
        self.changed = threading.Condition(threading.RLock())
        self.members: dict[str, _Member] = {}
        self.tasks: weakref.WeakKeyDictionary[_Task, None] = weakref.WeakKeyDictionary()  # in order of submission
        self._listeners: list[Callable[[], None]] = []
        self._turns = itertools.count()
        self.numbers = itertools.count()

    def add_worker(self, side: WorkerSide, facts: WorkerFacts) -> None:
        with self.changed:
            self.members[facts.id] = _Member(side, facts)
            self._settle()

    def lose_worker(self, worker: str) -> None:
        """As if its process had been killed."""
        with self.changed:
            member = self.members.pop(worker)
            for answering in member.answering:
                answering.get_loop().call_soon_threadsafe(answering.cancel)
            for task in list(self.tasks):
                if task.worker == worker and task.state in (RUNNING, FINISHED):
                    _give_up(task)
                    task.state, task.result, task.worker = WAITING, None, None
            self._settle()

    def list_workers(self) -> list[WorkerFacts]:
        with self.changed:
            return [member.facts for member in self.members.values()]

    def wake(self) -> None:
        """Let whoever waits look again."""
        with self.changed:
            self.changed.notify_all()

    def listen(self, tell: Callable[[], None]) -> None:
        self._listeners.append(tell)

    def add_task(self, task: _Task) -> None:
        with self.changed:
            self.tasks[task] = None
            self._start_ready()

    def cancel(self, tasks: Sequence[_Task]) -> None:
        with self.changed:
            for task in tasks:
                if task.state not in OVER:
                    task.state = CANCELLED
                    _give_up(task)
            self._start_ready()
            self.changed.notify_all()

    def _settle(self) -> None:
        for tell in self._listeners:
            tell()
        self._start_ready()

    def _start_ready(self) -> None:
        """Start each task whose inputs are there; fail each whose inputs never will be. Inputs come before what needs them."""
        for task in list(self.tasks):
            if task.state != WAITING:
                continue
            broken = [needed for needed in task.inputs if needed.state in (FAILED, CANCELLED)]
            if broken:
                task.state, task.error = FAILED, broken[0].error or InternalError(f"{broken[0].key} was cancelled")
            elif self.members and all(needed.state == FINISHED for needed in task.inputs):
                self._start(task)
        self.changed.notify_all()

    def _start(self, task: _Task) -> None:
        names = list(self.members)
        task.worker = task.wish if task.wish in self.members else names[next(self._turns) % len(names)]
        task.state = RUNNING
        task.attempt += 1
        task.given_up = Future()
        side = self.members[task.worker].side
        inputs = [needed.result for needed in task.inputs]
        arguments = (task, task.attempt, side, inputs, task.given_up)
        threading.Thread(target=self._run, args=arguments, name=task.key, daemon=True).start()

    def _run(self, task: _Task, attempt: int, side: WorkerSide, inputs: list[Any], given_up: "Future[None]") -> None:
        try:
            state, result, error = FINISHED, side.perform(task.payload, inputs, given_up), None
        except Exception as failure:  # noqa: BLE001 - it is the task's outcome, raised where the result is fetched
            state, result, error = FAILED, None, failure
        with self.changed:
            if task.attempt == attempt and task.state == RUNNING:
                task.state, task.result, task.error = state, result, error
                self._start_ready()


class InProcessManagerEngine(ManagerEngine):
    """See the contract. Made and used in one event loop."""

    def __init__(self, cluster: InProcessCluster) -> None:
        self._cluster = cluster
        self._loop = asyncio.get_running_loop()

    def list_workers(self) -> list[WorkerFacts]:
        return self._cluster.list_workers()

    def list_leaving(self) -> list[str]:
        return []  # they are only ever lost

    def drain(self, worker: str) -> None:
        """At once: what it held is computed again."""
        if worker not in self._cluster.members:
            raise WorkerGone(f"there is no worker {worker} (any more)")
        self._cluster.lose_worker(worker)

    def on_change(self, tell: Callable[[list[WorkerFacts]], None]) -> None:
        def listen() -> None:
            self._loop.call_soon_threadsafe(lambda: tell(self.list_workers()))

        self._cluster.listen(listen)

    def on_pulse(self, tell: Callable[[str, bytes], None]) -> None:
        """Whenever something changes, which is often enough for tests."""

        def measure() -> None:
            for worker, member in list(self._cluster.members.items()):
                tell(worker, member.side.measure())

        def listen() -> None:
            self._loop.call_soon_threadsafe(measure)

        self._cluster.listen(listen)
        listen()

    async def ask(self, worker: str, session: str, message: bytes) -> bytes:
        return await self._put(worker, lambda side: side.answer(session, message))

    async def end_session(self, worker: str, session: str) -> None:
        if worker in self._cluster.members:
            await self._put(worker, lambda side: side.end_session(session))

    async def close(self) -> None:
        for member in self._cluster.members.values():
            for answering in member.answering:
                answering.cancel()

    async def _put(self, worker: str, request: Callable[[WorkerSide], Coroutine[Any, Any, Answer]]) -> Answer:
        member = self._cluster.members.get(worker)
        if member is None:
            raise WorkerGone(f"there is no worker {worker} (any more)")
        answering = asyncio.create_task(request(member.side))
        member.answering.add(answering)
        try:
            await asyncio.wait([answering])
        finally:
            answering.cancel()
            member.answering.discard(answering)
        if answering.cancelled():
            raise WorkerGone(f"worker {worker} is gone")
        return answering.result()


class InProcessTaskEngine(TaskEngine):
    """See the contract."""

    def __init__(self, cluster: InProcessCluster) -> None:
        self._cluster = cluster

    def list_workers(self) -> list[WorkerFacts]:
        return self._cluster.list_workers()

    def submit(
        self, payload: bytes, inputs: Sequence[TaskFuture] = (), *, worker: str | None = None, priority: int = 0, brief: bool = False
    ) -> TaskFuture:
        task = _Task(next(self._cluster.numbers), payload, tuple(map(_ours, inputs)), worker, owner=self)
        self._cluster.add_task(task)
        return task

    def is_near(self, worker: str) -> bool:
        return False

    def wait_any(self, futures: Sequence[TaskFuture], timeout: float | None = None, wake: "Future[None] | None" = None) -> list[TaskFuture]:
        if wake is not None:
            wake.add_done_callback(lambda _: self._cluster.wake())
        deadline = None if timeout is None else time.monotonic() + timeout
        with self._cluster.changed:
            while not (done := [future for future in futures if _ours(future).state in OVER]) and futures:
                if wake is not None and wake.done():
                    break
                left = None if deadline is None else deadline - time.monotonic()
                if left is not None and left <= 0:
                    break
                self._cluster.changed.wait(left)
            return done

    def fetch(self, future: TaskFuture) -> Any:
        task = _ours(future)
        with self._cluster.changed:
            self._cluster.changed.wait_for(lambda: task.state in OVER)
            if task.state == FINISHED:
                return task.result
        if task.error is None:
            raise TaskFailed(f"task {task.key} was cancelled")
        raise TaskFailed(f"task {task.key} failed: {type(task.error).__name__}: {task.error}") from task.error

    def cancel(self, futures: Sequence[TaskFuture]) -> None:
        self._cluster.cancel([_ours(future) for future in futures])

    def adopt(self, key: str) -> TaskFuture:
        with self._cluster.changed:
            found = next((task for task in self._cluster.tasks if task.key == key), None)
            if found is None:
                raise TaskFailed(f"there is no task {key} (any more)")
            found.owner = self
        return found

    def find_worker(self, future: TaskFuture) -> str | None:
        task = _ours(future)
        return task.worker if task.state == FINISHED else None

    def close(self) -> None:
        with self._cluster.changed:
            self._cluster.cancel([task for task in self._cluster.tasks if task.owner is self])


def _give_up(task: _Task) -> None:
    if not task.given_up.done():
        task.given_up.set_result(None)


def _ours(future: TaskFuture) -> _Task:
    if not isinstance(future, _Task):
        raise InternalError(f"{future!r} is a future of another engine")
    return future
