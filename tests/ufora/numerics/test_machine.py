"""Floats that are added one after the other: vectors must not change a bit."""

import math

import pytest

from tests.ufora.compile.programs import check

ADDED = {
    "a product": "total += x * 0.1",
    "a difference": "total -= x / 3",
    "some": "total += x if x > 0.5 else 0.0",
    "under a condition": "if x > 0.5:\n            total += x",
    "two": "total += x\n        total += x * x",
}


@pytest.mark.parametrize("body", ADDED.values(), ids=ADDED)
@pytest.mark.parametrize("begin", [0.0, -0.0, 1e16])
def test_sums_of_floats_in_order_keep_every_bit(body: str, begin: float) -> None:
    xs = [math.sin(n) * 10.0 ** (n % 7) for n in range(203)]
    text = f"def f(n):\n    total = begin\n    for x in xs:\n        {body}\n    return total + n\n[f(n) for n in range(3)]"
    check(text, begin=begin, xs=xs)
    check(text, begin=begin, xs=[-0.0] * 37)
    check(text, begin=begin, xs=[1e308, 1e308, -math.inf, math.inf, *xs])
