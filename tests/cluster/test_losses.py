"""Processes die and come back in the middle of the work; the block returns its answer."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import pyfora
from tests.cluster.programs import digits, is_prime
from tests.clusters import Cluster, Daemon, wait_until

COUNT = 4_000_000
EXPECTED = sum(digits(x) for x in range(COUNT))


@pytest.fixture(scope="module")
def breakable(shared_folder: Path) -> Iterator[Cluster]:
    with Cluster(shared_folder / "breakable") as cluster:
        yield cluster


@pytest.fixture
def own(breakable: Cluster) -> Cluster:
    """A cluster that may be broken, with two workers."""
    while len(breakable.workers) < 2:
        breakable.add_worker()
    return breakable


@pytest.fixture
def client(own: Cluster) -> Iterator[pyfora.Executor]:
    with pyfora.connect(own.url) as executor:
        wait_until(lambda: executor.getWorkerCount() == 2)
        yield executor


def sum_digits(stop):
    return sum(digits(x) for x in range(stop))


def wait_until_busy(worker: Daemon) -> Daemon:
    before = worker.cpu_seconds()
    wait_until(lambda: worker.cpu_seconds() > before + 0.5)
    return worker


def test_a_killed_worker_and_one_that_joins(own: Cluster, client: pyfora.Executor):
    future = client.submit(sum_digits, COUNT)
    other = own.find_worker_with_driver(busy=False)
    wait_until_busy(other).kill()
    own.workers.remove(other)
    joined = wait_until_busy(own.add_worker())
    assert future.result().toLocal().result() == EXPECTED
    assert joined in own.workers


def test_the_worker_with_the_driver_is_killed(own: Cluster, client: pyfora.Executor):
    with client.remotely:
        kept = [x * x for x in range(3_000_000)]
        small = len(kept) + 1
    future = client.submit(lambda: sum_digits(COUNT) + small)
    with_driver = own.find_worker_with_driver()
    wait_until_busy(with_driver).kill()
    own.workers.remove(with_driver)
    assert future.result().toLocal().result() == EXPECTED + 3_000_001
    assert kept.toLocal().result() == [x * x for x in range(3_000_000)]


def test_a_killed_driver_or_interpreter_costs_time_only(own: Cluster, client: pyfora.Executor):
    future = client.submit(sum_digits, COUNT)
    with_driver = wait_until_busy(own.find_worker_with_driver())
    for interpreter in wait_until(lambda: with_driver.find_below("ufora-interpret")):
        interpreter.kill()
    for driver in with_driver.find_below("ufora-driver"):
        driver.kill()
    assert future.result().toLocal().result() == EXPECTED


def test_a_manager_that_is_restarted(own: Cluster, client: pyfora.Executor):
    with client.remotely:
        kept = 41
    own.manager.kill()
    own.start_manager()
    with client.remotely.downloadAll():
        answer = kept + sum(is_prime(x) for x in range(100))
    assert answer == 41 + 27


def test_a_manager_killed_while_a_block_runs(own: Cluster, client: pyfora.Executor):
    with ThreadPoolExecutor(1) as threads:

        def run_block() -> int:
            with client.remotely.downloadAll():
                answer = sum_digits(COUNT)
            return answer

        running = threads.submit(run_block)
        wait_until_busy(own.find_worker_with_driver())
        own.manager.kill()
        own.start_manager()
        assert running.result() == EXPECTED
