import msgpack
import pytest

from ufora.engine.on_dask.channel.words import PIECE_BYTES, BadWordError, Busy, Get, Have, More, cut, pack_word, unpack_word


@pytest.mark.parametrize("word", [Get(["a", "b"]), Get([]), More(3), Busy(), Have([10, 0, 7])])
def test_a_word_comes_back_as_it_was(word):
    assert unpack_word(pack_word(word)) == word


@pytest.mark.parametrize(
    "frame",
    [
        b"",
        b"GET / HTTP/1.1\r\n\r\n",
        b"\xc1",
        msgpack.packb(5),
        msgpack.packb([]),
        msgpack.packb(["Fetch", []]),
        msgpack.packb(["Get"]),
        msgpack.packb(["Get", "key"]),
        msgpack.packb(["Get", [1, 2]]),
        msgpack.packb(["Get", ["a"], 1]),
        msgpack.packb(["More", 0]),
        msgpack.packb(["More", 10**9]),
        msgpack.packb(["More", "1"]),
        msgpack.packb(["Have", []]),
        msgpack.packb(["Have", [-1]]),
        msgpack.packb(["Have", 3]),
        msgpack.packb([["Get"], []]),
        msgpack.packb({"Get": []}),
    ],
)
def test_anything_else_is_no_word(frame):
    with pytest.raises(BadWordError):
        unpack_word(frame)


@pytest.mark.parametrize("sizes", [[0], [1], [PIECE_BYTES], [PIECE_BYTES + 1, 0, 3 * PIECE_BYTES], [5, 6, 7]])
def test_the_pieces_of_a_transfer_cover_each_part_once_and_in_order(sizes):
    covered = [0] * len(sizes)
    parts = []
    for part, stretch in cut(sizes):
        assert 0 < stretch.stop - stretch.start <= PIECE_BYTES
        assert stretch.start == covered[part]
        covered[part] = stretch.stop
        parts.append(part)
    assert covered == sizes
    assert parts == sorted(parts)
