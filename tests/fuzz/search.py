"""Many programs of one seed, counted; what goes wrong is made small."""

import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from tests.fuzz.product import Way
from tests.fuzz.programs import make_program
from tests.fuzz.shrink import shrink
from tests.fuzz.trial import Verdict
from ufora.runtime.policy import When

LEASES = [1, 2, 7, 100]


class Tries(Protocol):
    """Where programs are tried."""

    def run(self, text: str, ways: Sequence[Way]) -> Verdict: ...


def new_seed() -> str:
    return f"{random.SystemRandom().randrange(16**8):08x}"


@dataclass(slots=True)
class Tally:
    """What a search met."""

    kinds: Counter[str] = field(default_factory=Counter)
    compiled: int = 0
    interpreted: Counter[str] = field(default_factory=Counter)
    reports: list[str] = field(default_factory=list)

    @property
    def programs(self) -> int:
        return sum(count for kind, count in self.kinds.items() if kind != "skipped")

    @property
    def compiled_share(self) -> float:
        return self.compiled / max(1, self.compiled + self.interpreted.total())

    def add(self, other: "Tally") -> None:
        self.kinds += other.kinds
        self.compiled += other.compiled
        self.interpreted += other.interpreted
        self.reports += other.reports

    def __str__(self) -> str:
        share = f", {self.compiled_share:.0%} of comprehensions compiled" if self.compiled else ""
        bad = ", ".join(f"{self.kinds[kind]} {kind}s" for kind in ("difference", "hang", "refusal"))
        return f"{self.programs} programs, {bad}, {self.kinds['crash']} crashes{share}, {self.kinds['skipped']} too long"


def choose_ways(seed: str) -> list[Way]:
    """Both tiers, cut differently; and machine code uncut."""
    rng = random.Random(seed)
    one, two = rng.sample(LEASES, 2)
    return [
        Way(When.ALWAYS, one, own=rng.choice([False, True])),
        Way(When.NEVER, two, twins=rng.choice([0, 2])),
        Way(When.ALWAYS, rng.choice([0, *LEASES])),
    ]


def search(trials: Tries, seed: str, count: int, deadline: float = float("inf")) -> Tally:
    """`count` programs that CPython runs in time."""
    tally, number = Tally(), 0
    while tally.programs < count and time.monotonic() < deadline:
        name = f"{seed}.{number}"
        number += 1
        text = make_program(name)
        verdict = trials.run(text, choose_ways(name))
        tally.kinds[verdict.kind] += 1
        tally.compiled += verdict.compiled
        tally.interpreted += verdict.interpreted
        if verdict.is_bad:
            tally.reports.append(_report(trials, name, text, verdict))
    return tally


def _report(trials: Tries, name: str, text: str, verdict: Verdict) -> str:
    assert verdict.way is not None
    way, whole = verdict.way, text
    if verdict.kind != "hang":  # each try would take as long
        text = shrink(text, lambda smaller: trials.run(smaller, [way]).kind == verdict.kind)
        verdict = trials.run(text, [way]) if text != whole else verdict
    said = f"  Python:  {verdict.expected}\n  product: {verdict.seen}\n" if verdict.expected else ""
    return f"{verdict.kind} with {way}; program {name}, made small:\n{text}\n{said}"
