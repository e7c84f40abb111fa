"""Statements that change one int, one after the other up to a mask or modulus, as one assignment: see modular.py for what that is good for.

    h ^= byte
    h *= 0x100000001B3          h = ((h ^ byte) * 0x100000001B3) & MASK
    h &= MASK

What the variable holds in between nobody sees: each statement reads it once, at its very left.
"""

import ast
from collections.abc import Sequence

from ufora.compile.frame import Frame
from ufora.compile.modular import OPERATORS, is_cut
from ufora.compile.spec import Fixed, Given
from ufora.compile.values import INT, UNSIGNED


def take(frame: Frame, statements: Sequence[ast.stmt], at: int) -> tuple[ast.stmt, int]:
    """The statement to write next, and where to go on behind it."""
    name, value = _find_assigned(statements[at])
    if not isinstance(value, ast.BinOp) or not isinstance(value.op, OPERATORS) or not is_int(frame, name, value):
        return statements[at], at + 1
    for end, statement in enumerate(statements[at + 1 :], at + 1):
        changed, change = _find_assigned(statement)
        if changed != name or not isinstance(change, ast.BinOp) or not _reads_at_left(name, change):
            break
        value = ast.copy_location(ast.BinOp(value, change.op, change.right), change)
        if is_cut(change.op):
            return ast.copy_location(ast.Assign([ast.Name(name, ast.Store())], value), statement), end + 1
        if not isinstance(change.op, OPERATORS):
            break
    return statements[at], at + 1


def _find_assigned(statement: ast.stmt) -> tuple[str, ast.expr | None]:
    """Which name, and what."""
    match statement:
        case ast.Assign([ast.Name(name)], value):
            return name, value
        case ast.AugAssign(ast.Name(name), operator, value):
            left = ast.copy_location(ast.Name(name, ast.Load()), statement)
            return name, ast.copy_location(ast.BinOp(left, operator, value), statement)
    return "", None


def _reads_at_left(name: str, change: ast.BinOp) -> bool:
    match change.left:
        case ast.Name(left) if left == name:
            return not any(
                isinstance(part, ast.NamedExpr) or (isinstance(part, ast.Name) and part.id == name) for part in ast.walk(change.right)
            )
    return False


def is_int(frame: Frame, name: str, value: ast.BinOp) -> bool:
    """An object may have `*=` of its own."""
    kind = frame.type_of_variable(name)
    return kind in (INT, UNSIGNED) if kind is not None else all(_is_plain(frame, part) for part in ast.walk(value))


def _is_plain(frame: Frame, part: ast.AST) -> bool:
    match part:
        case ast.Name(name) if frame.is_variable(name):
            return frame.type_of_variable(name) in (INT, UNSIGNED)
        case ast.Name(name):
            binding = frame.names.get(name)
            return isinstance(binding, Fixed) or (isinstance(binding, Given) and binding.type in (INT, UNSIGNED))
        case ast.Constant(number):
            return type(number) is int
    return isinstance(part, ast.BinOp | ast.UnaryOp | ast.operator | ast.unaryop | ast.expr_context)
