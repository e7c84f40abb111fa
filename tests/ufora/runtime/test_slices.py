"""Exactly so many slices, when that is asked for."""

import pytest

from tests.ufora.runtime.here import Here
from ufora.runtime.machine import Machine
from ufora.runtime.policy import When
from ufora.runtime.tasks import Lease, unpack_task


class NotingMachine(Machine):
    """Notes the stretch of every lease."""

    leases: list[tuple[int, int]]

    def perform(self, payload, inputs, given_up):
        task = unpack_task(payload)
        if isinstance(task, Lease):
            assert task.is_slice
            NotingMachine.leases.append((task.start, task.stop))
        return super().perform(payload, inputs, given_up)


def program():
    return sum(x * x for x in range(250))


@pytest.mark.parametrize("tier", [When.NEVER, When.ALWAYS])
@pytest.mark.parametrize("slices", [1, 2, 7, 100, 250, 1000])
def test_a_comprehension_is_cut_into_as_many_slices_as_were_asked_for(slices: int, tier: When) -> None:
    NotingMachine.leases = []
    here = Here(tier, machine=NotingMachine, slices=slices)
    try:
        assert here.run(program).values[""] == program()
    finally:
        here.close()
    leases = sorted(NotingMachine.leases)
    assert len(leases) == min(slices, 250)
    assert [start for start, _ in leases] == [0, *(stop for _, stop in leases[:-1])]
    assert leases[-1][1] == 250
    lengths = {stop - start for start, stop in leases}
    assert max(lengths) - min(lengths) <= 1
