"""A driver process: evaluates the blocks of one session, and holds their values.

reader thread   Upload, Read, Drop, Forget, Cancel, Observe, Explain: answered at once
main thread     Evaluate, Fetch, HandOver, TakeOver: one after the other
"""

import ctypes
import logging
import os
import signal
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgpack

from pyfora.capture.encoder import Encoder
from pyfora.errors import InternalError, WireError
from pyfora.program.nodes import Outcome, Program, Remote, Value
from pyfora.restore import Restorer
from pyfora.wire import decode_program, encode_program, program_bytes, program_size
from ufora.compile.flag import NOW, StopFlag
from ufora.engine.contract import TaskEngine, TaskFailed
from ufora.engine.on_dask import connect_task_engine, read_cluster_key
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
    Lost,
    Message,
    Observe,
    Read,
    TakeOver,
    Upload,
    pack_message,
    unpack_message,
)
from ufora.protocol.progress import Progress
from ufora.runtime.alarm import Alarm
from ufora.runtime.calls import Forks
from ufora.runtime.chunked import chunked_type
from ufora.runtime.consume import Conductor
from ufora.runtime.consumers import Consumers
from ufora.runtime.environment import CannotTravel, WorkerOrigin, Workshop
from ufora.runtime.evaluation import Evaluated, evaluate
from ufora.runtime.explain import Recorder
from ufora.runtime.garbage import Collector
from ufora.runtime.guard.purity import PurityJudge
from ufora.runtime.guard.stopping import CancelledInside, stop
from ufora.runtime.handover import pack_values, unpack_values
from ufora.runtime.kernels import Kernels
from ufora.runtime.namespace import make_builtins
from ufora.runtime.nearby import NearbyEngine
from ufora.runtime.own_cores import OwnCores
from ufora.runtime.plain import find_plain
from ufora.runtime.policy import When, make_policy
from ufora.runtime.printing import Printing
from ufora.runtime.processes.child import Channel
from ufora.runtime.processes.confine import confine
from ufora.runtime.progress import Counts
from ufora.runtime.split import LeaseSplitter
from ufora.runtime.streams import Streams
from ufora.runtime.twins import Twins
from ufora.runtime.unboxed import wrap_packed
from ufora.runtime.values import ValueGone, Values

CANCEL_SECONDS = 0.7
"""How long a cancelled computation may go on before its process is ended. Guessed: cancelling shall take less than a second."""
NOT_RUNNING = Progress(None, 0, 0, 0, None)


@dataclass(frozen=True, slots=True)
class DriverSettings:
    scheduler: str  #: host:port of the engine's scheduler
    cache_dir: str  #: where machine code is kept; "" for nowhere
    compile: When
    cut: When
    key_file: str = ""  #: the cluster key; "" for none
    slices: int = 0  #: see Policy
    own: str = ""  #: host:port of the worker that the driver lives on; "" when it does nothing for it
    threads: int = 0  #: cores of its machine; 0: let no twins compute

    def pack(self) -> bytes:
        settings = [self.scheduler, self.cache_dir, self.compile, self.cut, self.key_file, self.slices, self.own, self.threads]
        packed: bytes = msgpack.packb(settings)
        return packed

    @classmethod
    def unpack(cls, data: bytes) -> "DriverSettings":
        scheduler, cache_dir, compile, cut, *others = msgpack.unpackb(data)  # noqa: A001 - the setting's name
        return cls(scheduler, cache_dir, When(compile), When(cut), *others)


class Driver:
    """The state of one driver process."""

    def __init__(self, engine: TaskEngine, settings: DriverSettings, own: OwnCores | None = None) -> None:
        """`own`: where the engine knows what they do."""
        self._engine = engine
        self._own = own
        self._values = Values()
        self._garbage = Collector()
        self._streams = Streams()
        self._uploads: dict[str, bytearray] = {}
        self._running: str | None = None
        self._began = 0.0  #: when the last evaluation did
        self._cancelled: set[str] = set()
        self._lock = threading.Lock()
        self._main = threading.get_ident()
        self._flag = StopFlag()
        self._printing = Printing()
        self._counts = Counts()
        self._workshop = Workshop(self._values.get_remote)
        self._conductor = self._build(engine, settings)

    def _build(self, engine: TaskEngine, settings: DriverSettings) -> Conductor:
        workshop, explanation = self._workshop, Recorder()
        environment, registry = workshop.environment, workshop.registry
        policy = make_policy(settings.compile, settings.cut, settings.slices, is_near=self._own is not None)
        splitter = LeaseSplitter(
            engine,
            workshop.pack_body,
            workshop.unpack_items,
            workshop.raise_error,
            explanation,
            self._counts,
            self._check_cancelled,
            slices=policy.slices,
            own=self._own,
            twins=Twins(settings.threads, workshop, explanation, self._check_cancelled, self._stay_alone) if settings.threads else None,
        )
        judge = PurityJudge(registry, environment.find_named)
        kernels = Kernels(Path(settings.cache_dir) if settings.cache_dir else None, self._flag)
        conductor = Conductor(policy, registry, judge, environment.find_named, kernels, splitter, explanation, self._check_cancelled)
        conductor.alarm = Alarm(self._flag)
        at_once = settings.cut is When.ALWAYS
        self._forks = None if settings.cut is When.NEVER else Forks(registry, environment.find_named, splitter, conductor, at_once=at_once)
        consumers = Consumers(registry, conductor, self._forks)
        replaced = consumers.builtins | {"print": self._printing.print}
        environment.set_builtins(make_builtins(consumers.names() | replaced), replaced)
        return conductor

    def _stay_alone(self) -> None:
        """This process is a twin now: it has no other threads, and its connections are the driver's."""
        conductor = self._conductor
        conductor.splitter = conductor.alarm = None
        conductor.check_cancelled = _go_on
        self._flag.clear()
        self._printing.close()
        if self._forks is not None:
            self._forks.retire()

    def answer_at_once(self, message: bytes) -> bytes | None:
        """In the reader thread; None for what the main thread must do."""
        answer = self._answer_at_once(unpack_message(message))
        return None if answer is None else pack_message(answer)

    def _answer_at_once(self, message: Message) -> Message | None:
        match message:
            case Upload(program=program, offset=offset, data=data):
                upload = self._uploads.setdefault(program, bytearray())
                if len(upload) != offset:
                    return Lost("program", f"a piece at {offset} came after {len(upload)} bytes")
                upload += data
                return Done()
            case Read(stream=stream, offset=offset, nbytes=nbytes):
                piece = self._streams.read(stream, offset, nbytes)
                return Lost("stream", stream) if piece is None else Data(piece)
            case Drop(values=values):
                for computation, name in values:
                    self._values.drop(computation, name)
                self._garbage.ask()
                return Done()
            case Forget(computations=computations):
                for computation in computations:
                    self._values.forget(computation)
                self._garbage.ask()
                return Done()
            case Cancel(computation=computation):
                self._cancel(computation)
                return Done()
            case Observe(computation=computation, leases=leases):
                own = {} if self._own is None else self._own.list_leases()
                return self._counts.find_progress({**leases, **own}) if self._running == computation else NOT_RUNNING
            case Explain(computation=computation):
                explained = self._conductor.explanation.explain(time.perf_counter() - self._began)
                return Explained(explained.as_plain() if self._running == computation else {})
        return None

    def answer(self, message: bytes) -> bytes:
        """In the main thread."""
        asked = unpack_message(message)
        match asked:
            case Evaluate():
                self._values.lend_forms()
                try:
                    return pack_message(self._evaluate(asked))
                finally:
                    self._values.take_forms()
            case Fetch(computation=computation, name=name):
                return pack_message(self._fetch(computation, name))
            case HandOver():
                return pack_message(self._hand_over())
            case TakeOver(program=program, data=data):
                return pack_message(self._take_over(data or bytes(self._uploads.pop(program, b""))))
        raise InternalError(f"the driver was asked to {type(asked).__name__}")

    def _evaluate(self, asked: Evaluate) -> Message:
        data = asked.data or self._uploads.pop(asked.program, b"")
        if not data:
            return Lost("program", asked.program)
        began = self._began = time.perf_counter()
        self._counts.begin(asked.label)
        try:
            program = decode_program(memoryview(data))
        except WireError as refusal:
            return self._refuse(refusal)
        explanation = self._conductor.explanation
        explanation.reset()
        try:
            with self._running_as(asked.computation):
                evaluated = evaluate(program, Restorer(program, self._workshop.environment, wrap_packed(program)), self._workshop.registry)
        except CancelledInside:
            self._printing.take()
            return Cancelled(asked.computation)
        finally:
            if self._forks is not None:
                self._forks.end()
            self._conductor.judge.forget()
        if isinstance(evaluated.error, ValueGone):
            return Lost("value", str(evaluated.error))
        self._values.keep(asked.computation, evaluated.names)
        explained = explanation.explain(time.perf_counter() - began)
        encoding_from = time.perf_counter()
        outcome = self._outcome(asked, evaluated)
        explained = explained.with_seconds({"bring home": time.perf_counter() - encoding_from})
        plain = find_plain(evaluated.names) if asked.want == "remote" else {}
        return self._finished(outcome, explained.as_plain(), failed=evaluated.error is not None, plain=plain)

    def _refuse(self, refusal: WireError) -> Message:
        encoder = self._encoder()
        return self._finished(encoder.program(Outcome((), encoder.ref(refusal), (), "")), {}, failed=True)

    def _fetch(self, computation: str, name: str) -> Message:
        try:
            value = self._values.get(computation, name)
        except ValueGone as gone:
            return Lost("value", str(gone))
        encoder = self._encoder()
        return self._finished(encoder.program(Outcome((("", encoder.ref(value)),), -1, (), "")), {}, failed=False)

    def _hand_over(self) -> Message:
        try:
            return self._finished(pack_values(self._values.list_all(), self._workshop), {}, failed=False)
        except CannotTravel as reason:
            return Lost("value", f"it cannot be handed over: {reason}")

    def _take_over(self, data: bytes) -> Message:
        try:
            self._values.take_over(unpack_values(data, self._workshop, self._engine))
        except TaskFailed as failure:
            return Lost("value", str(failure))
        return Done()

    def _outcome(self, asked: Evaluate, evaluated: Evaluated) -> Program:
        encoder = self._encoder()
        names = [(name, self._home(encoder, asked, name, value)) for name, value in evaluated.names.items()]
        error = -1 if evaluated.error is None else encoder.ref(evaluated.error)
        return encoder.program(Outcome(tuple(names), error, evaluated.trace, self._printing.take()))

    def _home(self, encoder: Encoder, asked: Evaluate, name: str, value: object) -> int:
        """A value on its way home: itself, or a proxy for it."""
        if asked.want == "all" or (asked.want == "small" and self._size_of(value) <= asked.limit):
            return encoder.ref(value)
        return encoder.add_node(Remote(asked.computation, name, chunked_type(value).__name__))

    def _size_of(self, value: object) -> int:
        encoder = self._encoder()
        return program_size(encoder.program(Value(encoder.ref(value))))

    def _encoder(self) -> Encoder:
        return Encoder(WorkerOrigin(self._workshop.registry, self._workshop.environment, reader_knows=True))

    def _finished(self, outcome: Program, facts: dict[str, Any], *, failed: bool, plain: Mapping[str, object] | None = None) -> Finished:
        nbytes = program_size(outcome)
        if nbytes <= INLINE_BYTES:
            return Finished(program_bytes(outcome), "", nbytes, failed, facts, plain or {})
        return Finished(b"", self._streams.open(iter(encode_program(outcome)), nbytes), nbytes, failed, facts, plain or {})

    @contextmanager
    def _running_as(self, computation: str) -> Iterator[None]:
        """Between these two points the computation can be cancelled."""
        with self._lock:
            self._running = computation
            early = computation in self._cancelled
        try:
            if early:
                raise CancelledInside
            yield
        finally:
            with self._lock:
                self._running = None
                self._flag.clear()
                if computation in self._cancelled:  # else CPython 3.11 would be asked for nothing ever after, and never end under a tracer
                    self._cancelled.discard(computation)
                    _raise_in(self._main, None)
                    _release_logging()

    def _cancel(self, computation: str) -> None:
        with self._lock:
            self._cancelled.add(computation)
            if self._running == computation:
                stop(CancelledInside())
                self._flag.ask(NOW)
                _raise_in(self._main, CancelledInside)
                threading.Timer(CANCEL_SECONDS, self._end_if_running, [computation]).start()

    def _end_if_running(self, computation: str) -> None:
        """C code does not hear of exceptions: the process ends, and the manager computes its values again elsewhere."""
        with self._lock:
            if self._running == computation:
                os._exit(1)

    def _check_cancelled(self) -> None:
        """Called by the conductor now and then; the exception itself arrives by `_raise_in`."""
        if self._running in self._cancelled:
            raise CancelledInside


def _go_on() -> None:
    """A twin is ended by its driver, never cancelled from within."""


def _release_logging() -> None:
    """Up to CPython 3.12 an exception that comes at any instruction may come between taking logging's lock and the `try` that releases it.
    No other thread would ever log again, nor end."""
    lock: Any = logging._lock  # type: ignore[attr-defined]
    while lock._is_owned():  # by this thread, which is not within logging
        lock.release()


def _raise_in(thread: int, exception: type[BaseException] | None) -> None:
    """Let a thread raise at its next instruction; None takes back what was not raised yet."""
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), None if exception is None else ctypes.py_object(exception))


def main(channel: Channel) -> None:
    """Entry point of the process."""
    settings = DriverSettings.unpack(channel.settings)
    key = read_cluster_key(settings.key_file) if settings.key_file else None
    try:
        engine = connect_task_engine(settings.scheduler, key, given_up=lambda: os._exit(1))  # the worker starts another when one is needed
    except OSError as error:
        raise SystemExit(f"a driver could not begin: {error}") from error
    own = OwnCores(settings.threads, channel) if settings.own else None
    driver = Driver(NearbyEngine(engine, channel, settings.own) if settings.own else engine, settings, own)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for twins that end
    confine([settings.cache_dir] if settings.cache_dir else [], connects=True)

    def answer(message: bytes) -> bytes:
        try:
            return driver.answer(message)
        finally:
            if own is not None:
                own.give_up()  # one that was cancelled at any instruction may have left some
            channel.give_up_errands()

    channel.serve(answer, driver.answer_at_once)
