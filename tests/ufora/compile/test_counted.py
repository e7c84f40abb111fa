"""`while` loops that count give what Python gives, also where they only nearly do."""

import threading

import pytest

from tests.ufora.compile.programs import check, check_elements, kernel_of, parse
from ufora.compile.flag import NOW, POLL_TURNS, StopFlag
from ufora.compile.values import INT_MAX, INT_MIN

COUNTED = {
    "a sum in order": "    total = 0.0\n    i = 0\n    while i < n:\n        total = total + i * 0.1\n        i = i + 1\n    return total",
    "from below zero": "    total = 0\n    i = -n\n    while i < n:\n        total += i * i\n        i += 1\n    return total + i",
    "to a number": "    i = n\n    while i < 20:\n        i += 1\n    return i",
    "else": "    i = 0\n    while i < n:\n        i += 1\n    else:\n        return -i\n    return 7",
    "break": """    i = 0
    while i < 90:
        if i * i > n:
            break
        i += 1
    else:
        return -1
    return i""",
    "return": "    i = 0\n    while i < 90:\n        if i * i > n:\n            return i\n        i += 1\n    return n",
    "within another": """
    total = i = 0
    while i < n:
        j = i
        while j < n:
            total += i ^ j
            j += 1
        i += 1
    return total + j if n else 0""",
}
ALMOST = {
    "continue": "    total = i = 0\n    while i < n:\n        if i % 3:\n            i = i + 2\n            continue\n        total += i\n"
    "        i = i + 1\n    return total",
    "a limit that moves": """    total = i = 0
    m = n
    while i < m:
        m = m - 1
        total += m
        i = i + 1
    return total""",
    "a limit assigned within": """    i = 0
    while i < n:
        for n in range(n - 1):
            pass
        i += 1
    return i""",
    "an index that jumps": "    total = i = 0\n    while i < n:\n        i = i * 2\n        total += i\n        i += 1\n    return total",
    "steps of two": "    total = i = 0\n    while i < n:\n        total += i\n        i += 2\n    return total",
    "a step of a bool": "    total = i = 0\n    while i < n:\n        total += i\n        i += True\n    return total",
    "a float": "    total = 0.0\n    x = 0.5\n    while x < n:\n        total += x\n        x += 1\n    return total",
    "an int, then a float": """    i = 0
    m = n
    while i < m:
        i = i + 1
    m = 0.5
    while i < m:
        i = i + 1
    return i""",
    "the step is not last": "    total = i = 0\n    while i < n:\n        i = i + 1\n        total += i\n    return total",
    "down": "    total = 0\n    i = n\n    while 0 < i:\n        total += i\n        i = i - 1\n    return total",
    "including the limit": "    total = i = 0\n    while i <= n:\n        total += i\n        i = i + 1\n    return total",
    "assigned in an expression": "    total = i = 0\n    while i < n:\n        total += (i := i + 1)\n        i = i + 1\n    return total",
    "the limit is the index": "    i = n\n    while i < i:\n        i = i + 1\n    return i",
}


@pytest.mark.parametrize("body", [*COUNTED.values(), *ALMOST.values()], ids=[*COUNTED, *ALMOST])
def test_values_are_those_of_python(body: str) -> None:
    check(f"def f(n):\n{body}\n[f(n) for n in range(40)]")


@pytest.mark.parametrize("turns", [POLL_TURNS - 1, POLL_TURNS, POLL_TURNS + 1, 3 * POLL_TURNS + 5])
def test_over_several_strips_floats_are_added_in_order(turns: int) -> None:
    body = "    total = 0.0\n    i = start\n    while i < n:\n        total = total + g(float(i)) / 3\n        i = i + 1\n    return total"
    text = f"def g(x):\n    return x * 0.7 + 0.1\ndef f(n, start):\n{body}\n[f(turns + k, k) for k in range(2)]"
    check(text, turns=turns)


@pytest.mark.parametrize(("first", "last"), [(INT_MIN, INT_MIN + 3), (INT_MAX - 3, INT_MAX), (INT_MAX, INT_MIN), (INT_MIN, INT_MIN)])
def test_at_the_ends_of_what_an_int_can_be(first: int, last: int) -> None:
    text = """def f(i, n):
    turns = 0
    while i < n:
        turns += 1
        i = i + 1
    return turns, i
[f(first, last) for k in range(2)]"""
    check(text, first=first, last=last)


def test_an_index_or_limit_without_a_value_stops() -> None:
    text = """def f(n):
    if n % 2:
        m = n
    i = 0
    while i < m:
        i = i + 1
    return i
[f(n) for n in range(1, 9, 2)]"""
    check(text)
    program = parse(text.replace("1, 9, 2", "1, 9"))
    assert kernel_of(program).run(program.source, 0, 8, program.values).stopped_at == 1


def test_what_stops_in_the_midst_stops_at_that_element() -> None:
    text = """def f(n):
    i = total = 0
    while i < n:
        total += 6 // (5 - i)
        i = i + 1
    return total
[f(n) for n in range(5)]"""
    assert check_elements(text) == []
    program = parse(text.replace("range(5)", "range(9)"))
    assert kernel_of(program).run(program.source, 0, 9, program.values).stopped_at == 6


@pytest.mark.parametrize("limit", ["n", str(2**62)])
def test_a_count_that_takes_for_ever_stops_when_it_is_asked(limit: str) -> None:
    body = f"    i = total = 0\n    while i < {limit}:\n        total = (total * 31 + i) % 1000003\n        i = i + 1\n    return total"
    program, flag = parse(f"def f(n):\n{body}\n[f({limit}) for k in range(3)]", n=2**62), StopFlag()
    asking = threading.Timer(0.05, flag.ask, [NOW])
    asking.start()
    run = kernel_of(program).run(program.source, 0, 3, program.values, flag)
    asking.join()
    assert run.interrupted


@pytest.mark.parametrize(("bodies", "is_counted"), [(COUNTED, True), (ALMOST, False)])
def test_only_what_counts_is_written_in_strips(bodies: dict[str, str], is_counted: bool) -> None:
    for name, body in bodies.items():
        text = kernel_of(parse(f"def f(n):\n{body}\n[f(n) for n in range(40)]")).text
        assert ("\nstrip" in text) is (is_counted or name == "a limit assigned within"), name
