"""The executor: blocks, calls and values go out, results and proxies come home."""

import contextlib
import copy
import sys
import threading
import time
import weakref
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from pyfora import errors
from pyfora.client.address import Address
from pyfora.client.bar import find_bar
from pyfora.client.callbacks import StatusCallback, StatusCalls
from pyfora.client.checkpoints import Checkpoints
from pyfora.client.futures import ComputationFuture, when_done
from pyfora.client.language import FindRemote, Language, Result
from pyfora.client.lineage import Lineage
from pyfora.client.owner import say_source
from pyfora.client.pending import Pending
from pyfora.client.proxies import RemotePythonObject, bring_along, executor_of, find_value, lineage_of, remote_of
from pyfora.client.waiting import Waiting
from pyfora.errors import (
    ComputationCancelled,
    ComputationError,
    InternalError,
    InvalidPyforaOperation,
    PyforaError,
    PythonToForaConversionError,
)
from pyfora.program.nodes import Program, Remote
from pyfora.report.explanation import Explanation
from pyfora.wire import Arrival

if TYPE_CHECKING:
    from pyfora.client.remotely import Remotely
    from pyfora.client.session import Session  # comes with the network libraries

SOON_SECONDS = 0.2
"""A block that takes no longer is answered where it was sent. Guessed: less than the time to the first news of its progress."""
AT_ONCE_SECONDS = 0.01
"""Likewise for what gives a future, which is to be there at once. Guessed: small calls take less, and of many long ones only the first
is held up, as the others are not next."""
OWN_ERRORS = (InternalError, InvalidPyforaOperation, PythonToForaConversionError)  # raised as themselves, also by futures


class Executor:
    """A connection to a cluster. Any thread may use it; several blocks of one executor run one after the other."""

    def __init__(
        self, session: "Session", make_language: Callable[[FindRemote], Language], close: Callable[[], None], progress: bool = False
    ) -> None:
        self._session = session
        self._language = make_language(self._find_remote)
        self._used = _Used()
        self._shows_progress = progress
        self._status_callback: StatusCallback | None = None
        self._status_calls = StatusCalls()
        self._last = _Last()
        self._checkpoints = Checkpoints(session, self._language, self._make_proxy)
        self._close = weakref.finalize(self, _close_both, self._status_calls.close, close)

    @property
    def address(self) -> Address:
        """Of the manager; `str` of it is a URL."""
        return self._session.address

    @property
    def remotely(self) -> "Remotely":
        """`with executor.remotely:` runs the block's body on the cluster; see `Remotely` for what comes home.

        Raises pyfora.ConnectionError when the executor is closed. The block raises what its body raises, BadWithBlockError,
        PythonToForaConversionError or InvalidPyforaOperation for what cannot run there, and ComputationCancelled."""
        self._check_open()
        return self._language.make_remotely(self)

    def submit(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> ComputationFuture:
        """Call a function on the cluster. The future's result is a RemotePythonObject; what the function raises, it raises as the
        `remoteException` of a ComputationError.

        Raises PythonToForaConversionError when the function or an argument cannot travel, and pyfora.ConnectionError when the executor is
        closed."""
        return self._submit(lambda: self._language.capture_call(function, args, kwargs))

    def define(self, value: object) -> ComputationFuture:
        """Put a value on the cluster, once for any number of blocks. The future's result is a RemotePythonObject.

        Raises PythonToForaConversionError when it cannot travel, and pyfora.ConnectionError when the executor is closed."""
        return self._submit(lambda: self._language.capture_value(value))

    def withStatusCallback(self, callback: StatusCallback) -> Self:  # noqa: N802 - the documented name
        """The same executor, which calls `callback(progress)` with a `Progress` while something that was started through it runs.

            with executor.withStatusCallback(print).remotely.downloadAll():

        It is called at most about four times a second: for a with-block in the thread that waits, where what it raises cancels the block;
        for futures in another thread, where what it raises is logged."""
        same = copy.copy(self)
        same._status_callback = callback
        return same

    def explain(self, computation: "ComputationFuture | RemotePythonObject | None" = None) -> Explanation:
        """What happened: line by line, where the time went, and the one change that would help most. Its `repr` is text.

        Of the computation behind a future or proxy; without one, of what ended last. Raises PyforaError when there is none."""
        if computation is None:
            if self._last.explanation is None:
                raise PyforaError("nothing has been computed with this executor yet: run a block, then ask for its explanation")
            return self._last.explanation
        lineage = _lineage_of_either(computation)
        if lineage is None or lineage.explanation is None:
            raise PyforaError(f"{computation!r} has nothing to explain: only what has been computed on the cluster, and is done, has")
        return lineage.explanation

    def getWorkerCount(self) -> int:  # noqa: N802 - the documented name
        """How many workers the cluster has now. Raises pyfora.ConnectionError when the executor is closed."""
        self._check_open()
        return self._session.worker_count

    def close(self) -> None:
        """End the session; what is still under way is cancelled, and proxies are of no use any more. Closing twice does nothing."""
        self._close()

    def isClosed(self) -> bool:  # noqa: N802 - the documented name
        """Whether `close` was called, or the with-block of the executor itself is over."""
        return not self._close.alive

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def __repr__(self) -> str:
        count = self._session.worker_count
        state = "closed" if self.isClosed() else f"{count} worker{'' if count == 1 else 's'}"
        return f"<Executor of {self.address}, {state}>"

    def note_capture(self, seconds: float) -> None:
        """Capturing the block that this thread runs next took so long."""
        self._used.capture_seconds = seconds

    def run_block(self, program: Program, want: str, limit: int) -> Result:
        """Run the body of a with-block and wait for it. KeyboardInterrupt cancels it, and so does what a status callback raises."""
        self._check_open()
        proxies, futures = self._used.take()
        for future in futures:
            future.result()
        lineage = self._make_lineage(program, {"want": want, "limit": limit}, proxies, futures)
        pending = Pending(lineage, [*proxies, *futures])
        pending.times.capture_seconds = self._used.capture_seconds
        try:
            self._session.start(pending, SOON_SECONDS)
            with contextlib.closing(Waiting(self._status_callback, find_bar(self._shows_progress))) as waiting:
                data = self._session.wait_for_result(pending, waiting.watch)
        except BaseException:
            self._session.cancel(pending)
            raise
        return self._take_result(pending, data)

    def fetch(self, proxy: RemotePythonObject) -> ComputationFuture:
        """Bring a value home."""
        self._check_open()
        here = find_value(proxy)
        if here is not None:
            return self._make_done(*here)
        remote = remote_of(proxy)
        query = {"computation": remote.computation, "name": remote.name}
        lineage = self._session.make_lineage(query, None, [lineage_of(proxy)])
        future, pending = self._make_future(lineage, [proxy], is_value=True)
        self._session.start(pending, AT_ONCE_SECONDS)
        return future

    def _make_done(self, value: object) -> ComputationFuture:
        future = ComputationFuture(None, lambda: None, self._status_calls.put)
        future.settle(value, None)
        return future

    def _submit(self, capture: Callable[[], Program]) -> ComputationFuture:
        self._check_open()
        self._used.take()
        began = time.perf_counter()
        program = capture()
        capture_seconds = time.perf_counter() - began
        proxies, futures = self._used.take()
        lineage = self._make_lineage(program, {"want": "remote", "limit": 0}, proxies, futures)
        future, pending = self._make_future(lineage, [*proxies, *futures], is_value=False)
        pending.times.capture_seconds = capture_seconds

        def start() -> None:
            for needed in futures:
                error = ComputationCancelled("a value that this needs was cancelled") if needed.cancelled() else needed.exception()
                if error is not None:
                    future.settle(None, error)
                    return
            if not future.done():
                self._session.start(pending, AT_ONCE_SECONDS)

        when_done(futures, start)
        return future

    def _make_lineage(
        self, program: Program, query: Mapping[str, object], proxies: Sequence[RemotePythonObject], futures: Sequence[ComputationFuture]
    ) -> Lineage:
        query = {**query, "source": say_source(program)}
        uses = [lineage_of(proxy) for proxy in proxies] + [future.lineage for future in futures if future.lineage]
        self._checkpoints.consider(uses)
        return self._session.make_lineage(query, self._language.encode(program), uses)

    def _make_future(self, lineage: Lineage, held: Sequence[object], is_value: bool) -> tuple[ComputationFuture, Pending]:
        future = ComputationFuture(None if is_value else lineage, lambda: self._session.cancel(pending), self._status_calls.put)
        if self._status_callback is not None:
            future.withStatusCallback(self._status_callback)

        def take_end(ended: Pending) -> None:
            if future.cancelled():
                return
            try:
                result = self._take_result(ended, self._session.wait_for_result(ended))
                values = list(result.values.values())
                future.settle(values[0] if values else None, _as_computation_error(result))
            except BaseException as error:  # noqa: BLE001 - whatever it is, it belongs to whoever waits for the future
                future.settle(None, error)

        pending = Pending(lineage, held, take_end)
        pending.on_progress = future.take_progress
        return future, pending

    def _take_result(self, pending: Pending, data: bytes | Arrival) -> Result:
        result = self._language.read_result(data, self._make_proxy)
        for name, value in pending.plain.items():
            if isinstance(proxy := result.values.get(name), RemotePythonObject):
                bring_along(proxy, value)
        self._session.settle(pending)
        explanation = pending.explain()
        if explanation is not None:
            pending.lineage.explanation = self._last.explanation = explanation
        sys.stdout.write(result.printed)
        return result

    def _make_proxy(self, remote: Remote) -> RemotePythonObject:
        lineage = self._session.find_lineage(remote.computation)
        if lineage is None:
            raise KeyError(remote.computation)
        proxy = RemotePythonObject(self, lineage, remote)
        self._session.releases.watch_proxy(proxy, (remote.computation, remote.name))
        return proxy

    def _find_remote(self, value: object) -> Remote | None:
        """How a Program being captured names a proxy or a future."""
        if isinstance(value, RemotePythonObject):
            if executor_of(value)._session is not self._session:
                raise PythonToForaConversionError(f"{value!r} belongs to another executor: bring it home with toLocal().result() first")
            self._used.proxies.append(value)
            return remote_of(value)
        if isinstance(value, ComputationFuture) and value.lineage is not None:
            if self._session.find_lineage(value.lineage.name) is not value.lineage:
                raise PythonToForaConversionError("a future of another executor is used: bring its value home with toLocal() first")
            self._used.futures.append(value)
            return Remote(value.lineage.name, "", "object")
        return None

    def _check_open(self) -> None:
        if self.isClosed():
            raise errors.ConnectionError(f"this executor of {self.address} has been closed: connect again")


class _Last:
    """Shared by an executor and its like with status callbacks."""

    explanation: Explanation | None = None


class _Used(threading.local):
    """Proxies and futures that the capture under way in this thread has met."""

    def __init__(self) -> None:
        self.proxies: list[RemotePythonObject] = []
        self.futures: list[ComputationFuture] = []
        self.capture_seconds = 0.0  #: of the last block

    def take(self) -> tuple[list[RemotePythonObject], list[ComputationFuture]]:
        taken = self.proxies, self.futures
        self.proxies, self.futures = [], []
        return taken


def _close_both(first: Callable[[], None], then: Callable[[], None]) -> None:
    first()
    then()


def _as_computation_error(result: Result) -> BaseException | None:
    """A future's error says that it comes from the cluster, unless it is pyfora's own."""
    if result.error is None or isinstance(result.error, OWN_ERRORS):
        return result.error
    return ComputationError(result.error, result.trace)


def _lineage_of_either(computation: object) -> Lineage | None:
    match computation:
        case ComputationFuture():
            return computation.lineage
        case RemotePythonObject():
            return lineage_of(computation)
    raise PyforaError(
        f"explain takes a future or a RemotePythonObject, not an object of type {type(computation).__name__}; without one it explains"
        " what ended last"
    )
