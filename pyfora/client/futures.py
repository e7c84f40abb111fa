"""Futures of computations: real `concurrent.futures` ones that can also be cancelled while they run."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from pyfora.client.lineage import Lineage


class ComputationFuture(Future[Any]):
    """`lineage` is the computation whose value "" it stands for; None when it stands for a value brought home."""

    def __init__(self, lineage: Lineage | None, stop: Callable[[], None]) -> None:
        super().__init__()
        self.lineage = lineage
        self._stop = stop  # ends the computation on the cluster
        self._settling = threading.Lock()
        self._is_settled = False

    def running(self) -> bool:
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
