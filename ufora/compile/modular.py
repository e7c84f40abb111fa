"""Arithmetic of which only the lowest bits are wanted.

    state = (state * 25214903917 + 11) % 2**48        the sum may exceed 64 bits: what it is modulo 2**64 says all that is asked

Sums, differences and products modulo 2**64 come from their operands modulo 2**64, whatever bits were lost on the way.
"""

import ast

from ufora.compile import operators
from ufora.compile.frame import Frame
from ufora.compile.values import BOOL, INT, INT_MAX, Value, Word, known_int

_OPERATORS = {ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul"}

Tree = Value | tuple[ast.operator, "Tree", "Tree"]
"""The parts of an expression, evaluated, and what makes one of two."""


def keeps_lowest_bits(operator: ast.operator, right: Value) -> bool:
    """Does `… & right`, `… % right` depend on nothing but the lowest 63 bits?"""
    number = known_int(right) if right.type == INT else None
    if number is None or not 0 <= number <= INT_MAX:
        return False
    return isinstance(operator, ast.BitAnd) or (isinstance(operator, ast.Mod) and number > 0 and number & (number - 1) == 0)


def is_sum(node: ast.expr) -> bool:
    return isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS


def evaluate(frame: Frame, node: ast.expr) -> Value:
    """Modulo 2**64 where all of it is ints; else what Python's value is."""
    tree = _evaluate_parts(frame, node)
    return Value(INT, (_combine_modulo(frame, tree),)) if _is_of_ints(tree) else _combine(frame, tree)


def _evaluate_parts(frame: Frame, node: ast.expr) -> Tree:
    match node:
        case ast.BinOp(left, operator, right) if is_sum(node):
            return operator, _evaluate_parts(frame, left), _evaluate_parts(frame, right)
    return frame.unit.evaluate(frame, node)


def _is_of_ints(tree: Tree) -> bool:
    return tree.type in (INT, BOOL) if isinstance(tree, Value) else all(map(_is_of_ints, tree[1:]))


def _combine_modulo(frame: Frame, tree: Tree) -> Word:
    if isinstance(tree, Value):
        return operators.as_int(frame, tree)
    operator, left, right = tree
    a, b = _combine_modulo(frame, left), _combine_modulo(frame, right)
    return getattr(frame.builder, _OPERATORS[type(operator)])(a, b)


def _combine(frame: Frame, tree: Tree) -> Value:
    if isinstance(tree, Value):
        return tree
    operator, left, right = tree
    return operators.binary(frame, operators.SYMBOLS[type(operator)], _combine(frame, left), _combine(frame, right))
