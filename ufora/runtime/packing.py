"""Lists of numbers as arrays, where each item keeps its value and its type."""

import math
from collections.abc import Collection
from typing import Any

import numpy


def find_packed(items: Collection[Any]) -> "numpy.ndarray[Any, Any] | None":
    """An int64 or float64 array of items that are all exactly int and fit 64 bits, or all exactly float; None for any others, and where
    one NaN object stands in several places, which containers can tell from equal ones."""
    kinds = set(map(type, items))
    try:
        if kinds == {int}:
            return numpy.array(items, dtype="<i8")
    except OverflowError:
        return None
    if kinds != {float}:
        return None
    array = numpy.array(items, dtype="<f8")
    return None if has_shared_nan(array, items) else array


def has_shared_nan(array: "numpy.ndarray[Any, Any]", items: Collection[Any]) -> bool:
    """Is one NaN object there twice, or Python's own `math.nan`, which may be elsewhere too?"""
    if not numpy.isnan(array).any():
        return False
    numbers = [id(item) for item in items if item != item]
    return len(set(numbers)) < len(numbers) or id(math.nan) in numbers
