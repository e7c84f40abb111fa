"""Lists as arrays, where each item keeps its value and its type."""

import math
from array import array
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy

from pyfora.capture.packing import are_all, take_column
from ufora.compile.elements import dtype_of, element_of
from ufora.compile.spec import Scalar, TupleOf

ELEMENTS_OF_LISTS = {numpy.dtype("<i8"): Scalar.INT, numpy.dtype("<f8"): Scalar.FLOAT}
ELEMENTS = ELEMENTS_OF_LISTS | {numpy.dtype("<u8"): Scalar.UNSIGNED, numpy.dtype("?"): Scalar.BOOL}
SCALARS: dict[type, Scalar] = {int: Scalar.INT, float: Scalar.FLOAT, bool: Scalar.BOOL}
INT64 = range(-(2**63), 2**63)
NARROW = tuple(map(numpy.dtype, ("<i1", "<i2", "<i4")))
UINT64 = range(2**64)
LARGEST_MASK = 2**128  #: the compiler knows larger ints no better than any
MOST_ITEMS = 32
"""Of a tuple in a packed list. Guessed: longer ones are hardly records, and each item is a word of machine code."""

Array = numpy.ndarray[Any, Any]


def is_mask(number: int) -> bool:
    """Is it a power of two, or one less? Then machine code is made for that very number."""
    return 0 < number < LARGEST_MASK and (number & (number - 1) == 0 or number & (number + 1) == 0)


def find_packed(items: Collection[Any]) -> Array | None:
    """An int64 or float64 array of items that are all exactly int and fit 64 bits, or all exactly float; None for any others, and where
    one NaN object stands in several places, which containers can tell from equal ones."""
    numbers = find_numbers(items)
    return numbers if numbers is not None and numbers.dtype in ELEMENTS_OF_LISTS else None


def find_numbers(items: Collection[Any]) -> Array | None:
    """The same, and arrays of bools, and of ints from 0 that only fit 64 bits without a sign: what kernels read, though no list on the
    workers is kept like that."""
    kind: type = type(next(iter(items), None))
    is_number = kind is int or kind is bool or kind is float  # a class decides itself what it equals
    if not is_number or not are_all(kind, items):
        return None
    if kind is int:
        return _pack_ints(items)
    if kind is bool:
        return numpy.frombuffer(bytearray(items), dtype=numpy.bool_)
    numbers = numpy.frombuffer(array("d", items), dtype="<f8")
    return None if has_shared_nan(numbers, items) else numbers


def _pack_ints(items: Collection[Any]) -> Array | None:
    """Through `array`, which takes half of numpy's time."""
    for code, dtype in (("q", "<i8"), ("Q", "<u8")):
        with suppress(OverflowError):
            return numpy.frombuffer(array(code, items), dtype=dtype)
    return None


def narrow(array: Array) -> Array:
    """For the way: ints in as few bytes as hold them all."""
    if array.dtype.kind != "i" or not len(array):
        return array
    least, most = int(array.min()), int(array.max())
    fitting = (dtype for dtype in NARROW if numpy.iinfo(dtype).min <= least and most <= numpy.iinfo(dtype).max)
    return array.astype(next(fitting, array.dtype))


def widen(array: Array) -> Array:
    """What was narrowed, as it was."""
    return array.astype("<i8") if array.dtype.kind == "i" else array


def has_shared_nan(array: Array, items: Collection[Any]) -> bool:
    """Is one NaN object there twice, or Python's own `math.nan`, which may be elsewhere too?"""
    if not numpy.isnan(array).any():
        return False
    numbers = [id(item) for item in items if item != item]
    return len(set(numbers)) < len(numbers) or id(math.nan) in numbers


def find_records(items: Sequence[Any]) -> tuple[TupleOf, Array] | None:
    """A record array of tuples that are all alike, of numbers and such tuples, and the type of one; None for any others."""
    if set(map(type, items)) != {tuple} or len(set(map(len, items))) != 1 or not 0 < len(items[0]) <= MOST_ITEMS:
        return None
    columns = [_pack_column(take_column(items, place)) for place in range(len(items[0]))]
    found = [column for column in columns if column is not None]
    if len(found) < len(columns):
        return None
    kind = TupleOf(tuple(element for element, _ in found))
    records = numpy.empty(len(items), dtype=dtype_of(kind))
    for number, (_, column) in enumerate(found):
        records[f"f{number}"] = column
    return kind, records


@dataclass(frozen=True, slots=True)
class Columns:
    """What stands beside each other: ranges and arrays, as packed lists are; or what stands for such."""

    parts: tuple[Any, ...]

    def __len__(self) -> int:
        return min(map(len, self.parts))

    def __getitem__(self, stretch: slice) -> "Columns":
        return Columns(tuple(part[stretch] for part in self.parts))

    def join(self) -> Array:
        """A record array, as `find_records` makes it of tuples."""
        length = len(self)
        arrays = [_as_array(part[:length]) for part in self.parts]
        records = numpy.empty(length, dtype=dtype_of(TupleOf(tuple(element_of(array.dtype) for array in arrays))))
        for number, column in enumerate(arrays):
            records[f"f{number}"] = column
        return records


def _as_array(part: "range | Array") -> Array:
    return numpy.arange(part.start, part.stop, part.step, dtype=numpy.int64) if isinstance(part, range) else part


def _pack_column(column: Sequence[Any]) -> tuple[Scalar | TupleOf, Array] | None:
    numbers = find_numbers(column)
    return find_records(column) if numbers is None else (ELEMENTS[numbers.dtype], numbers)
