"""A large Program on its way here. Its long lists of numbers are made of what has come, while the rest is still under way.

header │ buffer 0 ▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒│ buffer 1 ▒▒▒▒▒▒▒▒▒▒·················│ buffer 2 ·············
                  └ a list, whole ┘          └ as far ┘
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pyfora.errors import WireError
from pyfora.program.nodes import Packed, Program, Ref
from pyfora.wire.arrays import SIZES
from pyfora.wire.decode import decode_outline, decode_program, find_places
from pyfora.wire.layout import PRELUDE

MOST_HEADER = 64 * 1024
"""Of a longer header, bytes, nothing is made early: it is read once more when all is here. Guessed: a millisecond."""
LONG_BYTES = 2**20  #: lists in shorter buffers are made at the end. Guessed: in a few milliseconds


@dataclass(slots=True)
class _Growing:
    """A list of which some items are here."""

    typecode: str
    start: int  #: of what is not in it yet, in the Program's bytes
    stop: int
    items: list[Any] = field(default_factory=list)

    def grow(self, data: memoryview) -> None:
        """`data`: all that is here, from the Program's beginning."""
        width = SIZES[self.typecode]
        stop = self.start + (min(self.stop, len(data)) - self.start) // width * width
        if stop > self.start:
            here: memoryview[Any] = data[self.start : stop].cast(self.typecode)  # type: ignore[call-overload]
            self.items.extend(here)  # tolist() takes 1.6 times as long for floats
            self.start = stop


class Arrival:
    """`add` each piece as it comes, then `take` what it is."""

    def __init__(self, nbytes: int, reader: str) -> None:
        """`nbytes`: of the whole Program. `reader`: see decode_program."""
        self._data = bytearray(nbytes)
        self._reader = reader
        self._growing: Mapping[Ref, _Growing] | None = None  #: None: the header is not here
        self._filled = 0

    @property
    def missing(self) -> int:
        """Bytes."""
        return len(self._data) - self._filled

    def add(self, piece: bytes) -> None:
        """The next bytes, at most as many as are missing."""
        with memoryview(self._data) as data:
            data[self._filled : self._filled + len(piece)] = piece
            self._filled += len(piece)
            here = data[: self._filled].toreadonly()
            if self._growing is None:
                self._growing = self._find_lists(here)
            for growing in (self._growing or {}).values():
                growing.grow(here)

    def take(self) -> tuple[Program, Mapping[Ref, Sequence[Any]]]:
        """The Program, and what its nodes of long lists stand for. Raises WireError."""
        program = decode_program(self._data, self._reader)
        return program, {ref: growing.items for ref, growing in (self._growing or {}).items()}

    def _find_lists(self, here: memoryview) -> Mapping[Ref, _Growing] | None:
        length = PRELUDE.unpack_from(here)[2] if len(here) >= PRELUDE.size else MOST_HEADER
        if length > MOST_HEADER:
            return {}
        if len(here) < PRELUDE.size + length:
            return None
        try:
            program, sizes = decode_outline(here, self._reader)
        except WireError:  # `take` meets it again
            return {}
        places = find_places(length, sizes)
        return {
            ref: _Growing(node.typecode, *places[node.buffer])
            for ref, node in enumerate(program.nodes)
            if type(node) is Packed and node.container == "list" and node.typecode in SIZES and sizes[node.buffer] >= LONG_BYTES
        }
