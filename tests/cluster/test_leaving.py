"""A worker that is told to stop: its sessions move with what they hold, nothing is computed again; one that comes takes part."""

import signal

import pytest

import pyfora
from tests.cluster.programs import expect_letters, sum_letters
from tests.clusters import Cluster, Daemon, wait_until

pytestmark = pytest.mark.slow
SETTINGS = {"UFORA_WORKER_DRAIN": "60"}  #: seconds; on a slow machine what is under way ends in them too
SHORT, LONG = 2_000_000, 4_000_000  #: four seconds, and eight, of one core: it is under way still when somebody has seen it


class Account:
    def __init__(self, owner, cents):
        self.owner = owner
        self.cents = cents

    def worth(self):
        return f"{self.owner}: {self.cents}"


def lines_since(daemon: Daemon, before: int) -> str:
    return daemon.log[before:]


def test_a_worker_leaves_amid_a_computation_and_nothing_is_computed_again(own: Cluster, client: pyfora.Executor):
    before = len(own.manager.log)
    with client.remotely:
        kept = [x * x for x in range(3_000_000)]
        account = Account("Ann", len(kept))
    future = client.submit(sum_letters, SHORT)
    leaver = own.find_worker_with_driver().wait_until_busy()
    leaver.process.send_signal(signal.SIGTERM)
    assert future.result().toLocal().result() == expect_letters(SHORT)
    wait_until(lambda: " moved from worker " in lines_since(own.manager, before))  # told twice it would go at once
    assert leaver.stop() == 0
    own.workers.remove(leaver)
    with client.remotely.downloadAll():
        total, last, worth = sum(kept), kept[-1], account.worth()
        known = isinstance(account, Account)
    assert (total, last, worth, known) == (sum(x * x for x in range(3_000_000)), 2_999_999**2, "Ann: 3000000", True)
    told = lines_since(own.manager, before)
    assert "lost its worker" not in told
    assert " is lost" not in told
    assert " has left" in told
    assert leaver.find_lines("could not be handed over", "again") == []


def test_a_worker_without_a_driver_leaves_and_another_joins(own: Cluster, client: pyfora.Executor):
    before = len(own.manager.log)
    future = client.submit(sum_letters, LONG)
    with_driver = own.find_worker_with_driver().wait_until_busy()
    (leaver,) = (worker for worker in own.workers if worker is not with_driver)
    own.remove_worker(leaver)
    assert leaver.process.returncode == 0
    joined = own.add_worker().wait_until_busy()
    assert future.result().toLocal().result() == expect_letters(LONG)
    assert "lost its worker" not in lines_since(own.manager, before)
    assert joined in own.workers


def test_the_last_worker_lets_its_computation_end_and_its_values_come_back(own: Cluster, client: pyfora.Executor):
    with client.remotely:
        kept = [1, 2, 3]
    future = client.submit(sum_letters, SHORT)
    last = own.find_worker_with_driver().wait_until_busy()
    for worker in list(own.workers):
        worker.process.send_signal(signal.SIGTERM)
    answer = future.result()
    for worker in list(own.workers):
        own.remove_worker(worker)
    assert last.process.returncode == 0
    own.add_worker()
    assert answer.toLocal().result() == expect_letters(SHORT)
    assert kept.toLocal().result() == [1, 2, 3]


def test_told_twice_a_worker_goes_at_once(own: Cluster, client: pyfora.Executor):
    future = client.submit(sum_letters, LONG)
    leaver = own.find_worker_with_driver().wait_until_busy()
    leaver.process.send_signal(signal.SIGTERM)
    wait_until(lambda: leaver.find_lines("handing over"))
    leaver.process.send_signal(signal.SIGTERM)
    assert leaver.stop() == 0
    own.workers.remove(leaver)
    assert future.result().toLocal().result() == expect_letters(LONG)
