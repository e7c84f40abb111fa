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
    """Collects garbage when asked, in a thread that lasts as long as there is something to do. Cheap, because all that was imported
    before the process was forked is frozen."""

    def __init__(self) -> None:
        self._asked = threading.Event()
        self._lock = threading.Lock()
        self._is_at_work = False

    def ask(self) -> None:
        """Something was dropped."""
        with self._lock:
            self._asked.set()
            if not self._is_at_work:
                self._is_at_work = True
                threading.Thread(target=self._run, name="garbage", daemon=True).start()

    def _run(self) -> None:
        while True:
            latest = time.monotonic() + LATEST_SECONDS
            while self._asked.is_set() and time.monotonic() < latest:
                self._asked.clear()
                self._asked.wait(QUIET_SECONDS)
            self._asked.clear()
            gc.collect()
            with self._lock:
                if not self._asked.is_set():
                    self._is_at_work = False
                    return
