"""What is measured, and what came out. Nothing here measures."""

import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

Check = Callable[[object], str]
"""What is wrong with an answer, in words; "" when it is right."""


@dataclass(frozen=True, slots=True)
class Timed:
    """One computation, timed by whoever ran it: only they know what must not count."""

    answer: object
    seconds: float
    parts: Mapping[str, float] = field(default_factory=dict)  #: name → seconds; shown below, included in `seconds` or not


@dataclass(frozen=True, slots=True)
class Target:
    """What a way must reach. `peer`: its median, times `at_most`; no peer: `at_most` seconds."""

    at_most: float
    peer: str = ""

    def describe(self) -> str:
        return f"≤ {self.at_most:g} × {self.peer}" if self.peer else f"≤ {self.at_most:g} s"


@dataclass(frozen=True, slots=True)
class Way:
    """Someone who computes a row's answer."""

    name: str
    run: Callable[[], Timed]
    check: Check
    warm_up: Callable[[], object] | None = None  #: compiles, connects: whatever must not count
    target: Target | None = None
    repeat: int = 0  #: 0: as often as the runner is told
    missing: str = ""  #: why it cannot run here


@dataclass(frozen=True, slots=True)
class Row:
    """One program at one size."""

    case: str
    size: str
    ways: tuple[Way, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """All runs of one way."""

    way: Way
    runs: tuple[Timed, ...]
    wrong: str  #: the first complaint about an answer; "" when all were right

    @property
    def median(self) -> float:
        return statistics.median(run.seconds for run in self.runs)

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

    row: Row
    results: tuple[Result, ...]

    def find(self, name: str) -> Result | None:
        """The result of a way that has run."""
        return next((result for result in self.results if result.way.name == name and result.runs), None)

    def ratio(self, result: Result) -> float | None:
        """How many times as long as this way the first one took."""
        first = self.results[0]
        return first.median / result.median if result is not first and result.runs and first.runs and result.median else None

    def is_met(self, result: Result) -> bool | None:
        """Whether the way reached its target; None when it has none, or nothing to be compared with."""
        target = result.way.target
        if target is None or not result.runs:
            return None
        if not target.peer:
            return result.median <= target.at_most
        peer = self.find(target.peer)
        return None if peer is None else result.median <= target.at_most * peer.median


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
