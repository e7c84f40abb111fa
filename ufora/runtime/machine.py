"""One machine's share of the work: leases cut into slices for its cores.

All leases on the machine share one pool of threads, a slice each in turn, so two users' leases advance side by side. A slice of machine
code runs in its thread with the GIL released; an interpreted slice waits in its thread for one of the interpreter processes.

    lease  [────────────────────────────────────────────)
    slices [──)[───)[────)[─────)[──────)…                growing until one takes SLICE_SECONDS
"""

import hashlib
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from typing import Any, Protocol

import numpy

from pyfora.errors import InternalError, PyforaError
from ufora.compile.kernel import Kernel, load_kernel
from ufora.compile.keys import cpu_key
from ufora.protocol.pulse import COMPILED, INTERPRETED
from ufora.runtime.activity import Activity
from ufora.runtime.environment import pack_refusal
from ufora.runtime.pieces import Kind, Piece, merge_neighbours, piece_of_run, sum_array
from ufora.runtime.processes.interpreters import InterpreterDied
from ufora.runtime.tasks import Describe, Description, Lease, LeaseDone, MachineCode, Slice, SumOf, Take, pack_task, unpack_task

SLICE_SECONDS = 0.03
"""A slice aims at this length. Guessed: short against a lease, long against the microseconds that taking one costs."""
FIRST_SLICE = 16
"""Elements of a lease's first slices, before its speed is known. Few, as one may be a long loop itself; slices grow fourfold."""
FIRST_INTERPRETED_SLICE = 8
DEOPT_LIMIT = 200
"""Deoptimised elements after which the rest of a lease runs interpreted. Guessed."""
DEOPT_STRETCH = 64  #: most elements handed to an interpreter at once after a deoptimisation
DEATHS_BORNE = 2
"""A stretch whose interpreter died is run again so often. Guessed: chance does not strike three times; code that crashes CPython does."""


class LeaseGivenUp(PyforaError):  # noqa: N818 - states a fact
    """Nobody wants the lease's result any more."""


class Interpreters(Protocol):
    def run(self, payload: bytes, stop: "Future[None]") -> bytes: ...


class Machine:
    """Carries out tasks; one per worker process."""

    def __init__(self, threads: int, interpreters: Interpreters) -> None:
        self._threads = threads
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="slice")
        self._interpreters = interpreters
        self._kernels: dict[str, Kernel] = {}
        self.activity = Activity()

    def perform(self, payload: bytes, inputs: Sequence[Any], given_up: "Future[None]") -> Any:
        """One engine task. Called from the engine's threads."""
        task = unpack_task(payload)
        match task:
            case Lease():
                return self._perform_lease(task, inputs, given_up)
            case Describe():
                return describe(inputs[0])
            case Take(start=start, stop=stop):
                return _array_of(inputs[0])[start:stop].copy()
            case SumOf(start=start, stop=stop):
                return sum_array(_array_of(inputs[0])[start:stop])
        raise InternalError(f"an unknown task {type(task).__name__}")

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _perform_lease(self, lease: Lease, inputs: Sequence[Any], given_up: "Future[None]") -> LeaseDone:
        source = _array_of(inputs[0])[slice(*lease.source)] if inputs else lease.source
        kernel = None if lease.code is None else self._load(lease.code)
        run = _LeaseRun(lease, source, kernel, self._interpreters, self._threads)
        given_up.add_done_callback(lambda _: run.give_up())
        for _ in range(self._threads):
            self._pool.submit(self._work_on, run)
        run.finished.wait()
        return run.result()

    def _work_on(self, run: "_LeaseRun") -> None:
        """One slice; then to the end of the queue, behind other leases' slices."""
        if run.compute_slice(self.activity):
            self._pool.submit(self._work_on, run)

    def _load(self, code: MachineCode) -> Kernel | None:
        """None for another processor's code: its lease runs interpreted."""
        if code.cpu != cpu_key():
            return None
        if code.key not in self._kernels:
            self._kernels[code.key] = load_kernel(code.data)
        return self._kernels[code.key]


class _LeaseRun:
    """A lease while its slices are computed; shared by the threads."""

    def __init__(self, lease: Lease, source: Any, kernel: Kernel | None, interpreters: Interpreters, threads: int) -> None:
        self._lease = lease
        self._threads = threads
        self._source = source
        self._kernel = kernel
        self._interpreters = interpreters
        self._lock = threading.Lock()
        self._next = lease.start
        self._step = FIRST_SLICE if kernel else FIRST_INTERPRETED_SLICE
        self._running = 0
        self._pieces: list[Piece] = []
        self._seconds = 0.0
        self._deopts = 0
        self._first_deopt: int | None = None
        self._slices = 0
        self._problem: Exception | None = None
        self._stops: set[Future[None]] = set()  # of stretches in interpreters
        self._program_hash = hashlib.sha256(lease.program).hexdigest()
        self.finished = threading.Event()

    def compute_slice(self, activity: Activity) -> bool:
        """Take the next slice and compute it; False when none is left."""
        with self._lock:
            start, stop = self._next, min(self._lease.stop, self._next + self._step)
            if start >= stop:
                self._finish_if_idle()
                return False
            self._next = stop
            self._running += 1
        began = time.perf_counter()
        try:
            with activity.slice(INTERPRETED if self._kernel is None else COMPILED):
                pieces = self._compute(start, stop)
        except Exception as problem:  # noqa: BLE001 - kept and raised again by result(), in the thread that waits for the lease
            self._problem, pieces = self._problem or problem, []
        self._note(start, stop, pieces, time.perf_counter() - began)
        return True

    def give_up(self) -> None:
        """End it now. A slice of machine code that is under way runs to its end; it is short."""
        with self._lock:
            self._problem = self._problem or LeaseGivenUp("the lease was given up")
            self._next = self._lease.stop
            stops = list(self._stops)
        for stop in stops:
            stop.set_result(None)
        self.finished.set()

    def result(self) -> LeaseDone:
        if self._problem is not None:
            raise self._problem
        ordered = sorted(self._pieces, key=lambda piece: piece.start)
        return LeaseDone(
            tuple(merge_neighbours(self._lease.consumer, ordered)), self._seconds, self._deopts, self._slices, self._first_deopt
        )

    def _note(self, start: int, stop: int, pieces: list[Piece], seconds: float) -> None:
        with self._lock:
            self._running -= 1
            self._pieces += pieces
            self._slices += 1
            self._seconds += seconds
            wanted = int((stop - start) * SLICE_SECONDS / max(seconds, 1e-6))
            left_for_each = (self._lease.stop - self._next) // (2 * self._threads)
            self._step = max(1, min(wanted, 4 * self._step, left_for_each))
            if self._problem is not None or any(map(_ends, pieces)):
                self._next = self._lease.stop  # what lies behind no longer matters
            self._finish_if_idle()

    def _finish_if_idle(self) -> None:
        if self._next >= self._lease.stop and not self._running:
            self.finished.set()

    def _compute(self, start: int, stop: int) -> list[Piece]:
        """One slice, by machine code as far as that goes."""
        pieces: list[Piece] = []
        stretch = 1
        while start < stop and self._kernel is not None and self._deopts < DEOPT_LIMIT and self._lease.code is not None:
            offset = self._lease.start
            run = self._kernel.run(self._source, start - offset, stop - offset, self._lease.code.values)
            stopped_at = run.stopped_at + offset
            pieces.append(piece_of_run(self._lease.consumer, start, run))
            pieces[-1] = Piece(start, stopped_at, pieces[-1].kind, pieces[-1].data)
            start = stopped_at
            if _ends(pieces[-1]) or start >= stop:
                return pieces
            pieces.append(self._interpret(start, min(start + stretch, stop)))
            with self._lock:
                self._deopts += pieces[-1].stop - start
                self._first_deopt = start if self._first_deopt is None else min(start, self._first_deopt)
            start, stretch = pieces[-1].stop, min(2 * stretch, DEOPT_STRETCH)
            if _ends(pieces[-1]):
                return pieces
        if start < stop:
            pieces.append(self._interpret(start, stop))
        return pieces

    def _interpret(self, start: int, stop: int) -> Piece:
        """A stretch in one of the interpreter processes."""
        offset = self._lease.start
        part = None if self._source is None else self._source[start - offset : stop - offset]
        task = Slice(self._program_hash, b"", self._lease.consumer, part, start - offset, start, stop)
        try:
            piece: Piece | None = unpack_task(self._run_in_interpreter(task))
            if piece is None:
                piece = unpack_task(self._run_in_interpreter(replace(task, program=self._lease.program)))
        except InterpreterDied as death:
            return Piece(start, stop, Kind.ERROR, pack_refusal(f"this was tried {DEATHS_BORNE + 1} times, and each time {death}"))
        return piece

    def _run_in_interpreter(self, task: Slice) -> bytes:
        payload = pack_task(task)
        stop: Future[None] = Future()
        with self._lock:
            if self._problem is not None:
                raise self._problem
            self._stops.add(stop)
        try:
            for _ in range(DEATHS_BORNE):
                with suppress(InterpreterDied):
                    return self._interpreters.run(payload, stop)
            return self._interpreters.run(payload, stop)
        finally:
            with self._lock:
                self._stops.discard(stop)


def _ends(piece: Piece) -> bool:
    return piece.kind in (Kind.ERROR, Kind.HERE) or (piece.kind is Kind.DECIDED and bool(piece.data))


def _array_of(done: LeaseDone) -> "numpy.ndarray[Any, Any]":
    array: numpy.ndarray[Any, Any] = done.pieces[0].data
    return array


def describe(done: LeaseDone) -> Description:
    """What the driver must know of a lease whose list stays here."""
    single = done.pieces[0] if len(done.pieces) == 1 else None
    chunk = None
    if single is not None and single.kind is Kind.ARRAY and single.data.dtype.kind in "if":
        chunk = (single.data.dtype.str, len(single.data))
    return Description(chunk, done.seconds, done.deopts, done.slices, done.first_deopt)
