import threading

import pytest
from clusters_for_tests import DaskCluster

from ufora.engine.contract import TaskFailed
from ufora.engine.on_dask import connect_task_engine, tasks
from ufora.runtime.processes.child import Channel
from ufora.runtime.processes.framing import ASK, pack_frame, wait_for_frame
from ufora.runtime.processes.nursery import Nursery


def drive(channel: Channel) -> None:
    """A driver process: submits the message as a task."""
    engine = connect_task_engine(channel.settings.decode())
    channel.serve(lambda message: str(engine.fetch(engine.submit(message))).encode())


def test_a_process_forked_from_a_warm_nursery_is_a_driver(dask_cluster):
    nursery = Nursery(preload=["ufora.engine.on_dask"])
    child = nursery.fork(f"{__name__}:drive", dask_cluster.address.encode())
    with child.connection, child.connection.makefile("rb") as stream:
        child.connection.sendall(b"".join(pack_frame(1, ASK, b"sum 1 2 3")))
        frame = wait_for_frame(stream)
    assert frame is not None
    assert frame.body == b"6"
    child.kill()
    nursery.close()


def test_a_driver_works_on_after_the_manager_restarts_but_its_tasks_are_gone():
    with DaskCluster(workers=1) as cluster:
        engine = cluster.connect()
        task = engine.submit(b"until /no/such/file")
        cluster.restart_manager()
        cluster.seen.wait_for(1)
        assert engine.wait_any([task]) == [task]
        with pytest.raises(TaskFailed, match="the manager that knew it is gone"):
            engine.fetch(task)
        assert engine.fetch(engine.submit(b"text again")) == "again"
        engine.close()


def test_who_gave_the_manager_up_is_told(monkeypatch: pytest.MonkeyPatch):
    """A driver kept for a session to come ends then: with Dask's client closed it could answer nothing."""
    monkeypatch.setattr(tasks, "CONNECT_SECONDS", 1)
    given_up = threading.Event()
    with DaskCluster(workers=0) as cluster:
        engine = connect_task_engine(cluster.address, given_up=given_up.set)
    assert given_up.wait(60)
    engine.close()
