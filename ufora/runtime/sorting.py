"""Sorting numbers as Python sorts them: of equal ones the order stays, also where 0.0 meets -0.0, and in reverse."""

import itertools
from collections.abc import Sequence
from typing import Any

import numpy

Array = numpy.ndarray[Any, Any]


def sort_array(array: Array, reverse: bool) -> Array:
    """A new array, of numbers without NaN, which Python leaves about.

    numpy's unstable sort is several times as fast as its stable one. Only of 0.0 and -0.0 can anybody tell in which order they stand."""
    ordered = numpy.sort(array)
    if array.dtype.kind == "f":
        start, stop = numpy.searchsorted(ordered, 0.0, "left"), numpy.searchsorted(ordered, 0.0, "right")
        if start < stop:
            zeros = array[array == 0.0]
            ordered[start:stop] = zeros[::-1] if reverse else zeros
    return ordered[::-1] if reverse else ordered


def merge_runs(runs: Sequence[Array], reverse: bool) -> Array:
    """Sorted runs as one; of equal numbers those of earlier runs come first."""
    return sort_array(numpy.concatenate(runs), reverse)


def are_in_order(bounds: Sequence[tuple[Any, Any]], reverse: bool) -> bool:
    """Do sorted runs follow one another? `bounds`: the least and the greatest number of each."""
    if reverse:
        return all(one[0] >= other[1] for one, other in itertools.pairwise(bounds))
    return all(one[1] <= other[0] for one, other in itertools.pairwise(bounds))
