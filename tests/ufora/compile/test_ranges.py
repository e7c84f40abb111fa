"""What is known of ints while compiling, against all ints there are in small ranges."""

import operator
from collections.abc import Callable
from itertools import combinations_with_replacement, product

import pytest
from llvmlite import ir  # type: ignore[import-untyped]

from ufora.compile import ranges
from ufora.compile.values import I64, INT_MAX, INT_MIN, int_word

OPERATIONS: dict[str, Callable[[int, int], int]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "//": operator.floordiv,
    "%": operator.mod,
    "<<": operator.lshift,
    ">>": operator.rshift,
    "&": operator.and_,
    "|": operator.or_,
    "^": operator.xor,
    "**": operator.pow,
}


@pytest.mark.parametrize("symbol", OPERATIONS)
def test_every_result_lies_in_the_range_that_is_known(symbol: str) -> None:
    operation = OPERATIONS[symbol]
    for a, b in product(combinations_with_replacement(range(-4, 5), 2), repeat=2):
        low, high = ranges.result(symbol, a, b)
        for x, y in product(range(a[0], a[1] + 1), range(b[0], b[1] + 1)):
            try:
                found = operation(x, y)
            except (ZeroDivisionError, ValueError):
                continue
            assert not isinstance(found, int) or low <= found <= high, (symbol, a, b, x, y)


def test_a_coarse_range_holds_the_fine_one_and_there_are_few() -> None:
    found = set()
    numbers = [INT_MIN, -(2**40), -1000, -1, 0, 1, 255, 256, 2**31, 2**53, INT_MAX]
    for low, high in combinations_with_replacement(numbers, 2):
        least, most = ranges.coarsen((low, high))
        assert least <= low <= high <= most
        found |= {least, most}
    assert len(found) <= 2 * len(ranges._COARSE)


def test_the_sum_of_fewer_lies_in_the_range_too() -> None:
    assert ranges.times((3, 7), 10) == (0, 70)
    assert ranges.times((-7, -3), 10) == (-70, 0)


@pytest.mark.parametrize(("symbol", "a", "b"), [("**", (2, 3), (-1, -1)), ("<<", (1, 1), (64, 64)), ("//", (1, 1), (0, 0))])
def test_what_may_be_no_int_fits_no_word(symbol: str, a: ranges.Range, b: ranges.Range) -> None:
    assert not ranges.Ranges(narrow=False).fits(ranges.result(symbol, a, b))


def test_what_contradicts_itself_is_not_noted() -> None:
    known, module = ranges.Ranges(narrow=False), ir.Module()
    (word,) = ir.Function(module, ir.FunctionType(I64, [I64]), "f").args
    known.note(word, (5, 4))
    assert known.of(word) == ranges.ALL
    known.note(word, (-(2**70), 4))
    assert known.of(word) == (INT_MIN, 4)
    assert known.of(int_word(3)) == (3, 3)


def test_a_square_is_not_negative() -> None:
    for known in combinations_with_replacement(range(-4, 5), 2):
        low, high = ranges.result("**", known, (2, 2))
        assert low >= 0
        assert all(low <= x * x <= high for x in range(known[0], known[1] + 1))
