"""Choices between two cheap values without a jump: both are computed, one is taken.

    n = n // 2 if n % 2 == 0 else 3 * n + 1        no processor can foresee which way it goes
    if x * x + y * y < 1.0: hits += 1

What is wrong with a value that is not taken does no harm, so stops wait until the choice is known.
"""

import ast
from typing import Any

from ufora.compile.frame import Frame
from ufora.compile.joins import convert, join_values
from ufora.compile.ranges import limits_of
from ufora.compile.spec import Fixed, Given
from ufora.compile.values import BOOL, FLOAT, INT, UNSIGNED, Type, Value, int_value

MOST_OPERATIONS = 3  #: in each value. Guessed: they take less than a wrong guess every other time
_OPERATORS = ast.Add | ast.Sub | ast.Mult | ast.BitAnd | ast.BitOr | ast.BitXor
_BY_CONSTANT = ast.FloorDiv | ast.Mod | ast.RShift
_NUMBERS = (INT, UNSIGNED, FLOAT, BOOL)


def choose(frame: Frame, test: ast.expr, yes: ast.expr, no: ast.expr) -> Value | None:
    """The value of `yes if test else no`; None when it is written with jumps."""
    if not _is_simple(test) or not (_is_cheap(frame, yes) and _is_cheap(frame, no)):
        return None
    if not any(isinstance(node, ast.BinOp) for way in (yes, no) for node in ast.walk(way)):
        return None  # two values that are there already: LLVM sees it
    condition = frame.unit.evaluate(frame, test)
    if condition.type != BOOL:
        return None
    values, put_off = [], []
    for way in (yes, no):
        with frame.putting_off() as stops:
            values.append(frame.unit.evaluate(frame, way))
        put_off.append(stops)
    joined = join_values(frame, *values)
    if joined not in _NUMBERS:
        return None
    first, second = _convert(frame, values, joined, put_off)
    line = frame.line
    for is_taken, stops in zip((condition.word, frame.builder.not_(condition.word)), put_off, strict=True):
        for wrong, why, frame.line in stops:
            frame.stop_if(frame.builder.and_(is_taken, wrong), why)
    frame.line = line
    word = frame.builder.select(condition.word, first.word, second.word)
    return Value(joined, (frame.ranges.note_joined(word, limits_of(joined), first.word, second.word),))


def _convert(frame: Frame, values: list[Value], kind: Type, put_off: list[list[Any]]) -> list[Value]:
    converted = []
    for value, waiting in zip(values, put_off, strict=True):
        with frame.putting_off() as stops:
            converted.append(convert(frame, value, kind))
        waiting += stops
    return converted


def find_choice(node: ast.If) -> tuple[str, ast.expr, ast.expr] | None:
    """What is assigned by a statement that does nothing else: a name, its value where the test holds, its value where it does not."""
    match node.body, node.orelse:
        case [statement], []:
            found = _find_assigned(statement)
            return found and (found[0], found[1], ast.copy_location(ast.Name(found[0], ast.Load()), statement))
        case [statement], [other]:
            found, second = _find_assigned(statement), _find_assigned(other)
            return (*found, second[1]) if found and second and found[0] == second[0] else None
    return None


def _find_assigned(statement: ast.stmt) -> tuple[str, ast.expr] | None:
    match statement:
        case ast.Assign([ast.Name(name)], value):
            return name, value
        case ast.AugAssign(ast.Name(name), operator, value):
            return name, ast.copy_location(ast.BinOp(ast.copy_location(ast.Name(name, ast.Load()), statement), operator, value), statement)
    return None


def _is_simple(test: ast.expr) -> bool:
    match test:
        case ast.Compare(_, [operator], _):
            return not isinstance(operator, ast.In | ast.NotIn | ast.Is | ast.IsNot)
    return isinstance(test, ast.Name)


def _is_cheap(frame: Frame, node: ast.expr) -> bool:
    """Is it of numbers and few operations, none of which the processor refuses?"""
    operations = sum(isinstance(part, ast.BinOp) for part in ast.walk(node))
    return operations <= MOST_OPERATIONS and _is_harmless(frame, node)


def _is_harmless(frame: Frame, node: ast.expr) -> bool:
    match node:
        case ast.Constant(value):
            return isinstance(value, int | float)
        case ast.Name(name):
            return _type_of(frame, name) in _NUMBERS
        case ast.BinOp(left, operator, right) if isinstance(operator, _OPERATORS):
            return _is_harmless(frame, left) and _is_harmless(frame, right)
        case ast.BinOp(left, operator, ast.Constant(int(by))) if isinstance(operator, _BY_CONSTANT):
            return by > 0 and _is_harmless(frame, left)
    return False


def _type_of(frame: Frame, name: str) -> Type | None:
    if frame.is_variable(name):
        return frame.type_of_variable(name)
    binding = frame.names.get(name)
    if isinstance(binding, Fixed):
        return int_value(binding.value).type
    return binding.type if isinstance(binding, Given) else None
