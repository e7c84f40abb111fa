"""Ints near the ends of what is known of them: checks that are left out must not be missed."""

from itertools import product

import pytest

from tests.ufora.compile.programs import bits, check, check_elements, kernel_of, parse, plain

EDGES = ["range(2**31 - 5, 2**31 + 5)", "range(-3, 3)", "range(2**31 - 5, 2**31)", "range(2**63 - 6, 2**63 - 1)", "range(5, -5, -3)"]
ELEMENTS = [
    "i * i * 2",
    "i * k - i // 3 + i % 7",
    "(i * k) % 1000003 // 7",
    "abs(i - k) + abs(k)",
    "i ** 2 + (i << 1) + (i >> 3)",
    "(i & 1023) * (i | 5) ^ k",
    "-i + i * (i % 11) * (i % 13)",
    "min(i, k) + max(i % 5, k) + (i > 3)",
    "len(A) * i + sum(i * j % 7 for j in range(i % 9))",
    "sum(j * k for j in range(-(i % 4), i % 50, 1 + i % 3))",
    "sum(a for a in A) + sum(i % 3 > 1 for a in A) * k",
    "f(i % 100, k) + f(i, i)",
    "f(f(i % 4, 3), 2) / (1 + i % 2)",
]
TEXT = """
def f(n, m):
    total = 0
    for j in range(n % 5):
        total = total ^ (j * n + m % 3)
    return total % 1000 + n % 9
"""


@pytest.mark.parametrize("element", ELEMENTS)
def test_elements_are_pythons_or_stop(element: str) -> None:
    kernel = None
    for edge, k in product(EDGES, [2**31 - 1, -(2**31), 2**31, -5, 2**62]):
        program = parse(f"{TEXT}[{element} for i in {edge}]", k=k, A=[2**62, -7, 2**61, 2**62])
        kernel = kernel or kernel_of(program)
        for at in range(len(program.source)):
            run = kernel.run(program.source, at, at + 1, program.values)
            assert bits(plain(run.partial)) == bits(program.elements(at, run.stopped_at))


@pytest.mark.parametrize("edge", ["range(2**31 - 2000, 2**31)", "range(2**31 - 2000, 2**31 + 2000)", "range(-3000, 3000)"])
@pytest.mark.parametrize("element", ["i", "i * i", "i * 2**20", "i % 7 - 3", "i > 5"])
def test_sums_of_more_than_a_block_are_exact(element: str, edge: str) -> None:
    check(f"sum({element} for i in {edge})")


def test_sums_over_several_clauses_are_exact() -> None:
    check("sum(a * b for a in range(2**31 - 3, 2**31) for b in range(a - 300, a) if b % 3)")
    check("sum(a * a + b * b == c * c for a in range(1, 40) for b in range(a, 40) for c in range(b, 40))")


def test_a_sum_within_an_element_stops_where_64_bits_do_not_hold_it() -> None:
    assert check_elements("[sum(i * 2**28 for j in range(100)) for i in range(2**31 - 3, 2**31)]") == [0, 1, 2]
    assert check_elements("[sum(i * 2**25 for j in range(100)) for i in range(2**31 - 3, 2**31)]") == []


NO_INTS = ["i ** -1", "i ** -64", "i << 64", "i << 70", "i << -1", "i ** 65", "(i % 3) ** 100", "1 << i", "i % 3 << 63"]


@pytest.mark.parametrize("element", NO_INTS)
def test_what_gives_no_int_of_64_bits_stops(element: str) -> None:
    assert check_elements(f"[{element} for i in range(2, 70)]")


def test_a_variable_that_is_assigned_twice_is_no_better_known_than_its_assignments() -> None:
    text = """
def f(i):
    a = i % 7
    b = 0
    for j in range(3):
        b = b + a
        a = a * 3037000500
    return b
[f(i) for i in range(20)]
"""
    assert check_elements(text) == [i for i in range(20) if i % 7]


def test_what_a_function_returns_is_as_well_known_as_the_worst_of_its_returns() -> None:
    text = """
def f(i):
    if i % 3 == 0:
        return i % 5
    return i * 2**31
[f(i) * 4 for i in range(2**31 - 10, 2**31)]
"""
    stopped = check_elements(text)
    assert stopped == [at for at, i in enumerate(range(2**31 - 10, 2**31)) if i % 3]


def test_an_argument_that_is_assigned_again_is_known_no_more() -> None:
    text = """
def f(n):
    while n < 2**62:
        n = n * 5 + 1
    return n
[f(i % 3) for i in range(10)]
"""
    check_elements(text)


def test_a_function_of_many_small_arguments_is_written_few_times() -> None:
    calls = " + ".join(f"f(i % {10**power})" for power in range(1, 15))
    check(f"def f(n):\n    return n * n % 1009\nsum({calls} for i in range(3000))")
    text = kernel_of(parse(f"def f(n):\n    return n * n % 1009\nsum({calls} for i in range(3000))")).text
    assert text.count("define i1") <= 8


@pytest.mark.parametrize("element", ["2 ** (x - 9)", "x << 64", "(x - 3) ** 65", "(-1) ** 65", "x << (x - 3)"])
def test_what_may_exceed_64_bits_by_nobody_knows_how_much_is_checked(element: str) -> None:
    stopped = check_elements(f"[{element} for x in range(5)]")
    exceed = [x for x in range(5) if _exceeds(element, x)]
    assert set(exceed) <= set(stopped)


def _exceeds(element: str, x: int) -> bool:
    try:
        number = eval(element, {"x": x})
    except ValueError:
        return True
    return not isinstance(number, int) or not -(2**63) <= number < 2**63
