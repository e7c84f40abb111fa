import struct

import msgpack
import pytest

from ufora.runtime.plain import MOST_LETTERS, MOST_VALUES, find_plain

PLAIN = [None, True, False, 0, -(2**63), 2**63 - 1, 1.5, -0.0, float("inf"), "", "ä€😀", "x" * MOST_LETTERS]


class Count(int):
    pass


OTHERS = [2**63, -(2**63) - 1, 1j, b"bytes", [1], (1,), {}, Count(3), "x" * (MOST_LETTERS + 1), "\ud800"]


@pytest.mark.parametrize("value", PLAIN, ids=lambda value: repr(value)[:20])
def test_small_plain_data_go_along_and_come_through_as_they_are(value: object) -> None:
    back = msgpack.unpackb(msgpack.packb(find_plain({"x": value})))
    assert back == {"x": value}
    assert type(back["x"]) is type(value)


def test_a_nan_keeps_its_bits() -> None:
    (nan,) = struct.unpack("<d", b"\x01\0\0\0\0\0\xf8\xff")
    back = msgpack.unpackb(msgpack.packb(find_plain({"x": nan})))
    assert struct.pack("<d", back["x"]) == b"\x01\0\0\0\0\0\xf8\xff"


@pytest.mark.parametrize("value", OTHERS, ids=lambda value: repr(value)[:20])
def test_what_is_large_or_would_come_back_as_something_else_stays(value: object) -> None:
    assert find_plain({"x": value, "y": 1}) == {"y": 1}


def test_of_many_values_the_first_ones_go_along() -> None:
    assert len(find_plain({f"x{number}": number for number in range(10 * MOST_VALUES)})) == MOST_VALUES
