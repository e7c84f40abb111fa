"""What a comprehension holds, as far as it can be known at a glance."""

import math
from types import FunctionType

import pytest

from ufora.runtime.holdings import Holdings, find_holdings, is_new_and_plain

NAMED = {len: "builtins.len", math: "math"}
LINES = ["a line"] * 100


def find(*roots: object) -> Holdings | None:
    return find_holdings(roots, lambda function: True, lambda value: NAMED.get(value) if callable(value) or value is math else None)


def holder_of(value: object) -> FunctionType:
    return lambda: value  # type: ignore[return-value]


def uses_a_global_inside() -> object:
    return [len(line) for line in (lambda: LINES)()]


def test_what_functions_hold_is_found_in_cells_defaults_and_globals():
    in_cell, as_default = ["c"], ["d"]

    def function(first=as_default):
        return in_cell, first

    found = find(function, uses_a_global_inside)
    assert found is not None
    assert {id(in_cell), id(as_default), id(LINES), id(function)} <= set(found.objects)


def test_text_weighs_what_it_takes_to_send():
    small, large = find(holder_of("x")), find(holder_of(["y" * 1000] * 1000))
    assert small is not None
    assert large is not None
    assert small.nbytes < 100
    assert 1_000_000 <= large.nbytes < 1_100_000


@pytest.mark.parametrize(
    "value", [{"a": b"b"}, {1, 2}, frozenset({"a"}), (1.5, None), range(3), [], {}, [("a", 1), ("b", 2)], math, len], ids=repr
)
def test_plain_things_are_known(value):
    assert find(holder_of(value)) is not None


@pytest.mark.parametrize(
    "value",
    [[[1]], {"a": []}, (x for x in ()), object(), [(1, [2])], bytearray(1), {1: (2,)}, print],
    ids=lambda value: type(value).__name__,
)
def test_anything_else_is_not(value):
    assert find(holder_of(value)) is None


def test_a_subclass_of_a_plain_type_is_not_plain():
    class Text(str):
        __slots__ = ()

    assert find(holder_of([Text("a")])) is None


def test_rows_are_named_by_their_list_and_their_place():
    rows = [("a", 1), ("b", 2)]
    found = find(holder_of(rows))
    assert found is not None
    names = found.name_objects()
    assert names[id(rows[1])] == f"{id(rows)}.1"
    assert found.objects[int(names[id(rows)])] is rows


@pytest.mark.parametrize("items", [[1, "a", None, 2.5, b"b"], [{"a": 1}], [[1, 2], []], [(1, 2)], []], ids=repr)
def test_new_plain_elements_travel_as_they_are(items):
    holdings = find(holder_of(LINES))
    assert holdings is not None
    assert is_new_and_plain(items, holdings)


@pytest.mark.parametrize("items", [[LINES], [math.nan], [[math.nan]], [[[]]], [{"a": []}], [{1}], [object()]], ids=range(7))
def test_what_can_be_told_from_its_copy_does_not(items):
    holdings = find(holder_of(LINES))
    assert holdings is not None
    assert not is_new_and_plain(items, holdings)


def test_a_tuple_may_be_a_row():
    rows = [("a", 1)]
    holdings = find(holder_of(rows))
    assert holdings is not None
    assert not is_new_and_plain([rows[0]], holdings)
