"""A Program on its way out: its size, and its bytes as often as they are asked for."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

KEEP_BYTES = 16 * 2**20
"""Programs up to this size are kept for as long as their values are used, to be sent again to a restarted manager; larger ones until
they are answered. Guessed: code and small data always, arrays of the user's not twice in memory."""


@dataclass(frozen=True, slots=True)
class Body:
    nbytes: int
    pieces: Callable[[], Iterable[bytes | memoryview]]
