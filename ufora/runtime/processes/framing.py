"""How messages are laid out on a channel between a worker and one of its children.

    number u64 | kind u8 | length u32 | body

An ANSWER or FAILED bears the number of the ASK it belongs to; the order of answers is free. The first frame a child gets is SETTINGS.
A child may ask as well: an ERRAND, numbered by itself, is answered likewise, unless it was told to GIVE_UP.
"""

import struct
from typing import BinaryIO, Final, NamedTuple

HEADER: Final = struct.Struct("<QBI")
JOIN_BYTES = 64 * 1024
"""Bodies up to this many bytes are copied behind their header to save a system call. Guessed: copying them takes about 10 µs."""

SETTINGS, ASK, ANSWER, FAILED, ERRAND, GIVE_UP = range(6)


class Frame(NamedTuple):
    number: int
    kind: int
    body: bytes


def pack_frame(number: int, kind: int, body: bytes) -> list[bytes]:
    """What to write, in pieces."""
    header = HEADER.pack(number, kind, len(body))
    return [header + body] if len(body) <= JOIN_BYTES else [header, body]


def wait_for_frame(stream: BinaryIO) -> Frame | None:
    """The next frame; None when the other side is gone."""
    header = stream.read(HEADER.size)
    if len(header) < HEADER.size:
        return None
    number, kind, length = HEADER.unpack(header)
    body = stream.read(length)
    return Frame(number, kind, body) if len(body) == length else None
