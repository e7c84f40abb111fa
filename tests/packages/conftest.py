"""Machines for the tests: each module has its own, pristine, and its tests follow one another on it as they would in its life."""

from collections.abc import Iterator

import pytest

from tests.packages.machine import Machine, boot
from tests.packages.prepare import SRV, SYSTEM, list_versions


@pytest.fixture(scope="module")
def machine(request: pytest.FixtureRequest) -> Iterator[Machine]:
    """Booted and empty: no package of ours is installed."""
    name = request.module.__name__.rpartition("test_")[2]
    with boot(SYSTEM, f"uf-{name}"[:14], MACHINES[name], SRV) as booted:
        yield booted


MACHINES = {"apt": 1, "dnf": 2, "client": 3}
"""Test module → number of its machine's network."""


@pytest.fixture(scope="session")
def versions() -> dict[str, str]:
    return list_versions()
