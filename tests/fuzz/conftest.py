"""How many random programs, and which; and a cluster to run a few of them."""

from collections.abc import Iterator

import pytest

from tests.fuzz.cluster import ClusterTrials
from tests.fuzz.trial import Trials


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> str:
    return str(request.config.getoption("--fuzz-seed"))


@pytest.fixture
def programs(request: pytest.FixtureRequest) -> int:
    return int(request.config.getoption("--fuzz-programs"))


@pytest.fixture
def trials() -> Iterator[Trials]:
    with Trials() as trials:
        yield trials


@pytest.fixture
def cluster_trials() -> Iterator[ClusterTrials]:
    with ClusterTrials() as trials:
        yield trials
