import pytest

from pyfora.errors import WireError
from pyfora.program.nodes import Constant, Program, Value
from pyfora.wire import hash_of, program_bytes
from ufora.gateway.header import HEADER_BYTES, ProgramHash, check_header

PROGRAM = program_bytes(Program((), (Constant(1),), (), Value(0)))


def test_what_the_wire_encodes_is_a_program():
    check_header(PROGRAM[:HEADER_BYTES])


def test_other_bytes_are_not():
    for other in (b"", PROGRAM[: HEADER_BYTES - 1], b"x" + PROGRAM[1:]):
        with pytest.raises(WireError):
            check_header(other)


def test_an_older_format_tells_the_client_to_upgrade():
    with pytest.raises(WireError, match="upgrade the client"):
        check_header(b"UFORA" + bytes([0]) + bytes(20))


def test_a_program_hashed_in_pieces_has_the_name_that_the_wire_gives_it():
    digest = ProgramHash()
    digest.update(PROGRAM[:10])
    digest.update(PROGRAM[10:])
    assert digest.name() == hash_of(PROGRAM)
