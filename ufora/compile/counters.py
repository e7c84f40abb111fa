"""Variables that a loop moves by small constants only: looked at now and then instead of checked at every turn.

    while n != 1:                   at each look (flag.py):  stop if length is not within ± 2**62
        n = …                       between two looks:       length moves by POLL_TURNS * 1 at most,
        length += 1                                          so `length += 1` cannot exceed 64 bits

A loop without the check is one that LLVM can make vectors of, or jumps less in.
"""

import ast
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from ufora.compile.flag import POLL_TURNS
from ufora.compile.frame import Frame
from ufora.compile.values import INT, int_word

Counters = Mapping[str, int]
"""Names, and by how much at most a turn moves each."""

_WITHIN = 2**62  #: at a look
_MOST_STEP = 2**30  #: in a turn: POLL_TURNS of them leave what is within 64 bits there


def find_counters(frame: Frame, loop: ast.For | ast.While) -> Counters:
    """Those of a loop that is to be written next."""
    moved: Counter[str] = Counter()
    sites: Counter[str] = Counter()
    for name, step in _list_moves(loop.body):
        moved[name] += abs(step)
        sites[name] += 1
    stored = Counter(node.id for node in ast.walk(loop) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store | ast.Del))
    return {
        name: step
        for name, step in moved.items()
        if step <= _MOST_STEP and stored[name] == sites[name] and frame.type_of_variable(name) == INT and name not in frame.widened
    }


def _list_moves(statements: Sequence[ast.stmt]) -> Iterator[tuple[str, int]]:
    """`name += step` and the like, each of which runs once a turn at most: not within loops."""
    for statement in statements:
        match statement:
            case ast.If(body=body, orelse=orelse):
                yield from _list_moves(body)
                yield from _list_moves(orelse)
            case ast.AugAssign(ast.Name(name), ast.Add() | ast.Sub(), ast.Constant(step)) if type(step) is int:
                yield name, step
            case ast.Assign([ast.Name(name)], ast.BinOp(ast.Name(read), ast.Add() | ast.Sub(), ast.Constant(step))) if type(step) is int:
                if read == name:
                    yield name, step


def look(frame: Frame, counters: Counters) -> None:
    """Before the first turn, and wherever the loop looks at the flag."""
    for name in counters:
        moved = frame.builder.add(frame.read(name).word, int_word(_WITHIN))
        frame.stop_if(frame.builder.icmp_unsigned(">", moved, int_word(2 * _WITHIN)), f"`{name}` is beyond 2**62 in a loop")


@contextmanager
def between_looks(frame: Frame, counters: Counters) -> Iterator[None]:
    """While the loop's turns are written."""
    for name, step in counters.items():
        reach = _WITHIN + step * (POLL_TURNS + 1)
        frame.hold(name, (-reach, reach))
    yield
    for name in counters:
        frame.hold(name, None)
