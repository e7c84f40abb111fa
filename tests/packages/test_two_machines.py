"""A manager on one machine, a worker on another, a cable between them."""

from collections.abc import Iterator

import pytest

from tests.packages.cluster import is_running, start_block, start_long_block, use_apt
from tests.packages.machine import Machine, boot, cable, ip
from tests.packages.prepare import SRV, SYSTEM

LOST_AFTER = 5  # seconds; registry.lost_after


@pytest.fixture(scope="module")
def manager() -> Iterator[Machine]:
    with boot(SYSTEM, "uf-manager", 4, SRV) as machine:
        yield machine


@pytest.fixture(scope="module")
def worker(manager: Machine) -> Iterator[Machine]:
    with boot(SYSTEM, "uf-worker", 5, SRV) as machine, cable(manager, machine, 6) as (near, far):
        for each in (manager, machine):
            use_apt(each, "now")
        machine.write("/etc/default/ufora", f"UFORA_MANAGER_ADDRESS={near}\nUFORA_WORKER_OWN_ADDRESS={far}\n")
        manager.write("/etc/default/ufora", f"UFORA_NO_WORKER=1\nUFORA_REGISTRY_LOST_AFTER={LOST_AFTER}\n")
        keep = "-o Dpkg::Options::=--force-confold"
        machine.run(f"apt-get install -y {keep} ufora-worker")
        manager.run(f"apt-get install -y {keep} ufora-manager")
        yield machine


def wait_for_workers(manager: Machine, count: int) -> None:
    manager.wait_for(lambda: f": {count} workers" in manager.show("ufora-manager", "StatusText"))


def test_a_worker_waits_for_its_manager_and_joins(manager: Machine, worker: Machine) -> None:
    assert worker.show("ufora-worker", "ActiveState") == "active"
    worker.wait_for_line("ufora-worker", "waiting for the manager")
    wait_for_workers(manager, 1)
    start_block(manager.address, 100_000).check()


def test_a_block_outlives_a_cut_cable(manager: Machine, worker: Machine) -> None:
    block = start_long_block(manager)
    ip("-n", manager.name, "link", "set", "eth1", "down")
    wait_for_workers(manager, 0)
    assert is_running(manager) or block.process.poll() is None
    ip("-n", manager.name, "link", "set", "eth1", "up")
    wait_for_workers(manager, 1)
    block.check()
    assert worker.show("ufora-worker", "NRestarts") == "0"


def test_a_worker_one_minor_version_newer_works_with_the_manager_as_it_is(
    manager: Machine, worker: Machine, versions: dict[str, str]
) -> None:
    upgrade(worker, "next")
    worker.wait_for(lambda: "registered" in worker.show("ufora-worker", "StatusText"))
    assert worker.say("ufora-worker --version") == f"ufora-worker {versions['next']}"
    start_block(manager.address, 100_000).check()
    use_apt(worker, "now")
    older = " ".join(f"{name}={versions['now']}-1" for name in ("ufora-common", "ufora-worker"))
    worker.run(f"apt-get install -y --allow-downgrades {older}")


def test_a_manager_one_minor_version_newer_works_with_the_worker_as_it_is(manager: Machine, worker: Machine) -> None:
    upgrade(manager, "next")
    wait_for_workers(manager, 1)
    start_block(manager.address, 100_000).check()


def test_two_minor_versions_apart_they_refuse_each_other_and_name_both(manager: Machine, worker: Machine, versions: dict[str, str]) -> None:
    upgrade(manager, "after")
    expected = f"the worker is release {versions['now']}, the manager is release {versions['after']}"
    worker.wait_for(lambda: expected in worker.show("ufora-worker", "StatusText"))
    manager.wait_for_line("ufora-manager", expected)
    block = start_block(manager.address, 100_000)
    assert block.process.wait(60) != 0
    assert block.process.stderr is not None
    assert f"pyfora here is release {versions['now']}, the cluster at" in block.process.stderr.read()
    block.stop()


def test_the_worker_is_upgraded_last_and_joins(manager: Machine, worker: Machine) -> None:
    upgrade(worker, "after")
    wait_for_workers(manager, 1)


def upgrade(machine: Machine, which: str) -> None:
    use_apt(machine, which)
    machine.run("apt-get -y upgrade")
