"""Work that nobody wants any more ends: the client goes on at once, and the cores are idle again."""

import signal
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError

import pytest

import pyfora
from tests.cluster.programs import digits, is_prime
from tests.clusters import Cluster, wait_until

IDLE_SHARE = 0.3
"""Of one core, all processes of a worker together: what an idle engine costs, and some more for a busy machine. Guessed."""


def count_primes(stop):
    return sum(is_prime(x) for x in range(stop))


def sum_digits(stop):
    return sum(digits(x) for x in range(stop))


def sum_slowly(stop):
    total = 0
    for x in range(stop):
        total = total + x % 7
    return total


BUSY_SECONDS = 1.0
"""Processor time after which a computation is well under way, on however busy a machine."""


def wait_until_busy(cluster: Cluster) -> None:
    count_spent = counting(cluster)
    wait_until(lambda: count_spent() > BUSY_SECONDS)


def wait_until_idle(cluster: Cluster) -> None:
    """Until the processor time of all workers in a second is next to nothing."""
    pause = threading.Event()

    def is_idle() -> bool:
        count_spent = counting(cluster)
        pause.wait(0.5)
        return 2 * count_spent() < IDLE_SHARE

    wait_until(is_idle)


def counting(cluster: Cluster) -> Callable[[], float]:
    """The processor time of all workers from now on."""
    before = [(worker, worker.cpu_seconds()) for worker in cluster.workers]
    return lambda: sum(worker.spent_since(then) for worker, then in before)


@pytest.mark.parametrize("function", [count_primes, sum_digits, sum_slowly])
def test_a_cancelled_future_leaves_no_work_behind(cluster: Cluster, executor: pyfora.Executor, function):
    future = executor.submit(function, 10**11)
    wait_until_busy(cluster)
    assert future.cancel()
    with pytest.raises(CancelledError):
        future.result()
    assert executor.submit(lambda: 6 * 7).result().toLocal().result() == 42
    wait_until_idle(cluster)


def test_ctrl_c_in_a_block_leaves_no_work_behind(cluster: Cluster, executor: pyfora.Executor):
    def interrupt() -> None:
        wait_until_busy(cluster)
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt), executor.remotely.downloadAll():
        sum(digits(x) for x in range(10**11))
    thread.join()
    with executor.remotely.downloadAll():
        answer = 6 * 7
    assert answer == 42
    wait_until_idle(cluster)


def test_a_client_that_goes_leaves_no_work_behind(cluster: Cluster):
    with pyfora.connect(cluster.url) as executor:
        executor.submit(sum_digits, 10**11)
        wait_until_busy(cluster)
    wait_until_idle(cluster)
