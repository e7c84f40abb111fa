"""Loops whose turns can be taken many at once, as the compiler can work out what they come to:

    for _ in range(n):                            two turns:  x = (x * a**2 + (a + 1) * c) % 2**31
        x = (x * a + c) % 2**31

LLVM folds the constants of turns that are written out one behind the other (of a product modulo a power of two it needs no other modulus in
between), but it writes out only eight by itself.
"""

import ast
from collections.abc import Callable, Sequence
from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]

from ufora.compile import chains
from ufora.compile.frame import Frame
from ufora.compile.values import I64, Word, int_word

AT_ONCE = 64
"""Turns that are written out; a divisor of POLL_TURNS. Guessed: one then takes less than a tenth of a cycle."""


def find_turns_at_once(frame: Frame, body: Sequence[ast.stmt]) -> int:
    """How many turns of such a loop, of this body, to write out; 1: as many as LLVM likes."""
    statement, behind = chains.take(frame, body, 0)
    match statement:
        case ast.Assign([ast.Name(name)], ast.BinOp(value, operator, ast.Constant(number))) if behind == len(body):
            if _keeps_low_bits(operator, number) and isinstance(value, ast.BinOp) and chains.is_int(frame, name, value):
                return AT_ONCE if _is_affine(name, value) else 1
    return 1


def _keeps_low_bits(operator: ast.operator, number: object) -> bool:
    if type(number) is not int:
        return False
    power = number + 1 if isinstance(operator, ast.BitAnd) else number if isinstance(operator, ast.Mod) else 0
    return power > 0 and power & (power - 1) == 0


def _is_affine(name: str, value: ast.expr) -> bool:
    """Is it made of the name and of numbers, by sums, differences, and products with numbers?"""
    match value:
        case ast.Name(read):
            return read == name
        case ast.Constant(number):
            return type(number) is int
        case ast.BinOp(left, ast.Add() | ast.Sub(), right):
            return _is_affine(name, left) and _is_affine(name, right)
        case ast.BinOp(left, ast.Mult(), right):
            return _is_affine(name, left) and _is_affine(name, right) and ast.Constant in (type(left), type(right))
    return False


def write_many(frame: Frame, limit: Word, done: Word, count: int, turn: Callable[[], None]) -> None:
    """As many times `count` turns as there are before `limit`; both are memory, and turns that are done are counted. What is left over is
    to be written behind it."""
    builder = frame.builder
    many, first, head, one, after = (frame.block(name) for name in ("many", "first", "for", "turn", "few"))
    frame.go(many)
    begin = builder.load(done, typ=I64)
    builder.cbranch(builder.icmp_unsigned(">=", builder.sub(builder.load(limit, typ=I64), begin), int_word(count)), first, after)
    builder.position_at_end(first)
    stop = builder.add(begin, int_word(count))
    frame.go(head)
    builder.cbranch(builder.icmp_unsigned("!=", builder.load(done, typ=I64), stop), one, many)
    builder.position_at_end(one)
    turn()
    builder.store(builder.add(builder.load(done, typ=I64), int_word(1)), done)
    _unroll(frame.unit.module, builder.branch(head))
    builder.position_at_end(after)


def _unroll(module: ir.Module, latch: Any) -> None:
    """Tell LLVM to write out all turns of a loop, by its jump back."""
    wanted = module.add_metadata(["llvm.loop.unroll.full"])
    loop = ir.values.MDValue(module, [wanted], str(len(module.metadata)))
    loop.operands = (loop, wanted)  # what tells one loop from another
    latch.set_metadata("llvm.loop", loop)
