"""Python's operators by the types of their operands.

A bool in arithmetic is the int it equals; an int beside a float becomes one, as in CPython; anything else is refused. Ints of 64 bits
with a sign (INT) are computed here, others in unsigned.py.
"""

import ast
import operator
from collections.abc import Callable

from ufora.compile import floats, integers, made, objects, ranges, unchecked, unsigned
from ufora.compile.frame import STILL_INT, Frame
from ufora.compile.joins import as_signed, exceeds_exact
from ufora.compile.spec import ArrayOf, MadeDict, MadeList, TupleOf
from ufora.compile.values import (
    BOOL,
    DOUBLE,
    FLOAT,
    I64,
    INT,
    INT_MAX,
    UNSIGNED,
    Big,
    Nothing,
    Number,
    Value,
    Word,
    bool_word,
    describe,
    float_word,
    int_value,
    int_word,
    is_whole,
    known_int,
    split_tuple,
)

SYMBOLS: dict[type[ast.AST], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.Pow: "**",
    ast.LShift: "<<",
    ast.RShift: ">>",
    ast.BitAnd: "&",
    ast.BitOr: "|",
    ast.BitXor: "^",
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
}

WordOperation = Callable[[Frame, Word, Word], Word]

INT_OPERATIONS: dict[str, WordOperation] = {
    "+": integers.add,
    "-": integers.subtract,
    "*": integers.multiply,
    "//": integers.floor_divide,
    "%": integers.modulo,
    "**": integers.power,
    "<<": integers.shift_left,
    ">>": integers.shift_right,
    "&": integers.bit_and,
    "|": integers.bit_or,
    "^": integers.bit_xor,
}

FLOAT_OPERATIONS: dict[str, WordOperation] = {
    "+": floats.add,
    "-": floats.subtract,
    "*": floats.multiply,
    "/": floats.divide,
    "//": floats.floor_divide,
    "%": floats.modulo,
    "**": floats.power,
}

COMPARISONS: dict[str, Callable[[int, int], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}

BITWISE = frozenset("&|^")  #: of two bools they are bools


def as_int(frame: Frame, value: Value) -> Word:
    """The word of an int or bool, as an INT."""
    return as_signed(frame, as_word(frame, value))


def as_whole(frame: Frame, value: Value) -> Value:
    """An int or bool as an int."""
    if value.type == BOOL:
        known = known_int(value)
        word = frame.ranges.note(frame.builder.zext(value.word, I64), (0, 1)) if known is None else int_word(known)
        return Value(INT, (word,))
    if is_whole(value.type):
        return value
    frame.refuse(f"{describe(value.type)} stands where an int is needed")


def as_word(frame: Frame, value: Value) -> Value:
    """An int or bool as an INT or UNSIGNED."""
    value = as_whole(frame, value)
    if isinstance(value.type, Big):
        frame.refuse(f"{describe(value.type)} stands where an int of 64 bits is needed")
    return value


def as_float(frame: Frame, value: Value) -> Word:
    """The word of a number, as a float; a large int is rounded as CPython rounds it."""
    if value.type == FLOAT or isinstance(value.type, Number):
        return value.words[0]
    known = known_int(value)
    if known is not None:
        return float_word(float(known))
    value = as_whole(frame, value)
    is_signed = value.type == INT or frame.ranges.of_int(value)[1] <= INT_MAX
    return (frame.builder.sitofp if is_signed else frame.builder.uitofp)(value.word, DOUBLE)


def binary(frame: Frame, symbol: str, a: Value, b: Value) -> Value:
    of_objects = objects.binary(frame, symbol, a, b)
    if of_objects is not None:
        return of_objects
    a, b = _settle(frame, a, b)
    kinds = {a.type, b.type}
    if kinds == {BOOL} and symbol in BITWISE:
        return Value(BOOL, (INT_OPERATIONS[symbol](frame, a.word, b.word),))
    if all(map(is_whole, kinds)):
        return _of_ints(frame, symbol, as_whole(frame, a), as_whole(frame, b))
    if all(kind == FLOAT or is_whole(kind) for kind in kinds) or any(isinstance(kind, Number) for kind in kinds):
        operation = FLOAT_OPERATIONS.get(symbol)
        if operation is not None:
            return Value(FLOAT, (operation(frame, as_float(frame, a), as_float(frame, b)),))
    if symbol == "+" and isinstance(a.type, TupleOf) and isinstance(b.type, TupleOf):
        return Value(TupleOf(a.type.items + b.type.items), a.words + b.words)
    frame.refuse(f"`{symbol}` of {describe(a.type)} and {describe(b.type)}")


def _settle(frame: Frame, a: Value, b: Value) -> tuple[Value, Value]:
    """A Number may be the int it is only beside a float."""
    if a.type == FLOAT or b.type == FLOAT:
        return a, b
    if isinstance(a.type, Number) and isinstance(b.type, Number):
        frame.stop_if(frame.builder.and_(a.words[1], b.words[1]), STILL_INT)
        return Value(FLOAT, a.words[:1]), Value(FLOAT, b.words[:1])
    return frame.settle(a), frame.settle(b)


def _of_ints(frame: Frame, symbol: str, a: Value, b: Value) -> Value:
    if symbol == "/":
        return _true_divide(frame, a, b)
    folded = integers.fold(symbol, a, b)
    if folded is not None:
        return folded
    if not a.type == b.type == INT:
        result = unsigned.binary(frame, symbol, a, b)
        if result is not None:
            return result
    return _of_words(frame, symbol, as_int(frame, a), as_int(frame, b))


def _of_words(frame: Frame, symbol: str, a: Word, b: Word) -> Value:
    word = unchecked.binary(frame, symbol, a, b)
    if word is None:
        word = INT_OPERATIONS[symbol](frame, a, b)
    left, right = frame.ranges.of(a), frame.ranges.of(b)
    is_square = symbol == "*" and a is b  # never negative
    known = ranges.result("**", left, (2, 2)) if is_square else ranges.result(symbol, left, right)
    return Value(INT, (frame.ranges.note(word, ranges.keep_multiples(known, left, right) if symbol == "*" else known),))


def _true_divide(frame: Frame, a: Value, b: Value) -> Value:
    """Exact up to 2**53, where both sides are doubles and IEEE rounds the one division as Python does. A quotient by a power of two is
    the rounded numerator's, which no further rounding changes."""
    if not _is_power_of_two(b):
        for value in (a, b):
            beyond = bool_word(True) if isinstance(value.type, Big) else exceeds_exact(frame, value)
            frame.stop_if(beyond, "`/` divides ints beyond 2**53")
    return Value(FLOAT, (floats.divide(frame, as_float(frame, a), as_float(frame, b)),))


def _is_power_of_two(value: Value) -> bool:
    number = known_int(value)
    return number is not None and number > 0 and number & (number - 1) == 0


def unary(frame: Frame, sign: ast.unaryop, a: Value) -> Value:
    a = frame.settle(a)
    match sign, a.type:
        case ast.USub(), t if is_whole(t):
            return _of_ints(frame, "-", int_value(0), as_whole(frame, a))
        case ast.USub(), t if t == FLOAT:
            return Value(FLOAT, (floats.negate(frame, a.word),))
        case ast.UAdd(), t if is_whole(t):
            return as_whole(frame, a)
        case ast.UAdd(), t if t == FLOAT:
            return a
        case ast.Invert(), t if t == INT:
            return Value(INT, (integers.invert(frame, a.word),))
        case ast.Invert(), t if t == UNSIGNED:
            return _of_ints(frame, "-", int_value(-1), a)
    if objects.as_instance(a) is not None:
        return objects.special(frame, a, {ast.USub: "__neg__", ast.UAdd: "__pos__", ast.Invert: "__invert__"}[type(sign)])
    frame.refuse(f"a sign before {describe(a.type)}")


def is_true(frame: Frame, value: Value) -> Word:
    """Python's truth of a value."""
    match value.type:
        case t if t == BOOL:
            return value.word
        case Number():
            return frame.builder.fcmp_unordered("!=", value.words[0], float_word(0.0))
        case t if t in (INT, UNSIGNED):
            return frame.builder.icmp_signed("!=", value.word, int_word(0))
        case Big():
            return bool_word(True)
        case t if t == FLOAT:
            return frame.builder.fcmp_unordered("!=", value.word, float_word(0.0))
        case ArrayOf():
            return frame.builder.icmp_signed("!=", value.words[1], int_word(0))
        case MadeList() | MadeDict():
            return frame.builder.icmp_signed("!=", made.load_length(frame, value), int_word(0))
        case TupleOf(items):
            return bool_word(bool(items))
        case Nothing():
            return bool_word(False)
        case _:
            return objects.is_true(frame, value).word


def compare(frame: Frame, symbol: str, a: Value, b: Value) -> Word:
    of_objects = objects.compare(frame, symbol, a, b)
    if of_objects is not None:
        return of_objects.word
    a, b = (Value(FLOAT, value.words[:1]) if isinstance(value.type, Number) else value for value in (a, b))  # equal, whichever it is
    if isinstance(a.type, TupleOf) and isinstance(b.type, TupleOf):
        return _compare_tuples(frame, symbol, split_tuple(a), split_tuple(b))
    if not all(value.type == FLOAT or is_whole(value.type) for value in (a, b)):
        frame.refuse(f"`{symbol}` of {describe(a.type)} and {describe(b.type)}")
    if FLOAT in (a.type, b.type):
        return _compare_with_float(frame, symbol, a, b)
    a, b = as_whole(frame, a), as_whole(frame, b)
    if Big in (type(a.type), type(b.type)):
        return _compare_with_big(symbol, a, b)
    return unsigned.compare(frame, symbol, a, b)


def _compare_with_float(frame: Frame, symbol: str, a: Value, b: Value) -> Word:
    for value in (a, b):
        known = known_int(value)
        is_exact = known is not None and int(float(known)) == known
        if value.type in (INT, UNSIGNED) and not is_exact:  # a larger one is compared exactly by Python, but would be rounded here
            frame.stop_if(exceeds_exact(frame, value), "an int beyond 2**53 is compared with a float")
        elif isinstance(value.type, Big) and not is_exact:
            frame.refuse(f"`{symbol}` of {describe(a.type)} and {describe(b.type)}")
    compare_floats = frame.builder.fcmp_unordered if symbol == "!=" else frame.builder.fcmp_ordered
    return compare_floats(symbol, as_float(frame, a), as_float(frame, b))


def _compare_with_big(symbol: str, a: Value, b: Value) -> Word:
    """It is less or more than all others, or both are known."""
    left, right = (value.type.number if isinstance(value.type, Big) else 0 for value in (a, b))
    return bool_word(COMPARISONS[symbol](left, right))


def _compare_tuples(frame: Frame, symbol: str, left: list[Value], right: list[Value]) -> Word:
    """By the first items that differ. Python takes a NaN for equal to itself where it is the same object, which is not known here."""
    for item in left + right:
        if item.type == FLOAT:
            frame.stop_if(frame.builder.fcmp_unordered("uno", item.word, item.word), "tuples with a NaN in them are compared")
    if symbol in ("==", "!="):
        same = bool_word(len(left) == len(right))
        for one, other in zip(left, right, strict=False):
            same = frame.builder.and_(same, compare(frame, "==", one, other))
        return same if symbol == "==" else frame.builder.not_(same)
    lengths = {"<": len(left) < len(right), "<=": len(left) <= len(right), ">": len(left) > len(right), ">=": len(left) >= len(right)}
    result = bool_word(lengths[symbol])
    for one, other in reversed(list(zip(left, right, strict=False))):
        ordered, same = compare(frame, symbol, one, other), compare(frame, "==", one, other)
        result = frame.builder.select(same, result, ordered)
    return result
