"""Results are read in order, in pieces of any size, and once."""

import numpy
import pytest

from ufora.runtime.streams import Streams


@pytest.mark.parametrize("size", [1, 3, 4, 7, 100])
def test_pieces_of_any_size_give_the_whole(size: int) -> None:
    streams, whole = Streams(), bytes(range(50))
    name = streams.open(iter([whole[:5], memoryview(whole)[5:7], b"", whole[7:]]), len(whole))
    read = b""
    while len(read) < len(whole):
        piece = streams.read(name, len(read), size)
        assert piece is not None
        assert len(piece) == min(size, len(whole) - len(read))
        read += piece
    assert read == whole
    assert streams.read(name, len(read), size) is None


def test_pieces_are_made_only_when_they_are_read() -> None:
    made = []

    def pieces():
        for number in range(3):
            made.append(number)
            yield bytes([number]) * 10

    streams = Streams()
    name = streams.open(pieces(), 30)
    assert made == []
    assert streams.read(name, 0, 5) == bytes(5)
    assert made == [0]


def test_arrays_are_read_as_their_bytes() -> None:
    streams, array = Streams(), numpy.arange(4)
    assert streams.read(streams.open(iter([array.data]), array.nbytes), 0, 100) == array.tobytes()


def test_an_unknown_stream_or_a_jump_gives_none() -> None:
    streams = Streams()
    name = streams.open(iter([b"abc"]), 3)
    assert streams.read("s9", 0, 1) is None
    assert streams.read(name, 2, 1) is None
    assert streams.read(name, 0, 3) == b"abc"
