"""A warm process that forks children in milliseconds: the worker's end.

Importing numba, numpy and the compiler takes a second or two and a hundred megabytes. The nursery does it once; its children
share the memory. The standard library's forkserver was not taken: it imports the worker's `__main__` again in each child, cannot
be told to warm up by a call, starts a resource tracker beside itself, and its children outlive a killed worker.
"""

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

from pyfora.errors import InternalError
from ufora.runtime.processes.framing import SETTINGS, pack_frame
from ufora.runtime.processes.lifeline import open_lifeline

BOOT = "import sys, json; sys.path[:] = json.loads(sys.argv[3])['path']; from ufora.runtime.processes.forking import main; main()"
HASH_SEED = "PYTHONHASHSEED=0"
"""Sets of texts must have the same order in every process, or the cut of a comprehension would show."""
ATTEMPTS = 2
"""A nursery found dead is started again once for each request; one that dies twice in a row is broken."""


@dataclass(frozen=True, slots=True)
class Child:
    """A forked process, running its entry point. It dies when this object is forgotten: keep it."""

    pid: int
    connection: socket.socket  #: to its channel; closed from the other side when it is dead
    lifeline: BinaryIO

    def kill(self) -> None:
        """It is dead at once. Harmless when it already was."""
        self.lifeline.close()


class Nursery:
    """Starts with the first `fork` or `start`; may be used from several threads; both block."""

    def __init__(self, preload: Sequence[str] = (), warm_up: str = "") -> None:
        """`preload`: modules to import; `warm_up`: "module:function" to call before the first fork."""
        self._preload = list(preload)
        self._warm_up = warm_up
        self._lock = threading.Lock()
        self._running: _Running | None = None

    def start(self) -> None:
        """Wait until it is warm."""
        with self._lock:
            self._find_running()

    def fork(self, entry: str, settings: bytes = b"", name: str = "ufora-child") -> Child:
        """A new process that calls `entry`, "module:function", with its Channel."""
        request = json.dumps({"entry": entry, "name": name}).encode()
        ours, theirs = socket.socketpair()
        read_end, lifeline = open_lifeline()
        try:
            pid = self._request(request, [theirs.fileno(), read_end])
        finally:
            theirs.close()
            os.close(read_end)
        child = Child(pid, ours, lifeline)
        for piece in pack_frame(0, SETTINGS, settings):
            ours.sendall(piece)
        return child

    def close(self) -> None:
        """End the nursery; its children live on."""
        with self._lock:
            if self._running is not None:
                self._running.end()
                self._running = None

    def _request(self, request: bytes, descriptors: list[int]) -> int:
        with self._lock:
            for _ in range(ATTEMPTS):
                pid = self._find_running().request(request, descriptors)
                if pid is not None:
                    return pid
        raise InternalError("the nursery died twice while it was asked for a child; its own last words are in the worker's log")

    def _find_running(self) -> "_Running":
        if self._running is not None and self._running.process.poll() is not None:
            self._running.end()
            self._running = None
        if self._running is None:
            self._running = _start(self._preload, self._warm_up)
        return self._running


@dataclass(frozen=True, slots=True)
class _Running:
    process: subprocess.Popen[bytes]
    control: socket.socket
    lifeline: BinaryIO

    def request(self, request: bytes, descriptors: list[int]) -> int | None:
        """The new child's process id; None when the nursery is dead."""
        try:
            socket.send_fds(self.control, [request], descriptors)
            answer = self.control.recv(64)
        except ConnectionError:
            answer = b""
        if not answer:
            self.process.wait()  # so that nobody takes it for running
            return None
        pid = int(answer)
        if pid < 0:
            raise OSError(-pid, os.strerror(-pid), "fork")
        return pid

    def end(self) -> None:
        self.lifeline.close()
        self.control.close()
        self.process.wait()


def _start(preload: list[str], warm_up: str) -> _Running:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    read_end, lifeline = open_lifeline()
    preparation = json.dumps({"path": sys.path, "preload": preload, "warm_up": warm_up})
    with theirs:
        process = subprocess.Popen(
            ["/usr/bin/env", HASH_SEED, sys.executable, "-c", BOOT, str(theirs.fileno()), str(read_end), preparation],
            pass_fds=(theirs.fileno(), read_end),
            stdin=subprocess.DEVNULL,
            process_group=0,  # Ctrl-C is the worker's; its children go with it
        )
    os.close(read_end)
    running = _Running(process, ours, lifeline)
    if ours.recv(64) != b"warm":
        running.end()
        raise InternalError(
            f"the nursery ended with status {process.returncode} while loading {preload} and {warm_up!r}: see the worker's log"
        )
    return running
