"""Between the daemons and the service manager: the supervisor hears all of its daemons and speaks for them with one voice.

    daemons ── sd_notify ──► relay (in the supervisor) ── sd_notify ──► systemd
                              │
                              └── kills a daemon whose event loop hangs; the supervisor starts it again

Only the daemons' own processes are heard: the kernel says who sent a datagram. Letting systemd hear the daemons directly
(NotifyAccess=all) was rejected: one of two daemons could then hang behind the other's signs of life.
"""

import asyncio
import logging
import os
import secrets
import signal
import socket
import struct
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

from ufora.service.notify import Notifier
from ufora.service.standing import Standings
from ufora.service.supervisor import Child

TICK_SECONDS = 1.0
"""How often the status goes on and silence is looked for. Guessed: a person who watches it hardly waits."""
BEATS = 3  # signs of life within the time after which silence is a fault
LONGEST = 4096  # bytes of a message; sd_notify's are a few lines
CREDENTIALS = struct.Struct("iii")  # struct ucred of unix(7): pid, uid, gid
STOP_MARGIN_SECONDS = 5.0  # for the supervisor itself to end

log = logging.getLogger("ufora.supervisor")


class Relay:
    """`hang_seconds`: silence of a daemon that is taken for a fault, and of this process by systemd; 0 is none."""

    def __init__(self, children: Sequence[Child], hang_seconds: float, listener: socket.socket) -> None:
        self._children = children
        self._hang_seconds = hang_seconds
        self._listener = listener
        self._standings = Standings([child.name for child in children], hang_seconds)
        self._systemd = Notifier()

    def hear(self) -> None:
        """Take in what has come."""
        while (message := self._receive()) is not None:
            pid, text = message
            child = next((child for child in self._children if child.process is not None and child.process.pid == pid), None)
            if child is not None:
                facts = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
                self._standings.hear(child.name, pid, facts, time.monotonic())
        self._tell_news()

    async def run(self, stop: asyncio.Event) -> None:
        """Until this task is cancelled."""
        pause = min(TICK_SECONDS, self._hang_seconds / BEATS) if self._hang_seconds else TICK_SECONDS
        stopping = False
        while True:
            if stopping:
                await asyncio.sleep(pause)
            else:
                with suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), pause)
                if stopping := stop.is_set():
                    self._tell_stopping()
            self._look_after_children(stopping)
            self._systemd.tell({"WATCHDOG": "1"})

    def tell_reloading(self) -> None:
        self._systemd.tell({"RELOADING": "1", "MONOTONIC_USEC": time.monotonic_ns() // 1000})

    def tell_reloaded(self) -> None:
        self._systemd.tell({"READY": "1"})

    def _tell_stopping(self) -> None:
        """Daemons that take longer by their settings than the unit says get the time."""
        seconds = max(child.stop_seconds for child in self._children) + STOP_MARGIN_SECONDS
        self._systemd.tell({"STOPPING": "1", "EXTEND_TIMEOUT_USEC": int(seconds * 1e6)})

    def _look_after_children(self, stopping: bool) -> None:
        for child in self._children:
            if child.process is None and not stopping:
                self._standings.lose(child.name)
        for name, pid in self._standings.find_hung(time.monotonic()):
            log.error("%s gave no sign of life for %.0f s: killed", name, self._hang_seconds)
            with suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
        self._tell_news()

    def _tell_news(self) -> None:
        if news := self._standings.find_news():
            self._systemd.tell(news)

    def _receive(self) -> tuple[int, str] | None:
        """(process, text) of one message; None when there is no more."""
        try:
            data, ancillary, _, _ = self._listener.recvmsg(LONGEST, socket.CMSG_SPACE(CREDENTIALS.size))
        except BlockingIOError:
            return None
        pids = [
            CREDENTIALS.unpack(each)[0] for level, kind, each in ancillary if (level, kind) == (socket.SOL_SOCKET, socket.SCM_CREDENTIALS)
        ]
        return (pids[0] if pids else 0), data.decode("utf-8", "replace")


@asynccontextmanager
async def open_relay(children: Sequence[Child], hang_seconds: float, stop: asyncio.Event) -> AsyncIterator[Relay]:
    """The children must not have been started yet: they get the address in their environment."""
    name = f"ufora-{os.getpid()}-{secrets.token_hex(4)}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        listener.bind(f"\0{name}")
        for child in children:
            child.environment = {**child.environment, "NOTIFY_SOCKET": f"@{name}"}
        relay = Relay(children, hang_seconds, listener)
        loop = asyncio.get_running_loop()
        loop.add_reader(listener, relay.hear)
        running = asyncio.create_task(relay.run(stop))
        try:
            yield relay
        finally:
            loop.remove_reader(listener)
            running.cancel()
            await asyncio.wait([running])
