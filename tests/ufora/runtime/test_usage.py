"""Real processes: what they use is compared with what psutil says."""

import subprocess
import sys

import psutil

from ufora.runtime.usage import Usage

BUSY = "import sys\nprint('begun', flush=True)\nwhile True: pass"

BALLAST = 64 * 2**20
FORKS = f"""
import os, sys
ballast = bytearray({BALLAST})
for at in range(0, {BALLAST}, 1024):
    ballast[at] = 1
is_child = not (os.fork() and os.fork())
if not is_child:
    print("forked", flush=True)
sys.stdin.read()
"""


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_the_processes_below_count_too():
    clock = Clock()
    with subprocess.Popen([sys.executable, "-c", BUSY], stdout=subprocess.PIPE) as child:
        try:
            usage = Usage(psutil.Process().pid, clock)
            assert child.stdout is not None
            child.stdout.readline()
            process = psutil.Process(child.pid)
            while sum(process.cpu_times()[:2]) < 0.1:
                pass
            clock.now += 1.0
            used = usage.read()
            assert used.cores >= 0.05
            assert used.memory_bytes >= process.memory_info().rss / 2 + psutil.Process().memory_info().rss / 2
        finally:
            child.kill()
    clock.now += 1.0
    assert usage.read().cores >= 0  # what ended takes nothing back


def test_a_process_that_is_gone_uses_nothing():
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    used = Usage(child.pid).read()
    assert (used.cores, used.memory_bytes, used.children_bytes) == (0, 0, 0)


def test_what_a_fork_shares_is_not_counted_for_each():
    with subprocess.Popen([sys.executable, "-c", FORKS], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        parent.stdout.readline()
        alone = psutil.Process(parent.pid).memory_info()
        used = Usage(psutil.Process().pid).read()
        parent.communicate(b"")
    assert alone.rss - alone.shared > BALLAST
    assert BALLAST < used.children_bytes < 3 * BALLAST  # three processes, of which each has the ballast
