"""Processes die and come back in the middle of the work; the block returns its answer."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

import pyfora
from pyfora.client.body import KEEP_BYTES
from pyfora.client.checkpoints import BYTES_A_LINK, MOST_LINKS
from tests.cluster.programs import expect_letters, is_prime, sum_letters
from tests.clusters import Cluster, get, wait_until

pytestmark = pytest.mark.slow

COUNT = 6_000_000


def count_computations(cluster: Cluster, client: pyfora.Executor) -> int:
    """That the manager holds for the client."""
    return len(json.loads(get(cluster.url, f"/api/v1/sessions/{client._session._name}")[1])["computations"])


def test_a_killed_worker_and_one_that_joins(own: Cluster, client: pyfora.Executor):
    future = client.submit(sum_letters, COUNT)
    other = own.find_worker_with_driver(busy=False)
    other.wait_until_busy().kill()
    own.workers.remove(other)
    assert not future.done()
    joined = own.add_worker().wait_until_busy()
    assert future.result().toLocal().result() == expect_letters(COUNT)
    assert joined in own.workers
    assert [line for line in own.manager.find_lines("is lost: others compute again") if " WARNING " in line]
    assert not own.manager.find_lines("perform-")  # the engine's names for things


def test_the_worker_with_the_driver_is_killed(own: Cluster, client: pyfora.Executor):
    with client.remotely:
        kept = [x * x for x in range(3_000_000)]
        small = len(kept) + 1
    future = client.submit(lambda: sum_letters(COUNT) + small)
    with_driver = own.find_worker_with_driver()
    with_driver.wait_until_busy().kill()
    own.workers.remove(with_driver)
    assert not future.done()
    assert future.result().toLocal().result() == expect_letters(COUNT) + 3_000_001
    assert kept.toLocal().result() == [x * x for x in range(3_000_000)]


def test_lists_lost_while_all_cores_are_busy_are_computed_again_whole(own: Cluster, client: pyfora.Executor):
    with client.remotely:
        kept = [x * x for x in range(3_000_000)]
    with pyfora.connect(own.url) as neighbour:
        future = neighbour.submit(sum_letters, COUNT)
        for worker in own.workers:
            worker.wait_until_busy()
        lost = own.workers.pop()
        lost.kill()
        with client.remotely.downloadAll():
            total, length = sum(kept), len(kept)
        assert (total, length) == (sum(x * x for x in range(3_000_000)), 3_000_000)
        assert future.result().toLocal().result() == expect_letters(COUNT)


def test_a_killed_driver_or_interpreter_costs_time_only(own: Cluster, client: pyfora.Executor):
    future = client.submit(sum_letters, COUNT)
    with_driver = own.find_worker_with_driver().wait_until_busy()
    for interpreter in wait_until(lambda: with_driver.find_below("ufora-interpret")):
        interpreter.kill()
    for driver in with_driver.find_below("ufora-driver"):
        driver.kill()
    assert not future.done()
    assert future.result().toLocal().result() == expect_letters(COUNT)


def test_a_manager_that_is_restarted(own: Cluster, client: pyfora.Executor):
    with client.remotely:
        kept = 41
    own.manager.kill()
    own.start_manager()
    with client.remotely.downloadAll():
        answer = kept + sum(is_prime(x) for x in range(100))
    assert answer == 41 + 27


@pytest.mark.parametrize("lost", ["driver", "manager"])
def test_the_last_of_many_values_made_from_each_other_is_made_again_without_all_of_them(own: Cluster, client: pyfora.Executor, lost: str):
    with client.remotely:
        kept, other = [0], "unused"
    for step in range(2 * MOST_LINKS):
        with client.remotely:
            kept, other = [*kept[-9:], step], step
    wait_until(lambda: count_computations(own, client) <= MOST_LINKS)
    if lost == "manager":
        own.manager.kill()
        own.start_manager()
    else:
        for driver in own.find_worker_with_driver().find_below("ufora-driver"):
            driver.kill()
    with client.remotely.downloadAll():
        answer = sum(kept) + other
    assert answer == sum(range(2 * MOST_LINKS - 10, 2 * MOST_LINKS)) + 2 * MOST_LINKS - 1
    assert count_computations(own, client) <= MOST_LINKS


def test_the_last_of_many_large_values_made_from_each_other_is_made_again_without_all_of_them(own: Cluster, client: pyfora.Executor):
    count = MOST_LINKS * BYTES_A_LINK // 16  # numbers, eight bytes each: half of what may travel
    with client.remotely:
        kept = list(range(count))
    for step in range(MOST_LINKS + MOST_LINKS // 4):
        with client.remotely:
            kept = [*kept[1:], step]
    wait_until(lambda: count_computations(own, client) <= MOST_LINKS)
    for driver in own.find_worker_with_driver().find_below("ufora-driver"):
        driver.kill()
    expected = list(range(MOST_LINKS + MOST_LINKS // 4))
    assert kept.toLocal().result() == [*range(len(expected), count), *expected][-count:]
    assert count_computations(own, client) <= MOST_LINKS


def test_a_value_whose_program_was_too_large_to_keep_is_lost_with_the_manager_and_says_so(own: Cluster, client: pyfora.Executor):
    numbers = list(range(KEEP_BYTES // 4))
    with client.remotely:
        kept = [x + 1 for x in numbers]
    own.manager.kill()
    own.start_manager()
    with pytest.raises(pyfora.PyforaError, match=r"a value of an earlier block is gone: .* run it again"):
        kept.toLocal().result()
    with pytest.raises(pyfora.PyforaError, match="run it again"), client.remotely.downloadAll():
        answer = sum(kept)
    with client.remotely.downloadAll():
        answer = 6 * 7
    assert answer == 42


def test_a_manager_killed_while_a_block_runs(own: Cluster, client: pyfora.Executor):
    with ThreadPoolExecutor(1) as threads:

        def run_block() -> int:
            with client.remotely.downloadAll():
                answer = sum_letters(COUNT)
            return answer

        running = threads.submit(run_block)
        own.find_worker_with_driver().wait_until_busy()
        own.manager.kill()
        assert not running.done()
        own.start_manager()
        assert running.result() == expect_letters(COUNT)
