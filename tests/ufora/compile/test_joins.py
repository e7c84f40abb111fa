"""Variables, functions and choices whose values are of several types get one that holds them all."""

import pytest

from tests.ufora.compile.programs import check, check_elements, refusal_of
from ufora.compile.joins import join
from ufora.compile.made import Known
from ufora.compile.values import BOOL, FLOAT, INT, UNSIGNED, Number

MASK = 2**64 - 1


def test_the_type_of_two() -> None:
    assert join(INT, UNSIGNED, Known()) == join(UNSIGNED, INT, Known()) == UNSIGNED
    assert join(INT, FLOAT, Known()) == join(UNSIGNED, FLOAT, Known()) == join(Number(), UNSIGNED, Known()) == Number()
    assert join(INT, BOOL, Known()) is None
    assert join(BOOL, BOOL, Known()) == BOOL


SAME = {
    "a variable": "def f(n):\n    x = n\n    for i in range(3):\n        x = (x * 0x9E3779B97F4A7C15 + i) & MASK\n    return x",
    "a variable that is small again": "def f(n):\n    x = (n * 2**60) & MASK\n    if n % 2:\n        x = 5\n    return x >> 1",
    "the value of a function": "def f(n):\n    if n < 3:\n        return n\n    return n * 2**61 & MASK",
    "the value of a function, the other way": "def f(n):\n    if n > 3:\n        return n * 2**61 & MASK\n    return n",
    "a choice": "def f(n):\n    return (n * 2**61 & MASK) if n % 3 else n",
    "a choice without a jump": "def f(n):\n    h = n * 2**61 & MASK\n    h = (h >> 1) ^ 0xC96C5795D7870F42 if n & 1 else 5\n    return h",
    "a negative int beside": "def f(n):\n    h = n * 2**61 & MASK\n    return h - 2**64 if h >= 2**63 else h",
    "and, or": "def f(n):\n    return (n % 2) and (n * 2**61 & MASK)",
    "the larger": "def f(n):\n    return max(n, n * 2**61 & MASK, 3)",
    "a float, too": "def f(n):\n    x = n\n    for i in range(3):\n        x = x * 0.5 if i % 2 else (n * 7) & MASK\n    return x * 0.5",
    "a tuple's items": "def f(n):\n    t = 0\n    for x in (n, 0x9E3779B97F4A7C15, 2):\n        t ^= x >> 1\n    return t",
    "two that depend on each other": (
        "def f(n):\n    a, b = n, 1\n    for _ in range(5):\n        a, b = b, (a * 3 + b * 0x9E3779B97F4A7C15) & MASK\n    return a, b"
    ),
    "recursion": "def f(n):\n    if n < 1:\n        return 1\n    return (f(n - 1) * 0x9E3779B97F4A7C15) & MASK",
}


@pytest.mark.parametrize("text", SAME.values(), ids=SAME)
def test_values_are_those_of_python(text: str) -> None:
    check(f"{text}\n[f(n) for n in range(40)]", MASK=MASK)


def test_a_negative_int_stops_where_others_reach_2_to_63() -> None:
    assert check_elements(f"{SAME['a variable']}\n[f(n) for n in range(-3, 3)]", MASK=MASK) == [0, 1, 2]


def test_one_that_always_is_negative_is_refused() -> None:
    refused = refusal_of("def f(n):\n    x = -1\n    if n:\n        x = n * 3 & MASK\n    return x\n[f(n) for n in range(3)]", MASK=MASK)
    assert (refused.line, "negative" in refused.reason) == (2, True)


def test_beside_floats_a_word_stops_beyond_2_to_53() -> None:
    text = "def f(x):\n    y = x ^ 1\n    if x > 2**60:\n        y = 0.5\n    return y * 0.5\n[f(x) for x in xs]"
    assert check_elements(text, xs=[5, 2**53, 2**54, 2**61, 2**63]) == [1, 2, 3, 4]
