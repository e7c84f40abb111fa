import asyncio
import socket
from collections.abc import Iterator

import pytest
from clusters_for_tests import DaskCluster, WorkerProcess, find_two_free_ports
from worker_for_tests import SideForTests, settings_for_tests

from ufora.engine.on_dask import run_worker


@pytest.fixture
def cluster() -> Iterator[DaskCluster]:
    with DaskCluster(workers=0) as cluster:
        yield cluster


def test_a_worker_comes_back_after_the_manager_restarts_and_has_forgotten_its_sessions(cluster):
    first = cluster.add_worker()
    process = cluster.get_process(first)
    cluster.ask(first, "old", b"hello")
    cluster.restart_manager()
    (second,) = cluster.seen.wait_for(1)
    assert second != first
    assert cluster.ask(second, "new", b"sessions") == b"new"
    engine = cluster.connect()
    assert engine.fetch(engine.submit(b"text again")) == "again"
    engine.close()
    process.wait_until_it_tells("broke")


def test_a_worker_waits_for_a_manager_that_is_not_there_yet(cluster):
    cluster.loop.run(cluster._open.aclose())
    process = WorkerProcess(cluster.address)
    cluster.processes[process.base_port] = process
    assert process.wait_until_it_tells("waiting") == f"INFO waiting for the manager at {cluster.address}"
    cluster.restart_manager()
    cluster.seen.wait_for(1)
    assert "registered" in process.wait_until_it_tells("registered")


def test_a_worker_that_may_not_join_is_told_why_and_joins_as_soon_as_it_may(cluster):
    cluster.refusal = "too old"
    cluster.start_worker()
    (process,) = cluster.processes.values()
    told = process.wait_until_it_tells("not take this worker")
    assert told == f"WARNING the manager at {cluster.address} did not take this worker: 1.2.3: too old; trying again"
    assert cluster.manager.list_workers() == []
    cluster.refusal = ""
    cluster.seen.wait_for(1)


def test_a_worker_stops_when_asked_and_its_work_goes_to_another(cluster, tmp_path):
    first, second = cluster.add_worker(), cluster.add_worker()
    process = cluster.get_process(first)
    engine = cluster.connect()
    held = engine.submit(b"array 10", worker=first)
    engine.wait_any([held])
    under_way = engine.submit(f"until {tmp_path / 'go'}".encode(), worker=first)
    engine.fetch(engine.submit(b"text marker", worker=first))
    (tmp_path / "go").touch()
    assert process.stop() == 0
    assert cluster.seen.wait_for(1) == [second]
    assert engine.fetch(held).sum() == 45
    assert engine.fetch(under_way) == "seen"
    engine.close()


def test_a_worker_stops_while_it_waits_for_the_manager():
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        address = f"127.0.0.1:{nobody.getsockname()[1]}"
    process = WorkerProcess(address)
    process.wait_until_it_tells("waiting")
    assert process.stop() == 0
    process.kill()


@pytest.mark.parametrize("offset", [0, 1])
@pytest.mark.asyncio
async def test_a_port_that_is_taken_is_an_error_at_once(offset, tmp_path):
    base_port = find_two_free_ports()
    with socket.create_server(("127.0.0.1", base_port + offset)):
        settings = settings_for_tests("127.0.0.1:9", base_port, str(tmp_path))
        with pytest.raises(OSError, match="in use"):
            await run_worker(SideForTests(), settings, stop=asyncio.Event(), tell=print)
