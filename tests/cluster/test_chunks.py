"""A long list of numbers stays on the workers."""

import gc

import pyfora
from tests.clusters import Cluster, wait_until

COUNT = 10_000_000
MIB = 2**20


def memory_of(cluster: Cluster) -> list[int]:
    """Bytes that each worker's engine process holds for itself."""
    return [worker.daemon.memory_info().rss for worker in cluster.workers]


def test_ten_million_results_stay_on_both_workers_until_nothing_names_them(cluster: Cluster, executor: pyfora.Executor):
    before = memory_of(cluster)
    with executor.remotely.remoteAll():
        squares = [x * x + 1 for x in range(COUNT)]
    assert isinstance(squares, pyfora.RemotePythonObject)
    grown = [now - then for now, then in zip(memory_of(cluster), before, strict=True)]
    assert sum(grown) > 60 * MIB
    assert min(grown) > 10 * MIB

    with executor.remotely.downloadAll():
        last = squares[-100:]
        length = len(squares)
        total = sum(squares)
        even = sum(x & 1 for x in squares)
        third = squares[3]
    expected = [x * x + 1 for x in range(COUNT)]
    assert last == expected[-100:]
    assert (length, total, third) == (COUNT, sum(expected), 10)
    assert even == sum(x & 1 for x in expected)
    assert squares.toLocal().result() == expected

    full = memory_of(cluster)
    del squares
    gc.collect()
    wait_until(lambda: sum(full) - sum(memory_of(cluster)) > 50 * MIB)
