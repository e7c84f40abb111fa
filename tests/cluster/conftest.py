"""A cluster of two workers for all tests that break nothing, one for each module that does, and executors on them."""

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


@pytest.fixture(scope="module")
def workers(request: pytest.FixtureRequest) -> int:
    """How many; the test's module may say it: WORKERS."""
    return int(getattr(request.module, "WORKERS", 2))


@pytest.fixture(scope="module")
def breakable(shared_folder: Path, workers: int, request: pytest.FixtureRequest) -> Iterator[Cluster]:
    """With the SETTINGS of the test's module."""
    with Cluster(shared_folder / request.module.__name__, workers, getattr(request.module, "SETTINGS", {})) as cluster:
        yield cluster


@pytest.fixture
def own(breakable: Cluster, workers: int) -> Cluster:
    """A cluster that may be broken, with all its workers."""
    while len(breakable.workers) < workers:
        breakable.add_worker()
    return breakable


@pytest.fixture
def client(own: Cluster, workers: int) -> Iterator[pyfora.Executor]:
    with pyfora.connect(own.url) as executor:
        wait_until(lambda: executor.getWorkerCount() == workers)
        yield executor
