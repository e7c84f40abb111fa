"""Frees what only garbage still names, a moment after it was dropped.

A block's functions name its globals and those name the functions, so what a block made dies when the garbage is collected and not before.
That takes the interpreter's lock for most of a millisecond, a sixth of what a small block takes, and with millions of objects for much
longer; so it waits until nothing more is dropped for a while, instead of standing in the way of the block that comes next.
"""

import gc
import threading
import time

QUIET_SECONDS = 0.05
"""Nothing was dropped for so long. Guessed: a few small blocks."""
LATEST_SECONDS = 1.0
"""However much is dropped, garbage is collected after so long. Guessed."""


class Collector:
    """A thread that collects garbage when asked. Cheap, because all that was imported before the process was forked is frozen."""

    def __init__(self) -> None:
        self._asked = threading.Event()
        threading.Thread(target=self._run, name="garbage", daemon=True).start()

    def ask(self) -> None:
        """Something was dropped."""
        self._asked.set()

    def _run(self) -> None:
        while True:
            self._asked.wait()
            latest = time.monotonic() + LATEST_SECONDS
            while self._asked.is_set() and time.monotonic() < latest:
                self._asked.clear()
                self._asked.wait(QUIET_SECONDS)
            self._asked.clear()
            gc.collect()
