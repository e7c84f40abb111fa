"""A fixed number of single processes that do one thing at a time: interpreted slices.

Not `concurrent.futures.ProcessPoolExecutor`: that one is broken for good when a child dies, and tells everybody. Here a death costs the
one call it happened in; the process is replaced with the next call. Callers are served in the order they came.
"""

import socket
import threading
from collections import deque
from concurrent.futures import Future
from typing import BinaryIO

from pyfora.errors import InternalError, PyforaError
from ufora.runtime.processes.framing import ANSWER, ASK, pack_frame, wait_for_frame
from ufora.runtime.processes.nursery import Child, Nursery, NurseryDied


class InterpreterDied(PyforaError):  # noqa: N818 - states a fact
    """The process died while it carried out the call: killed from outside, out of memory, or a crash in C code."""


class PoolClosed(InterpreterDied):
    """The worker is stopping: it is not the call's fault."""


class Stopped(PyforaError):  # noqa: N818 - states a fact
    """The call was stopped by whoever made it."""


class InterpreterPool:
    """Used from any thread; `run` blocks with the GIL released."""

    def __init__(self, nursery: Nursery, entry: str, count: int, settings: bytes = b"") -> None:
        """`entry`: "module:function", called with its Channel, which holds the `settings`, in each process."""
        self._lock = threading.Lock()
        self._all = [_Interpreter(nursery, entry, settings) for _ in range(count)]
        self._idle = list(self._all)  # not empty only while nobody waits
        self._waiting: deque[Future[_Interpreter]] = deque()
        self._closed = False

    def run(self, payload: bytes, stop: "Future[None] | None" = None) -> bytes:
        """What an interpreter answers to `payload`. Raises InterpreterDied, and Stopped as soon as `stop` is done."""
        stop = stop or Future()
        interpreter = self._take().result()
        try:
            return interpreter.run(payload, stop)
        finally:
            self._give_back(interpreter)

    def prepare(self) -> None:
        """Start every process now, so that the first calls need not wait for them."""
        for interpreter in self._all:
            interpreter.prepare()

    def close(self) -> None:
        """Kill every process. Calls under way, and those that wait, raise InterpreterDied."""
        with self._lock:
            self._closed = True
            waiting = list(self._waiting)
            self._waiting.clear()
        for turn in waiting:
            turn.set_exception(_closed())
        for interpreter in self._all:
            interpreter.close()

    def _take(self) -> "Future[_Interpreter]":
        turn: Future[_Interpreter] = Future()
        with self._lock:
            if self._closed:
                raise _closed()
            if self._idle:
                turn.set_result(self._idle.pop())
            else:
                self._waiting.append(turn)
        return turn

    def _give_back(self, interpreter: "_Interpreter") -> None:
        with self._lock:
            turn = self._waiting.popleft() if self._waiting else None
            if turn is None:
                self._idle.append(interpreter)
        if turn is not None:
            turn.set_result(interpreter)


def _closed() -> PoolClosed:
    return PoolClosed("the worker is stopping")


class _Interpreter:
    """One process and its replacements, used by one caller at a time."""

    def __init__(self, nursery: Nursery, entry: str, settings: bytes) -> None:
        self._nursery = nursery
        self._entry = entry
        self._settings = settings
        self._lock = threading.Lock()  # over _process and _closed: `close` comes from another thread
        self._process: tuple[Child, BinaryIO] | None = None
        self._closed = False
        self._stop: Future[None] | None = None  # of the call under way

    def run(self, payload: bytes, stop: "Future[None]") -> bytes:
        if stop.done():
            raise Stopped("the call was stopped before it began")
        child, stream = self.prepare()
        with self._lock:
            self._stop = stop
        stop.add_done_callback(self._stop_call)
        try:
            return self._call(child, stream, payload)
        except InterpreterDied:
            if stop.done():
                raise Stopped("the call was stopped") from None
            raise
        finally:
            with self._lock:
                self._stop = None

    def _stop_call(self, stop: "Future[None]") -> None:
        """An interpreter cannot be made to stop otherwise; the next call gets a new one."""
        with self._lock:
            if self._stop is stop and self._process is not None:
                self._process[0].kill()

    def _call(self, child: Child, stream: BinaryIO, payload: bytes) -> bytes:
        try:
            for piece in pack_frame(0, ASK, payload):
                child.connection.sendall(piece)
            answer = wait_for_frame(stream)
        except ConnectionError:
            answer = None
        if answer is None:
            self._discard()
            if self._closed:
                raise _closed()
            raise InterpreterDied(f"an interpreter, process {child.pid}, died{child.tell_death()}")
        if answer.kind != ANSWER:
            raise InternalError(f"an interpreter failed to answer:\n{answer.body.decode()}")
        return answer.body

    def prepare(self) -> tuple[Child, BinaryIO]:
        """A living process; one that died while idle is replaced without a word."""
        if self._process is not None and _has_hung_up(self._process[0].connection):
            self._discard()
        with self._lock:
            if self._closed:
                raise _closed()
            if self._process is None:
                try:
                    child = self._nursery.fork(self._entry, self._settings, name="ufora-interpret")
                except NurseryDied as death:
                    raise InterpreterDied(str(death)) from death
                self._process = (child, child.connection.makefile("rb"))
            return self._process

    def close(self) -> None:
        with self._lock:
            self._closed = True
            if self._process is not None:
                self._process[0].kill()

    def _discard(self) -> None:
        with self._lock:
            if self._process is not None:
                child, stream = self._process
                child.kill()
                stream.close()
                child.connection.close()
                self._process = None


def _has_hung_up(connection: socket.socket) -> bool:
    try:
        return not connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
    except BlockingIOError:
        return False
    except ConnectionError:
        return True
