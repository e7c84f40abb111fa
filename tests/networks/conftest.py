from collections.abc import Iterator

import pytest

from tests.networks.lan import Lan, find_obstacle


@pytest.fixture(scope="module")
def lan() -> Iterator[Lan]:
    if obstacle := find_obstacle():
        pytest.skip(obstacle)
    with Lan() as lan:
        yield lan
