"""A nursery for the tests of this folder."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ufora.runtime.processes.nursery import Nursery

sys.path.insert(0, str(Path(__file__).parent))  # the nursery imports its entry points from `process_entries` beside this file


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    nursery = Nursery(preload=["json"], warm_up="process_entries:warm_up")
    nursery.start()
    yield nursery
    nursery.close()
