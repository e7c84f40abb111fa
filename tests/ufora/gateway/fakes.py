"""A cluster of fake workers, and a gateway in a thread of its own: real sockets, no engine.

A fake driver evaluates a Program by calling the test's function with its bytes; what that returns is the result.
"""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from pyfora.wire import hash_of
from pyfora.wire.layout import FORMAT, MAGIC, PRELUDE
from ufora import __version__
from ufora.engine.contract import WorkerFacts, WorkerLost
from ufora.gateway.access import Admits
from ufora.gateway.gateway import Gateway, open_gateway
from ufora.gateway.limits import Limits
from ufora.protocol.explanation import Explanation, Line
from ufora.protocol.messages import (
    INLINE_BYTES,
    Cancel,
    Cancelled,
    Data,
    Done,
    Drop,
    Evaluate,
    Explain,
    Explained,
    Fetch,
    Finished,
    Forget,
    HandOver,
    Kernels,
    Lost,
    Message,
    Observe,
    Read,
    ShowKernels,
    TakeOver,
    Upload,
    pack_message,
    unpack_message,
)
from ufora.protocol.progress import Progress

T = TypeVar("T")
EXPLANATION = Explanation((Line("a.py", 3, "f(x)", 1, 0.5, 10, 0, 2, kernels=("key1", "key2")),), {"run": 0.5}, 0.9, 2)
"""What a fake driver says of all that it evaluates."""
SO_FAR = Explanation((Line("a.py", 3, "f(x)", 0, 0.25, 5, 0, 1, kernels=("key1",)),), {"run": 0.25}, 0.4, 2)
"""The same, while it evaluates."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a fake driver is asked to compute."""

    worker: str
    computation: str
    program: bytes
    want: str
    name: str = ""  #: of the value, for a Fetch
    limit: int = 0  #: bytes, for "small"


Evaluator = Callable[[Question], Awaitable[bytes]]


@dataclass
class FakeDriver:
    uploads: dict[str, bytearray] = field(default_factory=dict)
    streams: dict[str, bytes] = field(default_factory=dict)
    cancelled: dict[str, asyncio.Event] = field(default_factory=dict)
    holds: bytes = b"handed over"
    lost: asyncio.Event = field(default_factory=asyncio.Event)


class FakeEngine:
    """A ManagerEngine. `asked` is every message in order, `ended` the (worker, session) that were ended."""

    def __init__(self, evaluate: Evaluator, workers: int = 1) -> None:
        self.evaluate = evaluate
        self.progress = Progress(None, 0, 0, 1, None)  #: of whatever runs
        self.plain: dict[str, object] = {}  #: values that go along with whatever is done
        self.workers = [f"w{number}" for number in range(1, workers + 1)]
        self.kernels: dict[str, dict[str, str]] = {}  #: text by key, by worker
        self.leaving: list[str] = []
        self.asked: list[tuple[str, Message]] = []
        self.ended: list[tuple[str, str]] = []
        self._tell: Callable[[list[WorkerFacts]], None] = lambda workers: None
        self.pulse: Callable[[str, bytes], None] = lambda worker, body: None
        self._drivers: dict[tuple[str, str], FakeDriver] = {}

    def list_workers(self) -> list[WorkerFacts]:
        return [WorkerFacts(worker, "127.0.0.1:30009", 1, 2**30, "0", "any") for worker in self.workers]

    def drain(self, worker: str) -> None:
        if worker not in self.workers:
            raise WorkerLost(f"there is no worker {worker}")
        self.workers.remove(worker)
        self.leaving.append(worker)
        self._tell(self.list_workers())

    def list_leaving(self) -> list[str]:
        return self.leaving

    def on_change(self, tell: Callable[[list[WorkerFacts]], None]) -> None:
        self._tell = tell

    def on_pulse(self, tell: Callable[[str, bytes], None]) -> None:
        self.pulse = tell

    def set_workers(self, *workers: str) -> None:
        self.workers = list(workers)
        for place in [place for place in self._drivers if place[0] not in workers]:
            self._drivers.pop(place).lost.set()
        self._tell(self.list_workers())

    async def end_session(self, worker: str, session: str) -> None:
        driver = self._drivers.pop((worker, session), None)
        if driver is not None:
            driver.lost.set()
        self.ended.append((worker, session))

    async def close(self) -> None: ...

    async def ask(self, worker: str, session: str, message: bytes) -> bytes:
        if worker not in [*self.workers, *self.leaving]:
            raise WorkerLost(f"worker {worker} is gone")
        question = unpack_message(message)
        self.asked.append((worker, question))
        if isinstance(question, ShowKernels):
            assert session == ""
            return pack_message(Kernels({key: text for key, text in self.kernels.get(worker, {}).items() if key in question.keys}))
        driver = self._drivers.setdefault((worker, session), FakeDriver())
        answer = await self._answer(worker, driver, question)
        if self._drivers.get((worker, session)) is not driver:
            raise WorkerLost(f"worker {worker} is gone")
        return pack_message(answer)

    async def _answer(self, worker: str, driver: FakeDriver, question: Message) -> Message:
        match question:
            case Upload(program, offset, data, _):
                kept = driver.uploads.setdefault(program, bytearray())
                assert offset == len(kept)
                kept += data
                return Done()
            case Evaluate(computation, program, data, want, limit):
                data = data or bytes(driver.uploads.pop(program))
                assert hash_of(data) == program
                return await self._perform(driver, Question(worker, computation, data, want, limit=limit))
            case Fetch(computation, name):
                return await self._perform(driver, Question(worker, computation, b"", "all", name))
            case Read(stream, offset, nbytes):
                if stream not in driver.streams:
                    return Lost("stream", stream)
                return Data(driver.streams[stream][offset : offset + nbytes])
            case Cancel(computation):
                driver.cancelled.setdefault(computation, asyncio.Event()).set()
                return Done()
            case HandOver():
                return Finished(driver.holds, "", len(driver.holds), False, {})
            case TakeOver(_, data):
                driver.holds = data
                return Done()
            case Drop() | Forget():
                return Done()
            case Observe():
                return self.progress
            case Explain():
                return Explained(SO_FAR.as_plain())
        raise AssertionError(question)

    async def _perform(self, driver: FakeDriver, question: Question) -> Message:
        stop = driver.cancelled.setdefault(question.computation, asyncio.Event())
        work = asyncio.ensure_future(self.evaluate(question))
        interrupts = [asyncio.ensure_future(stop.wait()), asyncio.ensure_future(driver.lost.wait())]
        await asyncio.wait([work, *interrupts], return_when=asyncio.FIRST_COMPLETED)
        for interrupt in interrupts:
            interrupt.cancel()
        if not work.done():
            work.cancel()
            return Cancelled(question.computation)
        result = work.result()
        if len(result) <= INLINE_BYTES:
            return Finished(result, "", len(result), False, EXPLANATION.as_plain(), self.plain)
        driver.streams[question.computation + question.name] = result
        return Finished(b"", question.computation + question.name, len(result), False, EXPLANATION.as_plain())


def a_program(text: bytes = b"") -> bytes:
    """Bytes that a gateway takes for a Program."""
    return PRELUDE.pack(MAGIC, FORMAT, len(text)) + text


def text_of(program: bytes) -> bytes:
    return program[PRELUDE.size :]


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


class RunningGateway:
    """A gateway in a thread. `call` runs something in its loop."""

    def __init__(self, engine: FakeEngine, spool: Path, limits: Limits, port: int, admits: Admits | None, host: str) -> None:
        self.engine = engine
        self.clock = Clock()
        self.address = ""
        self.gateway: Gateway
        self._loop: asyncio.AbstractEventLoop
        self._stop = asyncio.Event()
        self._error: OSError | None = None
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run(spool, limits, port, admits, host)))
        self._thread.start()
        self._ready.wait()
        if self._error is not None:
            self._thread.join()
            raise self._error

    async def _run(self, spool: Path, limits: Limits, port: int, admits: Admits | None, host: str) -> None:
        self._loop = asyncio.get_running_loop()
        try:
            async with open_gateway(self.engine, host, port, __version__, spool, limits, self.clock, admits=admits) as self.gateway:
                self.address = self.gateway.address
                self._ready.set()
                await self._stop.wait()
        except OSError as error:
            self._error = error
        finally:
            self._ready.set()

    @property
    def port(self) -> int:
        return int(self.address.rsplit(":", 1)[1])

    def call(self, function: Callable[[], T]) -> T:
        async def run() -> T:
            return function()

        return asyncio.run_coroutine_threadsafe(run(), self._loop).result()

    def wait_for(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()

    def stop(self) -> None:
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()


@contextmanager
def running_gateway(
    evaluate: Evaluator,
    spool: Path,
    workers: int = 1,
    limits: Limits | None = None,
    port: int = 0,
    admits: Admits | None = None,
    host: str = "127.0.0.1",
) -> Iterator[RunningGateway]:
    gateway = RunningGateway(FakeEngine(evaluate, workers), spool, limits or Limits(), port, admits, host)
    try:
        yield gateway
    finally:
        gateway.stop()


async def echo(question: Question) -> bytes:
    """The result of a Program is the Program."""
    return question.program
