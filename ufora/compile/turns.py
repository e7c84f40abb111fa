"""Loops: `for target in iterable`, as statement and as clause of a comprehension."""

import ast
from collections.abc import Callable, Sequence
from types import MappingProxyType
from typing import Any

from ufora.compile import counters, holders, recurrences, stores
from ufora.compile.counters import Counters
from ufora.compile.flag import NOW, POLL_TURNS
from ufora.compile.frame import Frame, Turns
from ufora.compile.heads import NULL
from ufora.compile.sources import Source
from ufora.compile.spec import Made, TupleOf
from ufora.compile.values import I64, INT, POINTER, Value, Word, describe, int_word, split_tuple

FEW_TURNS = 64
"""Turns, known while compiling, that are not worth a look at the flag."""

Body = Callable[[Value], None]


def assign_target(frame: Frame, target: ast.expr, value: Value) -> None:
    match target:
        case ast.Name(name):
            frame.assign(name, value)
        case ast.Subscript():
            stores.assign_item(frame, target, value)
        case ast.Attribute():
            stores.assign_attribute(frame, target, value)
        case ast.Tuple(elts) | ast.List(elts):
            if not isinstance(value.type, TupleOf) or any(isinstance(item, ast.Starred) for item in elts):
                frame.refuse(f"unpacking {describe(value.type)} is not compiled", target)
            items = split_tuple(value)
            if len(items) != len(elts):
                frame.refuse(f"{len(items)} values are unpacked into {len(elts)} names", target)
            with holders.holding(frame, items):  # `a, b = b, a`: a is assigned while what it held waits for b
                for item, one in zip(elts, items, strict=True):
                    assign_target(frame, item, one)
        case _:
            frame.refuse(f"assigning to `{ast.unparse(target)}` is not compiled", target)


def assign_together(frame: Frame, names: Sequence[str], values: Sequence[Value]) -> None:
    """Each may be what another of these names held."""
    with holders.holding(frame, values):
        for name, value in zip(names, values, strict=True):
            frame.assign(name, value)


def list_target_names(generators: list[ast.comprehension]) -> list[str]:
    """What the `for` clauses assign, one by one."""
    return [node.id for generator in generators for node in ast.walk(generator.target) if isinstance(node, ast.Name)]


def run_through(
    frame: Frame,
    source: Source,
    body: Body,
    exhausted: Callable[[], None] | None = None,
    at_once: int = 1,
    counted: Counters = MappingProxyType({}),
    begin_strip: Callable[[], Word] | None = None,
) -> None:
    """Write the loop; leaves the frame behind it. `exhausted` is what follows when it was not left by `break`. `at_once`: turns to write
    out one behind the other, see recurrences.py. `counted`: what its turns only count, see counters.py. `begin_strip` writes what comes
    before some turns, and gives how many they may be, at least FEW_TURNS."""
    builder = frame.builder
    done = frame.allocate(I64)
    kept = [_keep(frame, value) for value in source.held]
    builder.store(int_word(0), done)
    head, turn, step_on, out, end = (frame.block(name) for name in ("for", "turn", "step", "out", "end"))
    if source.most is not None and source.most <= FEW_TURNS and source.recount is None:
        counted = {}
        if begin_strip is not None:
            begin_strip()
        frame.go(head)
        builder.cbranch(builder.icmp_unsigned("<", builder.load(done, typ=I64), source.count), turn, out)
    else:
        limit, more = _write_strips(frame, source, done, out, counted, begin_strip)
        with counters.between_looks(frame, counted):
            if at_once > 1:
                recurrences.write_many(frame, limit, done, at_once, lambda: _write_turn(frame, source, done, body))
        frame.go(head)
        stop = builder.load(limit, typ=I64)
        if source.recount is not None:  # it may have become shorter
            now = source.recount()
            stop = builder.select(builder.icmp_unsigned("<", now, stop), now, stop)
        builder.cbranch(builder.icmp_unsigned("<", builder.load(done, typ=I64), stop), turn, more)
    builder.position_at_end(turn)
    frame.turns.append(Turns(step_on, end))
    with counters.between_looks(frame, counted):
        _write_turn(frame, source, done, body)
    frame.turns.pop()
    frame.go(step_on)
    builder.store(builder.add(builder.load(done, typ=I64), int_word(1)), done)
    builder.branch(head)
    builder.position_at_end(out)
    if exhausted is not None:
        exhausted()
    frame.go(end)
    for place, of in kept:
        holders.release(frame, builder.load(place, typ=POINTER), of)
        builder.store(NULL, place)


def run_positions(frame: Frame, count: Word, turn: Callable[[Word], None]) -> None:
    """`for at in range(count)`"""
    run_through(frame, Source(count, lambda at: Value(INT, (at,))), lambda at: turn(at.word))


def _keep(frame: Frame, value: Value) -> tuple[Word, Made]:
    """Hold a list until the loop is over, or the function."""
    assert isinstance(value.type, Made)
    place = frame.allocate_holder(value.type)
    holders.hold(frame, value)
    frame.builder.store(value.word, place)
    return place, value.type


def _write_turn(frame: Frame, source: Source, done: Word, body: Body) -> None:
    around = frame.repeats
    frame.repeats = None if around is None or source.most is None else around * source.most
    at = frame.builder.load(done, typ=I64)
    body(source.element(at if source.most is None else frame.ranges.note(at, (0, source.most - 1))))
    frame.repeats = around


def _write_strips(
    frame: Frame, source: Source, done: Word, out: Any, counted: Counters, begin_strip: Callable[[], Word] | None
) -> tuple[Word, Any]:
    """The loop within another, of strips of at most POLL_TURNS turns: a look at the flag before each leaves the turns as they were, also
    for LLVM's vectors. Where a strip ends, and the block to go to then; writing goes on at the strip's begin."""
    frame.unit.is_heavy = True
    builder = frame.builder
    more, strip = frame.block("more"), frame.block("strip")
    limit = frame.allocate(I64)
    frame.go(more)
    before = builder.load(done, typ=I64)
    count = source.count if source.recount is None else source.recount()
    builder.cbranch(builder.icmp_unsigned("<", before, count), strip, out)
    builder.position_at_end(strip)
    frame.poll(NOW)
    counters.look(frame, counted)
    most = int_word(POLL_TURNS) if begin_strip is None else begin_strip()
    left = builder.sub(count, before)
    is_long = builder.icmp_unsigned(">", left, most)
    builder.store(builder.add(before, builder.select(is_long, most, left)), limit)
    return limit, more


def begin_turns(frame: Frame, counted: Counters) -> Word:
    """Before a `while`: memory that counts its turns down."""
    frame.unit.is_heavy = True
    frame.poll(NOW)
    counters.look(frame, counted)
    left = frame.allocate(I64)
    frame.builder.store(int_word(POLL_TURNS), left)
    return left


def count_turn(frame: Frame, left: Word, counted: Counters) -> None:
    """Look at the flag after POLL_TURNS turns."""
    builder = frame.builder
    look, go_on = frame.block("look"), frame.block("counted")
    now = builder.sub(builder.load(left, typ=I64), int_word(1))
    builder.store(now, left)
    builder.cbranch(builder.icmp_signed("==", now, int_word(0)), look, go_on).set_weights([1, POLL_TURNS])
    builder.position_at_end(look)
    frame.poll(NOW)
    counters.look(frame, counted)
    builder.store(int_word(POLL_TURNS), left)
    builder.branch(go_on)
    builder.position_at_end(go_on)
