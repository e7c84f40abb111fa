"""The parent: starts the daemons of this machine as child processes, starts a child that died again, ends them all. Listens on nothing.

    supervisor
    ├── manager          each child leads a process group of its own:
    └── worker           what it started ends with it, however it ends
        ├── drivers …
        └── pool …

Stopping: SIGTERM to each child, which ends its own children in order; after its `stop_seconds`, SIGKILL to its whole group. When the
supervisor itself is killed, the kernel kills the children (PR_SET_PDEATHSIG). A child's standard input is for what it is told while it
runs, one line each.
"""

import asyncio
import ctypes
import logging
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from ufora.service import exits

STOP_SECONDS = 8.0
"""How long a child may take to stop in order; within the 10 s that stopping everything may take."""
FIRST_DELAY_SECONDS = 0.1
"""Before a child that died is started again. Guessed: a crash is hardly noticed."""
LAST_DELAY_SECONDS = 10.0
"""The delay doubles up to here while a child dies again and again. Guessed."""
STEADY_SECONDS = 10.0
"""A child that lived this long is taken for sound: the delay starts anew. Guessed: longer than any daemon takes to start."""
PR_SET_PDEATHSIG = 1  #: linux/prctl.h

log = logging.getLogger("ufora.supervisor")
_prctl = ctypes.CDLL(None, use_errno=True).prctl


@dataclass(slots=True)
class Child:
    """A daemon to be kept running."""

    name: str  #: for the log: "manager", "worker 30009"
    command: Sequence[str]  #: for its next start
    environment: Mapping[str, str]
    keep_fds: tuple[int, ...] = ()  #: open files it inherits
    stop_seconds: float = STOP_SECONDS  #: how long it may take to stop in order
    process: asyncio.subprocess.Process | None = None  #: the running one

    def tell(self, line: str) -> None:
        """To the running process, if there is one: the next will have it from `command`."""
        if self.process is not None and self.process.stdin is not None:
            self.process.stdin.write(f"{line}\n".encode())


def next_delay(previous: float, lived: float) -> float:
    """Seconds to wait before a child that lived `lived` seconds is started again, when it was `previous` the last time."""
    if lived >= STEADY_SECONDS or previous == 0:
        return FIRST_DELAY_SECONDS
    return min(2 * previous, LAST_DELAY_SECONDS)


async def supervise(
    children: Sequence[Child], stop: asyncio.Event, ready: asyncio.Event | None = None, stop_now: asyncio.Event | None = None
) -> int:
    """Keep the children running until `stop` is set; the exit code. With `stop_now` they are told to stop again.

    A child that finds itself set up wrongly at its first start ends everything; so does, until `ready` is set, any that ends by itself."""
    async with asyncio.TaskGroup() as tasks:
        keepers = [tasks.create_task(_keep_running(child, stop, ready, stop_now or asyncio.Event())) for child in children]
    return max(keeper.result() for keeper in keepers)


async def _keep_running(child: Child, stop: asyncio.Event, ready: asyncio.Event | None, stop_now: asyncio.Event) -> int:
    clock = asyncio.get_running_loop().time
    delay = 0.0
    first = True
    while not stop.is_set():
        started = clock()
        process = child.process = await _start(child)
        log.info("%s started, process %d", child.name, process.pid)
        code = await _wait_for_end(child, process, stop, stop_now)
        child.process = None
        if stop.is_set():
            break
        if hopeless := find_hopeless(code, first, ready is None or ready.is_set()):
            log.error("%s ended by itself (%s): giving up", child.name, _say_end(code))
            stop.set()
            return hopeless
        delay = next_delay(delay, clock() - started)
        log.warning("%s ended by itself (%s); starting it again in %.1f s", child.name, _say_end(code), delay)
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), delay)
        first = False
    return exits.FINE


def find_hopeless(code: int, first: bool, ready: bool) -> int | None:
    """The exit code when starting a child again cannot help; None when it may."""
    if code == exits.CONFIGURATION and first:
        return exits.CONFIGURATION
    return None if ready else exits.UNAVAILABLE


async def _start(child: Child) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *child.command,
        env=child.environment,
        stdin=asyncio.subprocess.PIPE,
        stdout=sys.stderr.fileno(),  # our own standard output is for answers
        process_group=0,
        pass_fds=child.keep_fds,
        preexec_fn=_die_with(os.getpid()),
    )


async def _wait_for_end(child: Child, process: asyncio.subprocess.Process, stop: asyncio.Event, stop_now: asyncio.Event) -> int:
    """Until the process has ended, by itself or because of `stop`; then nothing is left of its group."""
    ended = asyncio.ensure_future(process.wait())
    stopped = asyncio.ensure_future(stop.wait())
    hurried = asyncio.ensure_future(stop_now.wait())
    try:
        await asyncio.wait([ended, stopped], return_when=asyncio.FIRST_COMPLETED)
        if not ended.done():
            process.terminate()
            await asyncio.wait([ended, hurried], timeout=child.stop_seconds, return_when=asyncio.FIRST_COMPLETED)
            if hurried.done() and not ended.done():
                process.terminate()
                await asyncio.wait([ended], timeout=STOP_SECONDS)
            if not ended.done():
                log.warning("%s did not stop within %.0f s: killed", child.name, child.stop_seconds)
    finally:
        stopped.cancel()
        hurried.cancel()
        if process.stdin is not None:
            process.stdin.close()
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    return await ended


def _die_with(parent: int) -> Callable[[], None]:
    """What a child does before anything else: ask to be killed when `parent` is gone, which may already be so."""

    def ask() -> None:
        _prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(exits.UNAVAILABLE)

    return ask


def _say_end(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
