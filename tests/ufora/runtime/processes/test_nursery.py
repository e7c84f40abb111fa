import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from process_watching import wait_until_dead

from pyfora.errors import InternalError
from ufora.runtime.processes.framing import ANSWER, ASK, pack_frame, wait_for_frame
from ufora.runtime.processes.nursery import Child, Nursery, NurseryDied


def ask(child: Child, message: bytes) -> bytes:
    child.connection.sendall(b"".join(pack_frame(1, ASK, message)))
    with child.connection.makefile("rb") as stream:
        frame = wait_for_frame(stream)
    assert frame is not None
    assert frame.kind == ANSWER
    return frame.body


def end(child: Child) -> None:
    child.kill()
    child.connection.close()
    wait_until_dead(child.pid)


def nursery_of(child: Child) -> psutil.Process:
    parent = psutil.Process(child.pid).parent()
    assert parent is not None
    return parent


def test_a_child_is_warm_and_knows_its_settings(nursery):
    child = nursery.fork("process_entries:work", b"s" * 1_000_000)
    assert ask(child, b"warmed") == f"[{nursery_of(child).pid}]".encode()
    assert ask(child, b"settings") == b"s" * 1_000_000
    end(child)


def test_a_child_bears_its_name(nursery):
    child = nursery.fork("process_entries:work", name="ufora-driver")
    ask(child, b"pid")
    assert psutil.Process(child.pid).name() == "ufora-driver"
    end(child)


def test_a_killed_child_dies_even_when_it_keeps_the_gil(nursery):
    child = nursery.fork("process_entries:work")
    child.connection.sendall(b"".join(pack_frame(1, ASK, b"hold")))
    end(child)


def test_a_child_that_returns_is_buried(nursery):
    child = nursery.fork("process_entries:nothing")
    assert child.connection.recv(1) == b""
    wait_until_dead(child.pid)
    end(child)


def test_a_child_that_gives_up_says_why_in_one_line(capfd):
    nursery = Nursery()
    nursery.start()
    child = nursery.fork("process_entries:give_up")
    assert child.connection.recv(1) == b""
    end(child)
    nursery.close()
    assert capfd.readouterr().err == "there is nobody to work for\n"


def test_a_dead_nursery_is_replaced_and_its_children_live_on():
    nursery = Nursery()
    first = nursery.fork("process_entries:work")
    ask(first, b"pid")
    old = nursery_of(first)
    old.send_signal(signal.SIGKILL)
    wait_until_dead(old.pid)
    second = nursery.fork("process_entries:work")
    assert ask(second, b"x") == b"x"
    assert ask(first, b"x") == b"x"
    end(first)
    end(second)
    nursery.close()


def test_a_nursery_that_is_killed_while_it_loads_is_started_again_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    marker = tmp_path / "first time"
    marker.touch()
    monkeypatch.setenv("FIRST_TIME", str(marker))
    nursery = Nursery(warm_up="process_entries:die_while_loading")
    child = nursery.fork("process_entries:work")
    assert ask(child, b"x") == b"x"
    end(child)
    nursery.close()
    monkeypatch.delenv("FIRST_TIME")
    with pytest.raises(NurseryDied, match="was killed again"):
        nursery.fork("process_entries:work")


def test_a_nursery_that_cannot_load_says_so(capfd):
    with pytest.raises(InternalError, match="ended with status 1 while loading"):
        Nursery(preload=["no_such_module"]).start()
    assert "No module named 'no_such_module'" in capfd.readouterr().err


def test_a_nursery_with_threads_refuses_to_fork(capfd):
    with pytest.raises(InternalError):
        Nursery(warm_up="process_entries:threaded_warm_up").start()
    assert "has 2 threads" in capfd.readouterr().err


def test_when_the_worker_is_killed_all_children_are_gone():
    command = "import sys; sys.path[:] = sys.argv[1:]; import process_entries; process_entries.be_a_worker()"
    worker = subprocess.Popen([sys.executable, "-c", command, *sys.path], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert worker.stdout is not None
    pids = [int(pid) for pid in worker.stdout.readline().split()]
    nurseries = [child.pid for child in psutil.Process(worker.pid).children()]
    assert len(nurseries) == 1
    assert all(psutil.pid_exists(pid) for pid in pids)
    worker.kill()
    worker.communicate()
    wait_until_dead(*pids, *nurseries)


def test_children_hold_nothing_of_the_nursery_or_of_each_other(nursery):
    children = [nursery.fork("process_entries:work") for _ in range(3)]
    for child in children:
        ask(child, b"pid")
        held = [
            link for fd in os.listdir(f"/proc/{child.pid}/fd") if (link := os.readlink(f"/proc/{child.pid}/fd/{fd}")).startswith("socket")
        ]
        assert len(held) == 1
        end(child)


def test_sockets_are_of_this_machine_only(nursery):
    child = nursery.fork("process_entries:work")
    ask(child, b"pid")
    assert child.connection.family == socket.AF_UNIX
    assert psutil.Process(child.pid).net_connections("inet") == []
    end(child)
