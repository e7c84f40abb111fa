"""A lease while its slices are computed.

    lease  [────────────────────────────────────────────)
    slices [──)[───)[────)[─────)[──────)…                growing until one takes SLICE_SECONDS

Nothing is known of an element before it was computed, so every promise of a length can be broken. A slice that takes longer than it should
ends early and what is left of it is cut anew; when a core idles meanwhile, one that does not end is stopped and cut into single
elements. An element that runs long while a core idles goes back to the driver, if there is something in it to cut. A lease
that takes longer than it should gives back the end that is not begun.
"""

import math
import threading
import time
from bisect import insort
from collections.abc import Sequence
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from pyfora.errors import PyforaError
from ufora.compile.flag import NOW, SOON, StopFlag
from ufora.compile.kernel import Kernel
from ufora.compile.spec import Consumer
from ufora.protocol.pulse import COMPILED, INTERPRETED
from ufora.runtime.activity import Activity
from ufora.runtime.deopts import Tally
from ufora.runtime.environment import pack_refusal
from ufora.runtime.explain import Recorder
from ufora.runtime.pieces import Kind, Piece, merge_neighbours, piece_of_run
from ufora.runtime.processes.interpreters import InterpreterDied, PoolClosed, Stopped
from ufora.runtime.tasks import Lease, LeaseDone, MachineCode, Slice, SliceDone, pack_task, unpack_task

SLICE_SECONDS = 0.03
"""A slice aims at this length. Guessed: short against a lease, long against the microseconds that taking one costs."""
FIRST_SLICE = 16
"""Elements of a lease's first slices, before its speed is known. Few, as one may be a long loop itself; slices grow fourfold."""
FIRST_INTERPRETED_SLICE = 8
FIRST_SHARE = 4
"""Where the speed of other leases is known, first slices aim at this part of SLICE_SECONDS. Guessed: elements grow more often than not."""
LEAST_SECONDS = 0.002
"""Slices at a lease's end get shorter quickly below this. Guessed: taking an interpreted one costs a tenth of it."""
TAIL_SECONDS = LEAST_SECONDS / 10
"""What is left is not cut any more when it takes no longer. Guessed: several times what taking a compiled slice costs."""
SLICE_LIMIT = 2
"""Slices end early after so many SLICE_SECONDS. Guessed: a slice as long as its neighbours never does."""
LONG_SECONDS = 0.15
"""A slice that has run so long while a core idles is stopped. Guessed: what it has done is lost, and an interpreter is started anew."""
TOO_LATE_SECONDS = 1.5
"""A single element that has run so long is not stopped any more: mostly it has less before it than behind it. Guessed."""
ASK_SECONDS = 0.0015
"""Machine code that should have taken a tenth of this is asked to end with the element under way. Guessed: nothing is lost by that."""
OUTLIER_SECONDS = 0.02
"""What was asked so and goes on for so long is stopped. Guessed: little is lost, and what takes ten times as long as usual will go on."""
OUTLIER_TIMES = 10
WATCH_SECONDS = 0.02
"""How often a lease looks at its slices."""
WATCH_CHANGES_SECONDS = 0.002
"""How soon it looks again when something has changed, such as a core that found nothing to begin; then ever less often. Guessed: looking
costs a hundredth of it."""
DEOPT_LIMIT = 200
"""Deoptimised elements after which the rest of a lease runs interpreted. Guessed."""
DEOPT_STRETCH = 64  #: most elements handed to an interpreter at once after a deoptimisation
DEATHS_BORNE = 2
"""A stretch whose interpreter died is run again so often. Guessed: chance does not strike three times; code that crashes CPython does."""


class LeaseGivenUp(PyforaError):  # noqa: N818 - states a fact
    """Nobody wants the lease's result any more."""


class Interpreters(Protocol):
    def run(self, payload: bytes, stop: "Future[None]") -> bytes: ...


class Shared(Protocol):
    """See Common."""

    @property
    def program(self) -> bytes: ...

    @property
    def program_hash(self) -> str: ...

    @property
    def code(self) -> MachineCode | None: ...


@dataclass(eq=False, slots=True)
class _Slice:
    """A slice under way."""

    start: int
    stop: int
    began: float
    flag: StopFlag = field(default_factory=StopFlag)  #: its machine code's
    stops: "list[Future[None]]" = field(default_factory=list)  #: ends the interpreter it waits for, if it waits for one
    asked: float = math.inf  #: since when its machine code is to end with the element under way
    is_stopped: bool = False  #: it was long, and a core idle: what was under way is lost
    is_held_up: bool = False  #: by the element under way, which is worth cutting


class LeaseRun:
    """A lease while its slices are computed; shared by the threads."""

    def __init__(self, lease: Lease, common: Shared, source: Any, kernel: Kernel | None, interpreters: Interpreters, threads: int) -> None:
        self._lease = lease
        self._common = common
        self._threads = threads
        self._source = source
        self._kernel = kernel
        self._interpreters = interpreters
        self._lock = threading.Lock()
        self._todo = [(lease.start, lease.stop)]  #: what is not begun, in order; the last part is the lease's end, until that is begun
        self._limit = lease.seconds
        self._rate = lease.rate  #: elements per second in the last slice, or in those of other leases
        self._step = lease.stop - lease.start if lease.is_slice else self._first_step()
        self._jobs = 0  #: threads that work on it or will do so
        self._running: set[_Slice] = set()
        self._pieces: list[Piece] = []
        self._ends_at = lease.stop  #: what lies behind does not matter, or goes back
        self._began = time.perf_counter()
        self._seconds = 0.0
        self._deopts = Tally()
        self._inside = Recorder()  #: notes of the lines inside interpreted elements
        self._interpreted = 0  #: elements
        self._elements = 0  #: done
        self._slices = 0
        self._problem: Exception | None = None
        self._changed = threading.Event()  #: it is finished, there is more to do than a moment ago, or a thread found nothing to do
        self._pause = WATCH_SECONDS  #: before the next look; of the thread that watches
        self.finished = threading.Event()

    def _first_step(self) -> int:
        first = FIRST_SLICE if self._kernel else FIRST_INTERPRETED_SLICE
        known = int(self._rate * SLICE_SECONDS / FIRST_SHARE)
        return max(1, min(max(first, known), (self._lease.stop - self._lease.start) // (4 * self._threads)))

    def wait_for_change(self) -> None:
        """Until there may be something to do for those who watch over it; at most WATCH_SECONDS."""
        is_changed = self._changed.wait(self._pause)
        self._changed.clear()
        self._pause = WATCH_CHANGES_SECONDS if is_changed else min(2 * self._pause, WATCH_SECONDS)

    def count_missing(self) -> int:
        """How many threads more could work on it; they are taken to do so from now on."""
        with self._lock:
            missing = self._threads - self._jobs if self._todo else 0
            self._jobs += missing
            return missing

    def compute_slice(self, activity: Activity) -> bool:
        """Take the next slice and compute it; True when none is left."""
        taken = self._take()
        if taken is None:
            return True
        try:
            with activity.slice(INTERPRETED if self._kernel is None else COMPILED):
                pieces = self._compute(taken)
        except Exception as problem:  # noqa: BLE001 - kept and raised again by result(), in the thread that waits for the lease
            pieces = []
            if not (isinstance(problem, Stopped) and taken.is_stopped):
                self._problem = self._problem or problem
        self._note(taken, pieces, time.perf_counter() - taken.began)
        return False

    def _take(self) -> _Slice | None:
        with self._lock:
            self._give_back_end()
            if not self._todo:
                self._jobs -= 1
                self._changed.set()
                self._finish_if_idle()
                return None
            start, stop = self._todo.pop(0)
            end = min(stop, start + self._step)
            if end < stop:
                self._todo.insert(0, (end, stop))
            taken = _Slice(start, end, time.perf_counter())
            self._running.add(taken)
            return taken

    def _give_back_end(self) -> None:
        """When its time is over: the part of it that nobody has begun."""
        is_over = self._pieces and not self._lease.is_slice and time.perf_counter() - self._began > self._limit
        if is_over and self._todo and self._todo[-1][1] == self._lease.stop:
            self._ends_at = min(self._ends_at, self._todo.pop()[0])

    def give_back(self) -> None:
        """What nobody has begun; others have come who can do it."""
        self._limit = 0.0

    def count_done(self) -> tuple[int, int]:
        """Elements and slices."""
        return self._elements, self._slices

    def give_up(self) -> None:
        """End it now."""
        with self._lock:
            self._problem = self._problem or LeaseGivenUp("the lease was given up")
            self._todo.clear()
            for taken in self._running:
                taken.flag.ask(NOW)
            stops = [stop for taken in self._running for stop in taken.stops]
        _stop_all(stops)
        self._finish()

    def stop_long_slices(self) -> None:
        """For an idle core. Machine code gives away what lies behind the element under way. What does not end so is stopped, and its
        elements are computed again one by one; one that held it up goes back if it is worth cutting."""
        now = time.perf_counter()
        with self._lock:
            if self._todo:
                return
            for taken in self._running:
                late = ASK_SECONDS if self._is_outlier(taken, now) else SLICE_LIMIT * SLICE_SECONDS
                if now - taken.began > late and taken.asked > now:
                    taken.flag.ask(SOON)
                    taken.asked = now
            long = [taken for taken in self._running if self._is_long(taken, now) and self._may_stop(taken, now)]
            for taken in long:
                taken.is_held_up = self._lease.opens and now - taken.asked > OUTLIER_SECONDS
                taken.is_stopped = True
                taken.flag.ask(NOW)
            stops = [stop for taken in long for stop in taken.stops]
        _stop_all(stops)

    def _is_outlier(self, taken: _Slice, now: float) -> bool:
        """Has machine code taken ten times what it should, which is known?"""
        usual = (taken.stop - taken.start) / self._rate if self._rate else math.inf
        return self._kernel is not None and now - taken.began > OUTLIER_TIMES * usual

    def _is_long(self, taken: _Slice, now: float) -> bool:
        if self._lease.opens and self._is_outlier(taken, now):
            return now - taken.asked > OUTLIER_SECONDS
        return now - taken.began > LONG_SECONDS

    def _may_stop(self, taken: _Slice, now: float) -> bool:
        if taken.stop - taken.start > 1:
            return True
        return self._lease.opens and now - taken.began < TOO_LATE_SECONDS and len(self._running) == 1

    def result(self) -> LeaseDone:
        if self._problem is not None:
            raise self._problem
        pieces = sorted(self._pieces, key=lambda piece: piece.start)
        is_joined_later = self._lease.consumer is Consumer.LIST and not self._lease.stays  # once, of all leases' arrays
        if not is_joined_later:
            pieces = merge_neighbours(self._lease.consumer, pieces)
        deopts, inside = self._deopts.list(), self._inside.take_lines()
        return LeaseDone(tuple(pieces), self._ends_at, self._seconds, self._interpreted, self._slices, deopts, inside)

    def _note(self, taken: _Slice, pieces: list[Piece], seconds: float) -> None:
        with self._lock:
            self._running.discard(taken)
            done_to = pieces[-1].stop if pieces else taken.start
            is_held_up = taken.is_held_up and bool(pieces)  # machine code; nobody knows how far an interpreter came
            if done_to < taken.stop and (is_held_up or (taken.is_stopped and taken.stop - taken.start == 1)):
                done_to += 1
                pieces.append(Piece(done_to - 1, done_to, Kind.BIG, None))
            self._pieces += pieces
            self._elements += done_to - taken.start
            self._slices += 1
            self._seconds += seconds
            for piece in filter(_ends, pieces):
                self._ends_at = min(self._ends_at, piece.start)
            if done_to < taken.stop:
                insort(self._todo, (done_to, taken.stop))
                self._changed.set()
            self._todo = [] if self._problem else [part for part in self._todo if part[0] < self._ends_at]
            self._step = 1 if taken.is_stopped else self._next_step(done_to - taken.start, seconds, is_outlier=taken.asked < math.inf)
            self._finish_if_idle()

    def _next_step(self, done: int, seconds: float, *, is_outlier: bool) -> int:
        """What ended an outlier was not like the elements before it: how long the next ones take is unknown."""
        left = sum(stop - start for start, stop in self._todo)
        if is_outlier:
            self._rate = 0.0
            return max(1, left // (2 * self._threads))
        self._rate = done / max(seconds, 1e-6)
        return next_step(self._step, self._rate, left, self._threads)

    def _finish_if_idle(self) -> None:
        if not self._todo and not self._running:
            self._finish()

    def _finish(self) -> None:
        self.finished.set()
        self._changed.set()

    def _compute(self, taken: _Slice) -> list[Piece]:
        """One slice, by machine code as far as that goes."""
        pieces: list[Piece] = []
        start, stop, stretch = taken.start, taken.stop, 1
        while start < stop and self._kernel is not None and self._deopts.total < DEOPT_LIMIT and self._common.code is not None:
            offset = self._lease.start
            run = self._kernel.run(self._source, start - offset, stop - offset, self._common.code.values, taken.flag)
            stopped_at = run.stopped_at + offset
            pieces.append(piece_of_run(self._lease.consumer, start, run))
            pieces[-1] = Piece(start, stopped_at, pieces[-1].kind, pieces[-1].data)
            start = stopped_at
            if _ends(pieces[-1]) or start >= stop or run.interrupted:
                return pieces
            pieces.append(self._interpret(taken, start, min(start + stretch, stop)))
            with self._lock:
                self._deopts.add(run.site, pieces[-1].stop - start, start)
            start, stretch = pieces[-1].stop, min(2 * stretch, DEOPT_STRETCH)
            if _ends(pieces[-1]):
                return pieces
        if start < stop:
            pieces.append(self._interpret(taken, start, stop))
        return pieces

    def _interpret(self, taken: _Slice, start: int, stop: int) -> Piece:
        """A stretch in one of the interpreter processes, as far as it comes in a slice's time."""
        offset = self._lease.start
        part = None if self._source is None else self._source[start - offset : stop - offset]
        limit = SLICE_LIMIT * SLICE_SECONDS
        task = Slice(self._common.program_hash, b"", self._lease.consumer, part, start - offset, start, stop, limit)
        try:
            done: SliceDone | None = unpack_task(self._run_in_interpreter(taken, task))
            if done is None:
                done = unpack_task(self._run_in_interpreter(taken, replace(task, program=self._common.program)))
        except PoolClosed:
            raise
        except InterpreterDied as death:
            return Piece(start, stop, Kind.ERROR, pack_refusal(f"this was tried {DEATHS_BORNE + 1} times, and each time {death}"))
        with self._lock:
            self._interpreted += done.piece.stop - done.piece.start
            self._inside.add(done.lines)
        return done.take_piece()

    def _run_in_interpreter(self, taken: _Slice, task: Slice) -> bytes:
        payload = pack_task(task)
        stop: Future[None] = Future()
        with self._lock:
            if self._problem is not None:
                raise self._problem
            taken.stops.append(stop)
        try:
            for _ in range(DEATHS_BORNE):
                with suppress(InterpreterDied):
                    return self._interpreters.run(payload, stop)
            return self._interpreters.run(payload, stop)
        finally:
            with self._lock:
                taken.stops.remove(stop)


def next_step(step: int, rate: float, left: int, threads: int) -> int:
    """Elements for the next slice, after one of `step` that did `rate` in a second."""
    return max(1, min(grow_step(step, rate), share_of(left, threads, rate)))


def grow_step(step: int, rate: float) -> int:
    """Elements of a whole slice, after one of `step`, however many are left."""
    return max(1, min(int(rate * SLICE_SECONDS), 4 * step))


def share_of(left: int, threads: int, rate: float) -> int:
    """Most elements for the next slice of what is left, so that all threads end at about the same time."""
    return max(left // (2 * threads), min(left // threads, int(rate * LEAST_SECONDS)), int(min(left, rate * TAIL_SECONDS)))


def _stop_all(stops: "Sequence[Future[None]]") -> None:
    """Outside the lease's lock: what a stop calls takes another."""
    for stop in stops:
        with suppress(InvalidStateError):  # another was quicker
            stop.set_result(None)


def _ends(piece: Piece) -> bool:
    return piece.kind in (Kind.ERROR, Kind.HERE) or (piece.kind is Kind.DECIDED and bool(piece.data))
