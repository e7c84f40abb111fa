"""A Program on its way out: its size, and its bytes as often as they are asked for."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Body:
    nbytes: int
    pieces: Callable[[], Iterable[bytes | memoryview]]
