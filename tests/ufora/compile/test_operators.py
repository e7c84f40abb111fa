"""Every operator over pairs of interesting numbers: what is computed has CPython's type and bits; what stops had to."""

import itertools
import math
from typing import Any

import pytest

from tests.ufora.compile.programs import check, check_elements, refusal_of

INTS = [
    *range(-5, 6),
    *(7, 10, 63, 64, 65, -63, -64, -65, 100, -100),
    *(sign * (2**power + near) for power in (31, 32, 53, 62) for near in (-1, 0, 1) for sign in (1, -1)),
    *(2**63 - 1, 2**63 - 2, -(2**63), -(2**63) + 1, 3037000499, 3037000500, 10**18),
]
TINY, LARGEST = 5e-324, 1.7976931348623157e308
FLOATS = [
    *(0.0, -0.0, 0.5, -0.5, 1.0, -1.0, 1.5, 2.0, -2.0, 2.5, 3.0, -3.0, 0.1, 1 / 3, math.pi, -math.e, 7.25, 10.0),
    *(TINY, -TINY, 2.2250738585072014e-308, 2.225073858507201e-308, LARGEST, -LARGEST, 1e16, 1e-16, 1e300, -1e-300, 1e154, 1.5e154),
    *(2.0**52, 2.0**53, -(2.0**53), 2.0**53 + 2, 2.0**62, 2.0**63, -(2.0**63), 9.223372036854775e18, 2.0**64, 1024.0, 1023.0),
    *(math.inf, -math.inf, math.nan),
]
BOOLS = [False, True]
INT_RANGE = range(-(2**63), 2**63)
EXACT = range(-(2**53), 2**53 + 1)


def product(left: list[Any], right: list[Any]) -> tuple[list[Any], list[Any]]:
    pairs = list(itertools.product(left, right))
    return [a for a, _ in pairs], [b for _, b in pairs]


def fits(compute: Any) -> bool:
    """Does Python give a value that a kernel can hold?"""
    try:
        value = compute()
    except (ArithmeticError, ValueError):
        return False
    return not isinstance(value, complex) and (not isinstance(value, int) or value in INT_RANGE)


def check_pairs(expression: str, left: list[Any], right: list[Any], may_stop: Any = lambda a, b: False) -> None:
    """Each pair either has Python's answer, or it is one that Python raises for, or whose answer leaves the machine, or may_stop."""
    a, b = product(left, right)
    stopped = check_elements(f"[{expression.replace('a', 'A[i]').replace('b', 'B[i]')} for i in range({len(a)})]", A=a, B=b)
    for at in stopped:
        one, other = a[at], b[at]
        assert not fits(lambda: eval(expression, {"a": one, "b": other})) or may_stop(one, other), f"stopped: {one!r}, {other!r}"  # noqa: B023


@pytest.mark.parametrize("symbol", ["+", "-", "*", "//", "%", "<<", ">>", "&", "|", "^"])
def test_two_ints(symbol: str) -> None:
    def stops(a: int, b: int) -> bool:
        return b >= 64 if symbol == "<<" else (symbol, a, b) == ("%", -(2**63), -1)  # where the processor traps

    smaller = [number for number in INTS if symbol != "<<" or abs(number) < 2**20]
    check_pairs(f"a {symbol} b", INTS, smaller, stops)


def test_ints_to_a_power() -> None:
    exponents = [*range(-2, 12), 31, 32, 62, 63, 64, 65, 1000]
    check_pairs("a ** b", INTS, exponents, lambda a, b: b < 0)


def test_a_constant_power_multiplies() -> None:
    for exponent in (0, 1, 2, 3, 5, 63):
        stopped = check_elements(f"[A[i] ** {exponent} for i in range({len(INTS)})]", A=INTS)
        assert all(INTS[at] ** exponent not in INT_RANGE for at in stopped)


def test_dividing_by_a_constant() -> None:
    for divisor in (1, -1, 2, 3, -3, 7, 10, 2**40):
        for symbol in ("//", "%"):
            stopped = check_elements(f"[A[i] {symbol} {divisor} for i in range({len(INTS)})]", A=INTS)
            assert all(divisor == -1 and INTS[at] == -(2**63) for at in stopped)


def test_ints_divide_to_floats_where_both_are_exact() -> None:
    check_pairs("a / b", INTS, INTS, lambda a, b: a not in EXACT or b not in EXACT)


@pytest.mark.parametrize("symbol", ["+", "-", "*", "/", "//", "%"])
def test_two_floats(symbol: str) -> None:
    check_pairs(f"a {symbol} b", FLOATS, FLOATS)


def test_floats_to_a_power() -> None:
    check_pairs("a ** b", FLOATS, FLOATS, lambda a, b: not (math.isfinite(a) and math.isfinite(b)))


@pytest.mark.parametrize("symbol", ["+", "-", "*", "/", "//", "%", "**"])
def test_an_int_beside_a_float(symbol: str) -> None:
    def not_finite(a: float, b: float) -> bool:
        return symbol == "**" and not (math.isfinite(a) and math.isfinite(b))

    check_pairs(f"a {symbol} b", INTS, FLOATS, not_finite)
    check_pairs(f"a {symbol} b", FLOATS, INTS, not_finite)


@pytest.mark.parametrize("symbol", ["+", "-", "*", "/", "//", "%", "**", "<<", ">>", "&", "|", "^", "<", "=="])
def test_bools_are_ints(symbol: str) -> None:
    check_pairs(f"a {symbol} b", BOOLS, BOOLS)
    check_pairs(f"a {symbol} b", BOOLS, [-3, -1, 0, 1, 2, 5], lambda a, b: symbol == "**" and b < 0)
    check_pairs(f"a {symbol} b", [-3, -1, 0, 1, 2, 5], BOOLS)
    if symbol not in ("<<", ">>", "&", "|", "^"):
        check_pairs(f"a {symbol} b", BOOLS, FLOATS, lambda a, b: symbol == "**" and not math.isfinite(b))


@pytest.mark.parametrize("symbol", ["<", "<=", ">", ">=", "==", "!="])
def test_comparisons(symbol: str) -> None:
    check_pairs(f"a {symbol} b", INTS, INTS)
    check_pairs(f"a {symbol} b", FLOATS, FLOATS)
    check_pairs(f"a {symbol} b", INTS, FLOATS, lambda a, b: a not in EXACT)
    check_pairs(f"a {symbol} b", FLOATS, INTS, lambda a, b: b not in EXACT)


@pytest.mark.parametrize("sign", ["-", "+", "~", "not "])
def test_signs(sign: str) -> None:
    for numbers in (INTS, FLOATS, BOOLS):
        if sign == "~" and numbers is not INTS:
            continue
        stopped = check_elements(f"[{sign}A[i] for i in range({len(numbers)})]", A=numbers)
        assert all(numbers[at] == -(2**63) for at in stopped)


def test_truth_decides_conditions() -> None:
    for numbers in (INTS, FLOATS, BOOLS):
        check(f"[1 if A[i] else 2 for i in range({len(numbers)})]", A=numbers)
        check(f"[i for i in range({len(numbers)}) if A[i]]", A=numbers)


def test_and_or_give_one_of_their_sides() -> None:
    for numbers in (INTS, FLOATS, BOOLS):
        a, b = product(numbers[:12], numbers[:12])
        check(f"[A[i] and B[i] for i in range({len(a)})]", A=a, B=b)
        check(f"[A[i] or B[i] for i in range({len(a)})]", A=a, B=b)
        check(f"[A[i] or B[i] and A[i] for i in range({len(a)})]", A=a, B=b)


def test_chains_of_comparisons_end_at_the_first_false() -> None:
    check("[0 < i <= 5 < 2 * i for i in range(10)]")
    check("[1 < i < 10 // (i - 1) for i in range(10)]")
    check("[i for i in range(20) if 3 <= i < 7 or not 1 < i < 15]")


def test_membership_in_a_tuple() -> None:
    check("[i in (1, 3, 5) for i in range(8)]")
    check("[i for i in range(8) if i not in (1, 3, n)]", n=6)


def test_multiplication_and_addition_are_not_fused() -> None:
    numbers = [1 + 2.0**-30 * k for k in range(1, 200)]
    check("[a * a - 1.0 for a in A]", A=numbers)
    check("[a * a + (-1.0) for a in A]", A=numbers)


def test_large_constants_are_worked_out_by_python() -> None:
    check("[i % (2**31 - 1) + (1 << 40) - 2**62 for i in range(10)]")


@pytest.mark.parametrize(
    ("expression", "word"),
    [
        ("x if x > 2 else True", "int"),
        ("x and (x > 2)", "bool"),
        ("x @ x", "matrix"),
        ("x is 1", "None only"),
        ("2**64 + x", "64 bits"),
        ("18446744073709551616 + x", "64 bits"),
        ("'a' * x", "constant"),
        ("(x, x) < ((1,), 2)", "tuple"),
        ("[x, 0.5]", "a list holds an int and a float"),
        ("undefined_name + x", "not known"),
        ("0.5 << x", "<<"),
        ("(1, 2)[x]", "constant"),
    ],
)
def test_what_has_no_machine_form_is_refused(expression: str, word: str) -> None:
    assert word in refusal_of(f"[{expression} for x in range(5)]").reason


def test_an_int_one_way_and_a_float_the_other() -> None:
    check("[(i if i % 2 else 0.5) * 1.5 + (i % 3 and 0.25) * 2.0 for i in range(12)]")
    check("[(i if i % 2 else 0.5) > (i % 3 or -0.5) for i in range(12)]")
    assert check_elements("[i if i % 2 else 0.5 for i in range(4)]") == [1, 3]  # a list has elements of one type
    assert check_elements("[(i if i % 2 else 0.5) + (i % 3 or -0.5) for i in range(5)]") == [1]


def test_none_is_told_from_numbers() -> None:
    check("[i if i is not None and not (x is None) else -1 for i in range(3)]", x=0.5)


def test_tuples_are_ordered_by_the_first_items_that_differ() -> None:
    pairs = "((i % 3, i % 2), (1, 0), (i % 3, 0.0), (1, i > 2), (i % 3,), ())"
    for symbol in ("<", "<=", ">", ">=", "==", "!="):
        check(f"[({pairs}[a] {symbol} {pairs}[b]) for i in range(6)]".replace("[a]", "[0]").replace("[b]", "[1]"))
        for b in range(2, 6):
            check(f"[({pairs}[0] {symbol} {pairs}[{b}]) for i in range(6)]")
    assert check_elements("[(x, 1) < (x, 2) for x in A]", A=[1.0, math.nan]) == [1]
