"""Which machines are given leases of machine code that reads long lists."""

from types import SimpleNamespace
from typing import Any

import pytest

from ufora.engine.contract import WorkerFacts
from ufora.runtime.dispatch import Dispatch
from ufora.runtime.own_cores import OwnCores
from ufora.runtime.policy import TRAVEL_RATE

WORKERS = [WorkerFacts(f"w{number}", "", 1, 2**30, "", "") for number in range(3)]
CARRIED_SECONDS = 2.0


@pytest.mark.parametrize(
    ("own", "seconds", "stays", "chosen"),
    [
        (True, CARRIED_SECONDS / 2, False, ["w0"]),
        (True, CARRIED_SECONDS * 2, False, ["w0", "w1", "w2"]),
        (True, CARRIED_SECONDS / 2, True, ["w0", "w1", "w2"]),
        (False, CARRIED_SECONDS / 2, False, ["w0", "w1", "w2"]),
    ],
)
def test_others_are_left_out_where_lists_are_longer_on_their_way_than_computing_takes(own, seconds, stays, chosen):
    engine: Any = SimpleNamespace(is_near=lambda worker: worker == "w0")
    kernel = SimpleNamespace(source=range(10), count_bytes=lambda: int(CARRIED_SECONDS * TRAVEL_RATE))
    cores: Any = OwnCores if own else None
    dispatch = Dispatch(engine, cores, lambda comprehension, part: pytest.fail("nothing is packed"), SimpleNamespace(kernel=kernel))
    assert [worker.id for worker in dispatch.choose(WORKERS, seconds, stays=stays)] == chosen
