"""Lists and objects as kernels have them, and what goes back into them."""

import math

import numpy
import pytest

from ufora.compile.given import Table
from ufora.compile.spec import ArrayOf, ListOf, ObjectOf, Scalar, TupleOf
from ufora.compile.values import Nothing
from ufora.runtime.captured import CAPTURED
from ufora.runtime.given_back import Unknowable
from ufora.runtime.guard.registry import Registry
from ufora.runtime.instances import CannotBind
from ufora.runtime.lists import Lists, turn_rows


def put_back(lists: Lists) -> None:
    lists.take_home(Scalar.INT, 0, {}, changes=True)


def test_one_list_is_one_array() -> None:
    lists = Lists(may_change=True)
    xs = [1, 2, 3]
    of, array = lists.pack(xs)
    assert of == ListOf(Scalar.INT)
    assert lists.pack(xs)[1] is array
    assert lists.pack(list(xs))[1] is not array


def test_rows_that_are_one_list_are_one_array() -> None:
    lists = Lists(may_change=True)
    row = [0.5, 1.5]
    of, table = lists.pack([row, row])
    assert of == ListOf(ListOf(Scalar.FLOAT))
    assert isinstance(table, Table)
    assert table.lists[0] is table.lists[1] is lists.pack(row)[1]


def test_only_items_that_changed_are_assigned() -> None:
    lists = Lists(may_change=True)
    xs, flags = [0.5, 1.5, 2.5, 0.0], [True, False]
    kept = xs[1]
    (_, array), (_, bits) = lists.pack(xs), lists.pack(flags)
    lists.remember()
    array[0], array[3], bits[1] = 7.0, -0.0, True
    put_back(lists)
    assert [repr(x) for x in xs] == ["7.0", "1.5", "2.5", "-0.0"]
    assert xs[1] is kept
    assert flags == [True, True]


def test_where_one_list_holds_a_nan_no_list_is_changed() -> None:
    lists = Lists(may_change=True)
    xs, ys = [1, 2], [0.5, 1.5]
    (_, one), (_, other) = lists.pack(xs), lists.pack(ys)
    lists.remember()
    one[0], other[0] = 5, math.nan
    with pytest.raises(Unknowable):
        put_back(lists)
    assert (xs, ys) == ([1, 2], [0.5, 1.5])


def test_what_came_from_outside_may_not_change() -> None:
    outside = [1, 2]
    CAPTURED[id(outside)] = outside
    try:
        assert Lists(may_change=True).pack(outside)[0] == ArrayOf(Scalar.INT)
    finally:
        del CAPTURED[id(outside)]


@pytest.mark.parametrize("items", [[], [1, 2.5], [[1], [2.5]], [[1], []], ["a"], [None], [True, 1]])
def test_lists_of_several_types_are_not_packed(items: list[object]) -> None:
    with pytest.raises(CannotBind):
        Lists(may_change=True).pack(items)


def test_what_a_call_gives_holds_the_lists_themselves() -> None:
    lists = Lists(may_change=True)
    rows = [[1, 2], [3]]
    of, table = lists.pack(rows)
    _, first = lists.pack(rows[0])
    found = lists.take_home(
        TupleOf((of, ListOf(Scalar.INT), Scalar.INT)), ((table.address, 2), (first.ctypes.data, 2), 7), {}, changes=False
    )  # type: ignore[arg-type]
    assert found[0] is rows
    assert found[1] is rows[0]
    assert found[2] == 7
    assert lists.take_home(Nothing(), b"", {}, changes=False) is None


class Body:
    weight = 1

    def __init__(self, x: object, count: object) -> None:
        self.x, self.count, self.name = x, count, "body"


class AllRegistered(Registry):
    """Every class of this module is the user's."""

    def find_place(self, made: object) -> object:  # type: ignore[override]
        return made if getattr(made, "__module__", "") == __name__ else None


BODY = ObjectOf("Body", (("count", Scalar.INT), ("x", Scalar.FLOAT)))


def test_numbers_that_an_object_holds_go_back_into_it() -> None:
    lists = Lists(may_change=True, classes=AllRegistered())
    body = Body(0.5, 3)
    of, words = lists.copy_of("body", body)
    assert (of, lists.copy_of("body", body)[1] is words) == (BODY, True)
    lists.remember()
    words[0], words.view(numpy.float64)[1] = 7, -0.0
    put_back(lists)
    assert (body.count, str(body.x), body.name) == (7, "-0.0", "body")
    assert lists.take_home(of, words.ctypes.data, {}, changes=False) is body


def test_a_list_of_objects_and_the_objects_are_the_same() -> None:
    lists = Lists(may_change=True, classes=AllRegistered())
    bodies = [Body(0.5, 3), Body(1.5, 4)]
    of, table = lists.pack(bodies)
    assert of == ListOf(BODY)
    assert table.words.tolist() == [[lists.copy_of("body", body)[1].ctypes.data] for body in bodies]


@pytest.mark.parametrize("bodies", [[Body(0.5, 3), Body(1, 4)], [Body(math.nan, 3)], [Body(0.5, 3), 4]])
def test_objects_that_do_not_hold_the_same_numbers_are_not_packed(bodies: list[object]) -> None:
    with pytest.raises(CannotBind):
        Lists(may_change=True, classes=AllRegistered()).pack(bodies)


def test_ints_beyond_64_bits_and_what_the_class_holds_have_no_place() -> None:
    assert Lists(may_change=True, classes=AllRegistered()).copy_of("body", Body(0.5, 2**63))[0].fields == (("x", Scalar.FLOAT),)


def test_objects_from_outside_are_not_copied() -> None:
    body = Body(0.5, 3)
    lists = Lists(may_change=True, classes=AllRegistered())
    assert lists.may_assign(body)
    CAPTURED[id(body)] = body
    try:
        assert not lists.may_assign(body)
    finally:
        del CAPTURED[id(body)]


@pytest.mark.parametrize("rows", [[[1, 2, 3], [4, 5, 6]], [[1, 2, 3], [4, 5]], [[], []], [[7]]])
def test_columns_are_as_many_as_the_shortest_row_has_items(rows: list[list[int]]) -> None:
    table = Table(ArrayOf(Scalar.INT), tuple(numpy.array(row, numpy.int64) for row in rows))
    assert turn_rows(Scalar.INT, table).tolist() == [list(column) for column in zip(*rows, strict=False)]
