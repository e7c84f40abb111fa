"""What a list harvest leaves in memory, and how numpy reads it as Python's own objects.

Scalar     one item of numpy's type
TupleOf    a record of eight bytes for each word, nested as the tuple is: `.tolist()` gives tuples again
and of what a call gives:
ArrayOf    address and length of a list that was given
MadeList   address of the head of a list that was made (found.py), as of MadeDict and MadeSet
ObjectOf   address of an object that was given
Nothing    no bytes
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy

from ufora.compile.spec import ArrayOf, Made, MadeDict, MadeList, MadeObject, ObjectOf, Scalar, TupleOf
from ufora.compile.values import BOOL, FLOAT, INT, UNSIGNED, Nothing, Type

SLOT_BYTES = 8

DTYPES = {
    INT: numpy.dtype(numpy.int64),
    UNSIGNED: numpy.dtype(numpy.uint64),
    FLOAT: numpy.dtype(numpy.float64),
    BOOL: numpy.dtype(numpy.bool_),
}

_LIST = numpy.dtype([("f0", numpy.int64), ("f1", numpy.int64)])
_NOTHING = numpy.dtype("V0")

Element = Scalar | TupleOf


@dataclass(frozen=True, slots=True)
class RowsOf:
    """Each element is a list of such items; see rows.py."""

    item: Element


Result = Scalar | TupleOf | ArrayOf | Made | ObjectOf | Nothing  #: of a call


def dtype_of(element: Element | Result | RowsOf) -> "numpy.dtype[Any]":
    """numpy's type of one element, or of one item of elements that are lists."""
    if isinstance(element, RowsOf):
        return dtype_of(element.item)
    if isinstance(element, Scalar):
        return DTYPES[element]
    if isinstance(element, ArrayOf):
        return _LIST
    if isinstance(element, ObjectOf | MadeList | MadeDict | MadeObject):
        return DTYPES[INT]
    if isinstance(element, Nothing):
        return _NOTHING
    formats, offsets, at = [], [], 0
    for item in element.items:
        formats.append(dtype_of(item))
        offsets.append(at)
        at += SLOT_BYTES * len(list(list_words(item)))
    names = [f"f{number}" for number in range(len(formats))]
    return numpy.dtype({"names": names, "formats": formats, "offsets": offsets, "itemsize": at})


def element_of(dtype: "numpy.dtype[Any]") -> Element:
    """What `dtype_of` gave this type for."""
    if dtype.names:
        return TupleOf(tuple(element_of(dtype[name]) for name in dtype.names))
    return next(scalar for scalar, of in DTYPES.items() if of == dtype)


def list_scalars(element: Element) -> Iterator[Scalar]:
    """The words of an element, in order. Raises TypeError when it holds what no record can."""
    match element:
        case Scalar():
            yield element
        case TupleOf(items) if items:
            for item in items:
                yield from list_scalars(item)  # type: ignore[arg-type]
        case _:
            raise TypeError(element)


def as_rows(lengths: "numpy.ndarray[Any, Any]", items: "numpy.ndarray[Any, Any]") -> "numpy.ndarray[Any, Any] | list[Any]":
    """Lists of so many items each: as a two-dimensional array when all are equally long, else as Python's own."""
    if len(lengths) == 0:
        return numpy.empty((0, 0), dtype=items.dtype)
    if (lengths == lengths[0]).all():
        return items.reshape(len(lengths), int(lengths[0]))
    ends, numbers = numpy.cumsum(lengths).tolist(), items.tolist()
    return [numbers[end - length : end] for length, end in zip(lengths.tolist(), ends, strict=True)]


def can_leave(kind: object) -> bool:
    """Objects that machine code made stay there."""
    match kind:
        case MadeObject():
            return False
        case MadeList(element):
            return can_leave(element)
        case MadeDict(_, value):
            return can_leave(value)
    return True


def list_words(kind: Type) -> Iterator[Scalar]:
    """As `list_scalars`, for what a call gives. Raises TypeError when it may not leave a kernel."""
    match kind:
        case Scalar():
            yield kind
        case TupleOf(items):
            for item in items:
                yield from list_words(item)
        case ArrayOf():
            yield from (INT, INT)
        case ObjectOf():
            yield INT
        case MadeList() | MadeDict() if can_leave(kind):
            yield INT
        case Nothing():
            return
        case _:
            raise TypeError(kind)
