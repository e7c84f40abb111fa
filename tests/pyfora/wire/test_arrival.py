"""A Program that comes in pieces is the one that was sent, and its long lists are made by then."""

import random
import struct
from array import array
from typing import Any

import pytest

from pyfora.errors import WireError
from pyfora.program.nodes import Constant, ListOf, Node, Outcome, Packed, Program
from pyfora.restore import Restorer
from pyfora.restore.plain import PlainEnvironment
from pyfora.wire import Arrival, decode_program, program_bytes
from pyfora.wire.arrays import SIZES
from pyfora.wire.arrival import LONG_BYTES, MOST_HEADER

LONG = {
    code: array("B" if code == "?" else code, [number % 2 if code == "?" else number % 250 for number in range(LONG_BYTES // size)])
    for code, size in SIZES.items()
}


def program_of(*nodes: Node, buffers: tuple[bytes, ...]) -> Program:
    return Program((), nodes, buffers, Outcome(tuple((f"n{ref}", ref) for ref in range(len(nodes))), -1, (), ""))


def arrive(data: bytes, cuts: list[int]) -> Arrival:
    arrival = Arrival(len(data), "client")
    for start, stop in zip([0, *cuts], [*cuts, len(data)], strict=True):
        arrival.add(data[start:stop])
    assert not arrival.missing
    return arrival


def values_of(arrival: Arrival) -> tuple[dict[str, Any], int]:
    program, made = arrival.take()
    environment = PlainEnvironment(lambda path: False, lambda key: None, lambda key, value: None, lambda node: node)  # type: ignore[arg-type]
    assert isinstance(program.entry, Outcome)
    return Restorer(program, environment, made).names(program.entry.names), len(made)


@pytest.mark.parametrize("seed", range(5))
def test_long_lists_of_every_kind_are_made_while_they_come(seed):
    nodes = [Packed("list", code, number) for number, code in enumerate(SIZES)]
    data = program_bytes(program_of(*nodes, buffers=tuple(map(bytes, LONG.values()))))
    cuts = sorted(random.Random(seed).sample(range(len(data)), 20))
    values, made = values_of(arrive(data, cuts))
    assert made == len(SIZES)
    for number, (code, items) in enumerate(LONG.items()):
        expected = [bool(item) for item in items] if code == "?" else items.tolist()
        assert values[f"n{number}"] == expected
        assert set(map(type, values[f"n{number}"])) == set(map(type, expected))


def test_each_byte_alone():
    data = program_bytes(program_of(Packed("list", "q", 0), Constant("a"), buffers=(bytes(LONG["q"]),)))
    head = len(data) - LONG_BYTES
    values, made = values_of(arrive(data, [*range(1, head + 30), *range(len(data) - 30, len(data))]))
    assert (values, made) == ({"n0": LONG["q"].tolist(), "n1": "a"}, 1)


def test_what_is_short_or_no_list_of_numbers_is_made_at_the_end():
    buffers = bytes(LONG["q"]), bytes(8 * 10), struct.pack("<qi", 1, 2) + b"ab" + bytes(LONG_BYTES)
    nodes = [Packed("tuple", "q", 0), Packed("list", "q", 1), Packed("bytes", "B", 2)]
    values, made = values_of(arrive(program_bytes(program_of(*nodes, buffers=buffers)), [1000]))
    assert made == 0
    assert (values["n0"], values["n1"], values["n2"]) == (tuple(LONG["q"]), [0] * 10, buffers[2])


def test_two_lists_of_one_buffer_are_two_lists():
    values, made = values_of(arrive(program_bytes(program_of(*[Packed("list", "q", 0)] * 2, buffers=(bytes(LONG["q"]),))), []))
    assert made == 2
    assert values["n0"] == values["n1"]
    assert values["n0"] is not values["n1"]


def test_a_list_in_a_list_is_found_there():
    program = program_of(ListOf((1, 1)), Packed("list", "q", 0), buffers=(bytes(LONG["q"]),))
    values, _ = values_of(arrive(program_bytes(program), [500]))
    assert values["n0"][0] is values["n0"][1] is values["n1"]


def test_with_a_long_header_all_is_made_at_the_end():
    program = program_of(Packed("list", "q", 0), Constant("x" * MOST_HEADER), buffers=(bytes(LONG["q"]),))
    values, made = values_of(arrive(program_bytes(program), [100, MOST_HEADER // 2]))
    assert (values["n0"], made) == (LONG["q"].tolist(), 0)


def test_a_damaged_program_is_refused_as_ever():
    data = bytearray(program_bytes(program_of(Packed("list", "q", 0), buffers=(bytes(LONG["q"]),))))
    data[30] ^= 255
    with pytest.raises(WireError) as expected:
        decode_program(bytes(data), "client")
    with pytest.raises(WireError) as seen:
        arrive(bytes(data), [1000]).take()
    assert str(seen.value) == str(expected.value)


def test_something_else_than_a_program_is_refused():
    with pytest.raises(WireError, match="this is not a ufora program"):
        arrive(b"<html>" * 1000, [3, 7]).take()
