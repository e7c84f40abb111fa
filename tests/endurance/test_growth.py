"""What many blocks leave behind: no open file, no thread, and hardly any memory."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import pyfora
from tests.clusters import Cluster, wait_until
from tests.endurance.growth import measure, run_blocks

MIB = 2**20


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    with Cluster(tmp_path, workers=1) as cluster:
        yield cluster


def test_150_pairs_of_blocks_leave_nothing_open(cluster: Cluster):
    with pyfora.connect(cluster.url) as executor:
        wait_until(lambda: executor.getWorkerCount() == 1)
        run_blocks(executor, 50)
        before = measure(cluster)
        run_blocks(executor, 150)
        after = measure(cluster)
    grown = [name for name, held in after.items() if held.has_more_open(before[name])]
    assert grown == [], (before, after)
    assert all(after[name].nbytes - before[name].nbytes < 15 * MIB for name in after)
