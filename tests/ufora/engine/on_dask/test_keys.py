"""Clusters with a key, and strangers: real processes, real handshakes."""

import asyncio
import logging
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from clusters_for_tests import DaskCluster, WorkerProcess, find_two_free_ports

from pyfora.errors import ConfigurationError
from ufora.engine.on_dask import connect_task_engine, read_cluster_key
from ufora.engine.on_dask.channel import DataChannel
from ufora.service.keys import make_cluster_key


def write_key(folder: Path, name: str) -> str:
    path = folder / name
    path.write_bytes(make_cluster_key())
    return str(path)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """The cluster's, and another."""
    folder = tmp_path_factory.mktemp("keys")
    return write_key(folder, "own.pem"), write_key(folder, "other.pem")


@pytest.fixture(scope="module")
def guarded(keys: tuple[str, str]) -> Iterator[DaskCluster]:
    with DaskCluster(key=keys[0]) as cluster:
        yield cluster


def test_tasks_questions_and_results_pass_with_a_key(guarded):
    engine = guarded.connect()
    first, second = (worker.id for worker in guarded.manager.list_workers())
    arrays = [engine.submit(b"array 1000", worker=worker) for worker in (first, second)]
    total = engine.submit(b"sum", arrays)
    assert engine.fetch(total)[10] == 20.0  # one of them came over the data channel
    assert guarded.ask(first, "s", b"hello") == b"s: hello"
    engine.close()


@pytest.mark.parametrize("stranger", ["other key", "no key"])
def test_a_worker_with_another_key_or_none_is_refused_and_both_sides_say_why(guarded, keys, stranger, caplog):
    before = {worker.id for worker in guarded.manager.list_workers()}
    worker = WorkerProcess(guarded.address, keys[1] if stranger == "other key" else "")
    try:
        said = worker.wait_until_it_tells("did not take this worker")
        assert ("is another" if stranger == "other key" else "this worker has none") in said
    finally:
        worker.kill()
    assert {worker.id for worker in guarded.manager.list_workers()} == before
    said = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert said
    assert all("no cluster key, or another one" in line for line in said)


def test_a_worker_with_a_key_is_told_that_the_cluster_has_none(keys):
    with DaskCluster(workers=0) as cluster:
        worker = WorkerProcess(cluster.address, keys[0])
        try:
            assert "it has no cluster key" in worker.wait_until_it_tells("did not take this worker")
        finally:
            worker.kill()


@pytest.mark.parametrize("stranger", ["other key", "no key"])
def test_a_driver_with_another_key_or_none_is_refused(guarded, keys, stranger):
    with pytest.raises(OSError):
        connect_task_engine(guarded.address, read_cluster_key(keys[1]) if stranger == "other key" else None)


def read_answer(connection: socket.socket) -> bytes:
    try:
        return connection.recv(1024)
    except ConnectionResetError:
        return b""


def test_a_worker_speaks_to_nobody_in_plain_text(guarded):
    process = next(iter(guarded.processes.values()))
    for port in (int(guarded.address.rpartition(":")[2]), process.base_port):
        with socket.create_connection(("127.0.0.1", port), timeout=30) as plain:
            plain.sendall(b"\0" * 64)
            assert read_answer(plain)[:1] in (b"", b"\x15")  # nothing, or a TLS alert
        strange = ssl.create_default_context()
        strange.check_hostname, strange.verify_mode = False, ssl.CERT_NONE
        with (
            socket.create_connection(("127.0.0.1", port), timeout=30) as plain,
            strange.wrap_socket(plain) as encrypted,
            pytest.raises(OSError, match="certificate required"),
        ):
            encrypted.recv(1024)


@pytest.mark.parametrize("stranger", ["other key", "no key"])
@pytest.mark.asyncio
async def test_results_are_read_by_nobody_without_the_key(keys, stranger, caplog):
    own, other = (read_cluster_key(key).curve for key in keys)
    address = f"tcp://127.0.0.1:{find_two_free_ports()}"
    holder, friend = DataChannel(address, own), DataChannel(curve=own)
    reader = DataChannel(curve=other if stranger == "other key" else None)

    async def read(keys, _under_way):
        return dict.fromkeys(keys, "secret")

    holder.serve(read)
    assert await friend.pull(address, ["a"]) == {"a": "secret"}
    while "refused a reader at the data channel" not in caplog.text:  # one that hangs up at once may be gone before it is known
        with pytest.raises(OSError, match="broke"):
            await reader.pull(address, ["a"])
    assert await friend.pull(address, ["a"]) == {"a": "secret"}
    for channel in (reader, friend, holder):
        await asyncio.to_thread(channel.close)


@pytest.mark.parametrize(
    ("content", "said"), [(None, "cannot be read"), (b"", "is no cluster key"), (b"-----BEGIN\n", "is no cluster key")]
)
def test_a_file_that_is_no_key_is_one_sentence(tmp_path, content, said):
    path = tmp_path / "cluster.pem"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigurationError, match=said):
        read_cluster_key(str(path))
