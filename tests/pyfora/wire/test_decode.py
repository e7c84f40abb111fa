import random
import struct
from dataclasses import replace

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyfora.errors import WireError
from pyfora.program import nodes
from pyfora.program.nodes import Array, Constant, Packed, Program, TraceFrame, Value, Zipped
from pyfora.wire import decode_program, program_bytes
from pyfora.wire.layout import FORMAT, PRELUDE
from tests.pyfora.wire.samples import EVERY_ENTRY, EVERY_NODE, constants, program_of


def bits(value):
    """Distinguishes what == does not: types, -0.0, NaN payloads."""
    if isinstance(value, float):
        return struct.pack("<d", value)
    if isinstance(value, complex):
        return complex, bits(value.real), bits(value.imag)
    return type(value), value


def wrap(header: bytes) -> bytes:
    """A whole program around a header."""
    data = PRELUDE.pack(b"UFORA", FORMAT, len(header)) + header
    return data + bytes(-len(data) % 64)


def wrap_objects(*objects: object, counts: tuple = (0, 0, b"")) -> bytes:
    return wrap(b"".join(map(msgpack.packb, (counts, *objects))))


@pytest.mark.parametrize("entry", EVERY_ENTRY)
def test_every_record_comes_back_equal(entry):
    program = program_of(entry)
    assert decode_program(program_bytes(program)) == program


def test_a_program_is_read_from_bytes_bytearray_and_memoryview():
    data = program_bytes(program_of())
    assert decode_program(bytearray(data)) == decode_program(memoryview(data)) == decode_program(data)


def test_buffers_are_read_only_views_into_the_data():
    data = bytearray(program_bytes(program_of()))
    view = decode_program(data).buffers[0]
    data[data.index(struct.pack("<q", -2))] = 7
    assert view.cast("q").tolist()[1] != -2
    assert view.readonly


@pytest.mark.parametrize(
    "value",
    [
        *[True, False, 0, -1, 2**63 - 1, 2**63, 2**64 - 1, 2**64, -(2**63), -(2**63) - 1, 1 << 20_000, -(1 << 20_000)],
        *[0.0, -0.0, 5e-324, float("inf"), struct.unpack("<d", struct.pack("<Q", 0x7FF0DEADBEEF0001))[0]],
        *[complex(-0.0, float("nan")), 1j, "", "é\0", "\ud800 lone", "\ud83d\ude00", "😀", b"", bytes(range(256))],
    ],
    ids=lambda value: type(value).__name__,
)
def test_scalars_survive_exactly(value):
    [node] = decode_program(program_bytes(constants(value))).nodes
    assert bits(node.value) == bits(value)


scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.complex_numbers()
    | st.binary()
    | st.text(st.characters(exclude_categories=[]))
)


@given(st.lists(scalars))
def test_any_scalars_survive_exactly(values):
    back = decode_program(program_bytes(constants(0, *values)))
    assert [bits(node.value) for node in back.nodes[1:]] == [bits(value) for value in values]


def test_something_else_is_named_so():
    for data in (b"", b"UFO", b"GET / HTTP/1.1\r\n"):
        with pytest.raises(WireError, match="not a ufora program"):
            decode_program(data)


@pytest.mark.parametrize(
    ("offset", "reader", "older"),
    [(1, "cluster", "cluster"), (-1, "cluster", "client"), (1, "client", "client"), (-1, "client", "cluster")],
)
def test_another_format_says_who_must_upgrade(offset, reader, older):
    data = bytearray(program_bytes(program_of()))
    data[5] += offset
    with pytest.raises(WireError, match=f"upgrade the {older}"):
        decode_program(data, reader)


def test_every_truncation_is_a_wire_error():
    data = program_bytes(program_of())
    for length in range(len(data)):
        with pytest.raises(WireError):
            decode_program(data[:length])


def test_every_cut_of_the_header_is_a_wire_error():
    data = program_bytes(program_of())
    length = PRELUDE.unpack_from(data)[2]
    for cut in range(length):
        with pytest.raises(WireError):
            decode_program(wrap(data[PRELUDE.size : PRELUDE.size + cut]))


@pytest.mark.parametrize("seed", range(4))
def test_changed_bytes_give_a_program_or_a_wire_error(seed):
    chance = random.Random(seed)
    valid = program_bytes(program_of(EVERY_ENTRY[seed]))
    refused = 0
    for _ in range(1500):
        data = bytearray(valid)
        for _ in range(chance.choice((1, 1, 2, 8))):
            data[chance.randrange(len(data))] = chance.randrange(256)
        try:
            decode_program(data)
        except WireError:
            refused += 1
    assert refused > 100


def test_something_after_the_end_is_refused():
    data = program_bytes(program_of())
    with pytest.raises(WireError, match="joined"):
        decode_program(data + bytes(64))
    for extra in (None, 1):
        with pytest.raises(WireError, match="after its last node"):
            decode_program(wrap_objects((2, 0), (0, 1), extra, counts=(0, 1, b"")))


def test_an_unknown_tag_is_refused():
    with pytest.raises(WireError, match="node 0 of this program has the unknown tag 99"):
        decode_program(wrap_objects((2, 0), (99, 1), counts=(0, 1, b"")))
    with pytest.raises(WireError, match="entry of this program has the unknown tag 4"):
        decode_program(wrap_objects((4, 0)))


@pytest.mark.parametrize(
    ("node", "problem"),
    [
        (nodes.ListOf((0, len(EVERY_NODE))), "items: a reference out of range"),
        (nodes.ListOf((-1,)), "items: a reference out of range"),
        (nodes.SliceOf(0, 0, len(EVERY_NODE)), f"step: {len(EVERY_NODE)} is not an integer"),
        (nodes.Instance(-1, (), -1), "cls: -1"),
        (nodes.Instance(0, (), -2), "base: -2"),
        (nodes.UserModule("m", (("x", -1),)), "members: 'x' does not name a node"),
        (replace(nodes.Class(0, 0, "C", "C", "m", (), (), (), ""), cells=(("x", -2),)), "cells: 'x'"),
        (nodes.Class(1, 0, "C", "C", "m", (), (), (), ""), "source: 1"),
        (nodes.Class(0, -1, "C", "C", "m", (), (), (), ""), "ordinal: -1"),
        (nodes.Named(7), "path: int where str belongs"),
        (nodes.RangeOf(0, 1, True), "step: bool where int belongs"),
        (nodes.DictOf((0,), ()), "1 keys for 0 values"),
        (Packed("list", "q", 2), "buffer: 2"),
        (Packed("set", "q", 0), "no packed 'set'"),
        (Packed("list", "Q", 0), "no packed 'list' of 'Q'"),
        (Packed("list", "q", 1), "does not hold whole items"),
        (nodes.PackedDict("q", 0, "d", 1), "does not hold whole items"),
        (nodes.PackedDict("q", 0, "H", 0), "no packed dict of 'H'"),
        (nodes.PackedDict("i", 1, "h", 1), "does not hold whole items"),
        (nodes.PackedDict("q", 0, "qd", 0), "no packed dict of 'qd'"),
        (nodes.PackedDict("q", 9, "d", 0), "keys: 9"),
        (nodes.Rows(0, "Q", 0), "no rows of 'Q'"),
        (nodes.Rows(1, "q", 0), "does not hold whole items"),
        (nodes.Rows(0, "q", 1), "does not hold whole items"),
        (nodes.Rows(2, "q", 0), "lengths: 2"),
        (Zipped("set", (0,)), "no zipped 'set'"),
        (Zipped("list", ()), "1 to 32 columns"),
        (Zipped("list", (0, 0)), "each another one"),
        (Array("<f8", (2,), 0), "shape and dtype need 16 bytes, its buffer has 24"),
        (Array("<f8", (-3,), 0), "shape: -3"),
        (Array("|O", (3,), 0), "may not travel"),
        (Array(">f8", (3,), 0), "may not travel"),
        (Array("<V8", (3,), 0), "may not travel"),
        (Array("<f8, <f8", (3,), 0), "may not travel"),
        (Array("|u1", (0, 2**62, 2**62), 0), "larger than any memory"),
        (Array("|u1", (1,) * 33, 0), "too many"),
    ],
)
def test_a_node_that_is_wrong_is_refused_with_its_number_and_field(node, problem):
    program = replace(program_of(), nodes=(node, *program_of().nodes[1:]), buffers=(bytes(24), bytes(7)))
    with pytest.raises(WireError) as caught:
        decode_program(program_bytes(program))
    assert "node 0" in str(caught.value)
    assert problem in str(caught.value)


@pytest.mark.parametrize(
    ("dtype", "shape", "nbytes"),
    [
        ("|b1", (3,), 3),
        ("<U5", (2,), 40),
        ("|S3", (2, 2), 12),
        ("<M8[ns]", (1,), 8),
        ("<m8", (), 8),
        ("<c16", (0, 4), 0),
        ("<M8[10us]", (1,), 8),
    ],
)
def test_arrays_that_fit_their_buffer_are_taken(dtype, shape, nbytes):
    program = Program((), (Array(dtype, shape, 0),), (bytes(nbytes),), Value(0))
    assert decode_program(program_bytes(program)) == program


def test_wrong_entries_are_refused():
    frame = TraceFrame("a.py", -4, "f", "")
    with pytest.raises(WireError, match="trace: line: -4"):
        decode_program(program_bytes(program_of(nodes.Outcome((), -1, (frame,), ""))))
    with pytest.raises(WireError, match=f"value: {len(EVERY_NODE)}"):
        decode_program(program_bytes(program_of(Value(len(EVERY_NODE)))))


def test_a_source_that_is_wrong_is_refused():
    with pytest.raises(WireError, match="source 0 of this program is wrong: first_line"):
        decode_program(program_bytes(replace(program_of(), sources=(nodes.Source("a.py", 2**40, "x"),))))


@pytest.mark.parametrize(
    "bomb",
    [
        b"\xdd\x7f\xff\xff\xff" * 2000,  # arrays in arrays, each said to hold two thousand million items
        b"\x91" * 100_000,  # nested deeper than any program
        b"\xdf\x7f\xff\xff\xff",  # a map said to be huge
        b"\xc6\x7f\xff\xff\xff",  # bytes said to be huge
        msgpack.packb((2**40, 2**40, b"")),  # more nodes than the header has bytes
        msgpack.packb((0, 0, struct.pack("<2Q", 2**63, 2**63))),  # buffers that are not there
    ],
)
def test_a_small_header_cannot_ask_for_much_memory(bomb):
    with pytest.raises(WireError):
        decode_program(wrap(bomb))


def test_a_hundred_thousand_nodes_come_back():
    program = constants(*range(100_000))
    assert decode_program(program_bytes(program)) == program


def test_two_constants_that_are_equal_but_of_other_type_stay_apart():
    back = decode_program(program_bytes(constants(1, True, 1.0)))
    assert [type(node.value) for node in back.nodes] == [int, bool, float]
    assert back.nodes[0] == Constant(1)
