"""Statements that change one int up to a mask do not overflow on the way."""

import pytest

from tests.ufora.compile.programs import check, check_elements

MASK = 2**64 - 1
SAME = {
    "a hash": "for k in range(8):\n        h ^= (n >> k) & 255\n        h *= 0x100000001B3\n        h &= MASK",
    "a modulus": "h = h * 6364136223846793005\n    h += 1442695040888963407\n    h %= 2**64",
    "the name on both sides": "h = h * h * h + n\n    h = h * 0x9E3779B97F4A7C15\n    h = h & MASK",
    "a new name": "z = n * 0x9E3779B97F4A7C15 + h\n    z &= MASK\n    h = z ^ (z >> 31)",
    "two chains": "h *= 0x9E3779B97F4A7C15\n    h &= MASK\n    h ^= h >> 29\n    h *= 0xBF58476D1CE4E5B9\n    h &= MASK",
    "shifts": "h <<= 60\n    h |= n & 7\n    h &= MASK",
}
NOT = {
    "the mask reads it": "h *= 2**40\n    h &= h - 1",
    "another name in between": "h *= 2**40\n    n = h + 1\n    h &= MASK",
    "it is read again": "h += 5\n    h = h * n + h\n    h &= MASK",
    "the mask assigns it": "h += 5\n    h &= (h := 12)",
}


@pytest.mark.parametrize("body", SAME.values(), ids=SAME)
def test_values_are_those_of_python(body: str) -> None:
    check(f"def f(n):\n    h = n + 7\n    {body}\n    return h\n[f(n) for n in range(60)]", MASK=MASK)


@pytest.mark.parametrize("body", NOT.values(), ids=NOT)
def test_what_is_seen_in_between_is_what_python_sees(body: str) -> None:
    check_elements(f"def f(n):\n    h = n + 7\n    {body}\n    return h, n\n[f(n) for n in range(60)]", MASK=MASK)


def test_an_overflow_that_is_seen_stops() -> None:
    text = "def f(n):\n    h = n\n    h *= 2**62\n    g = h + 1\n    h &= MASK\n    return g\n[f(n) for n in range(6)]"
    assert check_elements(text, MASK=MASK) == [4, 5]


def test_floats_stay_floats() -> None:
    check("def f(n):\n    h = n * 0.5\n    h *= 3\n    h %= 8\n    return h\n[f(n) for n in range(60)]")
    check("def f(n):\n    h = 0\n    h += n * 0.5\n    h %= 8\n    return h * 1.0\n[f(n) for n in range(60)]")
