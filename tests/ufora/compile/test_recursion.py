"""Functions that call themselves give what Python gives, however their calls were rearranged."""

import threading

import pytest

from tests.ufora.compile.programs import check, check_elements, kernel_of, parse
from ufora.compile.flag import NOW, StopFlag

ONE_AFTER_ANOTHER = {
    "fib": "def f(n):\n    return n if n < 2 else f(n - 1) + f(n - 2)\n[f(n) for n in range(-3, 22)]",
    "three calls": "def f(n):\n    if n < 3:\n        return 1\n    return f(n - 1) + f(n - 2) + f(n - 3)\n[f(n) for n in range(18)]",
    "halves": """
def f(low, high):
    if high - low <= 1:
        return low * low % 7
    middle = (low + high) // 2
    return f(low, middle) + f(middle, high)
[f(-n, n) for n in range(60)]""",
    "binomials": """
def f(n, k):
    return 1 if k == 0 or n == k else f(n - 1, k - 1) + f(n - 1, k)
[f(n, k) for n in range(14) for k in range(n)]""",
    "a last call alone": "def f(a, b):\n    if b == 0:\n        return a\n    return f(b, a % b)\n[f(n * 91, n * n) for n in range(90)]",
    "terms on both sides": """
def f(n):
    if n < 2:
        return n
    return n * n + f(n - 1) + f(n // 2) + 3
[f(n) for n in range(40)]""",
    "a call within a call": """
def f(m, n):
    if m == 0:
        return n + 1
    if n == 0:
        return f(m - 1, 1)
    return f(m - 1, f(m, n - 1))
[f(m, n) for m in range(3) for n in range(12)]""",
    "floats": "def f(n):\n    if n < 2:\n        return n * 0.1\n    return f(n - 1) + f(n - 2)\n[f(n) for n in range(20)]",
    "ints and floats": "def f(n):\n    if n < 1:\n        return 0\n    return 0.5 + f(n - 1)\n[f(n) for n in range(1, 20)]",
    "bools in a sum": "def f(n):\n    if n < 1:\n        return 0\n    return (n % 3 == 0) + f(n - 1)\n[f(n) for n in range(40)]",
    "bools": "def f(n):\n    if n < 1:\n        return n == 0\n    return f(n - 3)\n[f(n) for n in range(40)]",
    "a difference": "def f(n):\n    if n < 2:\n        return n\n    return f(n - 1) - f(n - 2)\n[f(n) for n in range(20)]",
    "variables that a turn leaves behind": """
def f(n):
    if n % 5 == 4:
        step = 2
    elif n < 1:
        return 1
    else:
        step = 1
    total = 0
    for k in range(n):
        if k == 7:
            return k + f(n - 8)
        total += k
    return total + f(n - step)
[f(n) for n in range(60)]""",
    "arguments by name and default": """
def g(n, step=2):
    if n < 1:
        return step
    if n % 3 == 0:
        return 1 + g(n - 1, step=3)
    return 1 + g(n - step)
[g(n) for n in range(40)]""",
    "arguments that change places": "def f(a, b, n):\n    return a - b if n < 1 else 1 + f(b, a, n - 1)\n[f(n, 2, n) for n in range(9)]",
    "arguments of another type": "def f(n, k):\n    if n < 1:\n        return 1\n    return 1 + f(n - 2, 0.5)\n[f(n, 1) for n in range(9)]",
    "functions that call each other": """
def even(n):
    if n == 0:
        return 1
    return 2 + odd(n - 1)
def odd(n):
    if n == 0:
        return 0
    return 3 + even(n - 1)
[even(n) for n in range(30)]""",
    "a name that is not ASCII": "def größe(n):\n    return 1 if n < 2 else größe(n - 1) + größe(n - 3)\n[größe(n) for n in range(20)]",
    "no return but of itself for some": "def f(n):\n    if n > 5:\n        return 1\n    return f(n + 1)\n[f(n) for n in range(9)]",
}


@pytest.mark.parametrize("text", ONE_AFTER_ANOTHER.values(), ids=ONE_AFTER_ANOTHER)
def test_values_are_those_of_python(text: str) -> None:
    check(text)


def test_a_sum_beyond_64_bits_is_left_to_python() -> None:
    text = "def f(n):\n    return 2**61 if n < 1 else f(n - 1) + f(n - 1)\n[f(n) for n in range(5)]"
    assert check_elements(text) == [2, 3, 4]


def test_a_sum_that_leaves_64_bits_on_its_way_is_right_or_left_to_python() -> None:
    text = "def f(n):\n    if n < 1:\n        return -(2**62)\n    return 2**62 + f(n - 1)\n[f(n) for n in range(6)]"
    assert 1 not in check_elements(text)


def test_an_error_inside_is_left_to_python() -> None:
    text = "def f(n):\n    if n < 1:\n        return 10 // n if n else 1\n    return f(n - 2) + f(n - 1)\n[f(n) for n in range(9)]"
    check(text)
    text = (
        "def f(n):\n    if n == 1:\n        raise ValueError(n)\n    return n if n < 1 else f(n - 2) + 1\n[f(n) for n in range(6, 13, 2)]"
    )
    check(text)


@pytest.mark.parametrize("depth", [15, 16, 17, 399, 400])
def test_calls_as_deep_as_python_bears(depth: int) -> None:
    check("def f(n):\n    return 0 if n < 1 else 1 + f(n - 1)\n[f(n) for n in range(depth - 1, depth)]", depth=depth)


def test_a_last_call_without_end_is_left_to_python() -> None:
    text = "def f(n):\n    if n == 0:\n        return 1\n    return f(n + 1)\n[f(n) for n in range(-3, 3)]"
    program = parse(text)
    run = kernel_of(program).run(program.source, 0, 6, program.values)
    assert run.stopped_at == 4
    assert not run.interrupted


EIGHT_CALLS = f"""
def f(n, k):
    return k if n < 1 else {" + ".join(f"f(n - 1, k ^ {way})" for way in range(8))}
[f(n, 1) for n in range(30, 33)]
"""


@pytest.mark.parametrize(
    "text",
    [
        "def f(n):\n    return 1 if n < 2 else f(n - 1) + f(n - 2)\n[f(n) for n in range(150, 160)]",
        "def f(n, k):\n    return 1 if k == 0 or n == k else f(n - 1, k - 1) + f(n - 1, k)\n[f(n, 60) for n in range(300, 310)]",
        "def f(n, k):\n    return k if k == 0 or n == k else f(n - 1, k - 1) + f(n - 1, k)\n[f(n, 8) for n in range(390, 395)]",
        EIGHT_CALLS,
    ],
)
def test_what_would_take_for_ever_stops_when_it_is_asked(text: str) -> None:
    program, flag = parse(text), StopFlag()
    kernel = kernel_of(program)
    asking = threading.Timer(0.05, flag.ask, [NOW])
    asking.start()
    run = kernel.run(program.source, 0, len(program.source), program.values, flag)
    asking.join()
    assert run.interrupted


@pytest.mark.parametrize("depth", [399, 400])
def test_what_calls_nothing_may_be_called_at_the_very_bottom(depth: int) -> None:
    check(
        """def g(n):
    return n * n % 7
def f(n):
    return g(n) if n < 1 else g(n) + f(n - 1)
[f(n) for n in range(depth - 1, depth)]""",
        depth=depth,
    )


def test_functions_that_call_each_other_without_end_are_left_to_python() -> None:
    text = """def g(n):
    if n == 0:
        return 1
    return 1 - f(n + 1)
def f(n):
    if n == 0:
        return 1
    return 2 - g(n + 1)
"""
    program = parse(text + "[f(n) for n in range(-3, 3)]")
    run = kernel_of(program).run(program.source, 0, 6, program.values)
    assert run.stopped_at == 4
    assert not run.interrupted
