"""systemd's journal: log records with fields, in its native protocol (systemd.io/JOURNAL_NATIVE_PROTOCOL).

journalctl -u ufora-manager UFORA_COMPUTATION=c2
"""

import logging
import socket
import struct
from collections.abc import Callable, Mapping
from contextlib import suppress

IDENTIFIER = "ufora"
SOCKET = "/run/systemd/journal/socket"
PRIORITIES = ((logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6))  # syslog(3); below: 7, debug
LONGEST = 100_000  # bytes of a field: well below what a datagram takes


class JournalHandler(logging.Handler):
    """`find_ids`: the ids of a record, which become fields UFORA_…

    What the journal does not take at once is lost: it must not hold us up."""

    def __init__(self, find_ids: Callable[[logging.LogRecord], Mapping[str, str]], path: str = SOCKET) -> None:
        super().__init__()
        self._find_ids = find_ids
        self._path = path
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)

    def emit(self, record: logging.LogRecord) -> None:
        fields = {
            "MESSAGE": record.getMessage() + self._show_traceback(record),
            "PRIORITY": str(next((priority for level, priority in PRIORITIES if record.levelno >= level), 7)),
            "SYSLOG_IDENTIFIER": IDENTIFIER,
            "LOGGER": record.name,
            **{f"UFORA_{name.upper()}": value for name, value in self._find_ids(record).items()},
        }
        with suppress(OSError):
            self._socket.sendto(b"".join(pack_field(name, value) for name, value in fields.items()), self._path)

    def close(self) -> None:
        self._socket.close()
        super().close()

    def _show_traceback(self, record: logging.LogRecord) -> str:
        return "\n" + logging.Formatter().formatException(record.exc_info) if record.exc_info else ""


def pack_field(name: str, value: str) -> bytes:
    """Always with its length: a value may then hold anything."""
    data = value.encode("utf-8", "replace")[:LONGEST]
    return name.encode() + b"\n" + struct.pack("<Q", len(data)) + data + b"\n"
