"""The life of a private cluster, with a stand-in for the manager: it says that it is ready, then waits."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ufora.service.private import settle_options

STAND_IN = "import os, sys, time; os.write(int(sys.argv[1]), b'ready'); print('noise'); time.sleep(600)"
PRIVATE = f"""
import os, sys
from ufora.service import private
from ufora.service.supervisor import Child

def list_children(plan, ready_fd):
    return [Child("manager", [sys.executable, "-c", {STAND_IN!r}, str(ready_fd)], os.environ, (ready_fd,))]

private.list_children = list_children
sys.exit(private.start_private({{}}))
"""


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    environment = os.environ | {"UFORA_CONFIG_DIR": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path), "TMPDIR": str(tmp_path)}
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", PRIVATE], env=environment, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as process:
        yield process
        process.kill()


def read_line(cluster: subprocess.Popen[str]) -> str:
    assert cluster.stdout
    return cluster.stdout.readline()


def test_one_line_says_that_work_can_be_sent_and_the_end_of_input_ends_it(cluster: subprocess.Popen[str], tmp_path: Path) -> None:
    line = read_line(cluster)
    assert line.startswith("ready http://127.0.0.1:")
    assert len(list(tmp_path.glob("ufora-private-*"))) == 1
    rest, _ = cluster.communicate(timeout=30)
    assert (rest, cluster.returncode) == ("", 0)
    assert not list(tmp_path.glob("ufora-private-*"))


def test_a_signal_ends_it_too(cluster: subprocess.Popen[str]) -> None:
    read_line(cluster)
    cluster.send_signal(signal.SIGTERM)
    assert cluster.wait(timeout=30) == 0


def test_it_ends_in_order_when_nobody_reads_the_line(tmp_path: Path) -> None:
    environment = os.environ | {"UFORA_CONFIG_DIR": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path)}
    reader, writer = os.pipe()
    os.close(reader)
    with subprocess.Popen([sys.executable, "-c", PRIVATE], env=environment, stdin=subprocess.PIPE, stdout=writer) as process:
        os.close(writer)
        assert process.wait(timeout=30) == 0


def test_all_its_ports_are_its_own_and_its_address_is_loopback(tmp_path: Path) -> None:
    options = settle_options({"web_http_port": "30000", "log_level": None}, str(tmp_path))
    assert options["web_http_port"] == "30000"
    assert options["log_level"] == "warning"
    assert options["listen_address"] == "127.0.0.1"
    assert options["manager_address"] == ""
    assert int(options["worker_base_port"] or 0) == int(options["registry_port"] or 0) + 1
