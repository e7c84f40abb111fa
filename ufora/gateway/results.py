"""Small results that wait in the manager's memory, of one session.

A result stays as long as its client may ask for it again: until the computation is dropped. When a client keeps more of them than it
may, the oldest are let go. Whoever asks for one of those is told that it is computed again, as after the loss of a worker.
"""

from collections.abc import Callable
from dataclasses import replace

from ufora.gateway.computation import Computation

LET_GO = "let go"  #: in place of a stream's name: there is no such stream


class Results:
    def __init__(self, find_most: Callable[[], int]) -> None:
        """`find_most`: how many bytes may wait, now."""
        self.nbytes = 0  #: waiting
        self._find_most = find_most
        self._kept: dict[str, Computation] = {}  # by id, the oldest first

    def keep(self, computation: Computation) -> None:
        """It has just been done. Its own result stays, however large: it is on its way to the client."""
        self.forget(computation)
        if computation.finished is None or not computation.finished.result:
            return
        self._kept[computation.id] = computation
        self.nbytes += len(computation.finished.result)
        while self.nbytes > self._find_most() and len(self._kept) > 1:
            self._let_go(next(iter(self._kept.values())))

    def forget(self, computation: Computation) -> None:
        if self._kept.pop(computation.id, None) is not None and computation.finished is not None:
            self.nbytes -= len(computation.finished.result)

    def _let_go(self, computation: Computation) -> None:
        self.forget(computation)
        if computation.finished is not None:
            computation.finished = replace(computation.finished, result=b"", stream=LET_GO)
