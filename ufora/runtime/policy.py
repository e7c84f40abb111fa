"""When a comprehension is compiled, when it is cut, and how."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from ufora.engine.contract import WorkerFacts


class When(StrEnum):
    AUTO = "auto"  #: where it pays
    ALWAYS = "always"  #: wherever it is possible, however small: for tests
    NEVER = "never"  #: for tests, and to find out whether a tier is at fault


@dataclass(frozen=True, slots=True)
class Policy:
    compile: When = When.AUTO
    cut: When = When.AUTO
    slices: int = 0  #: into exactly how many slices all is cut, as far as there are elements; each a lease. 0: as many as pay. For tests
    times: int = 20  #: with `slices`: how often the comprehensions of one line are cut so; a lease costs what thousands of elements cost

    start_seconds: float = 0.002
    """Light elements run interpreted this long before anything else is thought of. Guessed: a few times what binding a kernel costs."""
    optimistic_seconds: float = 0.02
    """A kernel runs on one core this long before its work is cut. Guessed: about one engine task (12 ms round trip measured)."""
    near_seconds: float = 0.0
    """The same where the driver's process uses the cores of its machine itself; 0: it does not."""
    compile_seconds: float = 0.05
    """Light elements expected to take longer than this are compiled: what a kernel costs (25-50 ms measured)."""
    split_seconds: float = 0.05
    """Interpreted elements expected to take less than this stay in the driver. Guessed: a few engine tasks."""


NEAR_SECONDS = 0.002
"""Guessed: twice what a lease in the driver's own process costs (1 ms measured)."""
TRAVEL_RATE = 2e8
"""Bytes per second of lists that leases take along, until the first of them can begin. Guessed: packing, the way to a worker and unpacking,
each some GB/s."""
CHUNK_ITEMS = 4 * 2**20  #: most elements in a lease that makes a list: 32 MiB of numbers
LEAST_CHUNK_ITEMS = 2**17  #: the same where memory is short: 1 MiB
CHUNKS_UNDER_WAY = (
    64  #: lists that fill a machine's memory, for each thread. Guessed: eight tasks a thread, each with its source and its pieces
)


@dataclass(frozen=True, slots=True)
class Cutting:
    """How long leases are. Chosen by `benchmarks/simulation.py`, which runs this policy on clusters that do not exist."""

    lease_seconds: float = 0.4
    """Shortest lease aimed at, in time on all of a machine's cores. An engine task costs about 12 ms (measured): 3 %."""
    shortest_seconds: float = 0.05
    """Work shorter than this is not shared by several machines. Guessed: four engine tasks."""
    leases_per_second: float = 300
    """What a manager can hand out, measured in bulk: with many machines, leases are longer."""
    lease_limit: float = 5.0
    """A lease gives back its end after so many times the length aimed at; and none is made longer on purpose. Half of it costs 3 %
    where elements grow."""
    leases_ahead: int = 4
    """Leases under way on each machine, so that none idles while others wait for their last slice. With 2, elements of which few are
    very long keep 20 machines at 0.42, with 4 at 0.86."""
    share: int = 6
    """A lease takes 1/share of what remains for its machine, as OpenMP's guided schedule. With 3, 5 s on 20 machines lose 3 to 8 %
    more at their end."""

    def aim(self, workers: int) -> float:
        """How long leases aim to be on so many machines, so that the manager can hand them out, seconds."""
        return max(self.lease_seconds, workers / self.leases_per_second)


def most_kept(workers: Sequence[WorkerFacts]) -> int:
    """Most elements in a lease that makes a list, so that all tasks under way on a machine take a small part of its memory."""
    return min(CHUNK_ITEMS, *(max(LEAST_CHUNK_ITEMS, worker.memory_bytes // (CHUNKS_UNDER_WAY * worker.threads * 8)) for worker in workers))


def find_least_loaded(workers: Sequence[WorkerFacts], given: Sequence[str]) -> str:
    """Of those that tasks were given to, by name. Left to itself, the engine may give all to one machine, which has room for many."""
    load = Counter(given)
    return min(workers, key=lambda worker: load[worker.id]).id


def make_policy(compile: When, cut: When, slices: int = 0, *, is_near: bool = False) -> Policy:  # noqa: A002 - the setting's name
    """The policy that the settings stand for. A number of slices means that everything is cut. `is_near`: the driver has a short way to the
    cores of its own machine."""
    if cut is When.ALWAYS or slices:
        return Policy(compile, When.ALWAYS, slices, start_seconds=0.0, optimistic_seconds=0.0, split_seconds=0.0)
    if compile is When.ALWAYS:
        return Policy(compile, cut, start_seconds=0.0)
    return Policy(compile, cut, near_seconds=NEAR_SECONDS if is_near else 0.0)
