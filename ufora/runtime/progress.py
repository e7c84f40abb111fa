"""How far what a driver evaluates has come, counted once a lease.

Written by the thread that computes; asked for by another one at any time. Several counts are open where one comprehension's cut runs
inside another's: the outermost is told, as it ends last.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from ufora.protocol.progress import Progress


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

    def add(self, elements: int, slices: int, now: float) -> None:
        self.done += elements
        self.slices += slices
        self.counted = now

    def as_progress(self, now: float) -> Progress:
        done = min(self.done, self.total)
        left = max(0.0, (self.counted - self.began) * self.total / done - (now - self.began)) if done else None
        slices = max(self.slices, -(-self.slices * self.total // done)) if done else 0
        return Progress(done / max(self.total, 1), self.slices, slices, self.cores, left, self.path, self.line)


class Counts:
    """Those of one driver. `clock` gives seconds."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._open: list[Count] = []
        self._lock = threading.Lock()

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
        count.add(elements, slices, self._clock())

    def find_progress(self) -> Progress:
        """Of what is under way; where nothing is counted, one core works."""
        with self._lock:
            outermost = self._open[0] if self._open else None
        return Progress(None, 0, 0, 1, None) if outermost is None else outermost.as_progress(self._clock())
