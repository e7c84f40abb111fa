"""Functions that call themselves: fewer calls, and cheaper ones.

    def f(n):                                   total = 0
        if n < 2:                               again:
            return n                                if n < 2: return total + n
        return f(n - 1) + f(n - 2)                  total += f(n - 1); n = n - 2; goto again

The last call in a sum of ints that is returned becomes a jump: sums are exact, so they may be added in any order. The calls that are left
are written out for some levels: LLVM puts no function into itself, but it does put copies of it there that have names of their own.

    f ─► f.1 ─► f.2 ─► … ─► f        all but the last arrow are no calls any more

Once in some levels of calls it is looked whether there are too many, and whether the flag asks to stop: there are no more than MOST_CALLS
calls between two looks. The jump does not look again where a call of the same turn has.
"""

import ast
from dataclasses import dataclass
from functools import reduce
from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]

from ufora.compile import operators
from ufora.compile.arguments import bind_arguments
from ufora.compile.flag import NOW
from ufora.compile.frame import Frame
from ufora.compile.joins import RETURN
from ufora.compile.spec import Code
from ufora.compile.values import BOOL, I64, INT, Type, Value, Word, int_word

DEPTH_LIMIT = 400
"""Most calls within each other. CPython allows 1,000 frames by default, some of which are already taken where a loop stands."""
LOOK_LEVELS = 16  #: most levels between two looks, a power of two
MOST_CALLS = 2**16  #: between two looks. Guessed: under a millisecond
MOST_COPIES = {1: 4, 2: 2}
"""Levels that a function is written out for, by how many calls of itself it has: work for LLVM doubles with each level where it has two.
More calls: one level. Chosen by trying fib and a sum by halves."""
MOST_LINES = 4000  #: of LLVM's text, when all levels are put into one another. Guessed: it compiles in about 0.1 s


@dataclass(frozen=True, slots=True)
class Repeat:
    """How a function begins again with other arguments."""

    code: Code
    types: tuple[Type, ...]  #: of its parameters
    head: Any  #: the block to jump to
    slots: list[Any]  #: memory of the parameters' words
    depth: Any  #: memory: how many calls it stands in
    total: Any  #: memory: what was added up so far


def begin(frame: Frame, code: Code, types: tuple[Type, ...], words: list[Word]) -> list[Word]:
    """The parameters' words, as they are each time when a function begins that may begin again."""
    if not _may_repeat(frame, code):
        return words
    builder = frame.builder
    slots = [frame.allocate(word.type) for word in words]
    depth, total = frame.allocate(I64), frame.allocate(I64)
    for word, slot in zip([*words, frame.depth, int_word(0)], [*slots, depth, total], strict=True):
        builder.store(word, slot)
    head = frame.block("again")
    frame.go(head)
    frame.repeat = Repeat(code, types, head, slots, depth, total)
    frame.depth = builder.load(depth, typ=I64)
    return [builder.load(slot, typ=word.type) for word, slot in zip(words, slots, strict=True)]


def _may_repeat(frame: Frame, code: Code) -> bool:
    nodes = ast.walk(code.tree) if isinstance(code.tree, ast.FunctionDef) else []
    values = [node.value for node in nodes if isinstance(node, ast.Return) and node.value is not None]
    ways = [way for value in values for way in ((value.body, value.orelse) if isinstance(value, ast.IfExp) else (value,))]
    return any(_is_own(term, code) for way in ways for term in _terms(way))


def _terms(node: ast.expr) -> list[ast.expr]:
    match node:
        case ast.BinOp(left, ast.Add(), right):
            return [*_terms(left), right]
    return [node]


def _is_own(node: ast.expr, code: Code) -> bool:
    """Is it a call of this function, by its name?"""
    match node:
        case ast.Call(ast.Name(name), args, keywords):
            return code.names.get(name) is code and not keywords and not any(isinstance(arg, ast.Starred) for arg in args)
    return False


def _is_shadowed(frame: Frame, call: ast.expr) -> bool:
    return isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and frame.is_variable(call.func.id)


def find_sum(frame: Frame, node: ast.expr) -> Value | None:
    """The value to return for an expression; None when the function begins again instead, and what it adds to its value is noted."""
    repeat = frame.repeat
    if repeat is None or frame.returns != INT or RETURN in frame.widened:
        return frame.unit.evaluate(frame, node)
    terms = _terms(node)
    own = next((at for at in reversed(range(len(terms))) if _is_own(terms[at], repeat.code)), None)
    if own is None or _is_shadowed(frame, terms[own]):
        return frame.unit.evaluate(frame, node)
    call = terms.pop(own)
    assert isinstance(call, ast.Call)
    values = [frame.unit.evaluate(frame, term) for term in terms]
    args = [frame.settle(frame.unit.evaluate(frame, arg)) for arg in call.args]
    parameters = bind_arguments(frame, repeat.code, args, {})
    frame.line = call.lineno
    if tuple(value.type for value in parameters) == repeat.types and all(value.type in (INT, BOOL) for value in values):
        _begin_again(frame, repeat, values, parameters)
        return None
    values.insert(own, frame.unit.call(frame, repeat.code, args, {}))
    return reduce(lambda a, b: operators.binary(frame, "+", a, b), values)


def _begin_again(frame: Frame, repeat: Repeat, values: list[Value], parameters: list[Value]) -> None:
    builder = frame.builder
    builder.store(add_total(frame, values).word, repeat.total)
    line, depth = frame.deepened or (None, None)  # a call of this turn stands as deep, and has looked
    builder.store(depth if line is frame.line_of_blocks else deepen(frame), repeat.depth)
    words = [word for value in parameters for word in value.words]
    for word, slot in zip(words, repeat.slots, strict=True):
        builder.store(word, slot)
    builder.branch(repeat.head)


def add_total(frame: Frame, values: list[Value]) -> Value:
    """What these ints and all that was noted add up to."""
    assert frame.repeat is not None
    total = Value(INT, (frame.builder.load(frame.repeat.total, typ=I64),))
    return reduce(lambda a, b: operators.binary(frame, "+", a, b), values, total)


def deepen(frame: Frame) -> Word:
    """How many calls a call of the function itself stands in."""
    builder = frame.builder
    depth = builder.add(frame.depth, int_word(1), flags=["nsw"])
    line, look, go_on = frame.line_of_blocks, frame.block("look"), frame.block("call")
    levels = _find_look_levels(frame)
    is_time = builder.icmp_unsigned("==", builder.and_(depth, int_word(levels - 1)), int_word((DEPTH_LIMIT + 1) % levels))
    builder.cbranch(is_time, look, go_on)
    builder.position_at_end(look)
    check_depth(frame, builder.icmp_signed(">", depth, int_word(DEPTH_LIMIT)))
    frame.poll(NOW)
    frame.go_on_in(line, go_on)
    frame.deepened = line, depth
    return depth


def _find_look_levels(frame: Frame) -> int:
    """A power of two. Loops look by themselves, so a call in one counts once."""
    code, levels = frame.owner, LOOK_LEVELS
    calls = sum(isinstance(node, ast.Call) and _is_own(node, code) for node in ast.walk(code.tree)) if isinstance(code, Code) else 1
    while levels > 1 and calls**levels > MOST_CALLS:
        levels //= 2
    return levels


def check_depth(frame: Frame, exceeds: Word) -> None:
    frame.stop_if(exceeds, f"more than {DEPTH_LIMIT} calls stand within each other")


def write_out(module: ir.Module, text: str) -> str:
    """The module's text, where functions that call themselves are written out for some levels."""
    for function in module.functions:
        own, name = str(function), function.get_reference()
        calls = own.count(_called(name))
        if calls:
            text = text.replace(own, _write_levels(name, own, calls))
    return text


def _called(name: str) -> str:
    return f"call i1 {name}("


def _write_levels(name: str, own: str, calls: int) -> str:
    lines, count = own.count("\n"), MOST_COPIES.get(calls, 1)
    while count and lines * sum(calls**level for level in range(count + 1)) > MOST_LINES:
        count -= 1
    names = [name, *(f'{name[:-1]}.{level}"' for level in range(1, count + 1))]
    head, body = own.split("\n", 1)
    texts = []
    for this, following in zip(names, [*names[1:], name], strict=True):
        first = head.replace(f" {name}(", f" {this}(") + (" alwaysinline" if this != name else "")
        texts.append(first + "\n" + body.replace(_called(name), _called(following)))
    return "\n".join(texts)
