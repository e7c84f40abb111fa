"""Arithmetic of which only the lowest bits are wanted.

    state = (state * 6364136223846793005 + 1442695040888963407) & 0xFFFFFFFFFFFFFFFF
    h = ((h ^ byte) * 0x100000001B3) % 2**64          what the product is modulo 2**64 says all that is asked
    x = ((x << r) | (x >> (64 - r))) & mask

Sums, differences, products, shifts to the left and bitwise operations modulo 2**64 come from their operands modulo 2**64, whatever bits
were lost on the way. So the parts of such an expression are evaluated first, and only then, when the mask is known, what is made of them.
"""

import ast
from dataclasses import dataclass

from ufora.compile import operators, ranges, unsigned
from ufora.compile.frame import Frame
from ufora.compile.integers import fold
from ufora.compile.ranges import UNKNOWN, Range
from ufora.compile.values import BOOL, INT, UNSIGNED, Value, Word, int_value, int_word, is_whole

OPERATORS = ast.Add | ast.Sub | ast.Mult | ast.LShift | ast.BitXor | ast.BitOr
_WORDS = {"+": "add", "-": "sub", "*": "mul", "^": "xor", "|": "or_"}


@dataclass(frozen=True, slots=True)
class Operation:
    """What is to be made of two parts."""

    symbol: str
    left: "Tree"
    right: "Tree"
    line: int


Tree = Value | Operation
"""An expression whose parts are evaluated."""


def is_cut(node: ast.operator) -> bool:
    """Are `a & b`, `a % b` such expressions?"""
    return isinstance(node, ast.BitAnd | ast.Mod)


def evaluate(frame: Frame, node: ast.BinOp) -> Value:
    """`… & mask`, `mask & …` or `… % modulus`."""
    line = frame.line
    symbol = operators.SYMBOLS[type(node.op)]
    left, right = (_evaluate_parts(frame, side) for side in (node.left, node.right))
    is_swapped = symbol == "&" and isinstance(left, Value)
    tree, other = (right, left) if is_swapped else (left, right)
    b = _combine(frame, other)
    mask = _find_mask(frame, symbol, b)
    if isinstance(tree, Operation) and mask is not None and _is_whole(tree):
        word, known = _combine_modulo(frame, tree), _find_range(frame, tree)
        frame.line = line
        return unsigned.cut(frame, word, known, mask)
    a = _combine(frame, tree)
    frame.line = line
    return operators.binary(frame, symbol, *((b, a) if is_swapped else (a, b)))


def _find_mask(frame: Frame, symbol: str, b: Value) -> Value | None:
    """Does `… & b`, `… % b` depend on nothing but the lowest 64 bits? Then on which."""
    if symbol == "%":
        modulus = None if b.type == BOOL else unsigned.find_modulus(symbol, b)
        return None if modulus is None else int_value(modulus - 1)
    return b if b.type in (INT, UNSIGNED) and frame.ranges.of_int(b)[0] >= 0 else None


def _evaluate_parts(frame: Frame, node: ast.expr) -> Tree:
    match node:
        case ast.BinOp(left, operator, right) if isinstance(operator, OPERATORS):
            symbol = operators.SYMBOLS[type(operator)]
            return _join(symbol, _evaluate_parts(frame, left), _evaluate_parts(frame, right), node.lineno)
        case ast.UnaryOp(ast.Invert() | ast.USub() as sign, operand):
            part = _evaluate_parts(frame, operand)
            if _is_whole(part) and not (isinstance(part, Value) and part.type == BOOL):
                return _join("-", int_value(0 if isinstance(sign, ast.USub) else -1), part, node.lineno)
            return operators.unary(frame, sign, _combine(frame, part))
    return frame.unit.evaluate(frame, node)


def _join(symbol: str, left: Tree, right: Tree, line: int) -> Tree:
    folded = None
    if isinstance(left, Value) and isinstance(right, Value) and BOOL not in (left.type, right.type):
        folded = fold(symbol, left, right)
    return folded or Operation(symbol, left, right, line)


def _is_whole(tree: Tree) -> bool:
    return is_whole(tree.type) if isinstance(tree, Value) else _is_whole(tree.left) and _is_whole(tree.right)


def _combine(frame: Frame, tree: Tree) -> Value:
    """What Python's value is."""
    if isinstance(tree, Value):
        return tree
    left, right = _combine(frame, tree.left), _combine(frame, tree.right)
    frame.line = tree.line
    return operators.binary(frame, tree.symbol, left, right)


def _combine_modulo(frame: Frame, tree: Tree) -> Word:
    """What it is modulo 2**64."""
    if isinstance(tree, Value):
        return unsigned.lowest(operators.as_whole(frame, tree))
    a = _combine_modulo(frame, tree.left)
    if tree.symbol == "<<":
        return _shift(frame, a, _combine(frame, tree.right), tree.line)
    b = _combine_modulo(frame, tree.right)
    return getattr(frame.builder, _WORDS[tree.symbol])(a, b)


def _shift(frame: Frame, a: Word, by: Value, line: int) -> Word:
    frame.line = line
    count = operators.as_int(frame, by)
    if frame.ranges.of(count)[0] < 0:
        frame.stop_if(frame.builder.icmp_signed("<", count, int_word(0)), "`<<` shifts by a negative count")
    return unsigned.shift_or_zero(frame, frame.builder.shl, a, count)


def _find_range(frame: Frame, tree: Tree) -> Range | None:
    """Where Python's value lies, if that is known."""
    if isinstance(tree, Value):
        return unsigned.range_of(frame, tree)
    left, right = _find_range(frame, tree.left), _find_range(frame, tree.right)
    known = None if left is None or right is None else ranges.result(tree.symbol, left, right)
    return None if known == UNKNOWN else known
