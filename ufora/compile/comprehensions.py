"""Comprehensions and what takes their elements, inside compiled code.

A sink takes elements one by one. It learns their type with the first one written, so its memory is set up afterwards, at the end
of the block that was current before the loop (`start`).
"""

import ast
from collections.abc import Callable
from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]

from ufora.compile import known, operators
from ufora.compile.frame import Frame
from ufora.compile.turns import assign_target, each, list_target_names, load_element
from ufora.compile.values import (
    BOOL,
    DOUBLE,
    FLOAT,
    I1,
    I8,
    I64,
    I128,
    INT,
    POINTER,
    VOID,
    Value,
    bool_word,
    describe,
    int_word,
    word_types,
)
from ufora.numerics import exact_sum_text

__all__ = ["SINKS", "clauses", "consume", "load_element"]


def clauses(frame: Frame, generators: list[ast.comprehension], take: Callable[[], None]) -> None:
    """`for … if … for …` from left to right, `take` inside them all. The targets have their scope already."""
    if not generators:
        take()
        return
    generator, *rest = generators
    if generator.is_async:
        frame.refuse("`async for` is not compiled")

    def turn(element: Value) -> None:
        assign_target(frame, generator.target, element)
        filters(frame, generator.ifs, lambda: clauses(frame, rest, take))

    each(frame, generator.iter, turn)


def filters(frame: Frame, conditions: list[ast.expr], then: Callable[[], None]) -> None:
    after = frame.block("filtered")
    for condition in conditions:
        passed = frame.block("passed")
        frame.unit.test(frame, condition, passed, after)
        frame.builder.position_at_end(passed)
    then()
    frame.go(after)


def consume(frame: Frame, tree: ast.GeneratorExp | ast.ListComp, name: str) -> Value:
    """`sum(… for …)` as a value."""
    sink = SINKS[name](frame)
    names = set().union(*(list_target_names(generator.target) for generator in tree.generators))
    first = tree.generators[0]

    def turn(element: Value) -> None:
        assign_target(frame, first.target, element)
        filters(frame, first.ifs, lambda: clauses(frame, tree.generators[1:], take))

    def take() -> None:
        sink.take(frame.settle(frame.unit.evaluate(frame, tree.elt)))

    # Python evaluates the first iterable outside the comprehension's scope; a name used in both would be taken for the inner one
    if names & {node.id for node in ast.walk(first.iter) if isinstance(node, ast.Name)}:
        frame.refuse("a comprehension uses a name outside and inside", tree)
    frame.go(sink.start)
    frame.open_scope(names)
    frame.go(frame.block("comprehension"))
    each(frame, first.iter, turn)
    frame.scopes.pop()
    frame.go(sink.end)
    result: Value = sink.result()
    return result


class _Sink:
    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self.start = frame.block("collect")
        self.end = frame.block("collected")

    def remember(self, kind: Any, first: Any) -> Any:
        """Memory that is set anew whenever the comprehension starts."""
        slot = self.frame.allocate(kind)
        with self.frame.at(self.start):
            self.frame.builder.store(first, slot)
        return slot


class _Sum(_Sink):
    def take(self, value: Value) -> None:
        self.is_float = value.type == FLOAT
        if self.is_float:
            self._prepare_words()
            self._push(value)
        else:
            self.total = self.remember(I128, ir.Constant(I128, 0))
            builder = self.frame.builder
            wide = builder.sext(operators.as_int(self.frame, value), I128)
            builder.store(builder.add(builder.load(self.total, typ=I128), wide), self.total)

    def _prepare_words(self) -> None:
        frame = self.frame
        self.buffer = frame.allocate(DOUBLE, exact_sum_text.BLOCK)
        self.words = frame.allocate(I64, exact_sum_text.WORDS)
        self.waiting = self.remember(I64, int_word(0))
        self.some = self.remember(I1, bool_word(False))
        clear = frame.unit.external("llvm.memset.p0.i64", VOID, [POINTER, I8, I64, I1])
        with frame.at(self.start):
            frame.builder.call(clear, [self.words, ir.Constant(I8, 0), int_word(8 * exact_sum_text.WORDS), bool_word(False)])

    def _push(self, value: Value) -> None:
        builder = self.frame.builder
        at = builder.load(self.waiting, typ=I64)
        builder.store(value.word, builder.gep(self.buffer, [at], source_etype=DOUBLE))
        count = builder.add(at, int_word(1))
        builder.store(count, self.waiting)
        builder.store(bool_word(True), self.some)
        full, after = self.frame.block("full"), self.frame.block("pushed")
        builder.cbranch(builder.icmp_unsigned("==", count, int_word(exact_sum_text.BLOCK)), full, after)
        builder.position_at_end(full)
        self._flush()
        builder.branch(after)
        builder.position_at_end(after)

    def _flush(self) -> None:
        builder = self.frame.builder
        add = self.frame.unit.external(exact_sum_text.ADD_BLOCK, VOID, [POINTER, POINTER, I64])
        builder.call(add, [self.words, self.buffer, builder.load(self.waiting, typ=I64)])
        builder.store(int_word(0), self.waiting)

    def result(self) -> Value:
        frame, builder = self.frame, self.frame.builder
        if not self.is_float:
            total = builder.load(self.total, typ=I128)
            small = builder.trunc(total, I64)
            frame.stop_if(builder.icmp_signed("!=", builder.sext(small, I128), total))
            return Value(INT, (small,))
        frame.stop_if(builder.not_(builder.load(self.some, typ=I1)))  # the sum of nothing is the int 0
        self._flush()
        for odd in range(exact_sum_text.CHUNKS, exact_sum_text.WORDS):  # infinities and NaNs
            word = builder.load(builder.gep(self.words, [int_word(odd)], source_etype=I64), typ=I64)
            frame.stop_if(builder.icmp_signed("!=", word, int_word(0)))
        rounded = frame.unit.external(exact_sum_text.ROUND, DOUBLE, [POINTER])
        return Value(FLOAT, (builder.call(rounded, [self.words]),))


class _Extreme(_Sink):
    symbol = "<"

    def take(self, value: Value) -> None:
        frame, builder = self.frame, self.frame.builder
        if value.type not in (INT, FLOAT, BOOL):
            frame.refuse(f"the smallest or largest of {describe(value.type)}")
        known.stop_at_nan(frame, value)
        (kind,) = word_types(value.type)
        self.type, self.kind = value.type, kind
        self.best, self.some = self.remember(kind, ir.Constant(kind, 0)), self.remember(I1, bool_word(False))
        old = Value(value.type, (builder.load(self.best, typ=kind),))
        better = known.keep_better(frame, old, value, self.symbol)
        builder.store(builder.select(builder.load(self.some, typ=I1), better.word, value.word), self.best)
        builder.store(bool_word(True), self.some)

    def result(self) -> Value:
        builder = self.frame.builder
        self.frame.stop_if(builder.not_(builder.load(self.some, typ=I1)))  # Python raises ValueError
        return Value(self.type, (builder.load(self.best, typ=self.kind),))


class _Largest(_Extreme):
    symbol = ">"


class _Any(_Sink):
    decides = True

    def take(self, value: Value) -> None:
        frame = self.frame
        self.decided = self.remember(I1, bool_word(False))
        found, go_on = frame.block("found"), frame.block("go_on")
        truth = operators.is_true(frame, value)
        frame.builder.cbranch(truth, *((found, go_on) if self.decides else (go_on, found)))
        frame.builder.position_at_end(found)
        frame.builder.store(bool_word(True), self.decided)
        frame.builder.branch(self.end)
        frame.builder.position_at_end(go_on)

    def result(self) -> Value:
        decided = self.frame.builder.load(self.decided, typ=I1)
        return Value(BOOL, (decided if self.decides else self.frame.builder.not_(decided),))


class _All(_Any):
    decides = False


SINKS: dict[str, type[Any]] = {"sum": _Sum, "min": _Extreme, "max": _Largest, "any": _Any, "all": _All}
"""builtin → what takes the elements for it."""
