"""What a list harvest leaves in memory, and how numpy reads it as Python's own objects.

Scalar     one item of numpy's type
TupleOf    a record of eight bytes for each word, nested as the tuple is: `.tolist()` gives tuples again
"""

from collections.abc import Iterator
from typing import Any

import numpy

from ufora.compile.spec import Scalar, TupleOf
from ufora.compile.values import BOOL, FLOAT, INT

SLOT_BYTES = 8

DTYPES = {INT: numpy.dtype(numpy.int64), FLOAT: numpy.dtype(numpy.float64), BOOL: numpy.dtype(numpy.bool_)}

Element = Scalar | TupleOf


def dtype_of(element: Element) -> "numpy.dtype[Any]":
    """numpy's type of one element."""
    if isinstance(element, Scalar):
        return DTYPES[element]
    formats, offsets, at = [], [], 0
    for item in element.items:
        assert isinstance(item, Element)
        formats.append(dtype_of(item))
        offsets.append(at)
        at += SLOT_BYTES * len(list(list_scalars(item)))
    names = [f"f{number}" for number in range(len(formats))]
    return numpy.dtype({"names": names, "formats": formats, "offsets": offsets, "itemsize": at})


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
