"""Supervision of real processes: small Python programs that say what they do in a file."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from ufora.service.supervisor import FIRST_DELAY_SECONDS, LAST_DELAY_SECONDS, STEADY_SECONDS, Child, next_delay, supervise

SLEEPER = "import time; time.sleep(600)"
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
WITH_GRANDCHILD = f"""
import subprocess, sys
grandchild = subprocess.Popen([sys.executable, "-c", {STUBBORN!r}])
say(grandchild.pid)
grandchild.wait()
"""
SUPERVISOR = """
import asyncio, sys
from ufora.service.stop import catch_stop_signals
from ufora.service.supervisor import Child, supervise

async def main():
    children = [Child(name, [sys.executable, "-c", code], {}) for name, code in zip("ab", sys.argv[1:])]
    return await supervise(children, catch_stop_signals())

sys.exit(asyncio.run(main()))
"""


def program(report: Path, code: str) -> str:
    """A program that says its process number, and what it likes, in `report`: one number a line."""
    return f"""
import os
def say(number):
    with open({str(report)!r}, "a") as report: report.write(f"{{number}}\\n")
say(os.getpid())
{code}
"""


def a_child(report: Path, code: str) -> Child:
    return Child("child", [sys.executable, "-c", program(report, code)], os.environ)


def read_report(report: Path) -> list[int]:
    text = report.read_text() if report.exists() else ""
    return [int(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]


async def wait_for_report(report: Path, count: int) -> list[int]:
    while len(numbers := read_report(report)) < count:
        await asyncio.sleep(0.02)
    return numbers


def is_alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def wait_until_gone(pids: list[int]) -> None:
    while any(is_alive(pid) for pid in pids):
        time.sleep(0.02)


@pytest.mark.asyncio
async def test_a_child_that_was_killed_is_started_again(tmp_path: Path) -> None:
    stop, report = asyncio.Event(), tmp_path / "report"
    supervision = asyncio.create_task(supervise([a_child(report, SLEEPER)], stop))
    (first,) = await wait_for_report(report, 1)
    os.kill(first, signal.SIGKILL)
    second = (await wait_for_report(report, 2))[1]
    stop.set()
    assert await supervision == 0
    assert first != second
    wait_until_gone([first, second])


@pytest.mark.asyncio
async def test_what_a_killed_child_had_started_is_ended_before_the_next_begins(tmp_path: Path) -> None:
    stop, report = asyncio.Event(), tmp_path / "report"
    supervision = asyncio.create_task(supervise([a_child(report, WITH_GRANDCHILD)], stop))
    child, grandchild = await wait_for_report(report, 2)
    os.kill(child, signal.SIGKILL)
    everyone = await wait_for_report(report, 4)
    wait_until_gone([child, grandchild])
    stop.set()
    await supervision
    wait_until_gone(everyone)


@pytest.mark.asyncio
async def test_a_child_that_is_set_up_wrongly_ends_everything(tmp_path: Path) -> None:
    report = tmp_path / "report"
    children = [a_child(tmp_path / "wrong", "raise SystemExit(78)"), a_child(report, SLEEPER)]
    assert await supervise(children, asyncio.Event()) == 78
    wait_until_gone(read_report(report))


@pytest.mark.asyncio
async def test_a_child_that_ends_before_all_is_ready_ends_everything(tmp_path: Path) -> None:
    report = tmp_path / "report"
    children = [a_child(tmp_path / "broken", "raise SystemExit(1)"), a_child(report, SLEEPER)]
    assert await supervise(children, asyncio.Event(), ready=asyncio.Event()) == 69
    wait_until_gone(read_report(report))


@pytest.mark.asyncio
async def test_a_child_that_cannot_be_started_is_an_error_and_ends_the_others(tmp_path: Path) -> None:
    report = tmp_path / "report"
    with pytest.raises(ExceptionGroup) as caught:
        await supervise([a_child(report, SLEEPER), Child("none", [str(tmp_path / "missing")], {})], asyncio.Event())
    assert caught.group_contains(FileNotFoundError)
    wait_until_gone(read_report(report))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_children_and_grandchildren(tmp_path: Path, number: signal.Signals) -> None:
    report = tmp_path / "report"
    with subprocess.Popen([sys.executable, "-c", SUPERVISOR, program(report, WITH_GRANDCHILD), program(report, SLEEPER)]) as supervisor:
        pids = asyncio.run(wait_for_report(report, 3))
        supervisor.send_signal(number)
        assert supervisor.wait(timeout=30) == 0
    wait_until_gone(pids)


def test_children_end_when_the_supervisor_is_killed(tmp_path: Path) -> None:
    report = tmp_path / "report"
    with subprocess.Popen([sys.executable, "-c", SUPERVISOR, program(report, SLEEPER), program(report, STUBBORN)]) as supervisor:
        pids = asyncio.run(wait_for_report(report, 2))
        supervisor.kill()
    wait_until_gone(pids)


@pytest.mark.asyncio
async def test_a_child_that_does_not_stop_is_killed(tmp_path: Path) -> None:
    stop, report = asyncio.Event(), tmp_path / "report"
    stubborn = STUBBORN.replace("time.sleep", "say(0); time.sleep")
    child = a_child(report, stubborn)
    child.stop_seconds = 0.2
    supervision = asyncio.create_task(supervise([child], stop))
    pid, _ = await wait_for_report(report, 2)
    stop.set()
    assert await supervision == 0
    wait_until_gone([pid])


@pytest.mark.asyncio
async def test_what_a_child_prints_does_not_reach_our_standard_output(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    stop, report = asyncio.Event(), tmp_path / "report"
    supervision = asyncio.create_task(supervise([a_child(report, f"print('hello', flush=True); say(0); {SLEEPER}")], stop))
    await wait_for_report(report, 2)
    stop.set()
    await supervision
    assert capfd.readouterr() == ("", "hello\n")


def test_the_delay_doubles_while_a_child_dies_at_once_and_starts_anew_when_it_lived() -> None:
    delays = [next_delay(0, 0.1)]
    while delays[-1] < LAST_DELAY_SECONDS:
        delays.append(next_delay(delays[-1], 0.1))
    assert delays[:4] == [FIRST_DELAY_SECONDS, 0.2, 0.4, 0.8]
    assert next_delay(LAST_DELAY_SECONDS, 0.1) == LAST_DELAY_SECONDS
    assert next_delay(LAST_DELAY_SECONDS, STEADY_SECONDS) == FIRST_DELAY_SECONDS


@pytest.mark.asyncio
async def test_a_running_child_can_be_told_something(tmp_path: Path) -> None:
    stop, report = asyncio.Event(), tmp_path / "report"
    child = a_child(report, f"import sys; say(int(sys.stdin.readline())); {SLEEPER}")
    child.tell("nobody is there yet")
    supervision = asyncio.create_task(supervise([child], stop))
    await wait_for_report(report, 1)
    child.tell("1234")
    assert (await wait_for_report(report, 2))[1] == 1234
    stop.set()
    await supervision
    child.tell("nobody is there any more")
