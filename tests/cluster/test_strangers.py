"""What comes to a port and is not what it waits for is dropped, told once, and harms nobody; what is wrong is said in one sentence."""

import http.client
import linecache
import os
import socket
from collections import Counter
from pathlib import Path

import pytest

import pyfora
from tests.clusters import HOST, PATIENCE_SECONDS, Cluster, Daemon, wait_until
from ufora.service.ports import find_free_ports

SECRET = "a-word-that-only-the-user-knows"
GARBAGE = (b"GET / HTTP/1.1\r\n\r\n", b"\x00" * 100, b"\xff" * 5000, bytes(range(256)) * 40, os.urandom(3000))


def talk(port: int, words: bytes) -> None:
    """Say something, wait until the other side hangs up or has nothing to say."""
    with socket.create_connection((HOST, port), timeout=2) as caller:
        try:
            caller.sendall(words)
            caller.shutdown(socket.SHUT_WR)
            while caller.recv(65536):
                pass
        except OSError:  # it hung up at once, or says nothing
            return


def ports_of(cluster: Cluster) -> list[int]:
    seen = [connection for worker in cluster.workers for connection in worker.daemon.net_connections()]
    bases = [connection.laddr.port for connection in seen if connection.status == "LISTEN"]
    return sorted({cluster.http_port, cluster.registry_port, *bases})


def test_garbage_on_every_port_harms_nobody(cluster: Cluster, executor: pyfora.Executor):
    ports = ports_of(cluster)
    assert len(ports) == 6
    before = [len(daemon.log.splitlines()) for daemon in [cluster.manager, *cluster.workers]]
    for port in ports:
        for words in GARBAGE:
            talk(port, words)
    with executor.remotely.downloadAll():
        count = sum(len(str(x)) for x in range(200_000))
    assert count == sum(len(str(x)) for x in range(200_000))
    assert executor.getWorkerCount() == 2
    for daemon, lines in zip([cluster.manager, *cluster.workers], before, strict=True):
        wait_until(lambda daemon=daemon: daemon.find_lines(" dropped ", " refused "))
        told = daemon.log.splitlines()[lines:]
        assert not [line for line in told if line.startswith((" ", "Traceback")) or " ERROR " in line], told
        by_kind = Counter(line.partition(" ufora.")[2].partition(" (")[0] for line in told if " dropped " in line or " refused " in line)
        assert len(by_kind) <= 3, told  # HTTP, control and data channels
        assert set(by_kind.values()) <= {1}, told  # none where it was told a short time before


def test_a_malformed_program_fails_clearly(cluster: Cluster):
    connection = http.client.HTTPConnection(HOST, cluster.http_port, timeout=PATIENCE_SECONDS)
    connection.request("POST", "/api/v1/sessions")
    session = connection.getresponse().read().decode().split('"')[3]
    connection.request("PUT", f"/api/v1/sessions/{session}/computations/c1?want=all", body=b"no program at all")
    answer = connection.getresponse()
    body = answer.read()
    assert answer.status == 400
    assert b"title" in body
    connection.close()


def test_logs_tell_nothing_of_what_users_send(cluster: Cluster, executor: pyfora.Executor):
    with executor.remotely.downloadAll():
        words = [f"{SECRET}-{x}"[:40] for x in range(20_000)]
    assert len(words) == 20_000
    with pytest.raises(ValueError), executor.remotely.downloadAll():
        sum(int(SECRET) for x in range(3_000_000))
    assert not [daemon.folder for daemon in [cluster.manager, *cluster.workers] if SECRET in daemon.log + daemon.output]


def test_nothing_listens():
    port = find_free_ports(1, HOST)
    with pytest.raises(pyfora.ConnectionError, match=f"nothing listens at http://{HOST}:{port}"):
        pyfora.connect(f"http://{HOST}:{port}", timeout=5)


def test_a_port_that_is_no_manager(cluster: Cluster):
    with pytest.raises(pyfora.ConnectionError, match="not a ufora manager"):
        pyfora.connect(f"http://{HOST}:{cluster.registry_port}", timeout=5)


def test_no_worker_has_joined(shared_folder: Path, caplog: pytest.LogCaptureFixture):
    with Cluster(shared_folder / "alone", workers=0) as alone, pyfora.connect(alone.url) as executor:
        future = executor.submit(lambda: 6 * 7)
        wait_until(lambda: f"no worker has joined the cluster at {alone.url}" in caplog.text)
        alone.add_worker()
        assert future.result().toLocal().result() == 42


def test_a_manager_address_and_no_worker_is_a_mistake(tmp_path: Path):
    daemon = Daemon(tmp_path, {"UFORA_MANAGER_ADDRESS": HOST, "UFORA_NO_WORKER": "1"})
    assert daemon.process.wait(PATIENCE_SECONDS) == 78
    daemon.stop()
    (line,) = daemon.output.splitlines()
    assert "UFORA_MANAGER_ADDRESS" in line
    assert "UFORA_NO_WORKER" in line


def test_a_notebook_cell(cluster: Cluster, executor: pyfora.Executor):
    cell = "with executor.remotely.downloadAll():\n    x = [n * factor for n in range(3)]\n"
    name = "<ipython-input-1-abc>"
    linecache.cache[name] = (len(cell), None, cell.splitlines(keepends=True), name)
    space = {"executor": executor, "factor": 2}
    exec(compile(cell, name, "exec"), space)
    assert space["x"] == [0, 2, 4]
