"""Interrupts machine code in this process when it takes longer than it should.

    main thread    set ─► kernel runs, the GIL released ─────────────► leaves: the alarm is off, the flag clear
    alarm's thread      └─ after a while: asks SOON ─ later: asks NOW

The flag also serves cancelling. Cancelling is noted elsewhere before it asks the flag, so whoever clears the flag looks there afterwards.
"""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager

from ufora.compile.flag import NOW, StopFlag

LEAST_PAUSE = 0.001
"""Seconds. Between two looks others can change what is set, also where tests ask for no pause at all."""


def _always() -> bool:
    return True


class Alarm:
    """One per process, for its main thread."""

    def __init__(self, flag: StopFlag) -> None:
        self._flag = flag
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._rings_at = 0.0
        self._wakes_at = 0.0  #: when its thread looks again by itself
        self._asks: list[int] = []  #: what it asks the flag, one after the other; empty: it is off
        self._pause = 0.0
        self._is_wanted: Callable[[], bool] = _always

    @contextmanager
    def set(self, seconds: float, asks: Sequence[int], pause: float, is_wanted: Callable[[], bool] = _always) -> Iterator[None]:
        """After so many seconds ask the flag for the first of `asks`, after each further `pause` for the next.

        When the time comes and it is not wanted, it waits another pause."""
        with self._changed:
            self._asks, self._pause, self._is_wanted = list(asks), pause, is_wanted
            self._rings_at = time.monotonic() + max(seconds, 0.0)
            if self._thread is None:
                self._thread = threading.Thread(target=self._keep_watch, name="alarm", daemon=True)
                self._thread.start()
            if self._wakes_at > self._rings_at:
                self._changed.notify()
        try:
            yield
        finally:
            with self._changed:
                self._asks.clear()
                self._flag.clear()

    def watch_passes(self, seconds: float) -> AbstractContextManager[None]:
        """Ask NOW when machine code has been in one comprehension for so long; see flag.py."""
        seen = 0

        def is_long() -> bool:
            nonlocal seen
            before, seen = seen, self._flag.passes
            return seen % 2 == 1 and seen == before

        self._flag.begin_passes()
        return self.set(seconds, (NOW,), seconds, is_long)

    def _keep_watch(self) -> None:
        with self._changed:
            while True:
                left = self._rings_at - time.monotonic() if self._asks else None
                if left is not None and left <= 0:
                    self._ring()
                    continue
                self._wakes_at = float("inf") if left is None else self._rings_at
                self._changed.wait(left)

    def _ring(self) -> None:
        if self._is_wanted():
            self._flag.ask(self._asks.pop(0))
        self._rings_at = time.monotonic() + max(self._pause, LEAST_PAUSE)
