"""A cable is cut in the middle of a block, and mended: the work moves, the answer is right, who was away comes back."""

from collections.abc import Iterator

import pytest

from tests.cluster.programs import expect_letters
from tests.clusters import Daemon, wait_until
from tests.networks.cluster import LanCluster
from tests.networks.lan import Lan, Machine

COUNT = 2_000_000


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
