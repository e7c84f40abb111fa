"""Sums without rounding: the value never depends on the order of adding.

Every finite double is a whole number of units of 2**-1074, so the sum of any doubles and ints is a Python int counting those units. It is
rounded once, when the value is asked for. Infinities and NaNs are only noted.
"""

import ctypes
import math
from functools import lru_cache
from typing import Any

import numpy

from ufora.numerics.exact_sum_text import ADD_ALL, CHUNKS, TEXT, WORDS
from ufora.numerics.machine import MachineCode, compile_text

UNIT_BITS = 1074
"""A unit is 2**-1074, the smallest subnormal double."""
_UNITS_IN_ONE = 1 << UNIT_BITS
_CHUNK_BITS = 32

Words = numpy.ndarray[Any, numpy.dtype[numpy.int64]]
Doubles = numpy.ndarray[Any, numpy.dtype[numpy.float64]]


class ExactSum:
    """A sum of doubles and ints that has not been rounded yet."""

    __slots__ = ("_minus_inf", "_nan", "_plus_inf", "_units")

    def __init__(self) -> None:
        self._units = 0
        self._plus_inf = self._minus_inf = self._nan = False

    @classmethod
    def from_words(cls, words: Words) -> "ExactSum":
        """What machine code left behind (layout in exact_sum_text.py), carried."""
        total = cls()
        lower = numpy.ascontiguousarray(words[: CHUNKS - 1], dtype="<u4")
        total._units = int.from_bytes(lower.tobytes(), "little") + (int(words[CHUNKS - 1]) << (_CHUNK_BITS * (CHUNKS - 1)))
        total._plus_inf, total._minus_inf, total._nan = (bool(word) for word in words[CHUNKS:WORDS])
        return total

    def add(self, number: float) -> None:
        if math.isfinite(number):
            numerator, denominator = number.as_integer_ratio()
            self._units += (numerator << UNIT_BITS) // denominator
        elif math.isnan(number):
            self._nan = True
        elif number > 0:
            self._plus_inf = True
        else:
            self._minus_inf = True

    def add_int(self, number: int) -> None:
        self._units += number << UNIT_BITS

    def add_array(self, numbers: Doubles) -> None:
        numbers = numpy.ascontiguousarray(numbers, dtype=numpy.float64)
        words = numpy.zeros(WORDS, dtype=numpy.int64)
        _load_add_all()(words.ctypes.data, numbers.ctypes.data, len(numbers))
        self.merge(ExactSum.from_words(words))

    def merge(self, other: "ExactSum") -> None:
        self._units += other._units
        self._plus_inf |= other._plus_inf
        self._minus_inf |= other._minus_inf
        self._nan |= other._nan

    def value(self) -> float:
        """The double nearest to the sum, ties to even; beyond the largest, an infinity. Zero is never negative, as in `sum`."""
        if self._nan or (self._plus_inf and self._minus_inf):
            return float("nan")  # an object of its own, as each sum in Python is
        if self._plus_inf or self._minus_inf:
            return math.inf if self._plus_inf else -math.inf
        try:
            return self._units / _UNITS_IN_ONE
        except OverflowError:
            return math.inf if self._units > 0 else -math.inf

    def to_bytes(self) -> bytes:
        flags = self._plus_inf | self._minus_inf << 1 | self._nan << 2
        length = self._units.bit_length() // 8 + 1
        return bytes([flags]) + self._units.to_bytes(length, "little", signed=True)

    @classmethod
    def from_bytes(cls, data: bytes) -> "ExactSum":
        total = cls()
        total._plus_inf, total._minus_inf, total._nan = (bool(data[0] & bit) for bit in (1, 2, 4))
        total._units = int.from_bytes(data[1:], "little", signed=True)
        return total

    def __reduce__(self) -> tuple[Any, ...]:
        return ExactSum.from_bytes, (self.to_bytes(),)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ExactSum) and self.to_bytes() == other.to_bytes()

    def __hash__(self) -> int:
        return hash(self.to_bytes())

    def __repr__(self) -> str:
        return f"ExactSum({self.value()!r})"


class _AddAll:
    """The machine code that adds many doubles, callable with addresses; the GIL is released meanwhile."""

    def __init__(self) -> None:
        self._code = MachineCode(compile_text(TEXT, [ADD_ALL]), {})
        prototype = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64)
        self._call = prototype(self._code.find_address(ADD_ALL))

    def __call__(self, words: int, numbers: int, count: int) -> None:
        self._call(words, numbers, count)


@lru_cache(maxsize=1)
def _load_add_all() -> _AddAll:
    return _AddAll()
