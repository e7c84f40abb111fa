"""Log lines: one text line each, to standard error and, where there is a folder for logs, to a file of the daemon's own."""

import logging
import sys
import time
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path

FORMAT = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"
STAMP = "%Y-%m-%dT%H:%M:%S"
TAIL_LINES = 100  # kept between two pulses of a worker; the oldest go first. Guessed: a page of them


class LineFormatter(logging.Formatter):
    """UTC time in ISO form; one record is one line unless it carries a traceback."""

    converter = staticmethod(time.gmtime)

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802 - logging's name
        return f"{super().formatTime(record, STAMP)}.{int(record.msecs):03d}Z"

    def format(self, record: logging.LogRecord) -> str:
        record.msg, record.args = record.getMessage().replace("\n", "\\n"), None
        return super().format(record)


def open_log(log_dir: str, file_name: str, level: str) -> None:
    """Send this process's log lines to standard error and to `log_dir`/`file_name`; `log_dir` "" is standard error only."""
    handlers: list[logging.Handler] = [logging.StreamHandler(sys.stderr)]
    if log_dir:
        handlers.append(logging.FileHandler(Path(log_dir, file_name), encoding="utf-8", delay=True))
    for handler in handlers:
        handler.setFormatter(LineFormatter(FORMAT))
    logging.basicConfig(level=level.upper(), handlers=handlers, force=True)


class _Teller(logging.Handler):
    def __init__(self, tell: Callable[[str], object]) -> None:
        super().__init__()
        self.setFormatter(LineFormatter(FORMAT))
        self._tell = tell

    def emit(self, record: logging.LogRecord) -> None:
        self._tell(self.format(record))


def tell_lines(tell: Callable[[str], object]) -> None:
    """From now on `tell` gets each line that is logged, in the thread that logs it. To be called after `open_log`."""
    logging.getLogger().addHandler(_Teller(tell))


class Tail:
    """The lines since somebody asked last."""

    def __init__(self) -> None:
        self._lines: deque[str] = deque(maxlen=TAIL_LINES)

    def add(self, line: str) -> None:
        self._lines.append(line)

    def take(self) -> Sequence[str]:
        taken = []
        while self._lines:
            taken.append(self._lines.popleft())
        return taken


def set_level(level: str) -> None:
    logging.getLogger().setLevel(level.upper())
