"""Cutting what is left of a comprehension into leases for all machines.

Leases are guided: each takes a fixed share of what remains, so the first are long and the last are short, and no machine waits long
for another at the end. Two are under way on each machine, so that none idles while the engine hands out the next.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from pyfora.errors import InternalError
from ufora.compile.spec import Consumer
from ufora.engine.contract import TaskEngine, TaskFuture, WorkerFacts
from ufora.runtime.chunked import ChunkedList, LocalPart, Part
from ufora.runtime.comprehensions import Comprehension
from ufora.runtime.consume import INEXACT, Rest
from ufora.runtime.environment import CannotTravel, PackedBody
from ufora.runtime.explain import Recorder
from ufora.runtime.pieces import Kind, Piece, fold
from ufora.runtime.progress import Count, Counts
from ufora.runtime.tasks import Describe, Description, Lease, LeaseDone, MachineCode, pack_task

LEASE_SECONDS = 0.4
"""Shortest lease aimed at, in time on all of a machine's cores. An engine task costs about 12 ms (measured): 3 %."""
SHORTEST_SECONDS = 0.05
"""Work shorter than this is not shared by several machines. Guessed: four engine tasks."""
LEASES_AHEAD = 2  #: leases under way on each machine
MOST_SECONDS = 2.0
"""Longest lease aimed at, in time on all of a machine's cores. An engine task costs under 1 % of it; and what is done and what is left
is known no later, as progress."""
SHARE = 3  #: a lease takes 1/SHARE of what remains for its machine. Guessed: OpenMP's guided schedule, a little longer
CHUNK_ITEMS = 4 * 2**20  #: most elements in a lease that makes a list: 32 MiB of numbers
KEEP_ITEMS = 2**21  #: lists longer than this stay on the workers: 16 MiB of numbers
FIRST_LEASE = 64  #: elements in the first interpreted leases when nothing is known about their speed. Guessed
FIRST_COMPILED_LEASE = 2**20  #: the same for machine code. Guessed
WAIT_SECONDS = 0.1  #: how often a waiting driver looks whether it was cancelled


@dataclass(slots=True)
class _Under:
    """A lease under way."""

    start: int
    stop: int
    work: TaskFuture
    worker: str  #: the machine it is meant for
    told: TaskFuture  #: the future that is waited for: `work`, or its description where `work` stays remote
    originals: list[object]  #: what the lease's Program was made from


@dataclass(slots=True)
class LeaseSplitter:
    """The driver's splitter."""

    engine: TaskEngine
    pack_body: Callable[[Comprehension, Any], PackedBody]  #: with the stretch of its source that travels along, or None
    unpack_items: Callable[[bytes, list[object]], list[Any]]
    raise_error: Callable[[bytes], None]
    explanation: Recorder
    counts: Counts
    check_cancelled: Callable[[], None]
    slices: int = 0  #: see Policy

    def keeps_remote(self, consumer: Consumer, length: int) -> bool:
        return consumer is Consumer.LIST and length > KEEP_ITEMS

    def compute(self, rest: Rest) -> list[Piece]:
        path, line = rest.comprehension.text.path, rest.comprehension.tree.lineno
        with self.counts.counting(path, line, rest.stop - rest.start) as count:
            job = _Job(self, rest, count)
            try:
                pieces = job.run()
            except CannotTravel as reason:
                pieces, why = None, str(reason)
            finally:
                job.stop()
        return self.compute_here(rest, rest.start, why) if pieces is None else pieces

    def compute_here(self, rest: Rest, start: int, why: str) -> list[Piece]:
        """All from `start` on, in order in this process."""
        notes = self.explanation.at(rest.comprehension.text, rest.comprehension.tree.lineno)
        notes.why_not_cut = why
        notes.interpreted += rest.stop - start
        return [Piece(start, rest.stop, *fold(rest.consumer, iter(rest.comprehension.run_part(start, rest.stop))))]

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
        self._rest = rest
        self._count = count
        self._next = rest.start
        self._under: list[_Under] = []
        self._done: dict[int, list[Piece]] = {}
        self._keep = rest.kernel is not None and splitter.keeps_remote(rest.consumer, rest.stop - rest.start)
        self._code = _machine_code(rest)
        self._rate = rest.rate
        self._ends_at = rest.stop  #: elements from here on no longer matter: an error or a deciding element lies before

    def run(self) -> list[Piece]:
        """Raises CannotTravel when leases cannot be packed."""
        self._body = self._splitter.pack_body(self._rest.comprehension, None)
        workers = self._splitter.wait_for_workers()
        while self._next < self._ends_at or self._under:
            while self._next < self._ends_at and len(self._under) < LEASES_AHEAD * len(workers):
                self._submit(workers)
            at_work = {under.worker for under in self._under}
            self._count.cores = sum(worker.threads for worker in workers if worker.id in at_work)
            done = self._splitter.engine.wait_any([under.told for under in self._under], timeout=WAIT_SECONDS)
            for under in [under for under in self._under if under.told in done]:
                self._take(under)
            self._splitter.check_cancelled()
            workers = self._splitter.engine.list_workers() or workers
        with self._splitter.explanation.timing("combine"):
            return self._join()

    def stop(self) -> None:
        """Nothing stays behind when the job ends, however it ends."""
        self._splitter.engine.cancel([future for under in self._under for future in (under.work, under.told)])

    def _submit(self, workers: list[WorkerFacts]) -> None:
        stop = min(self._ends_at, self._next + self._lease_items(workers))
        lease, inputs, originals = self._lease(self._next, stop)
        engine = self._splitter.engine
        worker = self._find_least_loaded(workers)
        work = engine.submit(pack_task(lease), inputs, worker=None if inputs else worker)  # with inputs: where those lie
        told = engine.submit(pack_task(Describe()), [work], priority=1) if self._keep else work
        self._under.append(_Under(self._next, stop, work, worker, told, originals))
        self._next = stop

    def _find_least_loaded(self, workers: list[WorkerFacts]) -> str:
        """Left to itself, the engine may give all leases to one machine, which has room for many tasks."""
        load = Counter(under.worker for under in self._under)
        return min(workers, key=lambda worker: load[worker.id]).id

    def _lease_items(self, workers: list[WorkerFacts]) -> int:
        if self._splitter.slices:
            return self._to_next_cut(self._splitter.slices)
        remaining = self._rest.stop - self._next
        share = -(-remaining // (SHARE * len(workers)))
        threads = max(worker.threads for worker in workers)
        if self._rate:
            pace = self._rate * threads
            fair = max(-(-remaining // len(workers)), int(pace * SHORTEST_SECONDS))  # one machine never takes what two could share
            items = max(min(share, int(pace * MOST_SECONDS)), min(int(pace * LEASE_SECONDS), fair), 1)
        else:
            items = min(share, FIRST_LEASE if self._code is None else FIRST_COMPILED_LEASE)
        if type(self._rest.comprehension.source) is ChunkedList:
            items = min(items, self._to_end_of_part())
        return min(items, CHUNK_ITEMS) if self._rest.consumer is Consumer.LIST else items

    def _to_next_cut(self, slices: int) -> int:
        """All slices as long as one another, but for one element."""
        number = self._next * slices // self._rest.stop + 1
        cut = max(self._next + 1, -(-self._rest.stop * number // slices))
        is_chunked = type(self._rest.comprehension.source) is ChunkedList
        return min(cut - self._next, self._to_end_of_part()) if is_chunked else cut - self._next

    def _to_end_of_part(self) -> int:
        """A lease over a chunked list stays within one part."""
        source: ChunkedList = self._rest.comprehension.source
        begin = 0
        for part in source.parts:
            if self._next < begin + len(part):
                return begin + len(part) - self._next
            begin += len(part)
        raise InternalError("a lease begins behind the end of its source")

    def _lease(self, start: int, stop: int) -> tuple[Lease, list[TaskFuture], list[object]]:
        source = self._rest.comprehension.source
        inputs: list[TaskFuture] = []
        body = self._body
        part: Any = None
        if type(source) is ChunkedList:
            (chunk,) = source.cut(start, stop).parts
            if isinstance(chunk, LocalPart):
                part = chunk.array
            else:
                part, inputs = (chunk.start, chunk.stop), [chunk.chunk]
        elif self._rest.kernel is not None:
            part = self._rest.kernel.source[start:stop]
        elif isinstance(source, range):
            part = source[start:stop]
        else:
            body = self._splitter.pack_body(self._rest.comprehension, source[start:stop])
        return Lease(body.program, self._rest.consumer, self._code, part, start, stop, bool(self._splitter.slices)), inputs, body.originals

    def _take(self, under: _Under) -> None:
        if under.start >= self._ends_at:
            return  # given up meanwhile
        self._under.remove(under)
        told: LeaseDone | Description = self._splitter.engine.fetch(under.told)
        self._rate = (under.stop - under.start) / told.seconds if told.seconds else self._rate
        self._note(told, under.stop - under.start)
        if isinstance(told, Description) and told.chunk is not None:
            dtype, length = told.chunk
            self._done[under.start] = [
                Piece(under.start, under.stop, Kind.CHUNK, Part(self._splitter.engine, under.work, dtype, 0, length))
            ]
            return
        done: LeaseDone = self._splitter.engine.fetch(under.work) if isinstance(told, Description) else told
        pieces = [self._unpack(piece, under.originals) for piece in done.pieces]
        self._done[under.start] = pieces
        self._look_for_end(pieces)

    def _note(self, told: LeaseDone | Description, elements: int) -> None:
        self._splitter.counts.add(self._count, elements, told.slices)
        self._splitter.explanation.spend_cores(told.seconds, self._count.cores)
        notes = self._splitter.explanation.at(self._rest.comprehension.text, self._rest.comprehension.tree.lineno)
        notes.slices += told.slices
        if self._code is None:
            notes.interpreted += elements
            return
        notes.compiled += elements - told.deopts
        if told.deopts:
            notes.deoptimise(told.deopts, INEXACT, told.first_deopt)

    def _unpack(self, piece: Piece, originals: list[object]) -> Piece:
        if piece.kind is Kind.ITEMS and isinstance(piece.data, bytes):
            return replace(piece, data=self._splitter.unpack_items(piece.data, originals))
        return piece

    def _look_for_end(self, pieces: list[Piece]) -> None:
        """Work behind an error or a deciding element is given up."""
        for piece in pieces:
            if piece.kind in (Kind.ERROR, Kind.HERE) or (piece.kind is Kind.DECIDED and piece.data):
                self._ends_at = min(self._ends_at, piece.start)
        given_up = [under for under in self._under if under.start >= self._ends_at]
        self._splitter.engine.cancel([future for under in given_up for future in (under.work, under.told)])
        self._under = [under for under in self._under if under.start < self._ends_at]

    def _join(self) -> list[Piece]:
        """All pieces in order, as far as they matter; the first error is raised."""
        joined: list[Piece] = []
        for start in sorted(self._done):
            for piece in self._done[start]:
                if piece.kind is Kind.ERROR:
                    self._splitter.raise_error(piece.data)
                if piece.kind is Kind.HERE:
                    return joined + self._splitter.compute_here(self._rest, piece.start, piece.data)
                joined.append(piece)
                if piece.kind is Kind.DECIDED and piece.data:
                    return joined
        return joined


def _machine_code(rest: Rest) -> MachineCode | None:
    if rest.kernel is None:
        return None
    kernel = rest.kernel.kernel
    return MachineCode(kernel.key, kernel.cpu, kernel.to_bytes(), rest.kernel.values)
