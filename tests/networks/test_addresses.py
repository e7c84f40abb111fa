"""Where daemons listen, and by which addresses they find each other: ports, NAT, several workers on one machine, IPv6."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from tests.cluster.programs import expect_letters
from tests.clusters import Daemon, wait_until
from tests.networks.cluster import LanCluster
from tests.networks.lan import Lan, Machine

REGISTRY = "31002"
KEPT = 3_000_000
MANY = 10_000_000  #: a computation that lasts until all workers take part: ten seconds of two cores


@pytest.fixture(scope="module")
def cluster(lan: Lan, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LanCluster]:
    with LanCluster(tmp_path_factory.mktemp("addresses"), lan, UFORA_REGISTRY_PORT=REGISTRY) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def pair(lan: Lan, cluster: LanCluster) -> tuple[Machine, list[Daemon]]:
    """A machine with two workers."""
    machine = lan.add_machine("pair")
    return machine, [cluster.add_worker(machine, f"pair-{port}", UFORA_WORKER_BASE_PORT=str(port)) for port in (30009, 30011)]


@pytest.fixture(scope="module")
def inside(lan: Lan, cluster: LanCluster) -> tuple[Machine, Daemon]:
    """One behind a router: it reaches the router only, and the others reach its two ports there."""
    router = lan.add_machine("router")
    machine, near = router.add_inside("inside")
    outwards = [f"{near}:{REGISTRY}={cluster.home.address}:{REGISTRY}"]
    inwards = [f"0.0.0.0:{port}={machine.address}:{port}" for port in (30009, 30010)]
    router.start_forwarder(*outwards, *inwards)
    return machine, cluster.add_worker(machine, UFORA_MANAGER_ADDRESS=near, UFORA_WORKER_OWN_ADDRESS=router.address)


def test_all_take_part_and_listen_on_their_ports_only(
    cluster: LanCluster, pair: tuple[Machine, list[Daemon]], inside: tuple[Machine, Daemon]
):
    cluster.wait_for_workers(3)
    assert cluster.home.list_listening() == ["tcp 0.0.0.0:30000", f"tcp 0.0.0.0:{REGISTRY}"]
    program = cluster.start_computing(MANY)
    for worker in [*pair[1], inside[1]]:
        worker.wait_until_busy()
    assert program.process.poll() is None
    assert cluster.home.list_listening() == ["tcp 0.0.0.0:30000", f"tcp 0.0.0.0:{REGISTRY}"]
    assert pair[0].list_listening() == [f"tcp 0.0.0.0:{port}" for port in (30009, 30010, 30011, 30012)]
    assert inside[0].list_listening() == ["tcp 0.0.0.0:30009", "tcp 0.0.0.0:30010"]
    assert program.finish() == str(expect_letters(MANY))


def test_values_travel_between_them(cluster: LanCluster, pair: tuple[Machine, list[Daemon]], inside: tuple[Machine, Daemon]):
    program = cluster.laptop.start_client(cluster.url, "keep", str(KEPT))
    assert program.read() == "kept"
    assert program.answer() == f"{3 * KEPT * (KEPT - 1) // 2} 0 {3 * (KEPT - 1)}"


def test_a_worker_that_cannot_be_reached_is_told_so_on_both_sides_and_joins_when_it_can(
    lan: Lan, cluster: LanCluster, pair: tuple[Machine, list[Daemon]]
):
    machine = lan.add_machine("lost")
    wait_until(lambda: f"{pair[0].address}:30011" in cluster.manager.log)
    before = cluster.count_workers()
    nowhere = "10.77.0.99"
    worker = cluster.add_worker(machine, UFORA_WORKER_OWN_ADDRESS=nowhere)
    said = f"the manager cannot reach it at {nowhere} port 30009 ("
    wait_until(lambda: worker.find_lines(said) and cluster.manager.find_lines(said))
    assert "UFORA_WORKER_OWN_ADDRESS" in worker.find_lines(said)[0]
    assert cluster.count_workers() == before
    twin = cluster.add_worker(machine, "twin", UFORA_WORKER_BASE_PORT="30011", UFORA_WORKER_OWN_ADDRESS=pair[0].address)
    taken = f"a worker at {pair[0].address}:30011 is registered already"
    wait_until(lambda: twin.find_lines(taken) and cluster.manager.find_lines(taken))
    twin.stop()
    machine.add_address(nowhere)
    cluster.wait_for_workers(before + 1)
    for daemon in (cluster.manager, worker):
        told = [line[line.index(said) :] for line in daemon.find_lines(said)]
        assert all(before != after for before, after in pairwise(told)), told  # what was told last is not told again
    worker.stop()


def test_machines_that_speak_ipv6_only(tmp_path: Path):
    with Lan() as lan, LanCluster(tmp_path, lan, family=6) as cluster:
        machines = [lan.add_machine(name, [6]) for name in ("one", "two")]
        workers = [cluster.add_worker(machine, UFORA_WORKER_OWN_ADDRESS="") for machine in machines]
        cluster.wait_for_workers(2)
        assert f"[{machines[0].addresses[6]}]:30009" in cluster.manager.log
        program = cluster.start_computing(MANY)
        for worker in workers:
            worker.wait_until_busy()
        assert program.finish() == str(expect_letters(MANY))
        assert cluster.home.list_listening() == ["tcp *:30000", "tcp 0.0.0.0:30002", "tcp [::]:30002"]


def test_a_machine_alone_on_its_ipv6_loopback(tmp_path: Path):
    with Lan() as lan:
        machine = lan.add_machine("alone", [])
        daemon = machine.start_daemon(tmp_path, {"UFORA_LISTEN_ADDRESS": "::1"})
        wait_until(lambda: " workers: 1, [::1]:30009" in daemon.log)
        program = machine.start_client("http://[::1]:30000", "compute", "1000")
        assert program.finish() == f"begins\n{expect_letters(1000)}"
        assert machine.list_listening() == [f"tcp [::1]:{port}" for port in (30000, 30002, 30009, 30010)]
        daemon.stop()
