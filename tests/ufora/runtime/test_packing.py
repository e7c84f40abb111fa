"""Only lists whose items keep value and type become arrays."""

import numpy
import pytest

from ufora.runtime.packing import find_numbers, find_packed, is_mask, narrow, widen


@pytest.mark.parametrize("items", [[1, -(2**63), 2**63 - 1], [0.5, -0.0, 5e-324, float("inf")]])
def test_ints_of_64_bits_and_floats_are_packed_and_come_back(items: list[object]) -> None:
    packed = find_packed(items)
    assert packed is not None
    assert [(type(item), repr(item)) for item in packed.tolist()] == [(type(item), repr(item)) for item in items]


@pytest.mark.parametrize("items", [[], [1, 2.0], [True, False], [1, True], [2**63], ["a"], [1, None]])
def test_others_are_not(items: list[object]) -> None:
    assert find_packed(items) is None


@pytest.mark.parametrize(
    ("items", "width"),
    [
        ([0], 1),
        ([-128, 127], 1),
        ([128], 2),
        ([-(2**15), 2**15 - 1], 2),
        ([2**15], 4),
        ([2**31 - 1], 4),
        ([-(2**31) - 1], 8),
        ([2**63 - 1], 8),
    ],
)
def test_ints_travel_in_as_few_bytes_as_hold_them_all(items, width):
    array = numpy.array(items, dtype="<i8")
    assert narrow(array).itemsize == width
    assert widen(narrow(array)).dtype == array.dtype
    assert widen(narrow(array)).tolist() == items


def test_floats_and_nothing_travel_as_they_are():
    for array in (numpy.array([1.0, 2.0]), numpy.array([], dtype="<i8")):
        assert narrow(array) is array
        assert widen(array).dtype == array.dtype


def test_kernels_read_ints_up_to_2_to_64_where_none_is_negative() -> None:
    packed = find_numbers([0, 2**63, 2**64 - 1])
    assert packed is not None
    assert (packed.dtype.str, packed.tolist()) == ("<u8", [0, 2**63, 2**64 - 1])
    small = find_numbers([0, 2**63 - 1])
    assert small is not None
    assert small.dtype.str == "<i8"
    for items in ([-1, 2**63], [0, 2**64], [2**63, 0.5], [2**63, True]):
        assert find_numbers(items) is None


def test_masks_are_powers_of_two_and_one_less() -> None:
    assert all(map(is_mask, (1, 2**63, 2**64 - 1, 2**64, 2**127, 2**128 - 1)))
    assert not any(map(is_mask, (0, -1, 5, 2**64 + 1, 2**64 - 2, 2**128, 2**129 - 1)))
