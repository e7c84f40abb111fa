"""A process that stands still is noticed; its work moves, and it comes back when it thaws."""

import psutil
import pytest

import pyfora
from tests.cluster.programs import expect_letters, sum_letters
from tests.clusters import Cluster, wait_until

pytestmark = pytest.mark.slow
SETTINGS = {"UFORA_REGISTRY_LOST_AFTER": "5"}
COUNT = 6_000_000


@pytest.mark.parametrize("has_driver", [False, True])
def test_a_worker_freezes_and_thaws(own: Cluster, client: pyfora.Executor, has_driver: bool):
    future = client.submit(sum_letters, COUNT)
    own.find_worker_with_driver().wait_until_busy()
    worker = own.find_worker_with_driver(busy=has_driver)
    frozen = worker.daemon
    frozen.suspend()
    assert not future.done()
    wait_until(lambda: client.getWorkerCount() == 1)
    assert future.result().toLocal().result() == expect_letters(COUNT)
    frozen.resume()
    wait_until(lambda: client.getWorkerCount() == 2)
    assert client.submit(sum_letters, 1000).result().toLocal().result() == expect_letters(1000)
    assert worker.daemon.pid == frozen.pid


def test_drivers_and_interpreters_freeze_and_thaw(own: Cluster, client: pyfora.Executor):
    """They only hold up what they do: nobody else can tell them from slow ones."""
    future = client.submit(sum_letters, COUNT)
    worker = own.find_worker_with_driver().wait_until_busy()
    frozen = [*worker.find_below("ufora-driver"), *worker.find_below("ufora-interpret"), *worker.find_below("ufora-twin")]
    for process in frozen:
        process.suspend()
    wait_until(lambda: all(process.status() == psutil.STATUS_STOPPED for process in frozen))
    assert not future.done()
    for process in frozen:
        process.resume()
    assert future.result().toLocal().result() == expect_letters(COUNT)
    assert client.getWorkerCount() == 2
