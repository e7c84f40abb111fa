"""A cable is cut in the middle of a block, and mended: the work moves, the answer is right, who was away comes back."""

from collections.abc import Iterator

import pytest

from tests.cluster.programs import expect_letters
from tests.clusters import Daemon, wait_until
from tests.networks.cluster import LanCluster
from tests.networks.lan import Lan, Machine

COUNT = 10_000_000  #: ten seconds of two cores: long enough for what is done meanwhile


@pytest.fixture(scope="module")
def machines(lan: Lan) -> list[Machine]:
    return [lan.add_machine("one"), lan.add_machine("two")]


@pytest.fixture(scope="module")
def cluster(lan: Lan, machines: list[Machine], tmp_path_factory: pytest.TempPathFactory) -> Iterator[LanCluster]:
    with LanCluster(tmp_path_factory.mktemp("cuts"), lan) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def workers(cluster: LanCluster, machines: list[Machine]) -> list[Daemon]:
    return [cluster.add_worker(machine) for machine in machines]


def find_driver(workers: list[Daemon]) -> Daemon:
    """The one with a session's driver beside the spare one."""
    return wait_until(lambda: next((worker for worker in workers if len(worker.find_below("ufora-driver")) > 1), None))


@pytest.mark.parametrize("has_driver", [False, True])
def test_a_worker_is_cut_off(cluster: LanCluster, machines: list[Machine], workers: list[Daemon], has_driver: bool):
    cluster.wait_for_workers(2)
    program = cluster.start_computing(COUNT)
    with_driver = find_driver(workers)
    for worker in workers:
        worker.wait_until_busy()
    which = workers.index(with_driver) if has_driver else 1 - workers.index(with_driver)
    before = workers[which].daemon_pid
    machines[which].cut()
    assert program.process.poll() is None
    cluster.wait_for_workers(1)
    assert program.finish() == str(expect_letters(COUNT))
    machines[which].heal()
    cluster.wait_for_workers(2)
    wait_until(lambda: len(workers[which].find_below("ufora-driver")) <= 1)
    assert workers[which].daemon_pid == before
    cluster.check_computing()


def test_the_manager_is_cut_off(cluster: LanCluster, workers: list[Daemon]):
    """From its workers and its clients at once."""
    cluster.wait_for_workers(2)
    program = cluster.start_computing(COUNT)
    find_driver(workers).wait_until_busy()
    cluster.home.cut()
    assert program.process.poll() is None
    cluster.wait_for_workers(0)
    cluster.home.heal()
    assert program.finish() == str(expect_letters(COUNT))
    cluster.wait_for_workers(2)


def test_a_client_is_cut_off_for_longer_than_its_session_lives(cluster: LanCluster, workers: list[Daemon]):
    """It sends again what it still waits for."""
    cluster.wait_for_workers(2)
    before = cluster.manager.log.count("the client has been away")
    program = cluster.start_computing(COUNT)
    find_driver(workers).wait_until_busy()
    cluster.laptop.cut()
    assert program.process.poll() is None
    wait_until(lambda: cluster.manager.log.count("the client has been away") > before)
    cluster.laptop.heal()
    assert program.finish() == str(expect_letters(COUNT))
    assert "no longer knows this session" in program.errors
