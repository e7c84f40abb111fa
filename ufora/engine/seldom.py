"""The same thing about the same stranger is told once in a while, however often it happens: nobody fills a log from outside."""

import time
from collections.abc import Callable

PERIOD_SECONDS = 600.0
"""Guessed: often enough to show that it goes on."""
MOST = 1_000
"""Different things remembered, and so told, in a period."""


class Seldom:
    """Remembers what was told. For one thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._told: dict[tuple[str, ...], float] = {}  #: what → when; the oldest first

    def is_due(self, *about: str) -> bool:
        """Whether to tell it now, which counts as told."""
        now = self._clock()
        while self._told and next(iter(self._told.values())) <= now - PERIOD_SECONDS:
            del self._told[next(iter(self._told))]
        if about in self._told or len(self._told) >= MOST:
            return False
        self._told[about] = now
        return True
