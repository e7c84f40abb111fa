"""Packed lists and dicts, from live values to live values."""

import math
import struct
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyfora.capture.calls import capture_value
from pyfora.capture.client_origin import ClientOrigin
from pyfora.capture.values import PACKED_LENGTH
from pyfora.errors import WireError
from pyfora.program.nodes import DictOf, Instance, Packed, PackedDict, Program, Value
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


def test_long_tuples_of_texts_and_long_bytes_keep_their_types() -> None:
    texts = tuple(f"{number}\0é" for number in range(100))
    assert sent(texts)[0] == texts
    long = bytes(range(256)) * 1000
    back, program = sent(long)
    assert type(back) is bytes
    assert back == long
    assert program.nodes == (Packed("bytes", "B", 0),)


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


TEXTS = [f"wörd {number}\0" for number in range(PACKED_LENGTH)]


@pytest.mark.parametrize("keys", [TEXTS, range(PACKED_LENGTH), [number / 7 for number in range(PACKED_LENGTH)]])
@pytest.mark.parametrize("values", [TEXTS, range(-3, PACKED_LENGTH - 3), [-0.0, math.inf, *[0.5] * (PACKED_LENGTH - 2)]])
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
        dict.fromkeys(range(PACKED_LENGTH), True),
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
