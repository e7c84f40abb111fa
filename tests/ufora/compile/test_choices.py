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


FILTERED = {
    "floats of a list": "sum(x for x in xs if x > 1.5)",
    "a sum of none of them": "sum(x for x in xs if x > 1e9)",
    "a sum of all": "sum(x for x in xs if x < 1e9)",
    "several tests": "sum(x * 0.5 for x in xs if x > 1.0 if x < 4.0 and x * x > 2.0)",
    "a chain": "sum(x for x in xs if 0.0 <= x < k)",
    "items of tuples": "sum(p[0] for p in pairs if p[1] == 2)",
    "unpacked": "sum(a - 0.5 for a, b in pairs if b == k and a > 0.0)",
    "a test that is a number": "sum(n * 0.5 for n in range(50) if n % 3)",
    "a test that is a float": "sum(n * 0.5 for n in range(50) if n * 0.25)",
    "a list": "[x + 1.0 for x in xs if x > 1.5]",
    "a list of ints": "[n * n - 1 for n in range(-50, 50) if n % 3 == 1]",
    "a list of bools": "[p for p in flags if p]",
    "a list of items": "[p[1] for p in pairs if p[0] > 0.0]",
    "negative zeros": "sum(x for x in zeros if x == 0.0)",
    "infinities that are not taken": "sum(x for x in odd if x < 9.0 and x > -9.0)",
    "infinities that are": "sum(x for x in odd if x > 0.0)",
    "inside": "[sum(x * i for x in xs if x > i) if i < 5 else 0.5 for i in range(9)]",
    "inside, with a start": "[sum((x for x in xs if x > i), 0.1) for i in range(5)]",
    "inside, with zeros": "[sum((x for x in zeros if x <= i), -0.0) for i in range(2)]",
    "inside, of two clauses": "[sum((x * y for x in xs for y in few if x > y), 0.0) for i in range(3)]",
    "inside, of a function": """
def f(k):
    x = sum(p[0] for p, n in zip(pairs, many) if n % 7 == k)
    y = sum(p[0] * p[1] for p in pairs if p[1] == k and p[0] < 1e9)
    return x - y
[f(k) for k in range(4)]""",
}


@pytest.mark.parametrize("text", FILTERED.values(), ids=FILTERED)
def test_what_is_filtered_without_a_jump_is_that_of_python(text: str) -> None:
    pairs = [((i * 7919 % 10007) / 10007.0 - 0.1, i % 5) for i in range(5000)]
    xs = [3.5, 1.25, 4.0, -0.1, 5.5, 0.1, 1e-300, 2.5] * 400
    odd = [1.5, float("inf"), -2.0, float("-inf"), float("nan")]
    few, zeros, flags, many = xs[:9], [0.0, -0.0], [True, False] * 9, [*range(4000)]
    check(text, xs=xs, few=few, pairs=pairs, odd=odd, zeros=zeros, flags=flags, k=3, many=many)


def test_what_overflows_in_a_filtered_list_and_is_not_taken_does_no_harm() -> None:
    check("[3 * n for n in range(2**62, 2**62 + 5) if n < 9]")
    assert check_elements("[3 * n for n in range(2**62, 2**62 + 6) if n % 2]") == [1, 3, 5]


def test_a_test_that_overflows_behind_one_that_does_not_hold_does_no_harm() -> None:
    check("[n for n in range(2**62, 2**62 + 5) if n < 9 if n * 3 < 5]")
    assert check_elements("[n for n in range(2**62, 2**62 + 5) if n % 2 if n * 3 < 5]") == [1, 3]


def test_a_filtered_list_goes_on_behind_an_element_that_stops() -> None:
    assert check_elements("[3 * n for n in xs if n > 5]", xs=[1, 9, 2**62, 3, 2**61, 2**62, 7]) == [2, 5]


def test_no_jump_is_left_before_a_cheap_element() -> None:
    for text in ("sum(x * 0.5 for x in xs if x > 1.5)", "[x * 0.5 for x in xs if x > 1.5]"):
        assert "passed" not in kernel_of(parse(text, xs=[1.0])).text
    assert "passed" in kernel_of(parse("sum(math.sin(x) for x in xs if x > 1.5)", xs=[1.0])).text
