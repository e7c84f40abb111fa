"""A worker that is told to stop finishes and hands over; nothing is computed twice."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from clusters_for_tests import SECONDS, DaskCluster

from ufora.engine.contract import WorkerLost


@pytest.fixture
def cluster() -> Iterator[DaskCluster]:
    with DaskCluster(workers=2) as cluster:
        yield cluster


def wait_until(holds) -> None:
    pause = threading.Event()
    for _ in range(SECONDS * 100):
        if holds():
            return
        pause.wait(0.01)
    raise AssertionError("waited in vain")


def test_results_and_tasks_of_a_worker_that_leaves_are_not_computed_again(cluster: DaskCluster, tmp_path: Path):
    engine = cluster.connect()
    leaver, stayer = (worker.id for worker in cluster.manager.list_workers())
    (tmp_path / "now").touch()
    done = [engine.submit(f"once {tmp_path}/d{each} {tmp_path}/now".encode(), worker=leaver) for each in range(5)]
    assert [engine.fetch(future) for future in done] == [f"{tmp_path}/d{each}" for each in range(5)]
    assert {engine.find_worker(future) for future in done} == {leaver}
    running = [engine.submit(f"once {tmp_path}/r{each} {tmp_path}/later".encode(), worker=leaver) for each in range(3)]
    wait_until(lambda: len(list(tmp_path.glob("r*"))) == 3)
    process = cluster.get_process(leaver)
    process.ask_to_stop()
    assert cluster.seen.wait_for(1) == [stayer]
    new = engine.submit(f"once {tmp_path}/n {tmp_path}/now".encode())
    assert engine.fetch(new) == f"{tmp_path}/n"
    assert engine.find_worker(new) == stayer
    assert [worker.id for worker in engine.list_workers()] == [stayer]
    (tmp_path / "later").touch()
    assert [engine.fetch(future) for future in running] == [f"{tmp_path}/r{each}" for each in range(3)]
    assert process.stop() == 0
    wait_until(lambda: not cluster.manager.list_leaving())
    assert {engine.find_worker(future) for future in [*done, *running]} == {stayer}
    performed = ["n", *(f"d{each}" for each in range(5)), *(f"r{each}" for each in range(3))]
    assert {name: (tmp_path / name).read_text() for name in performed} == dict.fromkeys(performed, "performed\n")
    engine.close()


def test_a_worker_waits_for_its_sessions_to_end(cluster: DaskCluster):
    leaver, _ = (worker.id for worker in cluster.manager.list_workers())
    waiting = cluster.start_asking(leaver, "s", b"wait")
    cluster.ask(leaver, "s", b"hello")
    process = cluster.get_process(leaver)
    process.ask_to_stop()
    cluster.seen.wait_for(1)
    assert cluster.manager.list_leaving() == [leaver]
    assert cluster.ask(leaver, "s", b"release") == b"s: release"
    assert waiting.result(SECONDS) == b"s: wait"
    cluster.end_session(leaver, "s")
    assert process.stop() == 0
    with pytest.raises(WorkerLost):
        cluster.ask(leaver, "s", b"hello")


def test_a_worker_leaves_at_once_when_its_manager_is_gone(cluster: DaskCluster):
    leaver, _ = (worker.id for worker in cluster.manager.list_workers())
    cluster.ask(leaver, "s", b"hello")
    process = cluster.get_process(leaver)
    process.ask_to_stop()
    cluster.seen.wait_for(1)
    cluster.restart_manager()
    assert process.stop() == 0


def test_another_client_adopts_a_result(cluster: DaskCluster):
    first, second = cluster.connect(), cluster.connect()
    future = first.submit(b"text kept")
    assert first.fetch(future) == "kept"
    adopted = second.adopt(future.key)
    first.close()
    assert second.fetch(adopted) == "kept"
    second.close()
