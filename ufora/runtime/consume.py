"""How a comprehension is computed: in order, compiled on one core, or cut for all.

    not provably pure, or small ──────────────► interpreted, in order, here
    light elements: a short interpreted start ─► done within the policy's `start_seconds`? fine
    worth compiling, or compiled already ─────► kernel on this core for a moment ────────► done? fine
    what is left ─────────────────────────────► the splitter: leases over all cores of all workers

So small work pays nothing for what large work needs, and no cost model is asked.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from ufora.compile.flag import NOW, SOON
from ufora.compile.result import LoopRun
from ufora.compile.spec import Consumer, NotCompiled
from ufora.runtime.alarm import Alarm
from ufora.runtime.bind import Binder, Bound
from ufora.runtime.comprehensions import VIEWS, Comprehension
from ufora.runtime.explain import LineNotes, Recorder
from ufora.runtime.guard.judgement import Verdict
from ufora.runtime.guard.purity import PurityJudge
from ufora.runtime.guard.registry import Registry
from ufora.runtime.kernels import Kernels, ReadyKernel
from ufora.runtime.pieces import Kind, Piece, fold, fold_in_order, merge_neighbours, piece_of_run
from ufora.runtime.policy import TRAVEL_RATE, Policy, When
from ufora.runtime.surroundings import find_set
from ufora.runtime.zipped import is_remote

FIRST_RUN = 1
"""Elements in a kernel's first timed run. One, as it may be a long loop itself; five runs later it is a thousand."""
MUCH = 5
"""A kernel's remaining work, as a multiple of the optimistic start, that makes waiting for the end of that start a waste. Guessed: several
engine tasks."""
AFTER_DEOPT = 64
"""Elements in the run after one that was left to the interpreter, times four. Guessed."""
FIRST_STRETCH = 64  #: elements in the first interpreted stretch. Guessed
FEW_ITEMS = 32
"""So few light elements, or ones that call nothing, run as they are. Guessed: judging, timing and noting takes longer."""
SOON_SECONDS = 0.0005
"""Light elements that take no longer, at the pace of the last ones, too. Guessed: several times what a look at them costs."""
RUN_SECONDS = 0.005
"""Later runs of a kernel aim at this length between two looks at the clock. Guessed."""
DOUBTFUL_ITEMS = 10_000
"""Fewer light elements of doubtful purity than this run in order at once. Guessed: they take less than compiling."""
TRAVELS = "the lists it reads would take longer on their way to other cores"
DEOPT_LIMIT = 1000
"""Deoptimised elements after which the rest of a comprehension runs interpreted. Guessed."""


@dataclass(frozen=True, slots=True)
class Rest:
    """What is left of a comprehension for others to compute."""

    comprehension: Comprehension
    consumer: Consumer
    kernel: ReadyKernel | None
    start: int
    stop: int
    rate: float  #: elements per second on one core, measured so far; 0 when unknown
    opens: bool  #: may one element be worth cutting in itself?
    note_rate: Callable[[float], None]  #: to be told the last one that was measured


class Splitter(Protocol):
    def keeps_remote(self, consumer: Consumer, length: int) -> bool:
        """Will what a kernel gives this consumer stay on the workers?"""

    def compute(self, rest: Rest) -> list[Piece]:
        """Compute the rest on all cores. Pieces in order; nothing behind the first error or deciding piece matters."""


@dataclass(slots=True)
class Conductor:
    """Decides, for one process, how each comprehension runs. Without a splitter all of it runs here."""

    policy: Policy
    registry: Registry
    judge: PurityJudge
    find_named: Callable[[object], str | None]
    kernels: Kernels
    splitter: Splitter | None
    explanation: Recorder
    check_cancelled: Callable[[], None]
    alarm: Alarm | None = None  #: interrupts runs of kernels that take long; None where nobody else could go on with them
    light: dict[tuple[int, int], int] = field(default_factory=dict)
    """Of comprehensions whose elements were judged light, by place: so many are done so soon that nothing else is worth a thought."""
    rates: dict[tuple[object, ...], float] = field(default_factory=dict)
    """By place and kernel: elements per second on one core, the most that was measured. What is cut is slower, the more so the less it is,
    and would be cut for that the next time."""

    def compute(self, consumer: Consumer, comprehension: Comprehension) -> list[Piece]:
        """All elements of a comprehension, as pieces in order, those of a list just as they were computed. User exceptions rise as the
        serial program would raise them."""
        notes = self.notes_of(comprehension)
        began = time.perf_counter()
        self.explanation.under_way.append((notes, began))
        try:
            return self._compute(consumer, comprehension)
        finally:
            self.explanation.under_way.pop()
            notes.times += 1
            notes.seconds += time.perf_counter() - began

    def notes_of(self, comprehension: Comprehension) -> LineNotes:
        return self.explanation.of(comprehension)

    def _compute(self, consumer: Consumer, comprehension: Comprehension) -> list[Piece]:
        if type(comprehension.source) in VIEWS and self.judge.judge(comprehension.body, lambda: comprehension.tree).pure:
            comprehension = comprehension.over_list()
        length = comprehension.find_length()
        if length is None:
            return self._in_order(consumer, comprehension, "its source cannot be cut")
        verdict = self.judge.judge(comprehension.body, lambda: comprehension.tree)
        starts = not verdict.heavy and self.policy.start_seconds > 0
        if starts:
            self.light.setdefault(comprehension.place, FEW_ITEMS)
        work, kernel = _Work(consumer, comprehension, length), None
        if not verdict.pure:
            kernel = self._find_kernel(work, verdict) if self._may_prove_pure(verdict, length) else None
            if kernel is None or kernel.kernel.may_refuse:
                return self._in_order(consumer, comprehension, verdict.reason)
        is_here = not is_remote(comprehension.source)
        if is_here and kernel is None and starts:
            self._start_interpreted(work)
        if kernel is None and not work.is_over:
            kernel = self._find_kernel(work, verdict)
        if is_here and kernel is not None and not self._is_kept(work):
            self._run_compiled(work, kernel)
        if not work.is_over:
            self._finish(work, kernel, opens=verdict.divisible)
        if consumer is Consumer.LIST:  # joined once, by who makes the list
            return work.pieces
        return merge_neighbours(consumer, work.pieces)

    def _may_prove_pure(self, verdict: Verdict, length: int) -> bool:
        """Is compiling worth a try? Machine code changes only what it made itself: a kernel settles the doubt."""
        is_long = verdict.heavy or length >= DOUBTFUL_ITEMS or self.policy.compile is When.ALWAYS
        return is_long and self.policy.compile is not When.NEVER

    def _in_order(self, consumer: Consumer, comprehension: Comprehension, why: str) -> list[Piece]:
        notes = self.notes_of(comprehension)
        notes.why_not_cut = why
        notes.interpreted += comprehension.find_length() or 0
        kind, data = fold_in_order(consumer, iter(comprehension.run_whole()))
        return [Piece(0, -1, kind, data)]

    def _start_interpreted(self, work: "_Work") -> None:
        """The first elements, in growing stretches, until the policy's start is over. The first stretch says nothing of the pace: what code
        meets for the first time takes longer."""
        step = FIRST_STRETCH
        while not work.is_over and (work.at <= FIRST_STRETCH or work.seconds < self.policy.start_seconds):
            if work.at == FIRST_STRETCH:
                work.forget_pace()
            work.interpret(min(step, work.length - work.at))
            step *= 2
        self.light[work.comprehension.place] = max(FEW_ITEMS, int(work.rate() * SOON_SECONDS))
        self.notes_of(work.comprehension).interpreted += work.at

    def _find_kernel(self, work: "_Work", verdict: Verdict) -> ReadyKernel | None:
        if self.policy.compile is When.NEVER:
            return None
        bound = Binder(self.registry, self.find_named).bind(work.comprehension, work.consumer)
        found = bound if isinstance(bound, NotCompiled) else self._take_kernel(bound, work, verdict)
        if isinstance(found, NotCompiled):
            self.notes_of(work.comprehension).refuse(found)
            return None
        if found is not None:
            self.notes_of(work.comprehension).use(found.kernel.key)
        return found

    def _take_kernel(self, bound: Bound, work: "_Work", verdict: Verdict) -> ReadyKernel | NotCompiled | None:
        found = self.kernels.find(bound)
        if found is not None or not self._is_worth_compiling(work, verdict):
            return found
        with self.explanation.timing("compile"):
            return self.kernels.compile(bound)

    def _is_worth_compiling(self, work: "_Work", verdict: Verdict) -> bool:
        return self.policy.compile is When.ALWAYS or verdict.heavy or work.expected_seconds() > self.policy.compile_seconds

    def _run_compiled(self, work: "_Work", kernel: ReadyKernel) -> None:
        """The kernel on this core: for a short while when others could take over, else to the end."""
        work.forget_pace()
        work.known_rate = self.rates.get((work.comprehension.place, kernel.kernel.key), 0.0)
        notes = self.notes_of(work.comprehension)
        deopts, step = 0, FIRST_RUN
        while not work.is_over and deopts < DEOPT_LIMIT:
            if self.may_cut() and self._is_for_all(work, kernel):
                break
            stop, before = min(work.at + step, work.length), work.at
            run = self._run_for_a_while(work, kernel, stop)
            notes.compiled += work.at - before
            self.check_cancelled()
            if run.interrupted and not work.is_over:
                continue
            if not work.is_over and work.at < stop:
                deopts += 1
                notes.interpreted += 1
                notes.deoptimise(1, kernel.find_stop(run.site), work.at)
                work.interpret(1)
                step = AFTER_DEOPT
            step = min(4 * step, max(FIRST_RUN, int(work.rate() * RUN_SECONDS)))
        self._note_rate(work, kernel, work.rate())

    def _note_rate(self, work: "_Work", kernel: ReadyKernel, rate: float) -> None:
        place = work.comprehension.place, kernel.kernel.key
        self.rates[place] = max(rate, self.rates.get(place, 0.0))

    def _run_for_a_while(self, work: "_Work", kernel: ReadyKernel, stop: int) -> LoopRun:
        """One run, interrupted when it takes longer than what went before let expect."""
        if self.alarm is None or not self.may_cut():
            return work.run(kernel, stop)
        optimistic = self._find_start()
        left = optimistic - work.seconds
        with self.alarm.set(left if left > 0 else optimistic, (SOON, NOW), optimistic):
            return work.run(kernel, stop)

    def _is_for_all(self, work: "_Work", kernel: ReadyKernel) -> bool:
        """Has a kernel run here long enough, or is it known, of a moment or of earlier times, that there is much more to do? Not when what
        it reads takes longer on its way to others."""
        optimistic, expected = self._find_start(), work.expected_seconds()
        is_known = work.seconds >= optimistic / 8 or (not work.seconds and work.known_rate > 0)
        if work.seconds < optimistic and not (is_known and expected >= MUCH * optimistic):
            return False
        if self.policy.cut is When.ALWAYS or self.policy.near_seconds or expected > kernel.count_bytes() / TRAVEL_RATE:
            return True
        self.notes_of(work.comprehension).why_not_cut = TRAVELS
        return False

    def _find_start(self) -> float:
        """How long a kernel runs here before it is cut, seconds: shortly where cores are near."""
        return self.policy.near_seconds or self.policy.optimistic_seconds

    def may_cut(self) -> bool:
        return self.splitter is not None and self.policy.cut is not When.NEVER

    def _finish(self, work: "_Work", kernel: ReadyKernel | None, *, opens: bool) -> None:
        surroundings = find_set()
        if self.splitter is None or self._is_small(work, kernel) or surroundings:
            notes = self.notes_of(work.comprehension)
            notes.why_not_cut = surroundings or notes.why_not_cut
            notes.interpreted += work.length - work.at
            work.interpret(work.length - work.at)
            return
        rate = work.rate()
        if kernel is not None and self._is_kept(work):
            work.start_over()  # the first milliseconds' elements too shall lie on the workers

        def note_rate(rate: float) -> None:
            if kernel is not None:
                self._note_rate(work, kernel, rate)

        rest = Rest(work.comprehension, work.consumer, kernel, work.at, work.length, rate, opens, note_rate)
        work.pieces += self.splitter.compute(rest)

    def _is_kept(self, work: "_Work") -> bool:
        return self.splitter is not None and self.may_cut() and self.splitter.keeps_remote(work.consumer, work.length)

    def _is_small(self, work: "_Work", kernel: ReadyKernel | None) -> bool:
        if self.policy.cut is When.NEVER:
            return True
        if self.policy.slices:
            return self.notes_of(work.comprehension).times >= self.policy.times
        return kernel is None and work.at > 0 and work.expected_seconds() < self.policy.split_seconds


class _Work:
    """How far one comprehension has come here, and how fast."""

    def __init__(self, consumer: Consumer, comprehension: Comprehension, length: int) -> None:
        self.consumer = consumer
        self.comprehension = comprehension
        self.length = length
        self.pieces: list[Piece] = []
        self.at = 0
        self.seconds = 0.0
        self.known_rate = 0.0  #: of earlier times that this was computed; 0: unknown
        self._paced_from = 0

    @property
    def is_over(self) -> bool:
        decided = bool(self.pieces) and self.pieces[-1].kind is Kind.DECIDED and self.pieces[-1].data
        return self.at >= self.length or decided

    def forget_pace(self) -> None:
        """The next elements run in another tier."""
        self.seconds, self._paced_from = 0.0, self.at

    def start_over(self) -> None:
        """Forget what was computed here; it was pure."""
        self.pieces, self.at = [], 0
        self.forget_pace()

    def rate(self) -> float:
        return (self.at - self._paced_from) / self.seconds if self.seconds else self.known_rate

    def expected_seconds(self) -> float:
        """What the remaining elements will take at this pace."""
        rate = self.rate()
        return (self.length - self.at) / rate if rate else float("inf")

    def interpret(self, count: int) -> None:
        began = time.perf_counter()
        kind, data = fold(self.consumer, iter(self.comprehension.run_part(self.at, self.at + count)))
        self._add(Piece(self.at, self.at + count, kind, data), began)

    def run(self, kernel: ReadyKernel, stop: int) -> LoopRun:
        """Up to `stop` or to where it cannot go on."""
        began = time.perf_counter()
        run = kernel.run(self.at, stop)
        self._add(piece_of_run(self.consumer, self.at, run), began)
        return run

    def _add(self, piece: Piece, began: float) -> None:
        self.pieces.append(piece)
        self.at = piece.stop
        self.seconds += time.perf_counter() - began
