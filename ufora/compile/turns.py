"""Loops: `for target in iterable`, as statement and as clause of a comprehension."""

import ast
from collections.abc import Callable
from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]

from ufora.compile import operators
from ufora.compile.flag import NOW, POLL_TURNS
from ufora.compile.frame import Frame, Turns, is_named
from ufora.compile.spec import ArrayOf, Scalar, TupleOf
from ufora.compile.values import BOOL, DOUBLE, I1, I8, I64, INT, Value, Word, describe, int_word, split_tuple

_MEMORY = {Scalar.INT: I64, Scalar.FLOAT: DOUBLE, Scalar.BOOL: I8}  #: of one element of an array

FEW_TURNS = 64
"""Turns, known while compiling, that are not worth a look at the flag."""

Body = Callable[[Value], None]


def load_element(frame: Frame, element: Scalar, start: Word, position: Word) -> Value:
    builder = frame.builder
    kind = _MEMORY[element]
    word = builder.load(builder.gep(start, [position], source_etype=kind), typ=kind)
    word.set_metadata("invariant.load", frame.unit.module.add_metadata([]))  # inputs never change while a kernel runs
    return Value(element, (builder.trunc(word, I1) if element == BOOL else word,))


def assign_target(frame: Frame, target: ast.expr, value: Value) -> None:
    match target:
        case ast.Name(name):
            frame.assign(name, value)
        case ast.Tuple(elts) | ast.List(elts):
            if not isinstance(value.type, TupleOf) or any(isinstance(item, ast.Starred) for item in elts):
                frame.refuse(f"unpacking {describe(value.type)} is not compiled", target)
            items = split_tuple(value)
            if len(items) != len(elts):
                frame.refuse(f"{len(items)} values are unpacked into {len(elts)} names", target)
            for item, one in zip(elts, items, strict=True):
                assign_target(frame, item, one)
        case _:
            frame.refuse(f"assigning to `{ast.unparse(target)}` is not compiled", target)


def list_target_names(target: ast.expr) -> set[str]:
    return {node.id for node in ast.walk(target) if isinstance(node, ast.Name)}


def each(frame: Frame, iterable: ast.expr, body: Body, exhausted: Callable[[], None] | None = None) -> None:
    """Write the loop; `exhausted` is what follows when it was not left by `break`. Leaves the frame behind it."""
    match iterable:
        case ast.Call(func, args, []) if not any(isinstance(arg, ast.Starred) for arg in args):
            function = frame.unit.evaluate(frame, func)
            if not is_named(function, "builtins.range") or not 1 <= len(args) <= 3:
                frame.refuse(f"a loop over `{ast.unparse(iterable)}` is not compiled", iterable)
            numbers = [operators.as_int(frame, frame.settle(frame.unit.evaluate(frame, arg))) for arg in args]
            _each_of_range(frame, numbers, body, exhausted)
        case _:
            value = frame.unit.evaluate(frame, iterable)
            match value.type:
                case ArrayOf(element):
                    start, length = value.words

                    def load(position: Value) -> None:
                        body(load_element(frame, element, start, position.word))

                    _each_of_range(frame, [length], load, exhausted)
                case _:
                    frame.refuse(f"a loop over {describe(value.type)} is not compiled", iterable)


def _each_of_range(frame: Frame, numbers: list[Word], body: Body, exhausted: Callable[[], None] | None) -> None:
    match numbers:
        case [stop]:
            start, step = int_word(0), int_word(1)
        case [start, stop]:
            step = int_word(1)
        case [start, stop, step]:
            frame.stop_if(frame.builder.icmp_signed("==", step, int_word(0)))
    count = _count(frame, start, stop, step)
    builder = frame.builder
    done, position = frame.allocate(I64), frame.allocate(I64)
    builder.store(int_word(0), done)
    builder.store(start, position)
    head, turn, step_on, out, end = (frame.block(name) for name in ("for", "turn", "step", "out", "end"))
    if _is_short(start, stop, step):
        frame.go(head)
        builder.cbranch(builder.icmp_unsigned("<", builder.load(done, typ=I64), count), turn, out)
    else:
        _write_strips(frame, count, done, head, turn, out)
    builder.position_at_end(turn)
    frame.turns.append(Turns(step_on, end))
    body(Value(INT, (builder.load(position, typ=I64),)))
    frame.turns.pop()
    frame.go(step_on)
    builder.store(builder.add(builder.load(done, typ=I64), int_word(1)), done)
    builder.store(builder.add(builder.load(position, typ=I64), step), position)  # past the last element it may wrap, unseen
    builder.branch(head)
    builder.position_at_end(out)
    if exhausted is not None:
        exhausted()
    frame.go(end)


def _is_short(start: Word, stop: Word, step: Word) -> bool:
    """Is it plain to see that there are few turns? Such loops do not look at the flag; the one around them does."""
    if not all(isinstance(number, ir.Constant) for number in (start, stop, step)) or step.constant == 0:
        return False
    return len(range(start.constant, stop.constant, step.constant)) <= FEW_TURNS


def _write_strips(frame: Frame, count: Word, done: Word, head: Any, turn: Any, out: Any) -> None:
    """The loop `head` within another, of strips of POLL_TURNS turns: a look at the flag before each leaves the turns as they were, also
    for LLVM's vectors."""
    frame.unit.is_heavy = True
    builder = frame.builder
    more, strip = frame.block("more"), frame.block("strip")
    limit = frame.allocate(I64)
    frame.go(more)
    before = builder.load(done, typ=I64)
    builder.cbranch(builder.icmp_unsigned("<", before, count), strip, out)
    builder.position_at_end(strip)
    frame.poll(NOW)
    left = builder.sub(count, before)
    is_long = builder.icmp_unsigned(">", left, int_word(POLL_TURNS))
    builder.store(builder.add(before, builder.select(is_long, int_word(POLL_TURNS), left)), limit)
    frame.go(head)
    builder.cbranch(builder.icmp_unsigned("<", builder.load(done, typ=I64), builder.load(limit, typ=I64)), turn, more)


def begin_turns(frame: Frame) -> Word:
    """Before a `while`: memory that counts its turns down."""
    frame.unit.is_heavy = True
    frame.poll(NOW)
    left = frame.allocate(I64)
    frame.builder.store(int_word(POLL_TURNS), left)
    return left


def count_turn(frame: Frame, left: Word) -> None:
    """Look at the flag after POLL_TURNS turns."""
    builder = frame.builder
    look, go_on = frame.block("look"), frame.block("counted")
    now = builder.sub(builder.load(left, typ=I64), int_word(1))
    builder.store(now, left)
    builder.cbranch(builder.icmp_signed("==", now, int_word(0)), look, go_on).set_weights([1, POLL_TURNS])
    builder.position_at_end(look)
    frame.poll(NOW)
    builder.store(int_word(POLL_TURNS), left)
    builder.branch(go_on)
    builder.position_at_end(go_on)


def _count(frame: Frame, start: Word, stop: Word, step: Word) -> Word:
    """`len(range(start, stop, step))`, which fits 64 bits unsigned."""
    builder = frame.builder

    def count(low: Word, high: Word, stride: Word) -> Word:
        distance = builder.sub(builder.sub(high, low), int_word(1))
        some = builder.add(builder.udiv(distance, stride), int_word(1))
        return builder.select(builder.icmp_signed("<", low, high), some, int_word(0))

    if isinstance(step, ir.Constant):
        return count(start, stop, step) if step.constant > 0 else count(stop, start, int_word(-step.constant))
    upwards = builder.icmp_signed(">", step, int_word(0))
    stride = builder.select(upwards, step, builder.sub(int_word(0), step))
    low, high = builder.select(upwards, start, stop), builder.select(upwards, stop, start)
    return count(low, high, stride)
