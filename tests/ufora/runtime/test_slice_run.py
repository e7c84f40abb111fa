"""The elements of one slice, in this process."""

from collections.abc import Callable
from typing import Any

from ufora.compile.spec import Consumer
from ufora.runtime.environment import Workshop
from ufora.runtime.guard.stopping import CannotPrint
from ufora.runtime.pieces import Kind, Piece
from ufora.runtime.slice_run import compute_part
from ufora.runtime.tasks import Slice


def compute(body: Callable[[Any], Any], consumer: Consumer = Consumer.LIST, *, seconds: float = 100.0, pack: Any = None) -> Piece:
    workshop = Workshop(lambda node: None)
    return compute_part(Slice("", b"", consumer, None, 0, 10, 110, seconds), body, range(10, 110), workshop, pack)


def test_ints_come_as_a_narrow_array():
    piece = compute(lambda part: [number + 1 for number in part])
    assert (piece.start, piece.stop, piece.kind, piece.data.dtype.itemsize) == (10, 110, Kind.ARRAY, 1)
    assert piece.data.tolist() == list(range(11, 111))


def test_others_as_the_reader_unpacks_them():
    piece = compute(lambda part: [str(number) for number in part], pack=tuple)
    assert (piece.kind, piece.data) == (Kind.ITEMS, tuple(map(str, range(10, 110))))


def test_without_time_it_ends_with_the_first_stretch():
    piece = compute(lambda part: [str(number) for number in part], seconds=0.0, pack=tuple)
    assert (piece.stop, piece.data) == (11, ("10",))


def test_what_decides_ends_it():
    piece = compute(lambda part: (number == 50 for number in part), Consumer.ANY)
    assert (piece.kind, piece.data, piece.stop) == (Kind.DECIDED, True, 110)


def test_what_raises_is_an_error():
    assert compute(lambda part: [1 // 0 for _ in part]).kind is Kind.ERROR


def test_what_prints_is_left_to_the_driver():
    def body(part: Any) -> list[Any]:
        raise CannotPrint

    assert compute(body).kind is Kind.HERE
