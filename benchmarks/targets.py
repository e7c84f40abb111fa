"""What must be reached, as data."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

UFORA, ONE_CORE, CPYTHON, NUMBA, C = "ufora", "ufora, one core", "CPython", "numba", "C, OpenMP"
C_ONE_CORE = "C, one core"
"""The same function as C's, by a team of one thread: what the machine's cores give C is what they can give."""
EXACT_C = "C, OpenMP, errors carried"
"""C that adds up floats as exactly as ufora does."""
POOL, DASK, RAY = "multiprocessing.Pool", "Dask", "Ray"
CORES = len(os.sched_getaffinity(0))
"""What everybody has: threads of numba and OpenMP, processes of the others, workers' threads of ufora."""


class Kind(StrEnum):
    SECONDS = "seconds"  #: at most so long
    BESIDE = "beside"  #: at most so many times as long as the fastest of the peers
    FASTER = "faster"  #: at least so many times as fast as the fastest of the peers
    PER_CORE = "per core"  #: the same, divided by the cores: parallel efficiency, where the peer has one core


@dataclass(frozen=True, slots=True)
class Target:
    kind: Kind
    limit: float  #: seconds or a ratio
    peers: tuple[str, ...] = ()

    def find_reached(self, median: float | None, find_median: Callable[[str], float | None]) -> float | None:
        """What stands beside the limit; None without a time of its own or of any peer."""
        if median is None:
            return None
        if self.kind is Kind.SECONDS:
            return median
        found = [seconds for peer in self.peers if (seconds := find_median(peer)) is not None]
        if not found:
            return None
        if self.kind is Kind.BESIDE:
            return median / min(found)
        return min(found) / median / (CORES if self.kind is Kind.PER_CORE else 1)

    def is_met(self, reached: float) -> bool:
        return reached >= self.limit if self.kind in (Kind.FASTER, Kind.PER_CORE) else reached <= self.limit

    def describe(self) -> str:
        """What is measured, for the column that names who."""
        match self.kind:
            case Kind.SECONDS:
                return "time"
            case Kind.BESIDE:
                return f"beside the {'fastest of ' if len(self.peers) > 1 else ''}{', '.join(self.peers)}".replace("the C", "C")
            case Kind.FASTER:
                return f"faster than {', '.join(self.peers)}"
            case Kind.PER_CORE:
                return f"efficiency on {CORES} cores"

    def describe_limit(self) -> str:
        match self.kind:
            case Kind.SECONDS:
                return f"≤ {self.limit:g} s"
            case Kind.BESIDE:
                return f"≤ {self.limit:g} ×"
            case Kind.FASTER:
                return f"≥ {self.limit:g} ×"
            case Kind.PER_CORE:
                return f"≥ {self.limit:g}"


def within(seconds: float) -> Target:
    return Target(Kind.SECONDS, seconds)


AS_COMPILED = Target(Kind.BESIDE, 1.15, (NUMBA, C))
AS_COMPILED_EXACTLY = Target(Kind.BESIDE, 1.15, (EXACT_C,))
"""Where floats are added up: the others' sums are not the same arithmetic."""
AHEAD = Target(Kind.BESIDE, 1.0, (POOL, DASK, RAY))
AS_INTERPRETED = Target(Kind.FASTER, 1.6, (CPYTHON,))
EFFICIENT = Target(Kind.PER_CORE, 0.9, (ONE_CORE,))
EFFICIENT_SKEWED = Target(Kind.PER_CORE, 0.85, (ONE_CORE,))
