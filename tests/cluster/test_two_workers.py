"""A long comprehension is computed by all workers, with the answer that Python gives."""

import json
from collections.abc import Callable
from typing import Any

import pytest

import pyfora
from tests.cluster.programs import count_primes_by_halves, digits, is_prime
from tests.clusters import Cluster, get, wait_until


@pytest.fixture
def wait_for_both(cluster: Cluster) -> Callable[[], None]:
    """Until both workers have told, as they do twice a second, of slices that they computed since the test began. How large a share each
    takes depends on how fast they are and what else they do."""

    def read_spans() -> list[Any]:
        spans: list[Any] = json.loads(get(cluster.url, "/api/v1/timeline")[1])["spans"]
        return spans

    before = max((span["number"] for span in read_spans()), default=0)
    return lambda: wait_until(lambda: len({span["worker"] for span in read_spans() if span["number"] > before}) == 2)


def test_both_take_part_in_compiled_work(executor: pyfora.Executor, wait_for_both):
    with executor.remotely.downloadAll():
        count = sum(is_prime(x) for x in range(8_000_000))
    assert count == 539779
    wait_for_both()


def test_both_take_part_in_interpreted_work(executor: pyfora.Executor, wait_for_both):
    with executor.remotely.downloadAll():
        total = sum(digits(x) for x in range(4_000_000))
    assert total == sum(digits(x) for x in range(4_000_000))
    wait_for_both()


def test_both_take_part_in_a_recursion_that_divides_its_work(executor: pyfora.Executor, wait_for_both):
    with executor.remotely.downloadAll():
        count = count_primes_by_halves(0, 16_000_000)
    assert count == 1031132
    wait_for_both()
