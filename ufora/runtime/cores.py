"""Which of a machine's cores are at work."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Cores:
    """How many cores have a slice."""

    def __init__(self, count: int) -> None:
        self._lock = threading.Lock()
        self._idle = count

    def has_idle(self) -> bool:
        return self._idle > 0

    @contextmanager
    def one_busy(self) -> Iterator[None]:
        with self._lock:
            self._idle -= 1
        try:
            yield
        finally:
            with self._lock:
                self._idle += 1
