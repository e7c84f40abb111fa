"""What travels on the data channel, between a reader's DEALER socket and a holder's ROUTER socket.

    reader                         holder
      Get(keys)          ───────►
                         ◄───────  Busy                  ask again later
                         ◄───────  Have(sizes)           of the parts: a pickle, then the buffers it left out
                         ◄───────  piece, piece, …       raw bytes, WINDOW of them unasked
      More(count)        ───────►                        so many more may come
                         ◄───────  piece, …

One socket carries one transfer; closing it ends the transfer. Pieces come in order and are cut the same way on both sides, so they need
no labels. Everything but a piece is one frame of msgpack.
"""

from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass

import msgpack

from pyfora.errors import PyforaError

PIECE_BYTES = 2 * 2**20
"""A millisecond or two of copying, the longest that one transfer keeps others of the same process waiting. Each piece costs both sides half
a millisecond of Python; and one must pass within the time in which a silent connection is given up, also where many share a slow cable."""
WINDOW = 8
"""Pieces under way to one reader. Measured on loopback: 4 cost a tenth of the throughput, 16 gain nothing."""
LARGEST_REQUEST_BYTES = 2**20
"""Of a frame that a holder reads: about ten thousand keys."""


class BadWordError(PyforaError):
    """What came is no message of this channel."""


@dataclass(frozen=True, slots=True)
class Get:
    keys: list[str]


@dataclass(frozen=True, slots=True)
class More:
    count: int


@dataclass(frozen=True, slots=True)
class Busy:
    pass


@dataclass(frozen=True, slots=True)
class Have:
    sizes: list[int]  #: bytes


Word = Get | More | Busy | Have
_KINDS: dict[str, type[Word]] = {kind.__name__: kind for kind in Word.__args__}


def pack_word(word: Word) -> bytes:
    packed: bytes = msgpack.packb([type(word).__name__, *astuple(word)])
    return packed


def unpack_word(frame: bytes) -> Word:
    """Raises BadWordError."""
    try:
        name, *values = msgpack.unpackb(frame)
        word = _KINDS[name](*values)
    except (ValueError, TypeError, KeyError, msgpack.UnpackException) as error:
        raise BadWordError(f"{len(frame)} bytes that are no message of the data channel") from error
    if not _is_sound(word):
        raise BadWordError(f"a {name} of the data channel with {values!r:.80} in it")
    return word


def _is_sound(word: Word) -> bool:
    match word:
        case Get(keys):
            return isinstance(keys, list) and all(isinstance(key, str) for key in keys)
        case Have(sizes):
            return isinstance(sizes, list) and len(sizes) > 0 and all(isinstance(size, int) and size >= 0 for size in sizes)
        case More(count):
            return isinstance(count, int) and 0 < count <= WINDOW
        case Busy():
            return True


def cut(sizes: Sequence[int]) -> Iterator[tuple[int, slice]]:
    """The pieces of a transfer: part by part, each at most PIECE_BYTES; empty parts have none."""
    for part, size in enumerate(sizes):
        for start in range(0, size, PIECE_BYTES):
            yield part, slice(start, min(start + PIECE_BYTES, size))
