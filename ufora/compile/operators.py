"""Python's operators by the types of their operands.

A bool in arithmetic is the int it equals; an int beside a float becomes one, as in CPython; anything else is refused.
"""

import ast
from collections.abc import Callable

from ufora.compile import floats, integers, objects, ranges, unchecked
from ufora.compile.frame import STILL_INT, Frame
from ufora.compile.spec import ArrayOf, TupleOf
from ufora.compile.values import (
    BOOL,
    DOUBLE,
    FLOAT,
    I64,
    INT,
    Nothing,
    Number,
    Value,
    Word,
    bool_word,
    describe,
    float_word,
    int_value,
    int_word,
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

BITWISE = frozenset("&|^")  #: of two bools they are bools


def as_int(frame: Frame, value: Value) -> Word:
    """The word of an int or bool, as an int."""
    if value.type == INT:
        return value.word
    if value.type == BOOL:
        known = known_int(value)
        return frame.ranges.note(frame.builder.zext(value.word, I64), (0, 1)) if known is None else int_word(known)
    frame.refuse(f"{describe(value.type)} stands where an int is needed")


def as_float(frame: Frame, value: Value) -> Word:
    """The word of a number, as a float; a large int is rounded as CPython rounds it."""
    if value.type == FLOAT or isinstance(value.type, Number):
        return value.words[0]
    known = known_int(value)
    if known is not None:
        return float_word(float(known))
    return frame.builder.sitofp(as_int(frame, value), DOUBLE)


def binary(frame: Frame, symbol: str, a: Value, b: Value) -> Value:
    of_objects = objects.binary(frame, symbol, a, b)
    if of_objects is not None:
        return of_objects
    a, b = _settle(frame, a, b)
    kinds = {a.type, b.type}
    if kinds == {BOOL} and symbol in BITWISE:
        return Value(BOOL, (INT_OPERATIONS[symbol](frame, a.word, b.word),))
    if kinds <= {INT, BOOL}:
        return _of_ints(frame, symbol, as_int(frame, a), as_int(frame, b))
    if (FLOAT in kinds and kinds <= {INT, BOOL, FLOAT}) or any(isinstance(kind, Number) for kind in kinds):
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


def _of_ints(frame: Frame, symbol: str, a: Word, b: Word) -> Value:
    if symbol == "/":
        return _true_divide(frame, a, b)
    folded = integers.fold(symbol, a, b)
    if folded is not None:
        return Value(INT, (folded,))
    word = unchecked.binary(frame, symbol, a, b)
    if word is None:
        word = INT_OPERATIONS[symbol](frame, a, b)
    return Value(INT, (frame.ranges.note(word, ranges.result(symbol, frame.ranges.of(a), frame.ranges.of(b))),))


def _true_divide(frame: Frame, a: Word, b: Word) -> Value:
    """Exact up to 2**53, where both sides are doubles and IEEE rounds the one division as Python does."""
    for word in (a, b):
        frame.stop_if(frame.exceeds_exact(word), "`/` divides ints beyond 2**53")
    numerator, denominator = (frame.builder.sitofp(word, DOUBLE) for word in (a, b))
    return Value(FLOAT, (floats.divide(frame, numerator, denominator),))


def unary(frame: Frame, operator: ast.unaryop, a: Value) -> Value:
    a = frame.settle(a)
    match operator, a.type:
        case ast.USub(), t if t in (INT, BOOL):
            known = known_int(a)
            return int_value(-known) if known is not None and known > -(2**63) else _of_ints(frame, "-", int_word(0), as_int(frame, a))
        case ast.USub(), t if t == FLOAT:
            return Value(FLOAT, (floats.negate(frame, a.word),))
        case ast.UAdd(), t if t in (INT, BOOL):
            return Value(INT, (as_int(frame, a),))
        case ast.UAdd(), t if t == FLOAT:
            return a
        case ast.Invert(), t if t == INT:
            return Value(INT, (integers.invert(frame, a.word),))
    if objects.as_instance(a) is not None:
        return objects.special(frame, a, {ast.USub: "__neg__", ast.UAdd: "__pos__", ast.Invert: "__invert__"}[type(operator)])
    frame.refuse(f"a sign before {describe(a.type)}")


def is_true(frame: Frame, value: Value) -> Word:
    """Python's truth of a value."""
    match value.type:
        case t if t == BOOL:
            return value.word
        case Number():
            return frame.builder.fcmp_unordered("!=", value.words[0], float_word(0.0))
        case t if t == INT:
            return frame.builder.icmp_signed("!=", value.word, int_word(0))
        case t if t == FLOAT:
            return frame.builder.fcmp_unordered("!=", value.word, float_word(0.0))
        case ArrayOf():
            return frame.builder.icmp_signed("!=", value.words[1], int_word(0))
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
    if not all(value.type in (INT, BOOL, FLOAT) for value in (a, b)):
        frame.refuse(f"`{symbol}` of {describe(a.type)} and {describe(b.type)}")
    if FLOAT in (a.type, b.type):
        for value in (a, b):
            if value.type == INT:  # a larger one is compared exactly by Python, but would be rounded here
                frame.stop_if(frame.exceeds_exact(value.word), "an int beyond 2**53 is compared with a float")
        left, right = as_float(frame, a), as_float(frame, b)
        compare_floats = frame.builder.fcmp_unordered if symbol == "!=" else frame.builder.fcmp_ordered
        return compare_floats(symbol, left, right)
    return frame.builder.icmp_signed(symbol, as_int(frame, a), as_int(frame, b))


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
