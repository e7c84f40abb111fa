"""Real processes: what they use is compared with what psutil says."""

import subprocess
import sys

import psutil

from ufora.runtime.usage import Usage

BUSY = "import sys\nprint('begun', flush=True)\nwhile True: pass"


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
    assert (used.cores, used.memory_bytes) == (0, 0)
