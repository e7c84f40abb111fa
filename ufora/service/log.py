"""Log lines: one for each event, to standard error or the journal, and to a file of the daemon's own where there is a folder for logs.

    2026-11-22T05:17:24.026Z INFO    ufora.gateway: computation done [session=h3xJ0a computation=c2 worker=10.0.0.7:30009-9353d7]

Ids travel beside the message: `log.info("computation done", extra={"computation": …})`. As JSON lines and in the journal they are fields.
"""

import json
import logging
import logging.handlers
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from ufora.service.config import ManagerConfig, WorkerConfig, is_standard_error_the_journal
from ufora.service.journal import JournalHandler

FORMAT = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"
STAMP = "%Y-%m-%dT%H:%M:%S"
IDS = ("session", "computation", "worker")
TAIL_LINES = 100  # kept between two pulses of a worker; the oldest go first. Guessed: a page of them


class LineFormatter(logging.Formatter):
    """UTC time in ISO form; a record is one line, its traceback too."""

    converter = staticmethod(time.gmtime)

    def __init__(self) -> None:
        super().__init__(FORMAT)

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802 - logging's name
        return f"{super().formatTime(record, STAMP)}.{int(record.msecs):03d}Z"

    def format(self, record: logging.LogRecord) -> str:
        ids = " ".join(f"{name}={value}" for name, value in find_ids(record).items())
        line = super().format(record) + (f" [{ids}]" if ids else "")
        return line.replace("\\", "\\\\").replace("\r", "\\r").replace("\n", "\\n")


class JsonFormatter(LineFormatter):
    """The same as an object: time, level, logger, message, ids, and a traceback where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        line = {"time": self.formatTime(record), "level": record.levelname.lower(), "logger": record.name, "message": record.getMessage()}
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line | find_ids(record), ensure_ascii=False)


FORMATTERS: dict[str, type[LineFormatter]] = {"text": LineFormatter, "json": JsonFormatter}


def find_ids(record: logging.LogRecord) -> dict[str, str]:
    """The ids that a record was given."""
    return {name: str(vars(record)[name]) for name in IDS if vars(record).get(name)}


def open_log(log_dir: str, file_name: str, level: str, form: str = "text", ids: Mapping[str, str] | None = None) -> None:
    """Send this process's log lines to standard error and to `log_dir`/`file_name`; `log_dir` "" is standard error only.

    `form`: of the lines, "text" or "json"; `ids`: of every line that has no other."""
    first: logging.Handler = JournalHandler(find_ids) if is_standard_error_the_journal() else logging.StreamHandler(sys.stderr)
    handlers = [first]
    if log_dir:  # opened again when it was moved: see etc/logrotate.d
        handlers.append(logging.handlers.WatchedFileHandler(Path(log_dir, file_name), encoding="utf-8", delay=True))
    for handler in handlers:
        handler.setFormatter(FORMATTERS[form]())
        handler.addFilter(_give_ids(dict(ids or {})))
    logging.basicConfig(level=level.upper(), handlers=handlers, force=True)
    logging.captureWarnings(True)


def name_log(config: ManagerConfig | WorkerConfig) -> str:
    """The name of a daemon's log file."""
    return "manager.log" if isinstance(config, ManagerConfig) else f"worker-{config.worker_base_port}.log"


class _Teller(logging.Handler):
    def __init__(self, tell: Callable[[str], object]) -> None:
        super().__init__()
        self.setFormatter(LineFormatter())
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


class _give_ids(logging.Filter):  # noqa: N801 - used like a function
    def __init__(self, ids: dict[str, str]) -> None:
        super().__init__()
        self._ids = ids

    def filter(self, record: logging.LogRecord) -> bool:
        for name, value in self._ids.items():
            if not hasattr(record, name):
                setattr(record, name, value)
        return True
