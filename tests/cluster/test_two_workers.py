"""A long comprehension is computed by all workers, with the answer that Python gives."""

import pytest

import pyfora
from tests.cluster.programs import count_primes_by_halves, digits, is_prime
from tests.clusters import Cluster


@pytest.fixture
def spent(cluster: Cluster):
    """Processor seconds of each worker since the test began."""
    before = [worker.cpu_seconds() for worker in cluster.workers]
    return lambda: [worker.cpu_seconds() - start for worker, start in zip(cluster.workers, before, strict=True)]


def test_both_take_part_in_compiled_work(executor: pyfora.Executor, spent):
    with executor.remotely.downloadAll():
        count = sum(is_prime(x) for x in range(8_000_000))
    assert count == 539779
    assert min(spent()) > 0.15


def test_both_take_part_in_interpreted_work(executor: pyfora.Executor, spent):
    with executor.remotely.downloadAll():
        total = sum(digits(x) for x in range(4_000_000))
    assert total == sum(digits(x) for x in range(4_000_000))
    assert min(spent()) > 0.15


def test_both_take_part_in_a_recursion_that_divides_its_work(executor: pyfora.Executor, spent):
    with executor.remotely.downloadAll():
        count = count_primes_by_halves(0, 16_000_000)
    assert count == 1031132
    assert min(spent()) > 0.15
