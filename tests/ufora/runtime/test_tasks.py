"""What travels between a driver, the workers and their interpreters comes out as it went in."""

import numpy
import pytest

from ufora.compile.spec import Consumer
from ufora.runtime.deopts import Deopts
from ufora.runtime.pieces import Kind, Piece
from ufora.runtime.tasks import Common, Describe, Description, Hold, Lease, MachineCode, Slice, SumOf, Take, pack_task, unpack_task


@pytest.mark.parametrize(
    "task",
    [
        Lease(Common.of(b"program", MachineCode("key", "cpu", b"code", (1, 2.5))), Consumer.SUM, range(3, 9), 3, 9, 2.0, True),
        Lease(Common.of(b"program", None), Consumer.LIST, None, 0, 1, 1e9, False),
        Lease(None, Consumer.LIST, (3, 9), 3, 9, 2.0, True),
        Hold(Common.of(b"program", None)),
        Describe(),
        Description(("<i8", 7), 9, 0.5, 12, 3, (Deopts(4, 11, 17), Deopts(0, 1, 3))),
        Take(3, 7),
        SumOf(3, 7),
        Slice("hash", b"", Consumer.ANY, range(5), 0, 10, 15, 0.06),
        Piece(0, 5, Kind.ITEMS, b"a Program"),
        None,
    ],
)
def test_records_travel(task: object) -> None:
    assert unpack_task(pack_task(task)) == task  # type: ignore[arg-type]


def test_arrays_travel() -> None:
    piece = unpack_task(pack_task(Piece(0, 3, Kind.ARRAY, numpy.array([1.5, -0.0, 2.0]))))
    assert piece.data.tolist() == [1.5, -0.0, 2.0]
