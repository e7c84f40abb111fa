"""What is left of a comprehension's elements, and what is done."""

from ufora.runtime.pieces import Kind, Piece
from ufora.runtime.stretches import Stretches


def done(start: int, stop: int, kind: Kind = Kind.ITEMS) -> Piece:
    return Piece(start, stop, kind, True)


def test_elements_are_taken_in_order_and_once() -> None:
    left = Stretches(0, 10)
    assert [left.take(4), left.take(4), left.take(4)] == [(0, 4), (4, 8), (8, 10)]
    assert not left.todo
    assert left.count_left() == 0


def test_of_nothing_nothing_is_left() -> None:
    assert not Stretches(3, 3).todo


def test_what_is_put_back_comes_before_what_lies_behind_it() -> None:
    left = Stretches(0, 10)
    first, _ = left.take(3), left.take(2)
    left.put_back(*first)
    left.put_back(5, 5)
    assert left.first == 0
    assert left.count_left() == 8
    assert [left.take(9), left.take(9)] == [(0, 3), (5, 10)]


def test_an_error_ends_what_matters_and_those_before_it_go_on() -> None:
    left = Stretches(0, 100)
    before, failing, behind = left.take(10), left.take(10), left.take(10)
    left.add([done(15, 16, Kind.ERROR)])
    left.put_back(*behind)
    left.put_back(*before)
    left.put_big(20)
    assert left.ends_at == 15 < failing[1]
    assert left.take(100) == before
    assert not left.todo
    assert not left.big


def test_a_piece_that_decides_nothing_ends_nothing() -> None:
    left = Stretches(0, 100)
    left.add([Piece(0, 10, Kind.DECIDED, None)])
    assert left.ends_at == 100


def test_elements_that_came_back_wait_until_nothing_else_is_left() -> None:
    left = Stretches(0, 10)
    left.take(4)
    left.add([done(0, 2), Piece(3, 4, Kind.BIG, None), Piece(2, 3, Kind.BIG, None)])
    assert [piece.start for piece in left.pieces] == [0]
    assert not left.is_big_next
    left.take(6)
    assert left.is_big_next
    assert left.first_big == left.take_big() == 2
    left.put_back(6, 8)
    assert sorted(left.take_all()) == [(3, 4), (6, 8)]
    assert not left.big
