"""Clients that die, and what lies between them and the manager."""

import pytest

import pyfora
from tests.cluster.programs import expect_letters, sum_letters
from tests.clusters import HOST, Cluster, Program, get, wait_until
from ufora.service.ports import find_free_ports

SETTINGS = {"UFORA_LIMITS_GRACE": "2"}
CLIENT = "tests.networks.client"
KEPT = 16_000_000  #: 128 MB


def wait_until_free(cluster: Cluster) -> None:
    """No session is left, and no driver but the spare ones."""
    wait_until(lambda: all(len(worker.find_below("ufora-driver")) <= 1 for worker in cluster.workers))


def test_a_computation_ends_with_its_client(own: Cluster):
    program = Program(CLIENT, [own.url, "compute", str(10**9)])
    assert program.read() == "begins"
    own.find_worker_with_driver().wait_until_busy()
    program.kill()
    wait_until(lambda: own.manager.find_lines("the client has been away for"))
    wait_until_free(own)
    with pyfora.connect(own.url) as executor:
        assert executor.submit(sum_letters, 1000).result().toLocal().result() == expect_letters(1000)


def test_values_are_freed_with_their_client(own: Cluster):
    before = sum(worker.memory_bytes() for worker in own.workers)
    program = Program(CLIENT, [own.url, "keep", str(KEPT)])
    assert program.read() == "kept"
    grown = sum(worker.memory_bytes() for worker in own.workers) - before
    assert grown > 6 * KEPT
    program.kill()
    wait_until_free(own)
    wait_until(lambda: sum(worker.memory_bytes() for worker in own.workers) < before + grown / 2)


def start_forwarder(port: int, cluster: Cluster) -> Program:
    """As `ssh -L` would."""
    forwarder = Program("tests.networks.forwarder", [f"{HOST}:{port}={HOST}:{cluster.http_port}"])
    assert forwarder.read() == "ready"
    return forwarder


@pytest.mark.slow
def test_a_client_comes_through_a_tunnel_on_another_port_which_may_break(own: Cluster):
    port = find_free_ports(1, HOST)
    tunnel = start_forwarder(port, own)
    url = f"http://localhost:{port}"
    try:
        assert get(url, "/")[0] == get(url, "/api/v1/status")[0] == 200
        with pyfora.connect(url) as executor:
            wait_until(lambda: executor.getWorkerCount() == 2)
            future = executor.submit(sum_letters, 6_000_000)
            own.find_worker_with_driver().wait_until_busy()
            tunnel.kill()
            assert not future.done()
            tunnel = start_forwarder(port, own)
            assert future.result().toLocal().result() == expect_letters(6_000_000)
    finally:
        tunnel.kill()
