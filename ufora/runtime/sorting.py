"""Sorting numbers as Python sorts them: stable, also where 0.0 meets -0.0, and in reverse."""

from collections.abc import Sequence
from typing import Any

import numpy

Array = numpy.ndarray[Any, Any]


def sort_array(array: Array, reverse: bool) -> Array:
    """A new array. In reverse too equal numbers keep their order, as Python's do. NaNs gather at one end: Python leaves them about."""
    return numpy.sort(array[::-1], kind="stable")[::-1] if reverse else numpy.sort(array, kind="stable")


def merge_runs(runs: Sequence[Array], reverse: bool) -> Array:
    """Sorted runs as one; of equal numbers those of earlier runs come first. numpy's stable sort is a timsort: it finds the runs."""
    return sort_array(numpy.concatenate(runs), reverse)


def has_nan(run: Array) -> bool:
    """Of a sorted run."""
    return len(run) > 0 and bool(numpy.isnan(run[0]) or numpy.isnan(run[-1]))
