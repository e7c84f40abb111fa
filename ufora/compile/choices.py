"""Choices between two cheap values without a jump: both are computed, one is taken.

    n = n // 2 if n % 2 == 0 else 3 * n + 1        no processor can foresee which way it goes
    if x * x + y * y < 1.0: hits += 1
    sum(x for x, label in points if label == k)    the next free place is written at every turn, and is free still if it was not taken

What is wrong with a value that is not taken does no harm, so stops wait until the choice is known.
"""

import ast
from collections.abc import Callable, Iterator
from typing import Any

from ufora.compile import operators
from ufora.compile.frame import Frame
from ufora.compile.joins import convert, join_values
from ufora.compile.ranges import limits_of, list_limits
from ufora.compile.spec import Fixed, Given, TupleOf
from ufora.compile.values import BOOL, FLOAT, INT, UNSIGNED, Type, Value, Word, describe, int_value, word_types

MOST_OPERATIONS = 3  #: in each value. Guessed: they take less than a wrong guess every other time
MOST_TESTS = 3  #: before an element. Guessed, as above
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
    for is_taken, stops in zip((condition.word, frame.builder.not_(condition.word)), put_off, strict=True):
        _stop_where(frame, is_taken, stops)
    word = frame.builder.select(condition.word, first.word, second.word)
    return Value(joined, (frame.ranges.note_joined(word, limits_of(joined), first.word, second.word),))


def either(frame: Frame, test: ast.expr | Callable[[Any, Any], None], yes: Callable[[], Value], no: Callable[[], Value]) -> Value:
    """The value of one of two ways, of a type that both can be joined to."""
    then, other, after = frame.block("then"), frame.block("else"), frame.block("after")
    if isinstance(test, ast.expr):
        frame.unit.test(frame, test, then, other)
    else:
        test(then, other)
    found = []
    for block, way in ((then, yes), (other, no)):
        frame.builder.position_at_end(block)
        found.append((way(), frame.builder.block))
    joined = join_values(frame, found[0][0], found[1][0])
    if joined is None:
        frame.refuse(f"this is {describe(found[0][0].type)} one way and {describe(found[1][0].type)} the other")
    ways = []
    for value, block in found:
        frame.builder.position_at_end(block)
        ways.append((convert(frame, value, joined), frame.builder.block))
        frame.builder.branch(after)
    frame.builder.position_at_end(after)
    words = []
    for at, (kind, limits) in enumerate(zip(word_types(joined), list_limits(joined), strict=True)):
        phi = frame.builder.phi(kind)
        for value, block in ways:
            phi.add_incoming(value.words[at], block)
        frame.ranges.note_joined(phi, limits, *(value.words[at] for value, _ in ways))
        words.append(phi)
    return Value(joined, tuple(words))


def _convert(frame: Frame, values: list[Value], kind: Type, put_off: list[list[Any]]) -> list[Value]:
    converted = []
    for value, waiting in zip(values, put_off, strict=True):
        with frame.putting_off() as stops:
            converted.append(convert(frame, value, kind))
        waiting += stops
    return converted


def choose_taken(frame: Frame, conditions: list[ast.expr], element: ast.expr) -> tuple[Word, Value] | None:
    """Behind `if …`: is an element taken, and which is it? None: a jump is to tell."""
    tests = [test for condition in conditions for test in _list_tests(condition)]
    if not 0 < len(tests) <= MOST_TESTS or not all(_is_cheap_test(frame, test) for test in tests) or not _is_cheap(frame, element):
        return None
    taken = operators.is_true(frame, frame.unit.evaluate(frame, tests[0]))
    for test in tests[1:]:
        taken = frame.builder.and_(taken, operators.is_true(frame, _evaluate_where(frame, taken, test)))
    return taken, _evaluate_where(frame, taken, element)


def _evaluate_where(frame: Frame, taken: Word, node: ast.expr) -> Value:
    """What is wrong with it elsewhere does no harm."""
    with frame.putting_off() as stops:
        value = frame.unit.evaluate(frame, node)
    _stop_where(frame, taken, stops)
    return value


def _stop_where(frame: Frame, taken: Word, stops: list[Any]) -> None:
    line = frame.line
    for wrong, why, frame.line in stops:
        frame.stop_if(frame.builder.and_(taken, wrong), why)
    frame.line = line


def _list_tests(condition: ast.expr) -> Iterator[ast.expr]:
    """All that have to hold."""
    match condition:
        case ast.BoolOp(ast.And(), values):
            for value in values:
                yield from _list_tests(value)
        case ast.Compare(left, ops, comparators):
            for operator, right in zip(ops, comparators, strict=True):
                yield ast.copy_location(ast.Compare(left, [operator], [right]), condition)
                left = right
        case _:
            yield condition


def is_float(frame: Frame, node: ast.expr) -> bool:
    """Of what is cheap: is it a float?"""
    match node:
        case ast.Constant(value):
            return isinstance(value, float)
        case ast.BinOp(left, _, right):
            return is_float(frame, left) or is_float(frame, right)
    return _type_of(frame, node) == FLOAT


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


def _is_cheap_test(frame: Frame, test: ast.expr) -> bool:
    match test:
        case ast.Compare(left, [_], [right]):
            return _is_simple(test) and _is_cheap(frame, left) and _is_cheap(frame, right)
    return _is_cheap(frame, test)


def _is_cheap(frame: Frame, node: ast.expr) -> bool:
    """Is it of numbers and few operations, none of which the processor refuses?"""
    operations = sum(isinstance(part, ast.BinOp) for part in ast.walk(node))
    return operations <= MOST_OPERATIONS and _is_harmless(frame, node)


def _is_harmless(frame: Frame, node: ast.expr) -> bool:
    match node:
        case ast.Constant(value):
            return isinstance(value, int | float)
        case ast.Name() | ast.Subscript():
            return _type_of(frame, node) in _NUMBERS
        case ast.BinOp(left, operator, right) if isinstance(operator, _OPERATORS):
            return _is_harmless(frame, left) and _is_harmless(frame, right)
        case ast.BinOp(left, operator, ast.Constant(int(by))) if isinstance(operator, _BY_CONSTANT):
            return by > 0 and _is_harmless(frame, left) and not is_float(frame, left)  # that is a call
    return False


def _type_of(frame: Frame, node: ast.expr) -> Type | None:
    """Of a name, or of an item of a tuple."""
    match node:
        case ast.Name(name):
            return _type_of_name(frame, name)
        case ast.Subscript(owner, ast.Constant(int(at))):
            match _type_of(frame, owner):
                case TupleOf(items) if 0 <= at < len(items):
                    return items[at]
    return None


def _type_of_name(frame: Frame, name: str) -> Type | None:
    if frame.is_variable(name):
        return frame.type_of_variable(name)
    binding = frame.names.get(name)
    if isinstance(binding, Fixed):
        return int_value(binding.value).type
    return binding.type if isinstance(binding, Given) else None
