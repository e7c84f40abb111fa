"""Long chains of computations, with real gateways and fake workers."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

import pyfora
from pyfora.client import checkpoints
from pyfora.client.checkpoints import BYTES_A_LINK
from pyfora.client.lineage import Lineage
from tests.pyfora.client.test_executor import Cluster, a_cluster, add
from tests.ufora.gateway.fakes import RunningGateway
from ufora.gateway.computation import State

LINKS = 5


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cluster]:
    monkeypatch.setattr(checkpoints, "MOST_LINKS", LINKS)
    with a_cluster(tmp_path) as running:
        yield running


def count_done(gateway: RunningGateway) -> int:
    """Computations that the only session holds; all have ended."""

    def count() -> int:
        (entry,) = gateway.gateway.sessions._entries.values()
        states = [computation.state for computation in entry.session.computations.values()]
        return len(states) if set(states) == {State.DONE} else 10**6

    return gateway.call(count)


def make_chain(executor: pyfora.Executor, first: object, more: object, count: int) -> pyfora.RemotePythonObject:
    proxy = executor.define(first).result()
    for _ in range(count):
        proxy = executor.submit(add, proxy, more).result()
    return proxy


def wait_until_few(gateway: RunningGateway, most: int) -> None:
    while count_done(gateway) > most:
        threading.Event().wait(0.01)


def test_a_long_chain_is_cut_and_its_last_value_is_made_again_from_there(cluster: Cluster):
    with cluster.connect() as executor:
        proxy = make_chain(executor, 0, 1, 10 * LINKS)
        wait_until_few(cluster.gateway, 2 * LINKS)
        cluster.workers.evaluated.clear()
        cluster.gateway.call(lambda: cluster.gateway.engine.set_workers("w2"))
        assert proxy.toLocal().result() == 10 * LINKS
        assert 0 < len(cluster.workers.evaluated) <= 2 * LINKS


@pytest.mark.parametrize(("share", "length"), [(1.2, 2 * LINKS), (3, 4 * LINKS)])
def test_one_whose_values_are_large_is_cut_when_it_is_as_much_longer(cluster: Cluster, share: float, length: int):
    large = int(share * LINKS * BYTES_A_LINK)
    with cluster.connect() as executor:
        proxy = make_chain(executor, bytes(large), b"x", 6 * LINKS)
        wait_until_few(cluster.gateway, 6 * LINKS + 2 - length)
        cluster.workers.evaluated.clear()
        cluster.gateway.call(lambda: cluster.gateway.engine.set_workers("w2"))
        assert proxy.toLocal().result() == bytes(large) + b"x" * 6 * LINKS
        assert 0 < len(cluster.workers.evaluated) <= 6 * LINKS + 2 - length


def test_one_whose_values_are_too_large_to_keep_keeps_its_history(cluster: Cluster, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(checkpoints, "MOST_BYTES", 1000)
    with cluster.connect() as executor:
        proxy = make_chain(executor, bytes(1001), b"x", 4 * LINKS)
        wait_until_few(cluster.gateway, 4 * LINKS + 1)
        cluster.workers.evaluated.clear()
        cluster.gateway.call(lambda: cluster.gateway.engine.set_workers("w2"))
        assert proxy.toLocal().result() == bytes(1001) + b"x" * 4 * LINKS
        assert len(cluster.workers.evaluated) == 4 * LINKS + 1


def test_what_was_cut_off_no_longer_counts():
    lineage = Lineage(0, {}, None, ())
    chain = [lineage]
    for number in range(1, 10):
        lineage = Lineage(number, {}, None, (lineage, chain[0]))
        chain.append(lineage)
    assert lineage.links == 10
    chain[7].uses = ()
    lineage.count_links()
    assert [each.links for each in chain] == [1, 2, 3, 4, 5, 6, 7, 1, 2, 3]
