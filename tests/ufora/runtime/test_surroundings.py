"""What a `with` sets holds for all work inside it, and for nothing else."""

import decimal
from decimal import Decimal

import numpy

from tests.ufora.runtime.here import Here, same_here
from ufora.runtime.surroundings import find_set, run_afresh


def third(n: int) -> Decimal:
    return Decimal(n) / 3


@same_here
def test_a_decimal_context_holds_for_comprehensions_that_would_be_cut():
    with decimal.localcontext(decimal.Context(prec=5)):
        return [third(n) for n in range(2000)]


@same_here
def test_numpys_errors_are_raised_in_comprehensions_that_would_be_cut():
    zeros = numpy.zeros(3)
    with numpy.errstate(divide="raise"):
        return [numpy.float64(1) / zeros[n % 3] for n in range(2000)]


def add_thirds(lo: int, hi: int) -> Decimal:
    total = Decimal(0)
    for n in range(lo, hi):
        total += third(n)
    return total


@same_here
def test_a_decimal_context_holds_for_calls_that_would_run_side_by_side():
    with decimal.localcontext(decimal.Context(prec=5)):
        left = add_thirds(0, 500)
        right = add_thirds(500, 1000)
        return left, right, add_thirds(1, 30) + add_thirds(2, 40)


def leave_behind() -> Decimal:
    decimal.localcontext(decimal.Context(prec=3)).__enter__()
    numpy.errstate(divide="raise").__enter__()
    return third(1)


def test_nothing_is_left_for_the_next_evaluation(here: Here) -> None:
    assert here.run(leave_behind).values[""] == Decimal("0.333")
    assert here.run(third, 1).values[""] == Decimal(1) / 3


def test_it_says_what_is_set() -> None:
    def look() -> list[str]:
        said = [find_set()]
        with decimal.localcontext():
            said.append(find_set())
        with numpy.errstate(over="raise"):
            said.append(find_set())
        return said

    assert run_afresh(look) == ["", "a decimal context is set around it", "numpy's handling of errors is set around it"]
    assert find_set() == ""
