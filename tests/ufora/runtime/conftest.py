"""Clusters in this process: everything in order, and everything cut."""

from collections.abc import Iterator

import pytest

from tests.ufora.runtime.here import Here
from ufora.runtime.policy import When


@pytest.fixture(params=[When.NEVER, When.ALWAYS], ids=["in order", "cut"])
def here(request: pytest.FixtureRequest) -> Iterator[Here]:
    cluster = Here(When.NEVER, request.param)
    yield cluster
    cluster.close()
