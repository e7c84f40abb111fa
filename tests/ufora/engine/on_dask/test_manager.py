import os
import socket

import psutil
from clusters_for_tests import ClusterForTests, DaskCluster


def ports_of(pid: int) -> list[int]:
    connections = psutil.Process(pid).net_connections("inet")
    return sorted(connection.laddr.port for connection in connections if connection.status == psutil.CONN_LISTEN)


def port_of(address: str) -> int:
    return int(address.rpartition(":")[2])


def test_the_manager_listens_on_its_port_only():
    before = ports_of(os.getpid())
    with DaskCluster(workers=0) as cluster:
        assert ports_of(os.getpid()) == sorted([*before, port_of(cluster.address)])
    assert ports_of(os.getpid()) == before


def test_a_worker_listens_on_its_two_ports_only(dask_cluster):
    for process in dask_cluster.processes.values():
        assert ports_of(process.process.pid) == [process.base_port, process.base_port + 1]


def test_a_driver_listens_on_no_port(dask_cluster):
    before = ports_of(os.getpid())
    engine = dask_cluster.connect()
    engine.fetch(engine.submit(b"text x"))
    assert ports_of(os.getpid()) == before
    engine.close()


def test_garbage_on_any_port_harms_nobody(dask_cluster):
    process = next(iter(dask_cluster.processes.values()))
    for port in (port_of(dask_cluster.address), process.base_port, process.base_port + 1):
        for garbage in (b"GET / HTTP/1.1\r\n\r\n", b"\xff" * 64, b"\x01" + b"\0" * 63, b""):
            with socket.create_connection(("127.0.0.1", port)) as stranger:
                stranger.sendall(garbage)
    worker = dask_cluster.manager.list_workers()[0].id
    assert dask_cluster.ask(worker, "s", b"hello") == b"s: hello"
    engine = dask_cluster.connect()
    assert engine.fetch(engine.submit(b"text x")) == "x"
    engine.close()


def test_questions_do_not_each_take_a_connection(dask_cluster: ClusterForTests):
    worker = dask_cluster.manager.list_workers()[0].id
    before = psutil.Process().num_fds()
    waiting = [dask_cluster.start_asking(worker, "s", b"wait") for _ in range(100)]
    dask_cluster.ask(worker, "s2", b"hello")
    assert psutil.Process().num_fds() <= before + 5
    dask_cluster.ask(worker, "s", b"release")
    for answer in waiting:
        answer.result(30)
