"""Cutting what is left of a comprehension into leases for all machines.

Leases are guided: each takes a fixed share of what remains, so the first are long and the last are short, and no machine waits long
for another at the end. Several are under way on each machine, so that none idles while the engine hands out the next.

A lease's length is a guess, made from how fast the last ones were. One that takes longer gives back the end it has not begun, which is
leased anew. An element that takes long all by itself, while cores are idle, comes back too: the driver runs it, and cuts what is in it.

A lease whose list stays on its worker gives nothing back: should that worker be lost, the list computed anew must have the same items.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from ufora.compile.spec import Consumer
from ufora.engine.contract import TaskEngine, WorkerFacts
from ufora.runtime.chunked import Part
from ufora.runtime.comprehensions import Comprehension
from ufora.runtime.consume import Rest
from ufora.runtime.dispatch import Dispatch, Under
from ufora.runtime.environment import CannotTravel, Originals, PackedBody
from ufora.runtime.explain import Recorder
from ufora.runtime.fetching import fetch
from ufora.runtime.lease_run import LEAST_SECONDS, LONG_SECONDS, TOO_LATE_SECONDS, grow_step, share_of
from ufora.runtime.own_cores import OwnCores
from ufora.runtime.pieces import Kind, Piece, fold
from ufora.runtime.policy import Cutting, find_least_loaded, most_kept
from ufora.runtime.progress import Count, Counts
from ufora.runtime.stretches import Bounds, Stretches
from ufora.runtime.tasks import Description, Lease, LeaseDone, SliceDone
from ufora.runtime.twins import WAIT_SECONDS, Twins

KEEP_ITEMS = 2**21  #: lists longer than this stay on the workers: 16 MiB of numbers
FEW_ITEMS = 2**13  #: but not so short a part of one: each part costs an engine task whenever the list is used
FIRST_LEASE = 64  #: elements in the first interpreted leases when nothing is known about their speed. Guessed
FIRST_COMPILED_LEASE = 2**20  #: the same for machine code. Guessed
HERE_SECONDS = 0.1
"""How much of what is computed here after all is counted as done at once. Guessed: nobody looks more often."""
IN_VAIN = "its elements take longer on their way to other cores than to be computed"
CONVINCED = 3
"""So many times in a row carrying elements must have taken longer than computing them. Guessed: once may be the machine's doing, which let
this process wait; that seldom happens three times running, and what is in vain costs little more for being asked again."""
TRIED_ITEMS = 64  #: of a source that are packed to see how long that takes
TRIED_SECONDS = 0.005
"""How long the first interpreted leases' elements should take, and packing them. Guessed: what they give may be large, so few are tried."""


@dataclass(slots=True)
class LeaseSplitter:
    """The driver's splitter."""

    engine: TaskEngine
    pack_body: Callable[[Comprehension, Any], PackedBody]  #: with the stretch of its source that travels along, or None
    unpack_items: Callable[[bytes, Originals], list[Any]]
    raise_error: Callable[[bytes], None]
    explanation: Recorder
    counts: Counts
    check_cancelled: Callable[[], None]
    cutting: Cutting = field(default_factory=Cutting)
    slices: int = 0  #: see Policy
    twins: Twins | None = None
    own: OwnCores | None = None  #: those of the driver's machine, where they may be used from within
    in_vain: dict[tuple[int, int], int] = field(default_factory=dict)
    """Of comprehensions, by place: how many times in a row their elements were not worth their way."""

    def keeps_remote(self, consumer: Consumer, length: int) -> bool:
        return consumer is Consumer.LIST and length > KEEP_ITEMS

    def compute(self, rest: Rest) -> list[Piece]:
        stays = self.keeps_remote(rest.consumer, rest.stop - rest.start)  # numbers that stay there need no carrying
        if self.is_in_vain(rest) and not stays:
            return self.compute_here(rest, rest.start, IN_VAIN)
        path, line = rest.comprehension.written.path, rest.comprehension.tree.lineno
        with self.counts.counting(path, line, rest.stop - rest.start) as count:
            job = _Job(self, rest, count)
            try:
                pieces = job.run()
            except CannotTravel as reason:
                pieces, why = None, str(reason)
            finally:
                job.stop()
        return self.compute_here(rest, rest.start, why) if pieces is None else pieces

    def is_in_vain(self, rest: Rest) -> bool:
        """Has handing its elements to others taken longer than computing them here? Never asked where the number of slices is set."""
        return rest.kernel is None and not self.slices and self.in_vain.get(rest.comprehension.place, 0) >= CONVINCED

    def weigh(self, place: tuple[int, int], *, is_vain: bool) -> None:
        """One more observation; a good one outweighs the bad ones before it."""
        self.in_vain[place] = self.in_vain.get(place, 0) + 1 if is_vain else 0

    def compute_here(self, rest: Rest, start: int, why: str, stop: int = -1) -> list[Piece]:
        """All from `start` on, or up to `stop`, in order in this process."""
        stop = rest.stop if stop < 0 else stop
        notes = self.explanation.of(rest.comprehension)
        notes.why_not_cut = why
        notes.interpreted += stop - start
        return [Piece(start, stop, *fold(rest.consumer, iter(rest.comprehension.run_part(start, stop))))]

    def wait_for_workers(self) -> list[WorkerFacts]:
        """The workers there are; the driver's own machine is one, unless it is just leaving."""
        workers = self.engine.list_workers()
        while not workers:
            self.engine.wait_any([], timeout=WAIT_SECONDS)
            self.check_cancelled()
            workers = self.engine.list_workers()
        return workers


class _Job:
    """One comprehension's rest on its way through the cluster."""

    def __init__(self, splitter: LeaseSplitter, rest: Rest, count: Count) -> None:
        self._splitter = splitter
        self._cutting = splitter.cutting
        self._rest = rest
        self._count = count
        self._left = Stretches(rest.start, rest.stop)
        self._under: list[Under] = []
        self._keep = splitter.keeps_remote(rest.consumer, rest.stop - rest.start)
        self._dispatch = Dispatch(splitter.engine, splitter.own, splitter.pack_body, rest)
        self._source = self._dispatch.source
        self._rate = rest.rate
        self._is_judged = rest.kernel is not None  #: is it known what carrying the elements takes?
        self._is_in_vain = False
        self._pace = math.inf  #: elements that are packed in a second
        self._held_here: Originals = ()  #: what twins hold too

    def run(self) -> list[Piece]:
        """Raises CannotTravel when leases cannot be packed."""
        workers = self._splitter.wait_for_workers()
        self._use_twins(len(workers))
        if self._is_in_vain:
            self._finish_here()
        if self._left.todo or self._left.big:
            self._use_machines(workers)
        self._rest.note_rate(self._rate)
        with self._splitter.explanation.timing("combine"):
            return self._join()

    def _use_machines(self, workers: list[WorkerFacts]) -> None:
        if self._left.todo:
            self._try_packing()
        while self._left.todo or self._under or self._left.big:
            while self._left.todo and len(self._under) < self._cutting.leases_ahead * len(workers):
                self._submit(self._choose(workers))
            if self._left.is_big_next and all(under.start > self._left.first_big for under in self._under):
                self._open(self._left.take_big())  # all before it is computed: what it raises is what the serial program raises
                continue
            at_work = {under.worker for under in self._under}
            self._count.cores = sum(worker.threads for worker in workers if worker.id in at_work)
            done = self._splitter.engine.wait_any([under.told for under in self._under], timeout=WAIT_SECONDS)
            for under in [under for under in self._under if under.told in done]:
                self._take(under)
            self._splitter.check_cancelled()
            if self._is_in_vain:
                self._finish_here()
            known, workers = workers, self._splitter.engine.list_workers() or workers
            if len(workers) > len(known) and self._splitter.own is not None:
                self._splitter.own.give_back()  # a machine alone was given all there was

    def _use_twins(self, machines: int) -> None:
        """What they leave, the machines compute."""
        rest, twins = self._rest, self._splitter.twins
        holdings = None if twins is None or rest.kernel is not None or self._keep else twins.find(rest.comprehension, machines)
        if twins is not None and holdings is not None:
            self._count.cores = twins.threads
            self._held_here = holdings.objects
            twins.compute(rest, holdings, self, twins.seconds_for(holdings, machines))

    def take_next(self, items: int) -> Bounds | None:
        """For a twin, as what follows."""
        if not self._left.todo:
            return None
        if self._splitter.slices:
            return self._left.take(self._to_next_cut(self._splitter.slices))
        return self._left.take(max(1, min(items, share_of(self._left.count_left(), self._count.cores, self._rate))))

    def note(self, stretch: Bounds, done: SliceDone | None, seconds: float, reading: float) -> int:
        """What kills a twin is left to leases, whose interpreters say of what they die."""
        if done is None:
            self._left.put_back(*stretch)
            return 0
        (start, stop), began = stretch, time.perf_counter()
        piece = self._unpack(done.take_piece(), lambda: self._held_here)
        if piece.stop - start > self._rest.rate * LEAST_SECONDS:  # a short one takes as long to read as others
            self._judge(piece.stop - start, reading + time.perf_counter() - began)
        self._left.put_back(piece.stop, stop)
        self._left.add([piece])
        computed, explanation = piece.stop - start, self._splitter.explanation
        self._rate = computed / seconds
        self._splitter.counts.add(self._count, computed, 1)
        explanation.spend_cores(seconds, self._count.cores)
        explanation.add(done.lines, self._count.cores)
        notes = self._splitter.explanation.of(self._rest.comprehension)
        notes.slices += 1
        notes.interpreted += computed
        return 0 if self._is_in_vain else grow_step(stop - start, self._rate)

    def needs(self, stretch: Bounds) -> bool:
        return stretch[0] < self._left.ends_at

    def take_back(self, stretch: Bounds, seconds: float) -> bool:
        """Several elements are computed one by one, an only one in this process if there is something in it to cut."""
        is_only = stretch[1] - stretch[0] == 1
        if seconds < LONG_SECONDS or self._splitter.slices or (is_only and not (self._rest.opens and seconds < TOO_LATE_SECONDS)):
            return False
        if is_only:
            self._left.put_big(stretch[0])
        else:
            self._left.put_back(*stretch)
        return True

    def _open(self, element: int) -> None:
        """Run one element here; the comprehensions and calls in it are cut for all cores."""
        rest = self._rest
        piece = Piece(element, element + 1, *fold(rest.consumer, iter(rest.comprehension.run_part(element, element + 1))))
        self._splitter.counts.add(self._count, 1, 0)
        self._add([piece])

    def stop(self) -> None:
        """Nothing stays behind when the job ends, however it ends."""
        self._splitter.engine.cancel([future for under in self._under for future in (under.work, under.told)])

    def _choose(self, workers: list[WorkerFacts]) -> list[WorkerFacts]:
        return self._dispatch.choose(workers, self._left.count_left() / self._rate if self._rate else math.inf, stays=self._keep)

    def _submit(self, workers: list[WorkerFacts]) -> None:
        start, stop = self._left.take(self._lease_items(workers))
        name = self._splitter.counts.lease(self._count, stop - start)
        worker = find_least_loaded(workers, [under.worker for under in self._under])
        limit = math.inf if self._keep else self._cutting.lease_limit * self._cutting.aim(len(workers))
        opens, is_slice = self._rest.opens and not self._keep, bool(self._splitter.slices)
        lease = Lease(None, self._rest.consumer, None, start, stop, limit, opens, is_slice, name, self._rate, self._keep)
        self._under.append(self._dispatch.send(lease, worker))

    def _lease_items(self, workers: list[WorkerFacts]) -> int:
        if self._splitter.slices:
            return self._to_next_cut(self._splitter.slices)
        cutting = self._cutting
        remaining = self._left.count_left()
        share = -(-remaining // (cutting.share * len(workers)))
        if len(workers) == 1 and self._dispatch.is_own(workers[0].id, stays=self._keep):
            return remaining
        threads = max(worker.threads for worker in workers)
        if self._rate:
            pace = self._rate * threads
            fair = max(-(-remaining // len(workers)), int(pace * cutting.shortest_seconds))  # one machine never takes what two could share
            aim = cutting.aim(len(workers))
            items = max(min(share, int(pace * cutting.lease_limit * aim)), min(int(pace * aim), fair), 1)
        else:
            items = min(share, FIRST_LEASE if self._rest.kernel is None else FIRST_COMPILED_LEASE)
        if not self._is_judged and self._rate and (self._rest.consumer is Consumer.LIST or not self._source.is_apart):
            items = min(items, 1 + int(min(self._rate, self._pace) * TRIED_SECONDS))
        items = min(items, self._source.count_to_end(self._left.first) or items)
        return min(items, most_kept(workers)) if self._rest.consumer is Consumer.LIST else items

    def _to_next_cut(self, slices: int) -> int:
        """All slices as long as one another, but for one element."""
        start, length = self._left.first, self._rest.stop
        cut = max(start + 1, -(-length * (start * slices // length + 1) // slices))
        return min(cut - start, self._source.count_to_end(start) or cut)

    def _take(self, under: Under) -> None:
        if under.start >= self._left.ends_at:
            return  # given up meanwhile
        self._under.remove(under)
        told: LeaseDone | Description = fetch(self._splitter.engine, under.told)
        self._note(under, told)
        dtype, length = told.chunk if isinstance(told, Description) and told.chunk is not None else ("", 0)
        if length > FEW_ITEMS:
            part = Part(self._splitter.engine, under.work, dtype, 0, length)
            self._left.add([Piece(under.start, told.stop, Kind.CHUNK, part)])
            return
        done: LeaseDone = fetch(self._splitter.engine, under.work) if isinstance(told, Description) else told
        began = time.perf_counter()
        pieces = [self._unpack(piece, lambda: (under.body or self._dispatch.body).originals) for piece in done.pieces]
        if not length:  # else numbers: the others will stay where they are
            self._judge(told.stop - under.start, under.packing + time.perf_counter() - began)
        self._is_judged = bool(length) or not self._splitter.in_vain.get(self._rest.comprehension.place)
        self._add(pieces)

    def _try_packing(self) -> None:
        """A few elements and some more, before many are packed that are not worth it: the difference is what elements take."""
        if self._source.is_apart or not self._rest.rate or self._rest.stop - self._rest.start < TRIED_ITEMS:
            return
        self._pace = 0.0
        for _ in range(CONVINCED):
            carrying = self._time_packing()
            self._pace = max(self._pace, TRIED_ITEMS / carrying)
            self._judge(TRIED_ITEMS, carrying)
            if not self._splitter.in_vain.get(self._rest.comprehension.place):
                break
        if self._is_in_vain:
            self._finish_here()

    def _time_packing(self) -> float:
        """How many seconds TRIED_ITEMS take."""
        start, times = self._rest.start, [time.perf_counter()]
        for stop in (start + 1, start + TRIED_ITEMS):
            self._splitter.pack_body(self._rest.comprehension, self._source.take(start, stop))
            times.append(time.perf_counter())
        return max(times[2] - 2 * times[1] + times[0], 1e-9)

    def _judge(self, elements: int, carrying: float) -> None:
        """Has handing a lease to others, and taking in what it gave, kept this process longer than interpreting it would?"""
        rest = self._rest
        if rest.kernel is None and rest.rate:
            self._splitter.weigh(rest.comprehension.place, is_vain=carrying > elements / rest.rate)
            self._is_in_vain = self._splitter.is_in_vain(rest)

    def _finish_here(self) -> None:
        """What is left, also of leases under way, in this process."""
        self.stop()
        left = sorted([*self._left.take_all(), *((under.start, under.stop) for under in self._under)])
        self._under = []
        step = 1 + int(self._rest.rate * HERE_SECONDS)
        for at, end in ((at, min(at + step, stop)) for start, stop in left for at in range(start, stop, step)):
            if at < self._left.ends_at:
                pieces = self._splitter.compute_here(self._rest, at, IN_VAIN, end)
                self._splitter.counts.add(self._count, end - at, 0)
                self._add(pieces)

    def _note(self, under: Under, told: LeaseDone | Description) -> None:
        """How fast it was, what happened in it, and what of it is to be leased again."""
        computed = told.stop - under.start
        self._rate = computed / told.seconds if told.seconds and computed else self._rate
        self._left.put_back(told.stop, under.stop)
        self._splitter.counts.end_lease(self._count, under.name, computed, told.slices)
        self._splitter.explanation.spend_cores(told.seconds, self._count.cores)
        notes = self._splitter.explanation.of(self._rest.comprehension)
        self._splitter.explanation.add(told.lines, self._count.cores)
        notes.slices += told.slices
        notes.compiled += computed - told.interpreted
        notes.interpreted += told.interpreted
        for deopts in told.deopts:
            assert self._rest.kernel is not None
            notes.deoptimise(deopts.times, self._rest.kernel.find_stop(deopts.site), deopts.first)

    def _unpack(self, piece: Piece, find_originals: Callable[[], Originals]) -> Piece:
        if piece.kind is Kind.ITEMS and isinstance(piece.data, bytes):
            return replace(piece, data=self._splitter.unpack_items(piece.data, find_originals()))
        return piece

    def _add(self, pieces: list[Piece]) -> None:
        """Leases behind an error or a deciding element are given up."""
        self._left.add(pieces)
        given_up = [under for under in self._under if under.start >= self._left.ends_at]
        self._splitter.engine.cancel([future for under in given_up for future in (under.work, under.told)])
        self._under = [under for under in self._under if under.start < self._left.ends_at]

    def _join(self) -> list[Piece]:
        """All pieces in order, as far as they matter; the first error is raised."""
        joined: list[Piece] = []
        for piece in sorted(self._left.pieces, key=lambda piece: piece.start):
            if piece.kind is Kind.ERROR:
                self._splitter.raise_error(piece.data)
            if piece.kind is Kind.HERE:
                return joined + self._splitter.compute_here(self._rest, piece.start, piece.data)
            joined.append(piece)
            if piece.kind is Kind.DECIDED and piece.data:
                return joined
        return joined
