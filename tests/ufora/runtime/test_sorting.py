"""numpy's sorting gives what Python's gives: the same numbers in the same order, signs of zeros and all."""

import math
import random

import numpy
import pytest

from ufora.runtime.sorting import are_in_order, merge_runs, sort_array

NUMBERS = random.Random(7)
LISTS = [
    [],
    [0.5],
    [0.0, -0.0, 1.0, -0.0, 0.0, -1.0, 0.0],
    [-0.0, 0.0] * 40,
    [math.inf, -math.inf, 5e-324, -5e-324, 0.0, -0.0],
    [NUMBERS.choice([0.0, -0.0, 1.5, -1.5, NUMBERS.random()]) for _ in range(3000)],
    [NUMBERS.randrange(-5, 5) for _ in range(3000)],
    [-(2**63), 2**63 - 1, 0, -1, 1],
]


def show(numbers: list[float]) -> list[str]:
    return list(map(repr, numbers))


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("items", LISTS)
def test_arrays_are_sorted_as_python_sorts_lists(items: list[float], reverse: bool) -> None:
    array = numpy.array(items)
    before = array.copy()
    assert show(sort_array(array, reverse).tolist()) == show(sorted(items, reverse=reverse))
    assert show(array.tolist()) == show(before.tolist())


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("items", LISTS)
def test_sorted_runs_are_merged_in_their_order(items: list[float], reverse: bool) -> None:
    parts = [items[: len(items) // 3], items[len(items) // 3 :]]
    runs = [sort_array(numpy.array(part, dtype=numpy.array(items).dtype), reverse) for part in parts]
    assert show(merge_runs(runs, reverse).tolist()) == show(sorted(items, reverse=reverse))


def test_runs_that_follow_one_another_are_known() -> None:
    assert are_in_order([], reverse=False)
    assert are_in_order([(1, 2), (2, 2), (2, 5)], reverse=False)
    assert not are_in_order([(1, 3), (2, 5)], reverse=False)
    assert are_in_order([(2, 5), (2, 2), (1, 2)], reverse=True)
    assert not are_in_order([(1, 2), (2, 5)], reverse=True)
