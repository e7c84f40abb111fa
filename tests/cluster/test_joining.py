"""Workers that may not join, or not yet: both sides say why, the worker goes on trying, and joins as soon as it may."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import pyfora
from tests.cluster.programs import expect_letters, sum_letters
from tests.clusters import HOST, Cluster, Daemon, Program, wait_until
from ufora import __version__
from ufora.service.ports import find_free_ports

pytestmark = pytest.mark.slow
WORKERS = 1
COUNT = 6_000_000  #: lasts until every worker has taken part
ELSEWHERE = "127.0.0.77"  #: an address of this machine at which no daemon listens
PRETEND = "import pyfora._version\npyfora._version.__version__ = {!r}\n"


def pretend_release(folder: Path, release: str) -> dict[str, str]:
    """Settings of a daemon that takes itself for that release: Python runs `sitecustomize` before all else."""
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(PRETEND.format(release))
    return {"PYTHONPATH": os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")])}


def releases_apart() -> str:
    """Two minor versions above this one."""
    major, minor, *_ = __version__.split(".")
    return f"{major}.{int(minor) + 2}.0"


def find_warnings(daemon: Daemon, part: str) -> list[str]:
    """What it warned of, from that part on."""
    return [line[line.index(part) :] for line in daemon.find_lines(part) if " WARNING " in line]


def wait_for_warnings(daemons: list[Daemon], part: str) -> list[str]:
    """The first of each, when each has one."""
    wait_until(lambda: all(find_warnings(daemon, part) for daemon in daemons))
    return [find_warnings(daemon, part)[0] for daemon in daemons]


def list_addresses(daemon: Daemon) -> list[str]:
    """Where any of its processes waits for others, by TCP or UDP."""
    places = [place for process in daemon.list_processes() for place in process.net_connections("inet")]
    return sorted(f"{place.laddr.ip}:{place.laddr.port}" for place in places if place.status == "LISTEN" or place.type == socket.SOCK_DGRAM)


@contextmanager
def forwarded(port: int) -> Iterator[None]:
    """A worker's two ports, at the other address too: as a router does."""
    pairs = [f"{ELSEWHERE}:{each}={HOST}:{each}" for each in (port, port + 1)]
    forwarder = Program("tests.networks.forwarder", pairs)
    assert forwarder.read() == "ready"
    try:
        yield
    finally:
        forwarder.kill()


def test_all_processes_of_a_daemon_listen_on_its_ports_only(own: Cluster, client: pyfora.Executor):
    port = find_free_ports(2, HOST)
    second = own.add_worker(UFORA_WORKER_BASE_PORT=str(port))
    wait_until(lambda: client.getWorkerCount() == 2)
    future = client.submit(sum_letters, COUNT)
    for worker in own.workers:
        worker.wait_until_busy()
    wait_until(lambda: second.find_below("ufora-interpret"))
    assert list_addresses(own.manager) == sorted(f"{HOST}:{each}" for each in (own.http_port, own.registry_port))
    assert list_addresses(second) == [f"{HOST}:{port}", f"{HOST}:{port + 1}"]
    assert future.result().toLocal().result() == expect_letters(COUNT)
    own.remove_worker(second)


def test_a_worker_of_a_distant_release_is_refused_by_both_names_until_its_manager_is_upgraded(
    own: Cluster, client: pyfora.Executor, tmp_path: Path
):
    newer = pretend_release(tmp_path / "newer", releases_apart())
    worker = own.add_worker(**newer)
    said = wait_for_warnings([own.manager, worker], f"the worker is release {releases_apart()}, the manager is release {__version__}: ")
    assert all("they may be one minor version apart at most; upgrade the manager" in line for line in said)
    assert "; trying again" in said[1]
    assert client.getWorkerCount() == 1
    own.manager.stop()
    own.start_manager(**newer)
    wait_until(lambda: worker.find_lines("registered with the manager"))
    (older,) = (each for each in own.workers if each is not worker)
    wait_for_warnings([own.manager, older], f"the worker is release {__version__}, the manager is release {releases_apart()}: ")
    own.manager.stop()
    own.remove_worker(worker)
    own.start_manager()
    wait_until(lambda: client.getWorkerCount() == 1)
    assert client.submit(sum_letters, 1000).result().toLocal().result() == expect_letters(1000)
    for daemon in (older, worker):
        assert len(find_warnings(daemon, "did not take this worker")) == 1  # what was told last is not told again
        assert not daemon.find_lines("Traceback")


def test_a_worker_that_nobody_reaches_is_refused_with_its_setting_and_joins_when_it_can_be_reached(own: Cluster, client: pyfora.Executor):
    port = find_free_ports(2, HOST)
    worker = own.add_worker(UFORA_WORKER_OWN_ADDRESS=ELSEWHERE, UFORA_WORKER_BASE_PORT=str(port))
    said = wait_for_warnings([own.manager, worker], f"the manager cannot reach it at {ELSEWHERE} port {port} (")
    assert all("(Connection refused): set worker.own_address (UFORA_WORKER_OWN_ADDRESS) to an address" in line for line in said)
    assert "; trying again" in said[1]
    assert client.getWorkerCount() == 1
    with forwarded(port):
        wait_until(lambda: client.getWorkerCount() == 2)
        future = client.submit(sum_letters, COUNT)
        worker.wait_until_busy()
        assert future.result().toLocal().result() == expect_letters(COUNT)
        own.remove_worker(worker)
    for daemon in (own.manager, worker):
        assert len(find_warnings(daemon, f"the manager cannot reach it at {ELSEWHERE}")) == 1
