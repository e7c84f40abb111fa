"""How far what a driver evaluates has come: leases that are done are counted here, those under way by their workers.

A worker says twice a second how far its leases are (`Pulse.leases`); the manager passes that on with its question. Only leases that
are not counted as done yet are looked up there, so nothing is counted twice.

Written by the thread that computes; asked for by another one at any time. Several counts are open where one comprehension's cut runs
inside another's: the outermost is told, as it ends last.
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from ufora.protocol.progress import Progress


@dataclass(slots=True)
class Away:
    """A lease under way: what its worker said of it. Between its end there and the news of it here its worker says nothing any more."""

    items: int  #: elements that it is for
    done: int = 0  #: elements
    slices: int = 0

    def hear(self, done: int, slices: int) -> None:
        self.done, self.slices = max(self.done, min(done, self.items)), max(self.slices, slices)


@dataclass(slots=True)
class Count:
    """Elements of one comprehension."""

    path: str
    line: int
    total: int  #: elements to be computed
    began: float  #: the clock then, seconds
    done: int = 0  #: elements
    slices: int = 0  #: those in which they were computed
    cores: int = 0  #: at work on it now
    counted: float = 0.0  #: the clock at the last news
    away: dict[str, Away] = field(default_factory=dict)  #: leases under way, by name

    def add(self, elements: int, slices: int, now: float) -> None:
        self.done += elements
        self.slices += slices
        self.counted = now

    def as_progress(self, now: float, leases: Mapping[str, tuple[int, int]]) -> Progress:
        for name, told in leases.items():
            if name in self.away:
                self.away[name].hear(*told)
        under_way = sum(lease.done for lease in self.away.values())
        done = min(self.done + under_way, self.total)
        made = self.slices + sum(lease.slices for lease in self.away.values())
        counted = now if under_way else self.counted
        left = max(0.0, (counted - self.began) * self.total / done - (now - self.began)) if done else None
        slices = max(made, -(-made * self.total // done)) if done else 0
        return Progress(done / max(self.total, 1), made, slices, self.cores, left, self.path, self.line)


class Counts:
    """Those of one driver. `clock` gives seconds."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._open: list[Count] = []
        self._lock = threading.Lock()
        self._computation = ""
        self._calls_done, self._cores = 0, 1  #: of calls that run side by side, which nobody can count beforehand
        self._leases = 0

    def begin(self, computation: str) -> None:
        """What is counted from now on belongs to that one; its name among those of all sessions."""
        self._computation = computation

    @contextmanager
    def counting(self, path: str, line: int, total: int) -> Iterator[Count]:
        count = Count(path, line, total, self._clock())
        with self._lock:
            self._open.append(count)
        try:
            yield count
        finally:
            with self._lock:
                self._open.remove(count)

    def add(self, count: Count, elements: int, slices: int) -> None:
        """So much more is done."""
        with self._lock:
            count.add(elements, slices, self._clock())

    def lease(self, count: Count, elements: int) -> str:
        """So many are computed elsewhere from now on; the lease's name, by which workers tell of it."""
        with self._lock:
            self._leases += 1
            name = f"{self._computation}/{self._leases}"
            count.away[name] = Away(elements)
            return name

    def end_lease(self, count: Count, name: str, elements: int, slices: int) -> None:
        """It is over, and so many elements of it are done."""
        with self._lock:
            del count.away[name]
            count.add(elements, slices, self._clock())

    def note_calls(self, done: int, cores: int) -> None:
        """So many calls that were offered to others are done, and so many cores compute what is not a comprehension."""
        with self._lock:
            self._calls_done, self._cores = done, cores

    def find_progress(self, leases: Mapping[str, tuple[int, int]] | None = None) -> Progress:
        """Of what is under way; where nothing is counted, one core works, or several at calls. `leases`: elements and slices that those
        under way have done."""
        with self._lock:
            if not self._open:
                return Progress(None, self._calls_done, 0, self._cores, None)
            return self._open[0].as_progress(self._clock(), leases or {})
