"""The splitting policy keeps cores busy, on clusters that do not exist. Virtual time: the same on every machine."""

import pytest

from benchmarks.simulation import HEAD, SHAPES, Shape, simulate
from ufora.runtime.policy import Cutting

BY_NAME = {shape.name: shape for shape in SHAPES}


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_skewed_work_keeps_two_cores_busy(shape: Shape) -> None:
    assert simulate(1, 2, shape, 10.0, 100_000, Cutting()).efficiency >= 0.85


@pytest.mark.parametrize("name", ["uniform", "growing"])
def test_twenty_machines_are_kept_busy_at_little_cost_to_the_manager(name: str) -> None:
    outcome = simulate(20, 32, BY_NAME[name], 60.0, 80_000, Cutting())
    assert outcome.efficiency >= 0.9
    assert outcome.manager_busy < 0.2


def test_one_run_is_as_another() -> None:
    assert simulate(4, 8, BY_NAME["heavy tail"], 5.0, 10_000, Cutting()) == simulate(4, 8, BY_NAME["heavy tail"], 5.0, 10_000, Cutting())


def test_a_manager_that_is_asked_for_short_leases_only_is_busier() -> None:
    short = simulate(20, 32, BY_NAME["uniform"], 20.0, 80_000, Cutting(lease_seconds=0.05, lease_limit=1.0, share=60))
    assert short.manager_busy > simulate(20, 32, BY_NAME["uniform"], 20.0, 80_000, Cutting()).manager_busy


def test_a_line_stands_below_its_head() -> None:
    assert len(simulate(4, 8, BY_NAME["uniform"], 5.0, 10_000, Cutting()).as_line()) == len(HEAD)
