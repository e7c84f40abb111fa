"""What the cores of a worker are busy with, for whoever watches: slices, merged to stretches.

core 0  ▐██████████████▌▐░░░░░░░▌        one stretch while slices of one tier follow closely
core 1  ▐█████▌   ▐█████████████▌
        └──────── a pulse ──────┘        each pulse takes what was since the last one
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from ufora.protocol.pulse import Stretch

GAP_SECONDS = 0.005  # a pause up to this does not end a stretch. Guessed: invisible in a time line of a minute
MOST_STRETCHES = 500
"""Kept between two pulses; the oldest go first. Guessed: twenty a core on a large machine, some 20 KB."""


@dataclass(frozen=True, slots=True)
class News:
    """What was since somebody was told the last time."""

    slices: dict[str, int]  #: by tier
    seconds: dict[str, float]  #: that cores were busy with them, by tier
    stretches: tuple[Stretch, ...]


@dataclass(slots=True)
class _Run:
    core: int
    began: float
    ended: float
    tier: str
    slices: int
    is_open: bool


class Activity:
    """Used by all threads that compute slices. A thread is a core."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._cores: dict[int, int] = {}  # by thread
        self._last: dict[int, _Run] = {}  # by core
        self._runs: list[_Run] = []
        self.slices: Counter[str] = Counter()
        self.seconds: Counter[str] = Counter()

    @contextmanager
    def slice(self, tier: str) -> Iterator[None]:
        """While a slice is computed, by the thread that computes it."""
        run, began = self._begin(tier)
        try:
            yield
        finally:
            with self._lock:
                run.slices += 1
                run.is_open = False
                run.ended = self._clock()
                self.slices[tier] += 1
                self.seconds[tier] += run.ended - began  # type: ignore[assignment]

    def take(self) -> tuple[Stretch, ...]:
        """What was since this was asked the last time. Slices under way are cut in two."""
        with self._lock:
            now = self._clock()
            taken = tuple(
                Stretch(run.core, now - run.began, 0.0 if run.is_open else now - run.ended, run.tier, run.slices) for run in self._runs
            )
            self._runs = [run for run in self._runs if run.is_open]
            for run in self._runs:
                run.began, run.slices = now, 0
            self._last = {run.core: run for run in self._runs}
            return taken

    def take_news(self) -> News:
        """The same with the counts, which begin at 0 again."""
        stretches = self.take()
        with self._lock:
            news = News(dict(self.slices), dict(self.seconds), stretches)
            self.slices.clear()
            self.seconds.clear()
        return news

    def hear(self, news: News) -> None:
        """Another process used these cores too."""
        with self._lock:
            now = self._clock()
            for each in news.stretches:
                self._runs.append(_Run(each.core, now - each.began, now - each.ended, each.tier, each.slices, False))
            del self._runs[:-MOST_STRETCHES]
            self.slices.update(news.slices)
            self.seconds.update(news.seconds)

    def _begin(self, tier: str) -> tuple[_Run, float]:
        with self._lock:
            now = self._clock()
            core = self._cores.setdefault(threading.get_ident(), len(self._cores))
            run = self._last.get(core)
            if run is None or run.tier != tier or now - run.ended > GAP_SECONDS:
                run = self._last[core] = _Run(core, now, now, tier, 0, True)
                self._runs.append(run)
                del self._runs[:-MOST_STRETCHES]
            run.is_open = True
            return run, now
