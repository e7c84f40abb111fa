"""A whole cluster in this process: a real driver, real machines, interpreters that are objects. For tests of what stands on the engine."""

import itertools
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, InvalidStateError, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from types import FunctionType
from typing import Any
from unittest import mock

from pyfora.capture.calls import capture_call
from pyfora.capture.client_origin import ClientOrigin
from pyfora.program.allowed import is_allowed
from pyfora.program.nodes import Outcome, Program, Remote, TraceFrame
from pyfora.restore import Restorer
from pyfora.restore.plain import PlainEnvironment
from pyfora.wire import decode_program, program_bytes
from tests.parity.same import bits, bits_of_error, run_here
from ufora.engine.contract import TaskEngine, WorkerFacts
from ufora.engine.in_process import InProcessCluster, InProcessTaskEngine
from ufora.protocol.explanation import Explanation
from ufora.protocol.messages import Evaluate, Finished, Message, Read, pack_message, unpack_message
from ufora.runtime import interpreter
from ufora.runtime.captured import add_captured
from ufora.runtime.driver import Driver, DriverSettings
from ufora.runtime.interpreter import Interpreter, InterpreterSettings
from ufora.runtime.machine import Machine
from ufora.runtime.nearby import NearbyEngine
from ufora.runtime.own_cores import OwnCores
from ufora.runtime.policy import When
from ufora.runtime.split import LeaseSplitter
from ufora.runtime.tasks import pack_task


class OneInterpreter:
    """Stands for the pool of interpreter processes."""

    def __init__(self, compile: When, cache: str = "") -> None:  # noqa: A002 - the setting's name
        self._lock = threading.Lock()
        self._interpreter = Interpreter(InterpreterSettings(cache, compile))

    def run(self, payload: bytes, stop: "Future[None]") -> bytes:
        with self._lock, mock.patch.object(interpreter, "use_captured", add_captured):  # the driver in this process has some too
            return self._interpreter.answer(payload)


@dataclass(frozen=True, slots=True)
class MachineSide:
    """A WorkerSide of which only the machine is asked."""

    machine: Machine

    def perform(self, payload: bytes, inputs: Sequence[Any], given_up: "Future[None]") -> Any:
        return self.machine.perform(payload, inputs, given_up)

    async def answer(self, session: str, message: bytes) -> bytes:
        raise AssertionError("the driver is in this process")

    def measure(self) -> bytes:
        return b""

    async def end_session(self, session: str) -> None: ...

    async def close(self) -> None:
        self.machine.close()


class WorkerErrands:
    """Stands for a driver's channel: what is asked of its worker a machine here does."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._pool = ThreadPoolExecutor(8, thread_name_prefix="errand")
        self._given_up: list[Future[None]] = []

    def begin_errand(self, payload: bytes) -> tuple[int, "Future[bytes]"]:
        given_up: Future[None] = Future()
        self._given_up.append(given_up)
        return len(self._given_up) - 1, self._pool.submit(lambda: pack_task(self._machine.perform(payload, (), given_up)))

    def give_up_errand(self, number: int) -> None:
        with suppress(InvalidStateError):
            self._given_up[number].set_result(None)

    def close(self) -> None:
        self._pool.shutdown()


@dataclass(frozen=True, slots=True)
class Answer:
    """A computation's outcome, live."""

    values: dict[str, Any]
    error: BaseException | None
    trace: tuple[TraceFrame, ...]
    printed: str
    explanation: Explanation = field(default_factory=Explanation)

    @property
    def bits(self) -> object:
        return bits(self.values.get("")) if self.error is None else bits_of_error(self.error)


class Here:
    """`ask` for a driver's own messages, `run` for a function."""

    def __init__(
        self,
        compile: When = When.NEVER,  # noqa: A002 - the setting's name
        cut: When = When.ALWAYS,
        machine: type[Machine] = Machine,
        slices: int = 0,
        cache: str = "",
        *,
        twins: bool = False,
        own: bool = False,
    ) -> None:
        """`twins`: let copies of this process compute what is interpreted; `own`: the first machine is the driver's own, and it uses its
        cores itself."""
        self.cluster = InProcessCluster()
        self._machines = [machine(1, OneInterpreter(compile)) for _ in range(2)]
        workers = [(MachineSide(one), WorkerFacts(f"w{number}", "", 1, 2**30, "", "")) for number, one in enumerate(self._machines)]
        for worker in workers:
            self.cluster.add_worker(*worker)
        self.second = workers[1]  #: for tests in which it comes later
        self.engine: TaskEngine = InProcessTaskEngine(self.cluster)
        self._errands = WorkerErrands(self._machines[0])
        self.own = OwnCores(2, self._errands) if own else None
        if own:
            self.engine = NearbyEngine(self.engine, self._errands, "")
        self.driver = Driver(self.engine, DriverSettings("", cache, compile, cut, slices=slices, threads=2 if twins else 0), self.own)
        splitter = self.driver._conductor.splitter
        assert isinstance(splitter, LeaseSplitter)
        splitter.twins = None if splitter.twins is None else replace(splitter.twins, are_wanted=twins)
        self._origin = ClientOrigin(lambda value: value if isinstance(value, Remote) else None)
        self._numbers = itertools.count()

    def close(self) -> None:
        if self.own is not None:
            self.own.close()
        self._errands.close()
        self.engine.close()
        for machine in self._machines:
            machine.close()

    def ask(self, message: Message) -> Message:
        packed = pack_message(message)
        return unpack_message(self.driver.answer_at_once(packed) or self.driver.answer(packed))

    def capture(self, function: Callable[..., object], *args: object) -> Program:
        return capture_call(function, args, {}, self._origin)

    def evaluate(self, program: Program, want: str = "all", computation: str = "") -> Message:
        return self.ask(Evaluate(computation or f"c{next(self._numbers)}", "", program_bytes(program), want, 0))

    def run(self, function: Callable[..., object], *args: object) -> Answer:
        return self.read(self.evaluate(self.capture(function, *args)))

    def read(self, finished: Message) -> Answer:
        """The outcome as the client would see it."""
        assert isinstance(finished, Finished), finished
        data = finished.result or self._read_stream(finished)
        program = decode_program(memoryview(data))
        outcome = program.entry
        assert isinstance(outcome, Outcome)
        environment = PlainEnvironment(is_allowed, self._origin.find_object, self._origin.remember, lambda node: node)
        restorer = Restorer(program, environment)
        error = None if outcome.error < 0 else restorer.value(outcome.error)
        return Answer(restorer.names(outcome.names), error, outcome.trace, outcome.printed, Explanation.from_plain(finished.facts))

    def keep(self, value: object) -> Remote:
        """Let the driver hold a value of its own kind, as if an earlier computation had given it."""
        computation = f"k{next(self._numbers)}"
        self.driver._values.keep(computation, {"": value})
        return Remote(computation, "", type(value).__name__)

    def _read_stream(self, finished: Finished) -> bytes:
        data = bytearray()
        while len(data) < finished.nbytes:
            answer = self.ask(Read(finished.stream, len(data), 2**20))
            data += answer.data  # type: ignore[union-attr]
        return bytes(data)


def same_here(program: Callable[[], object]) -> Callable[[Here], None]:
    """A test: the program gives in the `here` fixture's cluster what it gives in this Python."""

    def test(here: Here) -> None:
        assert isinstance(program, FunctionType)
        assert here.run(program).bits == run_here(program)

    test.__name__, test.__doc__ = program.__name__, program.__doc__
    return test
