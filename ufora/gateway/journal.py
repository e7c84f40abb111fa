"""The last lines of the logs of the manager and its workers, for whoever looks at the cluster from outside."""

import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

MOST_LINES = 2_000  # kept; guessed: some hundred KB
MOST_LENGTH = 2_000  # of a line that is kept, characters


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a log."""

    number: int  #: counts up over all lines of all logs since the manager was started, from 1
    source: str  #: "manager", or the address of a worker
    text: str


class Journal:
    """Log lines come from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lines: deque[Line] = deque(maxlen=MOST_LINES)
        self._count = 0

    def add(self, source: str, text: str) -> None:
        with self._lock:
            self._count += 1
            self._lines.append(Line(self._count, source, text[:MOST_LENGTH]))

    def read(self, after: int, most: int) -> Sequence[Line]:
        """The newest lines with a higher number, at most so many, oldest first."""
        with self._lock:
            found = [line for line in self._lines if line.number > after]
        return found[-most:] if most else []
