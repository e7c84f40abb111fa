"""The functions of `builtins` and `math` that kernels know, bit for bit."""

import math
import random
from typing import Any

import pytest

from tests.ufora.compile.programs import check, check_elements, refusal_of
from tests.ufora.compile.test_operators import BOOLS, FLOATS, INTS, fits, product
from ufora.compile import libm


def finite_floats() -> list[float]:
    generator = random.Random(20)
    spread = [generator.uniform(-1, 1) * 10.0 ** generator.randint(-20, 20) for _ in range(2000)]
    near = [generator.uniform(-30, 30) for _ in range(2000)]
    small = [generator.uniform(-1, 1) for _ in range(2000)]
    return [*FLOATS, *spread, *near, *small]


def check_each(expression: str, numbers: list[Any], may_stop: Any = lambda a: False) -> None:
    stopped = check_elements(f"[{expression.replace('#', 'A[i]')} for i in range({len(numbers)})]", A=numbers)
    for at in stopped:
        number = numbers[at]
        assert not fits(lambda: eval(expression.replace("#", "a"), {"a": number, "math": math})) or may_stop(number)  # noqa: B023


def not_finite(a: float) -> bool:
    return not math.isfinite(a)


@pytest.mark.parametrize("name", libm.ONE_ARGUMENT)
def test_functions_of_the_c_library_have_the_bits_of_math(name: str) -> None:
    check_each(f"math.{name}(#)", finite_floats(), not_finite)
    check_each(f"math.{name}(#)", INTS)
    check_each(f"math.{name}(#)", BOOLS)


@pytest.mark.parametrize("name", libm.TWO_ARGUMENTS)
def test_functions_of_two_numbers_have_the_bits_of_math(name: str) -> None:
    numbers = finite_floats()
    a, b = product(FLOATS, FLOATS)
    a, b = a + numbers, b + list(reversed(numbers))
    stopped = check_elements(f"[math.{name}(A[i], B[i]) for i in range({len(a)})]", A=a, B=b)
    for at in stopped:
        one, other = a[at], b[at]
        call = getattr(math, name)
        assert not (math.isfinite(one) and math.isfinite(other) and fits(lambda: call(one, other)))  # noqa: B023


@pytest.mark.parametrize("name", ["sqrt", "fabs", "isnan", "isinf", "isfinite", "degrees", "radians", "floor", "ceil", "trunc"])
def test_functions_of_math_that_are_instructions(name: str) -> None:
    for numbers in (finite_floats(), INTS, BOOLS):
        check_each(f"math.{name}(#)", numbers, math.isnan)


@pytest.mark.parametrize("name", ["abs", "int", "float", "bool", "round"])
def test_builtins_of_one_number(name: str) -> None:
    halves = [n + 0.5 for n in range(-10, 10)] + [0.49999999999999994, -0.49999999999999994, 4503599627370495.5, 2.0**62 + 1024]
    for numbers in (finite_floats() + halves, INTS, BOOLS):
        check_each(f"{name}(#)", numbers)


@pytest.mark.parametrize("name", ["min", "max"])
def test_the_smaller_and_the_larger_keep_the_first_of_equals(name: str) -> None:
    for numbers in (FLOATS, INTS, BOOLS):
        a, b = product(numbers, numbers)
        stopped = check_elements(f"[{name}(A[i], B[i]) for i in range({len(a)})]", A=a, B=b)
        assert all(math.isnan(a[at]) or math.isnan(b[at]) for at in stopped)
    check(f"[{name}(i, 5, 10 - i, n) for i in range(12)]", n=4)


def test_divmod_is_both() -> None:
    for numbers in (FLOATS, INTS):
        a, b = product(numbers, numbers)
        for part in (0, 1):
            stopped = check_elements(f"[divmod(A[i], B[i])[{part}] for i in range({len(a)})]", A=a, B=b)
            assert all(b[at] == 0 or (a[at], b[at]) == (-(2**63), -1) for at in stopped)


def test_copysign_and_gcd() -> None:
    a, b = product(FLOATS, FLOATS)
    check(f"[math.copysign(A[i], B[i]) for i in range({len(a)})]", A=a, B=b)
    a, b = product(INTS, INTS)
    stopped = check_elements(f"[math.gcd(A[i], B[i]) for i in range({len(a)})]", A=a, B=b)
    assert all(-(2**63) in (a[at], b[at]) for at in stopped)


def test_constants_of_math() -> None:
    check("[math.pi * i + math.e - math.tau for i in range(5)]")
    check("[i < math.inf for i in range(5)]")


def test_len_of_a_list_and_a_tuple() -> None:
    check("[len(A) + len((1, 2, i)) for i in range(3)]", A=[1.5, 2.5])


@pytest.mark.parametrize(
    ("expression", "word"),
    [
        ("math.lgamma(i)", "lgamma"),
        ("round(i, 2)", "2 arguments"),
        ("min(i, 0.5)", "an int"),
        ("pow(i, 2, 0.5)", "an int is needed"),
        ("int('5')", "constant"),
        ("print(i)", "print"),
        ("math.floor", "elements"),
        ("max(i, 1, key=abs)", "keywords"),
    ],
)
def test_other_functions_are_refused(expression: str, word: str) -> None:
    assert word in refusal_of(f"[{expression} for i in range(5)]").reason


def test_whole_roots() -> None:
    near = [
        square + off
        for root in (1, 2, 94906265, 94906266, 94906267, 2**31, 3037000498, 3037000499)
        for square in [root**2]
        for off in (-1, 0, 1)
    ]
    check("[math.isqrt(n) for n in A]", A=[0, *near, 2**63 - 1])
    assert check_elements("[math.isqrt(i) for i in range(-2, 3)]") == [0, 1]


def test_powers_within_a_modulus() -> None:
    check("[pow(a, i, m) for i in range(70)]", a=123456789, m=2**32 - 5)
    check("[pow(i, e, 1000003) for i in range(-20, 20)]", e=2**62 + 12345)
    check("[pow(i, 0, 1) for i in range(3)]")
    assert check_elements("[pow(i, 5, i - 3) for i in range(8)]") == [0, 1, 2, 3]
    assert check_elements("[pow(3, i - 2, 7) for i in range(5)]") == [0, 1]
    assert check_elements("[pow(i, 2, 2**33) for i in range(2)]") == [0, 1]
