"""Choices without a jump give what Python gives, and what is wrong with the value not taken does no harm."""

import pytest

from tests.ufora.compile.programs import check, check_elements, kernel_of, parse

SAME = {
    "collatz": """
def f(n):
    length = 1
    while n != 1:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        length += 1
    return length
[f(n) for n in range(1, 300)]""",
    "as statements": """
def f(n):
    odd = 0
    while n > 1:
        if n % 2 == 0:
            n //= 2
        else:
            n = 3 * n + 1
        if n % 2 == 1:
            odd += 1
    return odd
[f(n) for n in range(1, 300)]""",
    "floats": """
def f(x):
    if x < 50:
        x = x * 0.5 + 1.0
    else:
        x = x - 0.25
    return x
[f(n * 1.5) for n in range(99)]""",
    "a float one way, an int the other": "[n * 0.5 if n % 2 == 0 else n + 1.5 for n in range(50)]",
    "a variable that becomes a float": """
def f(n):
    x = 0
    if n > 3:
        x = n * 0.5
    return x + 0.5
[f(n) for n in range(9)]""",
    "bools": "[(n > 3) + 1 if n % 2 == 0 else n - (n > 5) for n in range(20)]",
    "negative numbers": "[n // 4 + n % 4 if n < 0 else (n >> 2) - n % 3 for n in range(-20, 20)]",
    "a value of a list": "def f(n):\n    if n % 3 == 0:\n        n = xs[n % 5] + 1\n    return n\n[f(n) for n in range(20)]",
    "given numbers": "[n * k + 1 if n < k else n - k for n in range(20)]",
    "a test that is a name": "def f(n):\n    odd = n % 2 == 1\n    if odd:\n        n += 7\n    return n\n[f(n) for n in range(20)]",
    "a variable without a value": """
def f(n):
    if n > 2:
        y = n + 1
    else:
        y = n - 1
    return y
[f(n) for n in range(9)]""",
    "factors": "[n * 3 + 5 * n if n % 2 else 9 * n for n in range(-20, 20)]",
}


@pytest.mark.parametrize("text", SAME.values(), ids=SAME)
def test_values_are_those_of_python(text: str) -> None:
    check(text, xs=[3, 1, 4, 1, 5], k=11)


def test_a_value_that_overflows_and_is_not_taken_does_no_harm() -> None:
    check("[n if n > 2**61 else 3 * n + 1 for n in range(2**62, 2**62 + 5)]")
    check("[n * n if n < 2**20 else n for n in range(2**40, 2**40 + 5)]")


def test_a_value_that_overflows_and_is_taken_is_left_to_python() -> None:
    assert check_elements("[3 * n + 1 if n % 2 else n for n in range(2**62, 2**62 + 6)]") == [1, 3, 5]
    assert check_elements("def f(n):\n    if n % 2:\n        n = n * n\n    return n\n[f(n) for n in range(2**40, 2**40 + 4)]") == [1, 3]


@pytest.mark.parametrize("factor", [3, 5, 9])
def test_quick_products_are_right_up_to_the_last_that_fits(factor: int) -> None:
    last, first = (2**63 - 1) // factor, -(2**63 // factor)
    source = [first - 1, first, first + 1, -1, 0, 1, last - 1, last, last + 1]
    assert check_elements(f"[{factor} * n for n in xs]", xs=source) == [0, 8]
    assert check_elements(f"[n * {factor} for n in xs]", xs=source) == [0, 8]


def test_a_variable_without_a_value_is_left_to_python() -> None:
    text = "def f(n):\n    if n > 2:\n        y = 1\n    if n > 4:\n        y += 1\n    return 0 if n < 3 else y\n[f(n) for n in range(9)]"
    assert check_elements(text) in ([], [0, 1, 2])


def test_no_jump_is_left_between_two_sums() -> None:
    kernel = kernel_of(parse("[n + 7 if n % 2 else n * 5 - 3 for n in range(9)]"))
    assert "select" in kernel.text
