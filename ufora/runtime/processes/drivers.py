"""The drivers of a worker: one process per session, and a spare one ready for the next session.

All of it runs in the worker's event loop and never blocks it: forking happens in a thread, talking in streams.
"""

import asyncio
import itertools
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

from pyfora.errors import InternalError
from ufora.engine.contract import WorkerLost
from ufora.runtime.processes.errands import Errands, Perform
from ufora.runtime.processes.framing import ANSWER, ASK, ERRAND, GIVE_UP, HEADER, pack_frame
from ufora.runtime.processes.nursery import Child, Nursery, NurseryDied

STREAM_BYTES = 2**20
"""How much the event loop reads ahead from one driver, bytes. Guessed: a quarter of the largest message."""


def _refuse(_payload: bytes, _given_up: "Future[None]") -> bytes:
    raise InternalError("this worker does nothing for its drivers")


class DriverHost:
    """Sessions and their drivers. Made and used in one event loop."""

    def __init__(self, nursery: Nursery, entry: str, settings: bytes, perform: Perform = _refuse, errands: int = 1) -> None:
        """`entry`: the driver's "module:function"; `settings`: what its channel shows it; `perform`: what is asked of this worker by its
        own drivers, so many `errands` at once."""
        self._pool = ThreadPoolExecutor(errands, thread_name_prefix="errand")
        self._perform = perform
        self._nursery = nursery
        self._entry = entry
        self._settings = settings
        self._drivers: dict[str, asyncio.Task[_Driver]] = {}
        self._spare: asyncio.Task[_Driver] | None = None
        self._closed = False

    def prepare(self) -> None:
        """Start the spare driver now, so that the first session need not wait for it."""
        if self._spare is None and not self._closed:
            self._spare = asyncio.create_task(self._fork())

    def count(self) -> int:
        """Sessions that have a driver."""
        return len(self._drivers)

    async def answer(self, session: str, message: bytes) -> bytes:
        """The answer of the session's driver, which is started when missing. Raises WorkerLost when it died meanwhile."""
        driver = await asyncio.shield(self._get_driver(session))
        return await driver.ask(message)

    def kill_driver(self, session: str) -> None:
        """Whoever waits for its answer gets WorkerLost; the session's next question starts another."""
        task = self._drivers.get(session)
        if task is not None:
            _kill(task)

    async def end_session(self, session: str) -> None:
        """Stop the session's driver, and wait until it is gone."""
        task = self._drivers.pop(session, None)
        if task is not None:
            await _end(task)

    async def close(self) -> None:
        """End all sessions and the spare driver."""
        self._closed = True
        ending = list(self._drivers.values())
        if self._spare is not None:
            ending.append(self._spare)
        self._drivers.clear()
        self._spare = None
        for task in ending:
            await _end(task)
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _get_driver(self, session: str) -> "asyncio.Task[_Driver]":
        if self._closed:
            raise WorkerLost("the worker is stopping: ask another one")
        task = self._drivers.get(session)
        if task is None or (task.done() and _is_useless(task)):
            task = self._drivers[session] = self._take_spare()
            self.prepare()
        return task

    def _take_spare(self) -> "asyncio.Task[_Driver]":
        task, self._spare = self._spare, None
        if task is None or (task.done() and _is_useless(task)):
            task = asyncio.create_task(self._fork())
        return task

    async def _fork(self) -> "_Driver":
        try:
            child = await asyncio.to_thread(self._nursery.fork, self._entry, self._settings, "ufora-driver")
        except NurseryDied as death:
            raise WorkerLost(str(death)) from death
        child.connection.setblocking(False)
        reader, writer = await asyncio.open_unix_connection(sock=child.connection, limit=STREAM_BYTES)
        driver = _Driver(child, reader, writer, Errands(self._pool, self._perform, writer.writelines))
        driver.listening = asyncio.create_task(driver.listen())
        return driver


def _is_useless(done: "asyncio.Task[_Driver]") -> bool:
    return done.cancelled() or done.exception() is not None or done.result().lost


def _kill(task: "asyncio.Task[_Driver]") -> None:
    if task.done():
        if not _is_useless(task):
            task.result().child.kill()
    else:
        task.add_done_callback(_kill)


async def _end(task: "asyncio.Task[_Driver]") -> None:
    await asyncio.wait([task])
    _kill(task)
    if not _is_useless(task):
        await task.result().gone()


@dataclass(slots=True)
class _Driver:
    """A driver process as the event loop sees it."""

    child: Child
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    errands: Errands
    lost: bool = False
    death: str = ""  #: of what it died
    waiting: dict[int, asyncio.Future[bytes]] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=itertools.count)
    listening: asyncio.Task[None] | None = None

    async def ask(self, message: bytes) -> bytes:
        if self.lost:
            raise self._loss()
        number = next(self.numbers)
        answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self.waiting[number] = answer
        try:
            self.writer.writelines(pack_frame(number, ASK, message))
            return await answer
        finally:
            del self.waiting[number]

    async def listen(self) -> None:
        """Hand out answers until the process is dead."""
        try:
            while True:
                number, kind, length = HEADER.unpack(await self.reader.readexactly(HEADER.size))
                self._deliver(number, kind, await self.reader.readexactly(length))
        except (asyncio.IncompleteReadError, ConnectionError):
            self.lost = True
        finally:
            self.errands.give_up_all()
            self.death = self.child.tell_death()
            self.child.kill()
            self.writer.transport.abort()
            for answer in self.waiting.values():
                if not answer.done():
                    answer.set_exception(self._loss())

    async def gone(self) -> None:
        if self.listening is not None:
            await asyncio.wait([self.listening])

    def _deliver(self, number: int, kind: int, body: bytes) -> None:
        if kind == ERRAND:
            self.errands.begin(number, body)
            return
        if kind == GIVE_UP:
            self.errands.give_up(number)
            return
        answer = self.waiting.get(number)
        if answer is None or answer.done():  # whoever asked was cancelled
            return
        if kind == ANSWER:
            answer.set_result(body)
        else:
            answer.set_exception(InternalError(f"a driver failed to answer:\n{body.decode()}"))

    def _loss(self) -> WorkerLost:
        return WorkerLost(f"the session's driver, process {self.child.pid}, died{self.death}")
