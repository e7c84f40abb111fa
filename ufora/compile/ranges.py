"""What is known of ints while compiling: between which two numbers they lie.

A constant is known exactly, `i % 7` lies in 0 … 6, what a loop over range(n) gives lies below the most that n can be. Where operands are
known so well that the result fits 64 bits, nothing needs to be checked while it runs: LLVM then makes vectors of loops, or unrolls them,
which no loop allows that may stop in its midst. What is noted of a word holds whenever it is computed.

Most of it rests on the numbers that a loop starts from, so a kernel is written twice where that saves checks: once for a source and given
values that are NARROW, as nearly all are, and once for all others.
"""

from itertools import product
from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]

from ufora.compile.spec import TupleOf
from ufora.compile.values import I64, INT_MAX, INT_MIN, UNSIGNED, UNSIGNED_MAX, Method, Type, Value, Word, word_types

Range = tuple[int, int]
"""The least and the largest it can be."""

ALL: Range = (INT_MIN, INT_MAX)
ALL_UNSIGNED: Range = (0, UNSIGNED_MAX)
UNKNOWN: Range = (INT_MIN - 1, INT_MAX + 1)
"""Of a result that may be no int of 64 bits."""
NARROW: Range = (-(2**31), 2**31 - 1)
"""Given ints in a narrow kernel: products of two of them fit 64 bits."""
NARROW_SOURCE: Range = (0, 2**31 - 1)
"""What a narrow kernel's source gives."""
MOST_ELEMENTS = 2**47
"""Of any list: the addresses of a process have so many bits."""
_COARSE = (0, *(2**bits - 1 for bits in (8, 16, 24, 31, 32, 48, 53, 63, 64)))
"""Ends of the ranges that functions are written for."""


class Ranges:
    """Of the words of one kernel."""

    def __init__(self, narrow: bool) -> None:
        self.narrow = narrow
        self.gains = 0  #: how often it did good that more is known than that a number has 64 bits
        self._known: dict[Word, Range] = {}

    def of(self, word: Word, limits: Range = ALL) -> Range:
        """`limits`: of its type."""
        if isinstance(word, ir.Constant) and word.type == I64:
            return word.constant, word.constant
        return self._known.get(word, limits)

    def of_words(self, value: Value) -> list[Range]:
        return [self.of(word, limits) for word, limits in zip(value.words, list_limits(value.type), strict=True)]

    def of_int(self, value: Value) -> Range:
        """Of an INT or UNSIGNED."""
        return self.of(value.word, limits_of(value.type))

    def note(self, word: Word, known: Range, limits: Range = ALL) -> Word:
        """A word has one type: what becomes another is another word, unless it is as well known as that."""
        low, high = max(known[0], limits[0]), min(known[1], limits[1])
        if not isinstance(word, ir.Constant) and word.type == I64 and low <= high:
            self._known[word] = low, high
        return word

    def note_narrow(self, word: Word, known: Range) -> Word:
        """In a narrow kernel."""
        return self.note(word, known) if self.narrow else word

    def note_joined(self, word: Word, limits: Range, *sources: Word) -> Word:
        """It is one of these."""
        return self.note(word, join(*(self.of(source, limits) for source in sources)), limits) if word.type == I64 else word

    def fits(self, known: Range) -> bool:
        """Does such a number need no check?"""
        fits = known[0] >= INT_MIN and known[1] <= INT_MAX
        self.gains += fits
        return fits


def limits_of(kind: Type) -> Range:
    """Where the word of an int lies by its type."""
    return ALL_UNSIGNED if kind == UNSIGNED else ALL


def list_limits(of: Type) -> list[Range]:
    """The same for each word of a value."""
    match of:
        case TupleOf(items):
            return [limits for item in items for limits in list_limits(item)]
        case Method(owner=owner):
            return list_limits(owner)
    return [limits_of(of)] * len(word_types(of))


def join(*parts: Range) -> Range:
    return min(low for low, _ in parts), max(high for _, high in parts)


def coarsen(known: Range) -> Range:
    """A range of few, that holds this one."""
    low, high = known
    most = next(limit for limit in _COARSE if limit >= max(high, 0))
    least = 0 if low >= 0 else next(-limit - 1 for limit in _COARSE if -limit - 1 <= low)
    return least, most


def keep_multiples(known: Range, a: Range, b: Range) -> Range:
    """Of a product that is an int of 64 bits: where it can lie if one side is a constant."""
    factor = next((abs(low) for low, high in (a, b) if low == high), 0)
    return known if not factor else (max(known[0], INT_MIN + -INT_MIN % factor), min(known[1], INT_MAX - INT_MAX % factor))


def times(known: Range, count: int) -> Range:
    """The sum of at most so many."""
    return count * min(known[0], 0), count * max(known[1], 0)


def _corners(operation: Any, a: Range, b: Range) -> Range:
    """Of an operation that only rises or only falls with each side."""
    results = [operation(x, y) for x, y in product(a, b)]
    return min(results), max(results)


def _modulo(a: Range, b: Range) -> Range:
    if b[0] < 1:
        return UNKNOWN
    return 0, min(b[1] - 1, a[1]) if a[0] >= 0 else b[1] - 1


def _and(a: Range, b: Range) -> Range:
    highs = [high for low, high in (a, b) if low >= 0]
    return (0, min(highs)) if highs else UNKNOWN


def _or(a: Range, b: Range) -> Range:
    return (0, 2 ** max(a[1], b[1]).bit_length() - 1) if a[0] >= 0 and b[0] >= 0 else UNKNOWN


def _power(a: Range, b: Range) -> Range:
    if b[0] != b[1] or not 0 <= b[0] <= 64:
        return UNKNOWN
    largest = max(abs(a[0]), abs(a[1])) ** b[0]
    if a[0] >= 0:
        return a[0] ** b[0], max(largest, 1)
    return (-largest if b[0] % 2 else 0), max(largest, 1)


def result(symbol: str, a: Range, b: Range) -> Range:
    """Where the result of an operation lies that gives one; it may exceed 64 bits."""
    match symbol:
        case "+":
            return a[0] + b[0], a[1] + b[1]
        case "-":
            return a[0] - b[1], a[1] - b[0]
        case "*":
            return _corners(lambda x, y: x * y, a, b)
        case "%":
            return _modulo(a, b)
        case "//" if b[0] >= 1:
            return _corners(lambda x, y: x // y, a, b)
        case ">>" if b[0] >= 0:
            return _corners(lambda x, y: x >> min(y, 64), a, b)
        case "<<" if b[0] >= 0 and b[1] < 64:
            return _corners(lambda x, y: x << y, a, b)
        case "&":
            return _and(a, b)
        case "|" | "^":
            return _or(a, b)
        case "**":
            return _power(a, b)
    return UNKNOWN
