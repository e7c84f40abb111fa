"""Sums and products whose lowest bits alone are wanted do not overflow, and are Python's."""

import pytest

from tests.ufora.compile.programs import check, check_elements

SAME = {
    "a generator of 48 bits": """
def throw(seed):
    state = seed
    for _ in range(50):
        state = (state * 25214903917 + 11) % 2**48
    return state
[throw(n) for n in range(50)]""",
    "a mask": "[(n * 6364136223846793005 - 1442695040888963407 * n * n) & 0x7FFFFFFFFFFFFFFF for n in range(-50, 50)]",
    "a mask of holes": "[(n * n * n * n * n - n) & 0b1010011 for n in range(-9000, 9000, 77)]",
    "masks that are nothing": "[((n * n + 1) & 0) + (n * n + 1) % 1 for n in range(-9, 9)]",
    "no power of two": "[(n * n - 7) % 12 for n in range(-50, 50)]",
    "bools": "[((n > 3) * 3037000500 * 3037000501 + n) & 1023 for n in range(9)]",
    "floats": "[(n * 0.3 + n * n) % 8 for n in range(-20, 20)]",
    "negative masks": "[(n * n - 7) & -4 for n in range(-20, 20)]",
    "parts that are no sums": "[(n // 3 * 2**62 + xs[n % 3] * n) % 65536 for n in range(20)]",
}


@pytest.mark.parametrize("text", SAME.values(), ids=SAME)
def test_values_are_those_of_python(text: str) -> None:
    check(text, xs=[2**62, -(2**61), 5])


def test_what_stands_in_a_division_inside_is_exact() -> None:
    """`//` needs all bits of what it divides."""
    assert check_elements("[(n * n // 3 + n) & 255 for n in range(2**40, 2**40 + 3)]") == [0, 1, 2]
    assert check_elements("[(n * n) % 255 for n in range(2**40, 2**40 + 3)]") == [0, 1, 2]
