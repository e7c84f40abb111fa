"""One private cluster for each way of running: interpreted and cut, compiled and cut wherever possible, and as shipped."""

from collections.abc import Iterator

import pytest

import pyfora
from tests.clusters import PrivateCluster

WAYS = {
    "interpreted": {"UFORA_WORKER_COMPILE": "never", "UFORA_WORKER_CUT": "always"},
    "compiled": {"UFORA_WORKER_COMPILE": "always", "UFORA_WORKER_CUT": "always"},
    "as shipped": {},
}


@pytest.fixture(scope="session", params=WAYS, ids=str)
def executor(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[pyfora.Executor]:
    folder = tmp_path_factory.mktemp("cluster")
    with PrivateCluster(folder, WAYS[request.param]) as cluster, pyfora.connect(cluster.url) as executor:
        yield executor
