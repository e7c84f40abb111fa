"""systemd's journal: log records with fields, in its native protocol (systemd.io/JOURNAL_NATIVE_PROTOCOL).

journalctl -u ufora-manager UFORA_COMPUTATION=c2

    record ─► sent at once                      the usual way
          └─► waiting ─► a thread sends them    while the journal is busy: its queue holds a few datagrams of all processes together
"""

import logging
import socket
import struct
import threading
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress

IDENTIFIER = "ufora"
SOCKET = "/run/systemd/journal/socket"
PRIORITIES = ((logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6))  # syslog(3); below: 7, debug
LONGEST = 100_000  # bytes of a field: well below what a datagram takes
MOST_WAITING = 1000  # records; what comes while so many wait is lost. Guessed: a burst, and little memory
FAREWELL_SECONDS = 3.0
"""How long a process that ends waits for the journal to take what waits. Guessed."""


class JournalHandler(logging.Handler):
    """`find_ids`: the ids of a record, which become fields UFORA_…

    Never holds up who logs: what the journal does not take at once waits, in order, and is lost only when it is away."""

    def __init__(self, find_ids: Callable[[logging.LogRecord], Mapping[str, str]], path: str = SOCKET) -> None:
        super().__init__()
        self._find_ids = find_ids
        self._path = path
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        # Not logging's own, which is held while a process that ends waits for the thread. What is collected as garbage meanwhile may log.
        self._turn = threading.RLock()
        self._waiting: deque[bytes] = deque()
        self._sender: threading.Thread | None = None  # while anything waits

    def emit(self, record: logging.LogRecord) -> None:
        fields = {
            "MESSAGE": record.getMessage() + self._show_traceback(record),
            "PRIORITY": str(next((priority for level, priority in PRIORITIES if record.levelno >= level), 7)),
            "SYSLOG_IDENTIFIER": IDENTIFIER,
            "LOGGER": record.name,
            **{f"UFORA_{name.upper()}": value for name, value in self._find_ids(record).items()},
        }
        packed = b"".join(pack_field(name, value) for name, value in fields.items())
        with self._turn:
            if self._waiting or not self._send(packed, socket.MSG_DONTWAIT):
                self._wait(packed)

    def flush(self) -> None:
        """Also called when the process ends."""
        with self._turn:
            sender = self._sender
        if sender is not None and sender.is_alive():
            sender.join(FAREWELL_SECONDS)

    def close(self) -> None:
        self._socket.close()
        super().close()

    def _send(self, packed: bytes, flags: int = 0) -> bool:
        """Whether nothing is left to do about it."""
        try:
            self._socket.sendto(packed, flags, self._path)
        except BlockingIOError:
            return False
        except OSError:  # nobody takes it
            pass
        return True

    def _wait(self, packed: bytes) -> None:
        if len(self._waiting) < MOST_WAITING:
            self._waiting.append(packed)
        if self._sender is None:
            self._sender = threading.Thread(target=self._send_waiting, name="journal", daemon=True)
            with suppress(RuntimeError):  # the interpreter is ending: this line is lost
                self._sender.start()

    def _send_waiting(self) -> None:
        """Each keeps its place until it is sent: no later one overtakes it."""
        more = True
        while more:
            self._send(self._waiting[0])
            with self._turn:
                self._waiting.popleft()
                if not (more := bool(self._waiting)):
                    self._sender = None

    def _show_traceback(self, record: logging.LogRecord) -> str:
        return "\n" + logging.Formatter().formatException(record.exc_info) if record.exc_info else ""


def pack_field(name: str, value: str) -> bytes:
    """Always with its length: a value may then hold anything."""
    data = value.encode("utf-8", "replace")[:LONGEST]
    return name.encode() + b"\n" + struct.pack("<Q", len(data)) + data + b"\n"
