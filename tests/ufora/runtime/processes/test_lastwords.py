"""A child that dies tells of what; one that wants too much memory gets none."""

import re
from pathlib import Path

import pytest
from process_watching import wait_until_dead

from ufora.runtime.processes.framing import ASK, pack_frame, wait_for_frame
from ufora.runtime.processes.interpreters import InterpreterDied, InterpreterPool
from ufora.runtime.processes.nursery import Child, Nursery

HERE = Path(__file__).parent


def ask(child: Child, message: bytes) -> bytes:
    """The answer; b"" when it died instead."""
    child.connection.sendall(b"".join(pack_frame(1, ASK, message)))
    frame = wait_for_frame(child.connection.makefile("rb"))
    return b"" if frame is None else frame.body


def test_a_crash_names_the_line(nursery):
    child = nursery.fork("process_entries:work")
    assert ask(child, b"crash") == b""
    wait_until_dead(child.pid)
    told = child.tell_death()
    lines = (HERE / "process_entries.py").read_text().splitlines()
    found = re.fullmatch(r" of a segmentation fault at (.+), line (\d+), in carry_out", told)
    assert found, told
    assert found[1] == str(HERE / "process_entries.py")
    assert "string_at" in lines[int(found[2]) - 1]


def test_one_that_was_ended_says_so(nursery):
    child = nursery.fork("process_entries:work")
    child.kill()
    wait_until_dead(child.pid)
    assert child.tell_death().startswith(": it was ended from outside")


def test_a_pool_tells_how_its_interpreter_died(nursery):
    pool = InterpreterPool(nursery, "process_entries:work", 1)
    with pytest.raises(InterpreterDied, match=r"died of a segmentation fault at .*process_entries\.py, line"):
        pool.run(b"crash")
    assert pool.run(b"echo again") == b"echo again"
    pool.close()


def test_a_child_gets_no_more_memory_than_it_may_take():
    for memory_bytes, answer in ((200 * 2**20, b"too much"), (800 * 2**20, str(400 * 2**20).encode()), (0, str(400 * 2**20).encode())):
        nursery = Nursery(["process_entries"], memory_bytes=memory_bytes)
        child = nursery.fork("process_entries:work")
        assert ask(child, b"hoard") == answer
        child.kill()
        nursery.close()
