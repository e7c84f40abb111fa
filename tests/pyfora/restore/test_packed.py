"""Packed lists and dicts, from live values to live values."""

import math
import struct
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyfora.capture.calls import capture_value
from pyfora.capture.client_origin import ClientOrigin
from pyfora.capture.packing import PACKED_LENGTH
from pyfora.errors import WireError
from pyfora.program.nodes import Constant, DictOf, Instance, ListOf, Node, Packed, PackedDict, Program, Rows, TupleOf, Value, Zipped
from pyfora.restore import Restorer
from pyfora.wire import decode_program, program_bytes
from tests.pyfora.restore.building import plain


def sent(value: object) -> tuple[object, Program]:
    program = decode_program(program_bytes(capture_value(value, ClientOrigin(lambda value: None))))
    assert isinstance(program.entry, Value)
    return Restorer(program, plain()).value(program.entry.value), program


@given(st.lists(st.text(st.characters(exclude_categories=())), min_size=PACKED_LENGTH, max_size=PACKED_LENGTH + 5))
def test_long_lists_of_texts_travel_as_one_buffer(texts: list[str]) -> None:
    back, program = sent(texts)
    assert back == texts
    assert len(program.nodes) == 1


@pytest.mark.parametrize("nul_at", [None, 0, 50, 99])
def test_texts_are_cut_at_nuls_where_there_are_none_in_them(nul_at: int | None) -> None:
    texts = [f"{number}é\ud800" * (number % 3) for number in range(100)]
    if nul_at is not None:
        texts[nul_at] += "\0"
    back, program = sent(texts)
    assert back == texts
    assert program.nodes == (Packed("list", "t" if nul_at is None else "s", 0),)


def test_long_tuples_of_texts_and_long_bytes_keep_their_types() -> None:
    texts = tuple(f"{number}\0é" for number in range(100))
    assert sent(texts)[0] == texts
    long = bytes(range(256)) * 1000
    back, program = sent(long)
    assert type(back) is bytes
    assert back == long
    assert program.nodes == (Packed("bytes", "B", 0),)


RECORDS = st.tuples(
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False),
    st.booleans(),
    st.text(st.characters(exclude_categories=())),
    st.tuples(st.floats(0, 1)),
)


@given(st.lists(RECORDS, min_size=PACKED_LENGTH, max_size=PACKED_LENGTH + 5))
def test_long_lists_of_tuples_travel_by_columns(records: list[tuple[object, ...]]) -> None:
    back, program = sent(records)
    assert repr(back) == repr(records)  # -0.0 and True too
    assert len(program.nodes) == 7  # the list, five columns, and the column of one


def test_a_long_tuple_of_tuples_keeps_its_type() -> None:
    pairs = tuple((number, -0.5 * number) for number in range(100))
    back, program = sent(pairs)
    assert back == pairs
    assert type(back) is tuple
    assert type(program.nodes[0]) is Zipped


@pytest.mark.parametrize(
    "last", [(1,), (1, 2, 3), (1, 2), (1.0, True), (2**63, 1.0), (None, 1.0), [1, 1.0], (1, float("nan"))], ids=lambda last: repr(last)
)
def test_tuples_that_are_not_alike_come_back_too(last: object) -> None:
    records = [*((number, number * 0.5) for number in range(100)), last]
    assert repr(sent(records)[0]) == repr(records)


def make_pairs(count: int = 100) -> list[tuple[int, tuple[int, int]]]:
    return [(number, (number, -number)) for number in range(count)]


def share_one(pairs: list[Any]) -> list[Any]:
    return [pairs, pairs[7]]


def share_one_before(pairs: list[Any]) -> list[Any]:
    return [pairs[7], pairs]


def share_all(pairs: list[Any]) -> list[Any]:
    return [pairs, [*pairs]]


def share_an_inner_one(pairs: list[Any]) -> list[Any]:
    return [pairs, {"inner": pairs[7][1]}]


def repeat(pairs: list[Any]) -> list[Any]:
    return [[*pairs, pairs[0]], [pairs[1]] * 100, [(number, pairs[2]) for number in range(100)]]


@pytest.mark.parametrize("share", [share_one, share_one_before, share_all, share_an_inner_one, repeat])
def test_a_tuple_that_several_things_hold_is_one_tuple_there_too(share: Callable[[list[Any]], list[Any]]) -> None:
    value = share(make_pairs())
    back, _ = sent(value)
    assert back == value
    assert _sharing(back) == _sharing(value)


def _sharing(value: Any) -> list[int]:
    """For each tuple inside, in order, the place where it was first met."""
    first: dict[int, int] = {}
    met = []
    todo = [value]
    while todo:
        one = todo.pop()
        if type(one) is tuple:
            met.append(first.setdefault(id(one), len(first)))
        if isinstance(one, list | tuple | dict):
            todo.extend(one.values() if isinstance(one, dict) else one)
    return met


@pytest.mark.parametrize(
    "column",
    [Constant(1), ListOf(()), TupleOf(()), TupleOf((0, 0))],
    ids=["a number", "a list", "too short", "too long"],
)
def test_columns_that_are_no_tuples_of_one_length_are_refused(column: Node) -> None:
    program = Program((), (Constant(5), TupleOf((0,)), column, Zipped("list", (1, 2))), (), Value(3))
    with pytest.raises(WireError, match="columns that are no tuples of one length"):
        Restorer(decode_program(program_bytes(program)), plain()).value(3)


def test_a_list_among_its_own_columns_is_refused() -> None:
    program = Program((), (Zipped("tuple", (0,)),), (), Value(0))
    with pytest.raises(WireError):
        Restorer(decode_program(program_bytes(program)), plain()).value(0)


@pytest.mark.parametrize(
    "buffer",
    [
        b"",
        struct.pack("<q", 1),
        struct.pack("<q", -1),
        struct.pack("<q", 2**62),
        struct.pack("<qi", 1, 2) + b"a",
        struct.pack("<qii", 2, -1, 2) + b"a",
        struct.pack("<qi", 1, 1) + b"\xff",
    ],
)
def test_texts_that_do_not_fit_their_lengths_are_refused(buffer: bytes) -> None:
    program = decode_program(program_bytes(Program((), (Packed("list", "s", 0),), (buffer,), Value(0))))
    with pytest.raises(WireError, match="packed list"):
        Restorer(program, plain()).value(0)


def test_texts_that_are_none_are_refused() -> None:
    program = decode_program(program_bytes(Program((), (Packed("list", "t", 0),), (b"a\0\xff",), Value(0))))
    with pytest.raises(WireError, match="texts of a packed list cannot be read"):
        Restorer(program, plain()).value(0)


TEXTS = [f"wörd {number}\0" for number in range(PACKED_LENGTH)]


@pytest.mark.parametrize(
    "keys", [TEXTS, [text[:-1] for text in TEXTS], range(PACKED_LENGTH), [number / 7 for number in range(PACKED_LENGTH)]]
)
@pytest.mark.parametrize(
    "values", [TEXTS, [True, False] * (PACKED_LENGTH // 2), range(-3, PACKED_LENGTH - 3), [-0.0, math.inf, *[0.5] * (PACKED_LENGTH - 2)]]
)
def test_long_dicts_of_texts_and_numbers_travel_as_two_buffers(keys: Iterable[object], values: Iterable[object]) -> None:
    value = dict(zip(keys, values, strict=True))
    back, program = sent(value)
    assert repr(back) == repr(value)
    assert [type(node) for node in program.nodes] == [PackedDict]


@pytest.mark.parametrize(
    "value",
    [
        dict.fromkeys(range(PACKED_LENGTH - 1), 1),
        dict.fromkeys(range(PACKED_LENGTH), None),
        dict.fromkeys([(number, 0) for number in range(PACKED_LENGTH)], 1),
        dict.fromkeys(range(PACKED_LENGTH), 2**63),
        {**dict.fromkeys(range(PACKED_LENGTH), 1), "a": 1},
        dict.fromkeys(range(PACKED_LENGTH), math.nan),
    ],
)
def test_other_dicts_travel_item_by_item(value: dict[object, object]) -> None:
    back, program = sent(value)
    assert isinstance(program.entry, Value)
    assert isinstance(program.nodes[program.entry.value], DictOf)
    assert back == value


class Counts(dict[str, int]):
    pass


def test_an_object_that_is_a_long_dict_keeps_its_class_and_fields() -> None:
    counts = Counts(zip(TEXTS, range(PACKED_LENGTH), strict=True))
    counts.total = 7  # type: ignore[attr-defined]
    back, program = sent(counts)
    assert isinstance(program.nodes[program.entry.value], Instance)  # type: ignore[union-attr]
    assert type(back).__name__ == "Counts"
    assert (back, vars(back)) == (counts, {"total": 7})


def test_a_packed_dict_without_as_many_keys_as_values_is_refused() -> None:
    program = decode_program(program_bytes(Program((), (PackedDict("q", 0, "d", 1),), (bytes(16), bytes(24)), Value(0))))
    with pytest.raises(WireError, match="2 keys for 3 values"):
        Restorer(program, plain()).value(0)


ROW_ITEMS = [
    lambda k: k * 3 - 50,
    lambda k: k * 10**15,
    lambda k: k * 0.5,
    lambda k: k % 2 == 0,
    lambda k: f"{k}é",
    lambda k: f"{k}\0",
]


@pytest.mark.parametrize("item", ROW_ITEMS)
@pytest.mark.parametrize("width", [lambda k: 3, lambda k: k % 5, lambda k: 200 * (k == 70)], ids=["alike", "ragged", "one"])
def test_many_short_lists_travel_as_two_buffers(item: Callable[[int], Any], width: Callable[[int], int]) -> None:
    rows = [[item(k + j) for j in range(width(k))] for k in range(100)]
    back, program = sent(rows)
    assert back == rows
    assert list(map(type, back)) == [list] * 100  # type: ignore[call-overload]
    assert [type(node) for node in program.nodes] == [Rows]


def test_lists_that_are_held_twice_stay_one() -> None:
    rows = [[k, k] for k in range(100)]
    for value in ((rows, rows[3]), [*rows, rows[0]], (rows, list(rows)), (rows, [[1.5]] * 80)):
        back: Any = sent(value)[0]
        assert back == value
        assert list_identities(back) == list_identities(value)


def list_identities(value: Any) -> list[int]:
    """For each list inside, in order, the place where it was first met."""
    first: dict[int, int] = {}
    met, todo = [], [value]
    while todo:
        one = todo.pop()
        if isinstance(one, list | tuple):
            met.append(first.setdefault(id(one), len(first)))
            todo.extend(one)
    return met


@pytest.mark.parametrize("rows", [[[]] * 100, [[] for _ in range(100)], [[k, 0.5] for k in range(100)], [[k, [k]] for k in range(100)]])
def test_lists_of_other_things_travel_one_by_one(rows: list[Any]) -> None:
    back, program = sent(rows)
    assert back == rows
    assert Rows not in map(type, program.nodes)


@pytest.mark.parametrize("lengths", [(1, 1), (4, -1), (2**62, 2**62)])
def test_rows_that_do_not_fit_their_items_are_refused(lengths: tuple[int, ...]) -> None:
    program = Program((), (Rows(0, "B", 1),), (struct.pack(f"<{len(lengths)}q", *lengths), b"abc"), Value(0))
    with pytest.raises(WireError, match="rows of a program do not have the lengths"):
        Restorer(decode_program(program_bytes(program)), plain()).value(0)
