"""One cluster of two workers for the tests that break nothing, and executors on it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import pyfora
from tests.clusters import Cluster, wait_until


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("clusters")


@pytest.fixture(scope="session")
def cluster(shared_folder: Path) -> Iterator[Cluster]:
    with Cluster(shared_folder / "two") as cluster:
        yield cluster


@pytest.fixture
def executor(cluster: Cluster) -> Iterator[pyfora.Executor]:
    with pyfora.connect(cluster.url) as executor:
        wait_until(lambda: executor.getWorkerCount() == 2)
        yield executor
