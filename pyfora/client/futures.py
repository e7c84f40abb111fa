"""Futures of computations: real `concurrent.futures` ones that can also be cancelled while they run."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Self

from pyfora.client.callbacks import StatusCallback
from pyfora.client.lineage import Lineage
from pyfora.report.progress import Progress


class ComputationFuture(Future[Any]):
    """What `submit`, `define` and `toLocal` give: a `concurrent.futures.Future` with a `progress`, which can be cancelled while it runs.

    `lineage` is the computation whose value "" it stands for; None when it stands for a value brought home."""

    def __init__(self, lineage: Lineage | None, stop: Callable[[], None], call: Callable[[StatusCallback, Progress], None]) -> None:
        super().__init__()
        self.lineage = lineage
        self._progress: Progress | None = None
        self._callbacks: list[StatusCallback] = []
        self._call = call  # calls a status callback where it delays nobody
        self._stop = stop  # ends the computation on the cluster
        self._settling = threading.Lock()
        self._is_settled = False

    @property
    def progress(self) -> Progress | None:
        """How far it is, as last heard; None before the first news."""
        return self._progress

    def withStatusCallback(self, callback: StatusCallback) -> Self:  # noqa: N802 - the documented name
        """Call `callback(progress)` with each `Progress`, at most about four times a second while it runs. Returns this future.

        It is called in another thread; what it raises is logged."""
        self._callbacks.append(callback)
        return self

    def take_progress(self, progress: Progress) -> None:
        """The cluster says how far it is."""
        self._progress = progress
        for callback in self._callbacks:
            self._call(callback, progress)

    def __repr__(self) -> str:
        name = "of a value on its way home" if self.lineage is None else f"of computation {self.lineage.name}"
        return f"<ComputationFuture {name}, {self._describe()}>"

    def _describe(self) -> str:
        if self.cancelled():
            return "cancelled"
        if not self.done():
            return "running" if self._progress is None else str(self._progress)
        error = self.exception()
        return "done" if error is None else f"failed with {type(error).__name__}"

    def running(self) -> bool:
        """Whether it has not ended: what waits on the cluster for its turn counts as running."""
        return not self.done()

    def cancel(self) -> bool:
        """Stop it, also while it runs. False when it has ended."""
        if not self._take_settling():
            return self.cancelled()
        super().cancel()
        self.set_running_or_notify_cancel()  # wakes those who wait in concurrent.futures.wait
        self._stop()
        return True

    def settle(self, result: object, error: BaseException | None) -> None:
        """It has ended; nothing happens when it was cancelled meanwhile."""
        if self._take_settling():
            self.set_running_or_notify_cancel()
            if error is not None:
                self.set_exception(error)
            else:
                self.set_result(result)

    def _take_settling(self) -> bool:
        with self._settling:
            was_settled, self._is_settled = self._is_settled, True
        return not was_settled


def when_done(futures: list[ComputationFuture], then: Callable[[], None]) -> None:
    """Call `then` once, when all are done: at once when they are."""
    left = len(futures) + 1
    lock = threading.Lock()

    def count(_: object) -> None:
        nonlocal left
        with lock:
            left -= 1
            is_last = left == 0
        if is_last:
            then()

    for future in futures:
        future.add_done_callback(count)
    count(None)
