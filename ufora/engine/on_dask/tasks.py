# mypy: disable-error-code="no-untyped-call"
"""A driver's client: submits tasks, waits for them, fetches results from the workers that hold them."""

import asyncio
import concurrent.futures
import itertools
import logging
import secrets
import time
from collections.abc import Callable, Sequence
from typing import Any, cast

import dask.config
from distributed import Client, Future, get_worker

from pyfora.errors import InternalError
from ufora.engine.contract import OutOfRoom, TaskEngine, TaskFailed, TaskFuture, WorkerFacts, WorkerSide
from ufora.engine.on_dask import messages
from ufora.engine.on_dask.channel import DataChannel, fetch_through
from ufora.engine.on_dask.keys import ClusterKey, make_security, scheme
from ufora.engine.on_dask.settings import apply_settings

_log = logging.getLogger("ufora.engine")

CONNECT_SECONDS = 30
"""How long a driver tries to reach the manager. Guessed: the restart of a manager takes a few seconds."""
FETCH_CONNECT_SECONDS = 2
"""How long a driver tries to reach a worker that holds a result. A worker just killed refuses, and Dask asks it again for all this time;
after that the result is computed again. Guessed: long enough for a worker that is busy, whose connections are answered by the kernel."""

FRESH_SECONDS = 0.5
"""The manager's workers are asked for anew after so long. Asking takes a millisecond (measured), which small work shall not pay each time;
a task that is meant for a worker which has left runs on another."""

ADOPT_SECONDS = 10
"""How long the manager may take to say that it has a result. For one it does not know it says nothing. Guessed."""


def perform(key: str, payload: bytes, *inputs: Any) -> Any:
    """What every task is: runs in a thread of a worker."""
    worker: Any = get_worker()
    given_up = worker.ufora_given_up.find(key)
    try:
        return cast(WorkerSide, worker.ufora_side).perform(payload, inputs, given_up)
    except Exception:
        if not given_up.done():
            _log.exception("task %s failed", key)
        raise


class _Client(Client):
    """Dask's, which gives a manager up that stays away, and then answers no question any more."""

    ufora_given_up: Callable[[], object]

    async def _reconnect(self) -> None:
        await super()._reconnect()
        if self.status == "closed":
            self.ufora_given_up()


def connect_task_engine(manager: str, key: ClusterKey | None = None, given_up: Callable[[], object] = lambda: None) -> "DaskTaskEngine":
    """Connect to the manager's registry at host:port; opens no port here. Raises OSError when nobody answers.

    `given_up` is called, in a thread of the engine's, when the manager stayed away for CONNECT_SECONDS: the engine is of no use then."""
    apply_settings()
    dask.config.set({"distributed.comm.timeouts.connect": f"{FETCH_CONNECT_SECONDS}s"})
    try:
        client = _Client(
            f"{scheme(key)}://{manager}",
            security=make_security(key),
            timeout=CONNECT_SECONDS,
            set_as_default=False,
            direct_to_workers=True,  # results do not pass through the manager
            name="ufora-driver",
        )
    except AssertionError:  # Dask's way to see that the first message is none
        raise ConnectionError(f"the manager at {manager} stopped while a driver connected") from None
    client.ufora_given_up = given_up
    stream: Any = client.scheduler_comm
    stream.interval = messages.STREAM_SECONDS
    channel = DataChannel(curve=key.curve if key else None)
    fetch_through(channel)
    return DaskTaskEngine(client, channel)


class DaskTaskEngine(TaskEngine):
    """See the contract."""

    def __init__(self, client: Client, channel: DataChannel) -> None:
        self._client = client
        self._channel = channel
        self._prefix = secrets.token_hex(8)
        self._numbers = itertools.count()
        self._workers: list[WorkerFacts] = []
        self._asked = 0.0  #: for them, `time.monotonic()` seconds

    def list_workers(self) -> list[WorkerFacts]:
        if not self._workers or time.monotonic() - self._asked > FRESH_SECONDS:
            self._asked = time.monotonic()
            self._workers = [WorkerFacts(**facts) for facts in self._ask_manager("ufora_workers")]
        return list(self._workers)

    def submit(
        self, payload: bytes, inputs: Sequence[TaskFuture] = (), *, worker: str | None = None, priority: int = 0, brief: bool = False
    ) -> TaskFuture:
        wish: dict[str, Any] = {} if worker is None else {"workers": [worker], "allow_other_workers": True}
        key = f"perform-{self._prefix}-{next(self._numbers)}"
        future = self._client.submit(perform, key, payload, *map(_ours, inputs), key=key, priority=priority, pure=False, **wish)
        return cast(TaskFuture, future)

    def is_near(self, worker: str) -> bool:
        return False

    def wait_any(
        self, futures: Sequence[TaskFuture], timeout: float | None = None, wake: "concurrent.futures.Future[None] | None" = None
    ) -> list[TaskFuture]:
        done = _done(futures)
        if not done and futures:
            self._client.sync(_wait_for_first, [_ours(future) for future in futures], timeout, wake)
            done = _done(futures)
        return done

    def fetch(self, future: TaskFuture) -> Any:
        own = _ours(future)
        results = self._client.gather([own], errors="skip")  # waits; computes lost results again
        if not results:
            raise _failure(own)
        return results[0]

    def cancel(self, futures: Sequence[TaskFuture]) -> None:
        if futures:  # for none, too, Dask asks the manager and waits for its answer
            self._client.cancel([_ours(future) for future in futures], force=True)

    def adopt(self, key: str) -> TaskFuture:
        future: Future[Any] = Future(key, self._client)
        self._client._send_to_scheduler({"op": "client-desires-keys", "keys": [key], "client": self._client.id})
        if not self.wait_any([cast(TaskFuture, future)], timeout=ADOPT_SECONDS) or future.status != "finished":
            raise TaskFailed(f"the result of task {key} is not there (any more)")
        return cast(TaskFuture, future)

    def find_worker(self, future: TaskFuture) -> str | None:
        found: str | None = self._ask_manager("ufora_find_worker", key=future.key)
        return found

    def close(self) -> None:
        self._client.close()
        self._channel.close()

    def _ask_manager(self, what: str, **about: str) -> Any:
        return self._client.sync(getattr(self._client.scheduler, what), **about)


def _ours(future: TaskFuture) -> Future[Any]:
    if not isinstance(future, Future):
        raise InternalError(f"{future!r} is a future of another engine")
    return future


def _done(futures: Sequence[TaskFuture]) -> list[TaskFuture]:
    return [future for future in futures if _ours(future).status in ("finished", "error", "cancelled")]


def _failure(future: Future[Any]) -> TaskFailed:
    if future.status != "error":
        return TaskFailed(f"task {future.key} was cancelled, or the manager that knew it is gone")
    error = cast(BaseException, future.exception())
    if isinstance(error, OutOfRoom):
        return error
    failure = TaskFailed(f"task {future.key} failed: {type(error).__name__}: {error}")
    failure.__cause__ = error
    return failure


async def _wait_for_first(futures: Sequence[Any], timeout: float | None, wake: "concurrent.futures.Future[None] | None") -> None:
    """Until one is no longer pending. `distributed.wait` was rejected: it raises when one was cancelled."""
    waits: list[asyncio.Future[Any]] = [asyncio.create_task(future._state.wait()) for future in futures]
    if wake is not None:
        waits.append(asyncio.wrap_future(wake))
    try:
        await asyncio.wait(waits, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
