"""Status callbacks of futures: called in a thread of their own, so that a slow one delays nothing but later calls."""

import logging
import queue
import threading
from collections.abc import Callable

from pyfora.report.progress import Progress

log = logging.getLogger("pyfora")

StatusCallback = Callable[[Progress], object]


class StatusCalls:
    """Of one executor. The thread starts with the first call."""

    def __init__(self) -> None:
        self._calls: queue.SimpleQueue[tuple[StatusCallback, Progress] | None] = queue.SimpleQueue()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def put(self, callback: StatusCallback, progress: Progress) -> None:
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="pyfora-status", daemon=True)
                self._thread.start()
        self._calls.put((callback, progress))

    def close(self) -> None:
        """No call follows those that were put before. Does not wait."""
        self._calls.put(None)

    def _run(self) -> None:
        while (call := self._calls.get()) is not None:
            callback, progress = call
            try:
                callback(progress)
            except Exception:
                log.exception("a status callback raised")
