"""Sums and products whose lowest bits alone are wanted do not overflow, and are Python's."""

import pytest

from tests.ufora.compile.programs import check, check_elements, kernel_of, parse, run

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
    "the words of a generator": """
def throw(seed):
    state = seed
    for _ in range(50):
        state = (state * 6364136223846793005 + 1442695040888963407) & 0xFFFFFFFFFFFFFFFF
    return state
[throw(n) for n in range(50)]""",
    "a modulus of 64 bits": "[(n * 6364136223846793005 - n * n * n * 0x9E3779B97F4A7C15) % 2**64 for n in range(-50, 50)]",
    "a mask on the left": "[0xFFFFFFFFFFFFFFFF & (n * 0x9E3779B97F4A7C15) for n in range(-50, 50)]",
    "shifts to the left": "[((n << 60) + (n << 64) - (n << 3)) & 0xFFFFFFFFFFFFFFFF for n in range(-50, 50)]",
    "counts that vary": "[(n * 0x9E3779B97F4A7C15 << k) & 0xFFFFFFFFFFFFFFFF for n in range(-5, 5) for k in (0, 1, 63, 64, 65, 2000)]",
    "signs": "[((-n * 0x9E3779B97F4A7C15) & 2**64 - 1, ~n & 2**64 - 1, -(n * n) % 2**64, ~(n * n) & 255) for n in range(-50, 50)]",
    "bitwise operations inside": "[((n * 0x9E3779B97F4A7C15 ^ n << 33) + (n | 7)) & 0xFFFFFFFFFFFFFFFF for n in range(-50, 50)]",
    "holes up to the highest bit": "[(n * 0x9E3779B97F4A7C15) & 0xC000000000000005 for n in range(-50, 50)]",
    "masks that vary": "[(n * 0x9E3779B97F4A7C15) & ((n * n) & 1023) for n in range(-50, 50)]",
    "beyond 64 bits in between": "[(n + 2**64 + 2**100) & 0xFFFFFFFFFFFFFFFF for n in range(-5, 5)]",
    "a float on the way": "[((n * 0.5) * 3 - n) % 2**64 for n in range(50)]",
    "bools all of them": "[((n > 3) ^ (n > 5)) & (n > 4) for n in range(9)]",
    "zero with a sign": "[-(n * 0.0) % 8 for n in range(9)]",
    "parts that are no sums": "[(n // 3 * 2**62 + xs[n % 3] * n) % 65536 for n in range(20)]",
}


@pytest.mark.parametrize("text", SAME.values(), ids=SAME)
def test_values_are_those_of_python(text: str) -> None:
    check(text, xs=[2**62, -(2**61), 5])


def test_what_stands_in_a_division_inside_is_exact() -> None:
    """`//` needs all bits of what it divides."""
    assert check_elements("[(n * n // 3 + n) & 255 for n in range(2**40, 2**40 + 3)]") == [0, 1, 2]
    assert check_elements("[(n * n) % 255 for n in range(2**40, 2**40 + 3)]") == [0, 1, 2]


def test_parts_are_evaluated_from_left_to_right() -> None:
    check("def f(n):\n    return (n + (m := n * 3)) & m\n[f(n) for n in range(20)]")
    check("def f(n):\n    return (m := n + 2) & (m * n)\n[f(n) for n in range(20)]")


def test_a_mask_that_may_be_negative_keeps_all_bits() -> None:
    assert check_elements("[(n * 2**40 * n) & m for n in range(-3, 3)]", m=-8) == []
    assert check_elements("[(n * 2**62) & m for n in range(4)]", m=-8) == [2, 3]


def test_a_negative_count_stops() -> None:
    assert check_elements("[(n << 2 - n) & 0xFFFFFFFFFFFFFFFF for n in range(5)]".replace("5)", "3)")) == []
    program = parse("[(n << 2 - n) & 0xFFFFFFFFFFFFFFFF for n in range(5)]")
    assert run(program).stopped_at == 3


def test_no_check_is_left_in_a_generator() -> None:
    text = "def f(s):\n    s = (s * 6364136223846793005 + 1442695040888963407) & 0xFFFFFFFFFFFFFFFF\n    return (s ^ s >> 29) >> 32\n"
    written = kernel_of(parse(text + "[f(x) for x in xs]", xs=[2**63])).text
    assert "with.overflow" not in written
    assert "2**63" not in written
    assert written.count("icmp slt") == written.count("icmp slt i64 %")  # loops only
