import tracemalloc

import pytest

from pyfora.errors import InternalError
from pyfora.program.nodes import Constant, LazyBuffer, Outcome, Packed, Program, TraceFrame, Value
from pyfora.wire import encode_program, hash_of, program_bytes, program_size
from pyfora.wire.encode import PIECE_BYTES
from tests.pyfora.wire.samples import EVERY_ENTRY, program_of


def packed(buffer):
    return Program((), (Packed("list", "q", 0),), (buffer,), Value(0))


@pytest.mark.parametrize("entry", EVERY_ENTRY)
def test_the_same_program_gives_the_same_bytes(entry):
    assert program_bytes(program_of(entry)) == program_bytes(program_of(entry))
    assert hash_of(program_bytes(program_of(entry))) == hash_of(bytearray(program_bytes(program_of(entry))))


@pytest.mark.parametrize("entry", EVERY_ENTRY)
def test_the_size_is_known_before(entry):
    assert program_size(program_of(entry)) == len(program_bytes(program_of(entry)))


def test_a_lazy_buffer_gives_the_same_bytes_as_a_whole_one():
    lazy = LazyBuffer(16, lambda: iter([b"12345", memoryview(b"67890123456")]))
    assert program_bytes(packed(lazy)) == program_bytes(packed(b"1234567890123456"))
    assert program_size(packed(lazy)) == len(program_bytes(packed(lazy)))


def test_a_lazy_buffer_that_gives_less_than_announced_is_our_fault():
    with pytest.raises(InternalError, match="announced as 16 bytes gave 5"):
        program_bytes(packed(LazyBuffer(16, lambda: iter([b"12345"]))))


def test_large_buffers_leave_in_pieces_without_being_copied():
    program = packed(bytes(10 * PIECE_BYTES + 8))
    tracemalloc.start()
    sizes = [len(piece) for piece in encode_program(program)]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert max(sizes) == PIECE_BYTES
    assert peak < PIECE_BYTES


def test_buffers_begin_at_multiples_of_64():
    program = Program((), (Constant(1),), (b"a", b"b" * 64, b"", b"c"), Value(0))
    data = program_bytes(program)
    assert len(data) % 64 == 0
    assert [data.index(letter) % 64 for letter in (b"a" + bytes(63), b"b" * 64, b"c" + bytes(63))] == [0, 0, 0]


def test_what_is_no_plain_data_is_our_fault():
    with pytest.raises(InternalError, match="not plain data"):
        program_bytes(Program((), (Constant(object()),), (), Value(0)))


def test_a_name_given_twice_is_our_fault():
    with pytest.raises(InternalError, match="twice"):
        program_bytes(Program((), (Constant(1),), (), Outcome((("x", 0), ("x", 0)), -1, (), "")))


def test_a_trace_too_long_to_be_read_is_our_fault():
    with pytest.raises(InternalError, match="16384"):
        program_bytes(Program((), (), (), Outcome((), -1, (TraceFrame("a.py", 1, "f", ""),) * 20_000, "")))
