"""Two clusters that keep the same contract: one of threads, one of processes."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # worker processes import `worker_for_tests` from beside this file

from clusters_for_tests import DaskCluster, LocalCluster


@pytest.fixture(scope="module")
def dask_cluster() -> Iterator[DaskCluster]:
    with DaskCluster() as cluster:
        yield cluster


@pytest.fixture(scope="module")
def local_cluster() -> Iterator[LocalCluster]:
    with LocalCluster() as cluster:
        yield cluster


@pytest.fixture(params=["in_process", "on_dask"])
def cluster(request: pytest.FixtureRequest) -> DaskCluster | LocalCluster:
    found: DaskCluster | LocalCluster = request.getfixturevalue({"in_process": "local_cluster", "on_dask": "dask_cluster"}[request.param])
    return found
