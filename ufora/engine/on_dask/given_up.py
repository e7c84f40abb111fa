"""Tells tasks under way that nobody wants them any more.

Dask cannot stop a task that runs: when its result is no longer wanted it only forgets it, and lets it run to its end. But it tells
plugins of each change of a task's state, in the event loop, and starts a task's thread only after that.

    … ─► executing ─► memory, error     done by itself
            └───────► released          by its client, which may be gone
"""

import asyncio
import threading
from concurrent.futures import Future

from distributed import WorkerPlugin


class GivenUp(WorkerPlugin):
    """The tasks of one worker that are under way."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tasks: dict[str, Future[None]] = {}
        self.idle = asyncio.Event()  #: no task is under way
        self.idle.set()

    def find(self, key: str) -> "Future[None]":
        """For the task itself: done as soon as it is given up."""
        with self._lock:
            found = self._tasks.get(key)
        if found is None:
            found = Future()  # it was given up, and this thread started late
            found.set_result(None)
        return found

    def give_up_all(self) -> None:
        """The worker leaves the manager, which gives its tasks to others."""
        with self._lock:
            tasks = list(self._tasks.values())
            self._tasks.clear()
        for task in tasks:
            task.set_result(None)

    def transition(self, key: object, start: str, finish: str, **_more: object) -> None:
        """One of Dask's changes of state."""
        if finish == "executing":
            with self._lock:
                self._tasks.setdefault(str(key), Future())
            self.idle.clear()
        elif start == "executing":
            with self._lock:
                task = self._tasks.pop(str(key), None)
                if not self._tasks:
                    self.idle.set()
            if task is not None and finish == "released":
                task.set_result(None)
