"""How long a kernel runs in the driver before others take part."""

from typing import Any
from unittest import mock

from tests.ufora.runtime.here import Here
from ufora.runtime.consume import Conductor
from ufora.runtime.policy import Policy, When, make_policy

FAR = Policy().optimistic_seconds
NEAR = make_policy(When.AUTO, When.AUTO, is_near=True)


def find_start(policy: Policy) -> float:
    nothing: Any = None
    return Conductor(policy, nothing, nothing, nothing, nothing, nothing, nothing, nothing)._find_start()


def test_machine_code_is_soon_cut_where_the_drivers_process_uses_its_machines_cores() -> None:
    assert find_start(NEAR) == NEAR.near_seconds < FAR


def test_elsewhere_it_takes_what_an_engine_task_costs() -> None:
    assert find_start(Policy()) == FAR


def spin(n: int) -> int:
    total = 0
    while total < 2_000_000:
        total += 1 + (total ^ n) % 3
    return total


def spin_often() -> list[int]:
    found: list[int] = []
    for _ in range(3):
        found = [spin(n) for n in range(8)]
    return found


def test_what_took_long_the_last_time_is_for_all_cores_at_once() -> None:
    here = Here(When.AUTO, When.AUTO, own=True)
    splitter = here.driver._conductor.splitter
    assert splitter is not None
    try:
        with mock.patch.object(type(splitter), "compute", autospec=True, side_effect=type(splitter).compute) as compute:
            assert here.run(spin_often).values == {"": [spin(n) for n in range(8)]}
    finally:
        here.close()
    _, *later = [call.args[1] for call in compute.call_args_list]
    assert [rest.start for rest in later] == [0, 0]
    assert all(rest.rate > 0 for rest in later)
