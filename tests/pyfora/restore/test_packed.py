"""Packed lists, from live values to live values."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyfora.capture.calls import capture_value
from pyfora.capture.client_origin import ClientOrigin
from pyfora.capture.values import PACKED_LENGTH
from pyfora.errors import WireError
from pyfora.program.nodes import Packed, Program, Value
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
