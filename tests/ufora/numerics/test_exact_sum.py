"""Exact sums against fractions, in any order and grouping, added one by one and in blocks."""

import ctypes
import math
import pickle
import random
from collections.abc import Callable
from fractions import Fraction

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ufora.numerics.exact_round_text import ROUND, TEXT
from ufora.numerics.exact_sum import ExactSum
from ufora.numerics.exact_sum_text import ADD_BLOCK, ADD_PART, BLOCK, WORDS
from ufora.numerics.machine import MachineCode, compile_text

FINITE = st.floats(allow_nan=False, allow_infinity=False)
SPECIAL = st.sampled_from([5e-324, -5e-324, 1e308, -1e308, 1.7976931348623157e308, 2.0**-1022, -0.0, 1.0, 2.0**53, 1e16, 0.1])


def rounded(numbers: list[float]) -> float:
    """The double nearest to the real sum."""
    total = sum(map(Fraction, numbers))
    try:
        return float(total)
    except OverflowError:
        return math.inf if total > 0 else -math.inf


def sum_one_by_one(numbers: list[float]) -> ExactSum:
    total = ExactSum()
    for number in numbers:
        total.add(number)
    return total


def sum_array(numbers: list[float]) -> ExactSum:
    total = ExactSum()
    total.add_array(numpy.array(numbers, dtype=numpy.float64))
    return total


@given(st.lists(FINITE | SPECIAL, max_size=60))
def test_the_value_is_the_nearest_double(numbers: list[float]) -> None:
    assert sum_one_by_one(numbers).value() == rounded(numbers)
    assert sum_array(numbers) == sum_one_by_one(numbers)


@given(st.lists(FINITE | SPECIAL, min_size=1, max_size=60), st.randoms(use_true_random=False), st.integers(0, 60))
def test_order_and_grouping_never_matter(numbers: list[float], shuffler: random.Random, cut: int) -> None:
    wanted = sum_one_by_one(numbers)
    shuffled = list(numbers)
    shuffler.shuffle(shuffled)
    left, right = sum_array(shuffled[:cut]), sum_one_by_one(shuffled[cut:])
    right.merge(left)
    assert right == wanted
    assert right.to_bytes() == wanted.to_bytes()


@given(st.lists(FINITE, max_size=40))
def test_a_number_and_its_opposite_cancel(numbers: list[float]) -> None:
    assert math.copysign(1, sum_array(numbers + [-number for number in numbers]).value()) == 1.0
    assert sum_array(numbers + [-number for number in numbers]).value() == 0.0


def long_lists() -> list[list[float]]:
    generator = random.Random(3)
    magnitudes = [
        lambda: 1.0,
        lambda: 10.0 ** generator.randint(-300, 300),
        lambda: 2.0 ** generator.randint(-40, 0),
        lambda: 1e-320,
        lambda: 1e306,
    ]
    sizes = [15, 16, 17, BLOCK - 1, BLOCK, BLOCK + 1, 5 * BLOCK + 7]
    return [[generator.uniform(-1, 1) * magnitude() for _ in range(size)] for magnitude in magnitudes for size in sizes]


def test_long_arrays_at_every_magnitude() -> None:
    for numbers in long_lists():
        assert sum_array(numbers) == sum_one_by_one(numbers)
        assert sum_array(numbers).value() == rounded(numbers)


def test_the_largest_blocks_do_not_overflow_inside() -> None:
    for number in (1.7976931348623157e308, -1.7976931348623157e308, 2.0**877, 2.0**876, math.nextafter(2.0**877, 0)):
        assert sum_array([number] * 3000) == sum_one_by_one([number] * 3000)
    assert sum_array([1.7976931348623157e308] * 3000 + [-1.7976931348623157e308] * 2999).value() == 1.7976931348623157e308


@pytest.fixture(scope="module")
def sum_in_parts() -> Callable[[list[float]], float]:
    """As kernels do: many parts, which are carried only when they must, and a last one."""
    code = MachineCode(compile_text(TEXT, [ADD_PART, ADD_BLOCK, ROUND]), {})
    add = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64)
    add_part, add_last = (add(code.find_address(name)) for name in (ADD_PART, ADD_BLOCK))
    round_words = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_void_p)(code.find_address(ROUND))

    def sum_in_parts(numbers: list[float]) -> float:
        words, array = numpy.zeros(WORDS, dtype=numpy.int64), numpy.array(numbers)
        for start in range(0, len(array), BLOCK):
            part = array[start : start + BLOCK]
            (add_part if len(part) == BLOCK else add_last)(words.ctypes.data, part.ctypes.data, len(part))
        if len(array) % BLOCK == 0:
            add_last(words.ctypes.data, array.ctypes.data, 0)
        return float(round_words(words.ctypes.data))

    sum_in_parts.code = code  # type: ignore[attr-defined]  # lives as long as what calls it
    return sum_in_parts


def test_parts_that_are_seldom_carried_do_not_overflow(sum_in_parts: Callable[[list[float]], float]) -> None:
    for exponent in (-1000, 0, 1, *range(870, 920)):  # above 877 each element is added alone, with 52 bits somewhere among 32 exponents
        for number in (math.nextafter(2.0**exponent, 0), -math.nextafter(2.0**exponent, 0)):
            for count in (BLOCK, 20 * BLOCK, 5000):
                assert sum_in_parts([number] * count) == float(count * Fraction(number))
    for numbers in long_lists():
        assert sum_in_parts(numbers) == rounded(numbers)


def test_infinities_and_nans_are_those_of_sum() -> None:
    inf, nan = math.inf, math.nan
    for numbers in ([inf], [-inf, 1.0], [inf, inf], [1e308, inf], [inf, -1e308]):
        assert sum_array(numbers).value() == sum_one_by_one(numbers).value() == sum(numbers)
    for numbers in ([inf, -inf], [nan], [nan, inf], [1.0, nan]):
        assert math.isnan(sum_array(numbers).value())
        assert math.isnan(sum_one_by_one(numbers).value())
    assert sum_one_by_one([1e308, 1e308]).value() == inf
    assert sum_one_by_one([-1e308, -1e308]).value() == -inf


@given(st.lists(st.integers(-(2**200), 2**200), max_size=20), st.lists(FINITE, max_size=20))
def test_ints_of_any_size_count_exactly(ints: list[int], numbers: list[float]) -> None:
    total = sum_array(numbers)
    for number in ints:
        total.add_int(number)
    assert total.value() == rounded([*numbers, *map(Fraction, ints)])  # type: ignore[list-item]


def test_nothing_and_negative_zeros_sum_to_zero() -> None:
    for numbers in ([], [-0.0], [-0.0] * 40):
        assert math.copysign(1, sum_array(numbers).value()) == 1.0


@settings(max_examples=30)
@given(st.lists(st.floats(), max_size=10))
def test_a_sum_travels_as_bytes(numbers: list[float]) -> None:
    total = sum_one_by_one(numbers)
    assert ExactSum.from_bytes(total.to_bytes()) == total == pickle.loads(pickle.dumps(total))


def test_arrays_of_other_layouts_are_taken() -> None:
    total = ExactSum()
    total.add_array(numpy.arange(10.0)[::3])
    assert total.value() == 18.0
