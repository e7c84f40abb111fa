"""How long a kernel runs in the driver before others take part."""

from typing import Any

import numpy
import pytest

from ufora.runtime.consume import Conductor
from ufora.runtime.kernels import ReadyKernel
from ufora.runtime.policy import Policy, When, make_policy

FAR = Policy().optimistic_seconds
NEAR = make_policy(When.AUTO, When.AUTO, is_near=True)


def find_start(policy: Policy, source: Any, *values: Any) -> float:
    nothing: Any = None
    conductor = Conductor(policy, nothing, nothing, nothing, nothing, nothing, nothing, nothing)
    return conductor._find_start(ReadyKernel(nothing, source, values, nothing))


def test_what_reads_no_lists_is_soon_cut_where_cores_are_near() -> None:
    assert find_start(NEAR, range(10**9), 1.5) == NEAR.near_seconds < FAR


@pytest.mark.parametrize("is_source", [False, True])
def test_the_more_it_reads_the_longer_it_stays(is_source: bool) -> None:
    starts = []
    for count in (10, 10_000, 10**7):
        array = numpy.zeros(count)
        starts.append(find_start(NEAR, array) if is_source else find_start(NEAR, range(10), array))
    assert NEAR.near_seconds < starts[0] < starts[1] < starts[2] == FAR


def test_where_no_cores_are_near_it_takes_what_an_engine_task_costs() -> None:
    assert find_start(Policy(), range(10)) == find_start(Policy(), numpy.zeros(10**7)) == FAR
