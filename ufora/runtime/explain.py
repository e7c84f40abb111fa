"""What happens while a block is evaluated, noted line by line for `executor.explain`.

Notes are taken once a comprehension, a call of a hot function, or a lease: never once an element.
"""

import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from pyfora.program.nodes import Source
from ufora.compile.spec import NotCompiled
from ufora.compile.stops import Stop
from ufora.protocol.explanation import Deoptimisation, Explanation, Line
from ufora.runtime.comprehensions import Comprehension
from ufora.runtime.trace import line_text

TEXT_SHOWN = 200  #: of a line's source, characters
MOST_KERNELS = 8  #: of one line; more come of calls with ever new types or constants. Guessed
MOST_LINES = 200  #: in an explanation, those that took most time. Guessed: more than anybody reads, less than 100 KB
INSIDE = "the slices of another line are computed around it"
MOST_STOPS = 10  #: places and reasons told for a line, those of most elements. Guessed


@dataclass(slots=True)
class LineNotes:
    """One line so far."""

    path: str
    line: int
    text: str
    times: int = 0
    seconds: float = 0.0
    compiled: int = 0
    interpreted: int = 0
    slices: int = 0
    why_interpreted: str = ""
    why_not_cut: str = ""
    kernels: dict[str, None] = field(default_factory=dict)  #: keys of the machine code it ran as, at most MOST_KERNELS
    deoptimisations: dict[Stop, tuple[int, int | None]] = field(default_factory=dict)
    """where and why → how many elements, and the number of the first"""

    def refuse(self, reason: NotCompiled) -> None:
        """The compiler cannot do this."""
        elsewhere = (reason.path, reason.line) != (self.path, self.line)
        self.why_interpreted = reason.reason + (f" ({reason.path}, line {reason.line})" if elsewhere else "")

    def use(self, key: str) -> None:
        """The kernel of that key computes some of it."""
        if len(self.kernels) < MOST_KERNELS:
            self.kernels[key] = None

    def deoptimise(self, times: int, stop: Stop, first: int | None = None) -> None:
        """`times` elements (calls: `first` is None) were left to CPython by machine code. They are counted in `interpreted`, too."""
        before, earliest = self.deoptimisations.get(stop, (0, first))
        if earliest is not None and first is not None:
            earliest = min(earliest, first)
        self.deoptimisations[stop] = before + times, earliest

    def add(self, line: Line, share: float) -> None:
        """What another process noted of it, in that share of its seconds."""
        self.times += line.times
        self.seconds += share * line.seconds
        self.compiled += line.compiled
        self.interpreted += line.interpreted
        self.slices += line.slices
        self.why_interpreted = self.why_interpreted or line.why_interpreted
        self.why_not_cut = self.why_not_cut or line.why_not_cut or INSIDE
        for key in line.kernels:
            self.use(key)
        for each in line.deoptimisations:
            self.deoptimise(each.times, Stop(each.path, each.line, each.why), each.first)

    def as_line(self, seconds: float | None = None) -> Line:
        """`seconds`: another figure than is noted."""
        return Line(
            self.path,
            self.line,
            self.text,
            self.times,
            self.seconds if seconds is None else seconds,
            self.compiled,
            self.interpreted,
            self.slices,
            self.why_interpreted,
            "" if self.slices else self.why_not_cut,
            tuple(self._list_deoptimisations()),
            tuple(self.kernels),
        )

    def _list_deoptimisations(self) -> list[Deoptimisation]:
        """The most frequent ones, and what the others are together."""
        noted = list(self.deoptimisations.items())
        found = [Deoptimisation(times, stop.path, stop.line, stop.why, first) for stop, (times, first) in noted]
        found.sort(key=lambda each: -each.times)
        shown, others = found[:MOST_STOPS], found[MOST_STOPS:]
        if others:
            firsts = [each.first for each in others if each.first is not None]
            times = sum(each.times for each in others)
            shown.append(Deoptimisation(times, self.path, self.line, f"{len(others):,} other reasons", min(firsts, default=None)))
        return shown


class Recorder:
    """Notes of one evaluation after the other; for one process."""

    def __init__(self) -> None:
        self._lines: dict[tuple[str, int], LineNotes] = {}
        self._seconds: Counter[str] = Counter()
        self._core_seconds = 0.0
        self._cores = 0
        self.under_way: list[tuple[LineNotes, float]] = []  #: whose `seconds` are not counted yet, and when that began

    def of(self, comprehension: Comprehension) -> LineNotes:
        return self.at(comprehension.written, comprehension.tree.lineno)

    def at(self, source: Source, line: int) -> LineNotes:
        """What is noted of a line of that source."""
        notes = self._lines.get((source.path, line))
        if notes is None:
            notes = self._lines[source.path, line] = LineNotes(source.path, line, line_text(source, line)[:TEXT_SHOWN])
        return notes

    def add(self, lines: Iterable[Line], cores: int = 1) -> None:
        """What other processes noted, on so many cores at the same time."""
        for line in lines:
            notes = self._lines.setdefault((line.path, line.line), LineNotes(line.path, line.line, line.text))
            notes.add(line, 1 / max(1, cores))

    def take_lines(self) -> tuple[Line, ...]:
        """The notes so far, for another process's recorder; then all begins anew."""
        lines = tuple(notes.as_line() for notes in self._lines.values())[:MOST_LINES]
        self.reset()
        return lines

    def spend(self, kind: str, seconds: float) -> None:
        """Wall time of one of `pyfora.report.explanation.KINDS`."""
        self._seconds[kind] += seconds  # type: ignore[assignment]

    def spend_cores(self, seconds: float, cores: int) -> None:
        """Busy time of a lease, summed over cores; and how many cores are at work now."""
        self._core_seconds += seconds
        self._cores = max(self._cores, cores)

    @contextmanager
    def timing(self, kind: str) -> Iterator[None]:
        began = time.perf_counter()
        try:
            yield
        finally:
            self.spend(kind, time.perf_counter() - began)

    def reset(self) -> None:
        """Begin anew for the next evaluation."""
        self._lines.clear()
        self._seconds.clear()
        self._core_seconds, self._cores = 0.0, 0

    def explain(self, evaluated_seconds: float) -> Explanation:
        """Of an evaluation that took so long: what was neither compiling nor combining was running. Any thread may ask, at any time."""
        lines = sorted((notes.as_line(self._count_seconds(notes)) for notes in list(self._lines.values())), key=lambda line: -line.seconds)
        other = self._seconds["compile"] + self._seconds["combine"]
        seconds = {"compile": self._seconds["compile"], "run": max(0.0, evaluated_seconds - other), "combine": self._seconds["combine"]}
        return Explanation(tuple(lines[:MOST_LINES]), seconds, self._core_seconds, self._cores)

    def _count_seconds(self, notes: LineNotes) -> float:
        """Those of a line, also of what is under way; of several within one another, the outermost."""
        began = next((began for each, began in list(self.under_way) if each is notes), None)
        return notes.seconds + (0.0 if began is None else time.perf_counter() - began)
