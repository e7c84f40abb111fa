"""Lists of numbers as arrays, where each item keeps its value and its type."""

from collections.abc import Collection
from typing import Any

import numpy


def find_packed(items: Collection[Any]) -> "numpy.ndarray[Any, Any] | None":
    """An int64 or float64 array of items that are all exactly int and fit 64 bits, or all exactly float; None for any others."""
    kinds = set(map(type, items))
    try:
        if kinds == {int}:
            return numpy.array(items, dtype="<i8")
    except OverflowError:
        return None
    return numpy.array(items, dtype="<f8") if kinds == {float} else None
