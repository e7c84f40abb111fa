"""`while` loops that only count, written as loops of strips, which LLVM makes vectors of:

    while i < n:                    while i < n:
        …                               look at the flag
        i = i + 1                       limit = min(n, i + POLL_TURNS)
                                        while i < limit: …; i = i + 1

Within a strip nothing is asked but what the turns are for. The user's own test still stands before each strip; within it the test could not
have another answer, as nothing else assigns `i` or `n` and no `continue` passes over the last line.
"""

import ast
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ufora.compile import counters
from ufora.compile.flag import NOW, POLL_TURNS
from ufora.compile.frame import Frame, Turns
from ufora.compile.spec import Given
from ufora.compile.values import I64, INT, int_word


@dataclass(frozen=True, slots=True)
class Counted:
    """What such a loop counts with, and up to where."""

    name: str
    limit: ast.expr


def find_counted(frame: Frame, loop: ast.While) -> Counted | None:
    match loop.test:
        case ast.Compare(ast.Name(name), [ast.Lt()], [ast.Name() | ast.Constant() as limit]):
            pass
        case _:
            return None
    if not _steps(loop.body[-1], name) or _name(limit) == name:
        return None
    if any(_breaks_the_count(node, name, limit) for statement in loop.body[:-1] for node in ast.walk(statement)):
        return None
    if frame.type_of_variable(name) != INT or not _is_int(frame, limit):
        return None
    return Counted(name, limit)


def _steps(statement: ast.stmt, name: str) -> bool:
    """Is it `name += 1`?"""
    match statement:
        case ast.Assign([ast.Name(target)], ast.BinOp(ast.Name(left), ast.Add(), ast.Constant(1 as step))):
            return target == left == name and type(step) is int
        case ast.AugAssign(ast.Name(target), ast.Add(), ast.Constant(1 as step)):
            return target == name and type(step) is int
    return False


def _name(limit: ast.expr) -> str:
    return limit.id if isinstance(limit, ast.Name) else ""


def _breaks_the_count(node: ast.AST, name: str, limit: ast.expr) -> bool:
    names = {name, _name(limit)}
    return isinstance(node, ast.Continue) or (isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node.id in names)


def _is_int(frame: Frame, limit: ast.expr) -> bool:
    match limit:
        case ast.Name(name) if frame.is_variable(name):
            return frame.type_of_variable(name) == INT
        case ast.Name(name):
            binding = frame.names.get(name)
            return isinstance(binding, Given) and binding.type == INT
        case ast.Constant(number):
            return type(number) is int and number.bit_length() < 64
    return False


def write_counted(frame: Frame, loop: ast.While, counted: Counted, body: Callable[[], None], out: Any, end: Any) -> None:
    """Goes to `out` when the test no longer holds. Nothing is open behind it."""
    frame.unit.is_heavy = True
    builder = frame.builder
    more, strip, head, turn = (frame.block(name) for name in ("more", "strip", "while", "turn"))
    last = frame.allocate(I64)
    frame.go(more)
    frame.unit.test(frame, loop.test, strip, out)
    builder.position_at_end(strip)
    frame.poll(NOW)
    others = {name: step for name, step in counters.find_counters(frame, loop).items() if name != counted.name}
    counters.look(frame, others)
    now, limit = frame.read(counted.name).word, frame.unit.evaluate(frame, counted.limit).word
    left = builder.sub(limit, now)  # without a sign: it may be any number from 1 to 2**64 - 1
    is_long = builder.icmp_unsigned(">", left, int_word(POLL_TURNS))
    builder.store(builder.add(now, builder.select(is_long, int_word(POLL_TURNS), left)), last)
    frame.go(head)
    is_within = builder.icmp_signed("<", frame.read(counted.name).word, builder.load(last, typ=I64))
    builder.cbranch(is_within, turn, more)
    builder.position_at_end(turn)
    frame.turns.append(Turns(head, end))
    with counters.between_looks(frame, others):
        body()
    frame.turns.pop()
    if frame.is_open:
        builder.branch(head)
