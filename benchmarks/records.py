"""What is measured, and what came out. Nothing here measures. What came out is plain data, which travels between processes as JSON."""

import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from benchmarks.targets import Target

Check = Callable[[object], str]
"""What is wrong with an answer, in words; "" when it is right."""


@dataclass(frozen=True, slots=True)
class Timed:
    """One computation, timed by whoever ran it: only they know what must not count."""

    answer: object
    seconds: float
    parts: Mapping[str, float] = field(default_factory=dict)  #: name → seconds; shown below, included in `seconds` or not


@dataclass(frozen=True, slots=True)
class Way:
    """Someone who computes a row's answer."""

    name: str
    run: Callable[[], Timed]
    check: Check
    warm_up: Callable[[], object] | None = None  #: compiles, connects, starts processes: whatever must not count
    targets: tuple[Target, ...] = ()
    repeat: int = 0  #: 0: as often as the runner is told
    missing: str = ""  #: why it cannot run here


@dataclass(frozen=True, slots=True)
class Row:
    """One program at one size."""

    case: str
    size: str
    ways: tuple[Way, ...]


@dataclass(frozen=True, slots=True)
class Run:
    """A computation that has been timed and checked."""

    seconds: float
    parts: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Result:
    """All runs of one way."""

    name: str
    runs: tuple[Run, ...] = ()
    targets: tuple[Target, ...] = ()
    wrong: str = ""  #: the first complaint about an answer; "" when all were right
    failed: str = ""  #: why there is no answer; it was not asked again
    missing: str = ""  #: why it cannot run here

    @property
    def median(self) -> float | None:
        return statistics.median(run.seconds for run in self.runs) if self.runs else None

    def quantile(self, share: float) -> float:
        """The time that `share` of the runs did not exceed."""
        ordered = sorted(run.seconds for run in self.runs)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]

    def parts(self) -> dict[str, float]:
        """Median of each part."""
        return {name: statistics.median(run.parts[name] for run in self.runs) for name in self.runs[0].parts} if self.runs else {}


@dataclass(frozen=True, slots=True)
class RowResult:
    """All ways of one row. The first way is what the others are compared with."""

    case: str
    size: str
    results: tuple[Result, ...]

    def find_median(self, name: str) -> float | None:
        """The median of a way that has run and was right."""
        return next((result.median for result in self.results if result.name == name and not result.wrong and not result.failed), None)

    def find_ratio(self, result: Result) -> float | None:
        """How many times as long as this way the first one took."""
        first = self.results[0]
        return first.median / result.median if result is not first and first.median and result.median else None

    def judge(self, result: Result) -> list["Verdict"]:
        return [Verdict(target, target.find_reached(result.median, self.find_median)) for target in result.targets]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was reached of a target."""

    target: Target
    reached: float | None  #: None: there is nothing to compare with

    @property
    def is_met(self) -> bool | None:
        return None if self.reached is None else self.target.is_met(self.reached)


def equals(expected: object) -> Check:
    """The same type and value."""
    return lambda answer: "" if type(answer) is type(expected) and answer == expected else f"{answer!r:.60} is not {expected!r:.60}"


def near(expected: float, tolerance: float) -> Check:
    """For sums in an order of their own."""

    def check(answer: object) -> str:
        assert isinstance(answer, float)
        return "" if abs(answer - expected) <= tolerance else f"{answer!r} is farther than {tolerance:g} from {expected!r}"

    return check


class SameBits:
    """Every answer is right in itself, and the same as the first one."""

    def __init__(self, check: Check) -> None:
        self._check = check
        self._first: object = None

    def __call__(self, answer: object) -> str:
        if self._first is None:
            self._first = answer
        return equals(self._first)(answer) or self._check(answer)
