import os
import signal
import subprocess
import sys

from ufora.runtime.processes.lifeline import open_lifeline

LIVE = """
import sys, ctypes, time
sys.path[:] = sys.argv[2:]
from ufora.runtime.processes.lifeline import hang_on
hang_on(int(sys.argv[1]))
print("on", flush=True)
"""


def start(code: str, lifeline: int) -> "subprocess.Popen[bytes]":
    process = subprocess.Popen([sys.executable, "-c", code, str(lifeline), *sys.path], pass_fds=[lifeline], stdout=subprocess.PIPE)
    os.close(lifeline)
    return process


def test_a_process_that_keeps_the_gil_dies_when_the_other_end_closes():
    ours, theirs = open_lifeline()
    process = start(LIVE + "ctypes.PyDLL(None).sleep(60)", ours)
    assert process.stdout is not None
    assert process.stdout.readline() == b"on\n"
    theirs.close()
    process.communicate()
    assert process.returncode == -signal.SIGKILL


def test_a_lifeline_closed_before_it_was_taken_ends_the_process_too():
    ours, theirs = open_lifeline()
    theirs.close()
    process = start(LIVE + "time.sleep(60)", ours)
    process.communicate()
    assert process.returncode == -signal.SIGKILL


def test_a_process_lives_while_the_other_end_is_open():
    ours, theirs = open_lifeline()
    process = start(LIVE, ours)
    process.communicate()
    assert process.returncode == 0
    theirs.close()
