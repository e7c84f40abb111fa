"""Several clients, several clusters, and the end of all of it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

import pyfora
from tests.cluster.programs import digits, fibonacci, is_prime
from tests.clusters import HOST, PATIENCE_SECONDS, Cluster, Daemon, get, wait_until
from ufora.service.ports import find_free_ports

PRIVATE = """
import os, pyfora
executor = pyfora.connect()
with executor.remotely.downloadAll():
    answer = 6 * 7
print(answer, flush=True)
input()
"""


def test_a_short_block_ends_while_a_long_one_runs(cluster: Cluster, executor: pyfora.Executor):
    long = executor.submit(lambda: sum(is_prime(x) for x in range(10**10)))
    with pyfora.connect(cluster.url) as other:
        with other.remotely.downloadAll():
            count = sum(is_prime(x) for x in range(300_000))
        assert count == 25999
    assert not long.done()
    assert long.cancel()


def test_interpreted_blocks_share_the_cores_too(cluster: Cluster, executor: pyfora.Executor):
    long = executor.submit(lambda: sum(digits(x) for x in range(10**10)))
    with pyfora.connect(cluster.url) as other:
        with other.remotely.downloadAll():
            total = sum(digits(x) for x in range(200_000))
        assert total == sum(digits(x) for x in range(200_000))
    assert not long.done()
    assert long.cancel()


def test_calls_of_one_client_pass_a_long_loop_of_another(cluster: Cluster, executor: pyfora.Executor):
    long = executor.submit(lambda: sum(is_prime(x) for x in range(10**10)))
    with pyfora.connect(cluster.url) as other:
        with other.remotely.downloadAll():
            value = fibonacci(34)
        assert value == 5702887
    assert not long.done()
    assert long.cancel()


def test_workers_that_compute_hard_stay_registered(cluster: Cluster, executor: pyfora.Executor):
    before = [cluster.manager.log.count("left the cluster"), *(worker.log.count("registered with") for worker in cluster.workers)]
    with executor.remotely.downloadAll():
        nested = [sum(x % 7 for x in range(200_000)) + sum(str(x)[0] == "1" for x in range(50_000)) for _ in range(100)]
    assert len(set(nested)) == 1
    after = [cluster.manager.log.count("left the cluster"), *(worker.log.count("registered with") for worker in cluster.workers)]
    assert after == before


def test_a_second_cluster_stands_beside_the_first(cluster: Cluster, tmp_path: Path):
    with Cluster(tmp_path, workers=1) as second, pyfora.connect(second.url) as there, pyfora.connect(cluster.url) as here:
        wait_until(lambda: there.getWorkerCount() == 1 and get(second.url, "/readyz")[0] == 200)
        assert here.getWorkerCount() == 2
        with there.remotely.downloadAll():
            answer = 6 * 7
        assert answer == 42


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_manager_worker_and_all_their_children(tmp_path: Path, how: signal.Signals):
    first = find_free_ports(4, HOST)
    ports = {"UFORA_WEB_HTTP_PORT": first, "UFORA_REGISTRY_PORT": first + 1, "UFORA_WORKER_BASE_PORT": first + 2}
    both = Daemon(tmp_path, {name: str(port) for name, port in ports.items()} | {"UFORA_WORKER_OWN_ADDRESS": HOST})
    url = f"http://{HOST}:{first}"
    wait_until(lambda: is_ready(url))
    with pyfora.connect(url) as executor:
        running = executor.submit(lambda: sum(len(str(x)) for x in range(10**11)))
        wait_until(lambda: both.find_below("ufora-twin"))
        family = both.list_processes()
        assert both.stop(how) == 0
        assert not running.done() or running.exception()
    _, left = psutil.wait_procs(family, timeout=PATIENCE_SECONDS)
    assert not left


def is_ready(url: str) -> bool:
    try:
        return get(url, "/readyz")[0] == 200
    except OSError:
        return False


@pytest.mark.parametrize("is_killed", [False, True])
def test_a_private_cluster_ends_with_its_program(tmp_path: Path, is_killed: bool):
    environment = {**os.environ, "UFORA_CACHE_DIR": str(tmp_path)}
    command = [sys.executable, "-c", PRIVATE]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, env=environment, text=True) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == "42\n"
        family = psutil.Process(program.pid).children(recursive=True)
        assert family
        if is_killed:
            program.kill()
        else:
            program.communicate("\n", PATIENCE_SECONDS)
    _, left = psutil.wait_procs(family, timeout=PATIENCE_SECONDS)
    assert not left
