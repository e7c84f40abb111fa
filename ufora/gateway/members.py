"""The workers as the manager has heard of them, and what their cores did in the last minute."""

import itertools
import logging
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from pyfora.errors import InternalError
from ufora.engine.contract import WorkerFacts
from ufora.gateway.journal import Journal
from ufora.protocol.pulse import TIERS, Pulse, unpack_pulse

log = logging.getLogger("ufora.gateway")

KEEP_SECONDS = 75  #: of the time line; the page shows a minute
MOST_SPANS = 20_000  #: kept in all; guessed: a few MB
MOST_LEASES = 1_000  #: of one computation that its driver is told of; guessed: 30 KB


@dataclass(frozen=True, slots=True)
class Span:
    """Slices that one core computed one right after the other, on the manager's clock."""

    number: int  #: counts up over all spans since the manager was started, from 1
    worker: str  #: id
    core: int  #: 0 … cores - 1 of that worker
    began: float  #: seconds since 1970, UTC
    ended: float  #: the same
    tier: str  #: "compiled" or "interpreted"
    slices: int  #: that ended in it


@dataclass(slots=True, eq=False)
class Member:
    facts: WorkerFacts
    joined: float  #: seconds since 1970, UTC
    heard: float  #: the same
    pulse: Pulse | None = None
    is_leaving: bool = False


class Members:
    """`clock` gives seconds since 1970."""

    def __init__(self, journal: Journal, clock: Callable[[], float] = time.time) -> None:
        self.joined_total = 0
        self.lost_total = 0
        self.slices: Counter[str] = Counter()  #: by tier, of all workers there ever were
        self.seconds: dict[str, float] = dict.fromkeys(TIERS, 0.0)
        self._journal = journal
        self._clock = clock
        self._members: dict[str, Member] = {}
        self._leases: dict[str, dict[str, dict[str, tuple[int, int]]]] = {}  # those under way, by computation and worker
        self._spans: deque[Span] = deque(maxlen=MOST_SPANS)
        self._span_count = 0

    def list_members(self) -> list[Member]:
        return list(self._members.values())

    def find(self, worker: str) -> Member | None:
        return self._members.get(worker)

    def take_workers(self, workers: Sequence[WorkerFacts], leaving: Sequence[str] = ()) -> None:
        """Those that take work now, and the ids of those that leave."""
        now = self._clock()
        for member in self._members.values():
            member.is_leaving = member.facts.id in leaving
        present = {*leaving, *(facts.id for facts in workers)}
        for gone in [worker for worker in self._members if worker not in present]:
            self._take_leases(gone, {})
            del self._members[gone]
            self.lost_total += 1
        for facts in workers:
            if facts.id not in self._members:
                self._members[facts.id] = Member(facts, now, now)
                self.joined_total += 1

    def take_pulse(self, worker: str, body: bytes) -> None:
        member = self._members.get(worker)
        if member is None:
            return
        member.heard = self._clock()
        try:
            pulse = unpack_pulse(body)
        except InternalError as error:
            log.warning("%s", error, extra={"worker": worker})
            return
        self._count(member.pulse, pulse)
        self._take_leases(worker, pulse.leases)
        member.pulse = pulse
        for stretch in pulse.stretches:
            self._span_count += 1
            began, ended = member.heard - stretch.began, member.heard - stretch.ended
            self._spans.append(Span(self._span_count, worker, stretch.core, began, ended, stretch.tier, stretch.slices))
        for line in pulse.lines:
            self._journal.add(member.facts.address, line)

    def find_leases(self, computation: str) -> Mapping[str, tuple[int, int]]:
        """Elements and slices that its leases under way have done, by their names, as their workers said last."""
        told = (lease for leases in self._leases.get(computation, {}).values() for lease in leases.items())
        return dict(itertools.islice(told, MOST_LEASES))

    def _take_leases(self, worker: str, leases: Mapping[str, tuple[int, int]]) -> None:
        for computation in [name for name, workers in self._leases.items() if workers.pop(worker, None) and not workers]:
            del self._leases[computation]
        for name, done in leases.items():
            self._leases.setdefault(name.rpartition("/")[0], {}).setdefault(worker, {})[name] = done

    def read_spans(self, after: int) -> list[Span]:
        """Those of the last KEEP_SECONDS with a higher number."""
        oldest = self._clock() - KEEP_SECONDS
        while self._spans and self._spans[0].ended < oldest:
            self._spans.popleft()
        return [span for span in self._spans if span.number > after]

    def _count(self, before: Pulse | None, now: Pulse) -> None:
        for tier in TIERS:
            self.slices[tier] += now.slices.get(tier, 0) - (before.slices.get(tier, 0) if before else 0)
            self.seconds[tier] += now.seconds.get(tier, 0.0) - (before.seconds.get(tier, 0.0) if before else 0.0)
