"""Only lists whose items keep value and type become arrays."""

import pytest

from ufora.runtime.packing import find_packed


@pytest.mark.parametrize("items", [[1, -(2**63), 2**63 - 1], [0.5, -0.0, 5e-324, float("inf")]])
def test_ints_of_64_bits_and_floats_are_packed_and_come_back(items: list[object]) -> None:
    packed = find_packed(items)
    assert packed is not None
    assert [(type(item), repr(item)) for item in packed.tolist()] == [(type(item), repr(item)) for item in items]


@pytest.mark.parametrize("items", [[], [1, 2.0], [True, False], [1, True], [2**63], ["a"], [1, None]])
def test_others_are_not(items: list[object]) -> None:
    assert find_packed(items) is None
