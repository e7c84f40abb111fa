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
from ufora.runtime.processes.lastwords import open_last_words, read_last_words
from ufora.runtime.processes.lifeline import open_lifeline

BOOT = "import sys, json; sys.path[:] = json.loads(sys.argv[3])['path']; from ufora.runtime.processes.forking import main; main()"
HASH_SEED = "PYTHONHASHSEED=0"
"""Sets of texts must have the same order in every process, or the cut of a comprehension would show."""
ATTEMPTS = 2
"""A nursery found dead is started again once for each request."""


class NurseryDied(InternalError):  # noqa: N818 - states a fact
    """It was killed twice in a row, or crashed, while it loaded or was asked for a child."""


@dataclass(frozen=True, slots=True)
class Child:
    """A forked process, running its entry point. It dies when this object is forgotten: keep it."""

    pid: int
    connection: socket.socket  #: to its channel; closed from the other side when it is dead
    lifeline: BinaryIO
    words: BinaryIO

    def tell_death(self) -> str:
        """Once it is dead: of what, as the end of a sentence."""
        return read_last_words(self.words)

    def kill(self) -> None:
        """It is dead at once. Harmless when it already was."""
        self.lifeline.close()


class Nursery:
    """Starts with the first `fork` or `start`; may be used from several threads; both block."""

    def __init__(self, preload: Sequence[str] = (), warm_up: str = "", memory_bytes: int = 0) -> None:
        """`preload`: modules to import; `warm_up`: "module:function" to call before the first fork; `memory_bytes`: most that a child may
        take beyond what the nursery has, 0 is any amount. A child that wants more gets MemoryError."""
        self._preload = list(preload)
        self._warm_up = warm_up
        self._memory_bytes = memory_bytes
        self._lock = threading.Lock()
        self._running: _Running | None = None

    def start(self) -> None:
        """Wait until it is warm."""
        with self._lock:
            if self._find_running() is None:
                raise _death()

    def fork(self, entry: str, settings: bytes = b"", name: str = "ufora-child") -> Child:
        """A new process that calls `entry`, "module:function", with its Channel."""
        request = json.dumps({"entry": entry, "name": name, "memory_bytes": self._memory_bytes}).encode()
        ours, theirs = socket.socketpair()
        read_end, lifeline = open_lifeline()
        words = open_last_words()
        try:
            pid = self._request(request, [theirs.fileno(), read_end, words.fileno()])
        finally:
            theirs.close()
            os.close(read_end)
        child = Child(pid, ours, lifeline, words)
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
                running = self._find_running()
                pid = None if running is None else running.request(request, descriptors)
                if pid is not None:
                    return pid
        raise _death()

    def _find_running(self) -> "_Running | None":
        """None when it was killed while it loaded. Raises InternalError when it cannot load."""
        if self._running is not None and self._running.process.poll() is not None:
            self._running.end()
            self._running = None
        if self._running is None:
            self._running = _start(self._preload, self._warm_up)
        return self._running


def _death() -> NurseryDied:
    return NurseryDied("the nursery, which starts all processes for users' code, was killed again; its last words are in the worker's log")


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


def _start(preload: list[str], warm_up: str) -> _Running | None:
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
        if process.returncode < 0:  # by a signal
            return None
        raise InternalError(
            f"the nursery ended with status {process.returncode} while loading {preload} and {warm_up!r}: see the worker's log"
        )
    return running
