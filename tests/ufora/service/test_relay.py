"""The relay between real processes and a socket that stands for systemd's."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from ufora.service.relay import open_relay
from ufora.service.supervisor import Child, supervise

DAEMON = """
import asyncio
from ufora.service.heartbeat import show_signs_of_life
async def main():
    async with show_signs_of_life(lambda: "fine"):
        await asyncio.Event().wait()
asyncio.run(main())
"""
STRANGER = """
import os, subprocess, sys, time
from ufora.service.notify import Notifier
if len(sys.argv) == 1:
    subprocess.run([sys.executable, "-c", os.environ["STRANGER"], "child"])
    Notifier().tell({"STATUS": "the daemon itself"})
    time.sleep(600)
Notifier().tell({"READY": "1", "STATUS": "a stranger"})
"""
ROOT = str(Path(__file__).resolve().parents[3])


@asynccontextmanager
async def run_daemons(programs: list[str], hang_seconds: float) -> AsyncIterator[tuple[list[Child], asyncio.Event]]:
    environment = {**os.environ, "PYTHONPATH": ROOT, "STRANGER": STRANGER}
    children = [Child(f"daemon {number}", [sys.executable, "-c", program], environment) for number, program in enumerate(programs)]
    stop = asyncio.Event()
    async with open_relay(children, hang_seconds, stop):
        supervised = asyncio.create_task(supervise(children, stop))
        try:
            yield children, stop
        finally:
            stop.set()
            await supervised


@pytest.fixture
def systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
    listener.bind(str(tmp_path / "notify"))
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    return listener


async def hear_until(systemd: socket.socket, is_it: Callable[[dict[str, str]], bool]) -> dict[str, str]:
    loop = asyncio.get_running_loop()
    while True:
        facts = dict(line.split("=", 1) for line in (await loop.sock_recv(systemd, 4096)).decode().splitlines())
        if is_it(facts):
            return facts


@pytest.mark.asyncio
async def test_systemd_hears_one_voice(systemd: socket.socket) -> None:
    with systemd:
        async with run_daemons([DAEMON, DAEMON], 0) as (_, stop):
            assert await hear_until(systemd, lambda facts: "READY" in facts) == {"READY": "1", "STATUS": "daemon 0: fine; daemon 1: fine"}
            await hear_until(systemd, lambda facts: "WATCHDOG" in facts)
            stop.set()
            assert "EXTEND_TIMEOUT_USEC" in await hear_until(systemd, lambda facts: "STOPPING" in facts)


@pytest.mark.asyncio
async def test_a_daemon_that_hangs_is_killed_and_started_again(systemd: socket.socket) -> None:
    with systemd:
        async with run_daemons([DAEMON], 3) as (children, _):
            await hear_until(systemd, lambda facts: "READY" in facts)
            first = children[0].process
            assert first is not None
            os.kill(first.pid, signal.SIGSTOP)
            await hear_until(systemd, lambda facts: facts.get("STATUS") == "starting again")
            await hear_until(systemd, lambda facts: facts.get("STATUS") == "fine")
            assert children[0].process is not first


@pytest.mark.asyncio
async def test_only_the_daemons_own_process_is_heard(systemd: socket.socket) -> None:
    with systemd:
        async with run_daemons([STRANGER], 0):
            told = await hear_until(systemd, lambda facts: facts.get("STATUS") not in (None, "starting", "starting again"))
            assert told == {"STATUS": "the daemon itself"}
