"""Dicts and sets that a kernel is given: their entries and tables as machine code has them (dicts_text.py), made with numpy."""

from collections.abc import Sequence
from typing import Any

import numpy

from ufora.compile.dicts_text import FLAGS, MAY_NOT_CHANGE, PLACES, USED
from ufora.compile.given import Head

Array = numpy.ndarray[Any, Any]
_FACTOR = numpy.uint64(0x9E3779B97F4A7C15)
_TABLE = 8


class DictHead(Head):
    """As a list's: its items are entries, a row of words each."""

    def __init__(self, keys: Array, values: "Array | Sequence[Head] | None", *, is_frozen: bool = False) -> None:
        """`keys`: ints or bools, or records of such. `values`: numbers or records, or the heads of lists; None: of a set."""
        columns = as_words(keys)
        hashes = hash_keys(columns)
        inner = () if values is None or isinstance(values, numpy.ndarray) else tuple(values)
        if isinstance(values, numpy.ndarray):
            columns = [*columns, *as_words(values)]
        elif values is not None:
            columns = [*columns, numpy.array([head.address for head in inner], dtype=numpy.int64)]
        self.entries = numpy.ascontiguousarray(numpy.stack([hashes.view(numpy.int64), *columns], axis=1))
        super().__init__(self.entries, is_frozen=is_frozen)
        self.rows = inner
        self._parts = keys, values
        self._table = make_table(hashes)
        self.words[[_TABLE, PLACES, USED]] = self._table.ctypes.data, len(self._table), len(keys)
        self.words[FLAGS] = MAY_NOT_CHANGE if is_frozen else 0

    def __reduce__(self) -> tuple[Any, ...]:
        return _remake, (*self._parts, self.is_frozen)


def _remake(keys: Array, values: Any, is_frozen: bool) -> DictHead:
    return DictHead(keys, values, is_frozen=is_frozen)


def as_words(array: Array) -> list[Array]:
    """Of 64 bits, column by column."""
    if array.dtype.names:
        return [words for name in array.dtype.names for words in as_words(array[name])]
    return [array.view(numpy.int64) if array.dtype.itemsize == 8 else array.astype(numpy.int64)]


def hash_keys(columns: Sequence[Array]) -> Array:
    """As `dict_hash` of dicts_text.py."""
    found = numpy.zeros(len(columns[0]), dtype=numpy.uint64)
    for column in columns:
        found ^= column.view(numpy.uint64)
        found *= _FACTOR
        found ^= found >> numpy.uint64(32)
    return found | numpy.uint64(1)


def make_table(hashes: Array) -> Array:
    """All take their places at once: of those who want the same free one the first gets it, the others go on to the next."""
    if not len(hashes):
        return numpy.zeros(0, dtype=numpy.int32)
    size = 16
    while size < 2 * (2 * len(hashes) + 8):
        size *= 2
    table = numpy.zeros(size, dtype=numpy.int32)
    waiting = numpy.arange(len(hashes))
    places = ((hashes >> numpy.uint64(1)) & numpy.uint64(size - 1)).astype(numpy.int64)
    while len(waiting):
        free = numpy.flatnonzero(table[places] == 0)
        wanted, first = numpy.unique(places[free], return_index=True)
        table[wanted] = waiting[free[first]] + 1
        left = numpy.ones(len(waiting), dtype=numpy.bool_)
        left[free[first]] = False
        waiting, places = waiting[left], (places[left] + 1) & (size - 1)
    return table
