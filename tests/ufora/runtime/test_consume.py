"""How long a kernel runs in the driver before others take part."""

from typing import Any

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
