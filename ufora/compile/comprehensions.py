"""Comprehensions and what takes their elements, inside compiled code.

A sink takes elements one by one. It learns their type with the first one written, so its memory is set up afterwards, at the end
of the block that was current before the loop (`start`).
"""

import ast
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]

from ufora.compile import choices, holders, integers, known, operators, ranges, unsigned
from ufora.compile.ahead import run_ahead
from ufora.compile.flag import POLL_TURNS
from ufora.compile.frame import Frame
from ufora.compile.ranges import Range
from ufora.compile.sources import find_source
from ufora.compile.spec import Loop
from ufora.compile.turns import assign_target, list_target_names, run_through
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
    UNSIGNED,
    VOID,
    Nothing,
    Type,
    Value,
    Word,
    bool_word,
    describe,
    int_value,
    int_word,
    known_int,
    word_types,
)
from ufora.numerics import exact_round_text, exact_sum_text

_ROOM = 512
"""For floats that wait for being added exactly, at most exact_sum_text.BLOCK. Most rows of a table are added at once."""
_ROOM_IN_CALLS = 128  #: the same in functions: every call within a call has its own, and the stack has 8 MiB for 400 of them


Tree = ast.GeneratorExp | ast.ListComp | ast.DictComp | ast.SetComp


@dataclass(frozen=True, slots=True)
class Taking:
    """What becomes of a comprehension's elements."""

    compute: Callable[[], Value]
    take: Callable[[Value], None]
    ahead: bool = False  #: may they be computed ahead? (ahead.py)
    begin_strip: Callable[[], Word] | None = None  #: of the last `for`: see run_through
    take_if: Callable[[list[ast.expr]], bool] | None = None
    """Compute and take the element if the conditions of the last `for` hold, without a jump. False: nothing is written, one is needed."""


def clauses(frame: Frame, generators: list[ast.comprehension], taking: Taking) -> None:
    """`for … if … for …` from left to right, inside them all an element. The targets have their scope already."""
    if not generators:
        taking.take(taking.compute())
        return
    generator, *rest = generators
    if generator.is_async:
        frame.refuse("`async for` is not compiled")

    def begin(value: Value) -> None:
        assign_target(frame, generator.target, value)

    def turn(value: Value) -> None:
        begin(value)
        if rest or taking.take_if is None or not taking.take_if(generator.ifs):
            filters(frame, generator.ifs, lambda: clauses(frame, rest, taking))

    def compute_of(value: Value) -> Value:
        begin(value)
        return taking.compute()

    source = find_source(frame, generator.iter)
    if taking.ahead and not rest and not generator.ifs:
        run_ahead(frame, source, compute_of, taking.take)
    else:
        run_through(frame, source, turn, begin_strip=None if rest else taking.begin_strip)


def filters(frame: Frame, conditions: list[ast.expr], then: Callable[[], None]) -> None:
    after = frame.block("filtered")
    for condition in conditions:
        passed = frame.block("passed")
        frame.unit.test(frame, condition, passed, after)
        frame.builder.position_at_end(passed)
    then()
    frame.go(after)


def consume(frame: Frame, name: str, elements: ast.expr, options: Mapping[str, ast.expr]) -> Value:
    """`sum(… for …)`, `max(xs, key=f)` as a value."""
    around, frame.repeats = frame.repeats, 1
    if isinstance(elements, ast.GeneratorExp | ast.ListComp):
        with counted_pass(frame):
            value = _consume_comprehension(frame, name, elements, options)
    else:
        value = _consume_source(frame, name, elements, options)
    frame.repeats = around
    return value


def _consume_source(frame: Frame, name: str, elements: ast.expr, options: Mapping[str, ast.expr]) -> Value:
    source = find_source(frame, elements)
    sink = _make_sink(frame, name, options)
    frame.go(sink.start)
    frame.go(frame.block("elements"))
    run_through(frame, source, sink.take, begin_strip=sink.begin_strip)
    frame.go(sink.end)
    return sink.result()


def _consume_comprehension(frame: Frame, name: str, tree: ast.GeneratorExp | ast.ListComp, options: Mapping[str, ast.expr]) -> Value:
    sink = _make_sink(frame, name, options)
    frame.go(sink.start)
    taking = Taking(element_of(frame, tree), sink.take, begin_strip=sink.begin_strip, take_if=partial(sink.take_if, tree.elt))
    run_comprehension(frame, tree, taking)
    frame.go(sink.end)
    return sink.result()


@contextmanager
def counted_pass(frame: Frame) -> Iterator[None]:
    """While a comprehension is written; see flag.py."""
    is_counted = frame.owner is frame.unit.called and len(frame.scopes) == 1
    if is_counted:
        frame.count_pass()
    yield
    if is_counted:
        frame.count_pass()


def element_of(frame: Frame, tree: ast.GeneratorExp | ast.ListComp) -> Callable[[], Value]:
    """What computes it, written where its targets are assigned."""
    return lambda: frame.settle(frame.unit.evaluate(frame, tree.elt))


def run_comprehension(frame: Frame, tree: Tree, taking: Taking) -> None:
    """All elements, in order."""
    names = list_target_names(tree.generators)
    first = tree.generators[0]
    # Python evaluates the first iterable outside the comprehension's scope; a name used in both would be taken for the inner one
    if set(names) & {node.id for node in ast.walk(first.iter) if isinstance(node, ast.Name)}:
        frame.refuse("a comprehension uses a name outside and inside", tree)
    frame.open_scope(names)
    frame.go(frame.block("comprehension"))
    clauses(frame, tree.generators, taking)
    frame.scopes.pop()


def _make_sink(frame: Frame, name: str, options: Mapping[str, ast.expr]) -> "_Sink":
    values = {option: frame.settle(frame.unit.evaluate(frame, node)) for option, node in options.items()}
    return SINKS[name](frame, values)


class _Sink:
    def __init__(self, frame: Frame, options: Mapping[str, Value]) -> None:
        self.frame = frame
        self.options = options
        self.start = frame.block("collect")
        self.end = frame.block("collected")

    def take(self, value: Value) -> None:
        raise NotImplementedError

    def take_if(self, element: ast.expr, conditions: list[ast.expr]) -> bool:
        """See Taking."""
        return False

    def begin_strip(self) -> Word:
        """Before some elements: how many they may be, at most."""
        return int_word(POLL_TURNS)

    def result(self) -> Value:
        raise NotImplementedError

    def remember(self, kind: Any, first: Any) -> Any:
        """Memory that is set anew whenever the comprehension starts."""
        slot = self.frame.allocate(kind)
        with self.frame.at(self.start):
            self.frame.builder.store(first, slot)
        return slot


class _Sum(_Sink):
    """With a start value, that is one more number; an int beside floats, or the reverse, is left to the interpreted tier."""

    def __init__(self, frame: Frame, options: Mapping[str, Value]) -> None:
        start = options.get("start", int_value(0))
        if start.type == UNSIGNED:
            start = Value(INT, (operators.as_int(frame, start),))  # before the loop: it may stop here
        super().__init__(frame, {"start": start})

    def take_if(self, element: ast.expr, conditions: list[ast.expr]) -> bool:
        chosen = choices.choose_taken(self.frame, conditions, element) if choices.is_float(self.frame, element) else None
        if chosen is not None:
            self._push(*chosen)
        return chosen is not None

    def take(self, value: Value) -> None:
        if value.type == FLOAT:
            self._push(bool_word(True), value)
            return
        self.is_float, start = False, self.options["start"]
        frame, builder = self.frame, self.frame.builder
        with frame.at(self.flush):
            builder.branch(self.strip)
        with frame.at(self.start):
            first = operators.as_int(frame, start)
        value = operators.as_word(frame, value)
        self.known = self._find_range(frame.ranges.of(first), unsigned.range_of(frame, value))
        kind = I128 if self.known is None else I64
        with frame.at(self.start):
            first = builder.sext(first, kind) if self.known is None else first
        self.total = self.remember(kind, first)
        word = unsigned.widen(frame, value) if self.known is None else value.word
        builder.store(builder.add(builder.load(self.total, typ=kind), word), self.total)

    def _find_range(self, start: Range, element: Range) -> Range | None:
        """Where the sum lies, with all that come before it, if that is known and takes no more than 64 bits."""
        if self.frame.repeats is None:
            return None
        low, high = ranges.times(element, self.frame.repeats)
        known = start[0] + low, start[1] + high
        return known if self.frame.ranges.fits(known) else None

    def begin_strip(self) -> Word:
        """The blocks are filled when it is known what is added."""
        frame = self.frame
        self.most = self.remember(I64, int_word(POLL_TURNS))
        self.flush, self.strip = frame.block("flush"), frame.block("strip")
        frame.go(self.flush)
        frame.builder.position_at_end(self.strip)
        return frame.builder.load(self.most, typ=I64)

    def _prepare_words(self) -> None:
        frame, start = self.frame, self.options["start"]
        self.is_float = True
        room = _ROOM if isinstance(frame.owner, Loop) else _ROOM_IN_CALLS
        self.buffer = frame.allocate(DOUBLE, room)
        self.words = frame.allocate(I64, exact_sum_text.WORDS)
        has_start = start.type == FLOAT
        if not has_start and known_int(start) != 0:
            frame.refuse("the sum of floats that begins with an int")
        self.first = int_word(int(has_start))  #: how many wait before the first element
        self.waiting = self.remember(I64, self.first)
        self.added = self.remember(I1, bool_word(False))  # to the words, which hold nothing before
        with frame.at(self.start):
            frame.builder.store(int_word(room // 2), self.most)
            if has_start:
                frame.builder.store(start.word, self.buffer)
        with frame.at(self.flush):
            self._flush_if_full(room // 2)

    def _flush_if_full(self, most: int) -> None:
        """Add what waits when there is no room for so many more."""
        builder = self.frame.builder
        first, add, full = map(self.frame.block, ("first", "add", "full"))
        count = builder.load(self.waiting, typ=I64)
        builder.cbranch(builder.icmp_unsigned(">", count, int_word(most)), full, self.strip)
        builder.position_at_end(full)
        builder.cbranch(builder.load(self.added, typ=I1), add, first)
        builder.position_at_end(first)
        clear = self.frame.unit.external("llvm.memset.p0.i64", VOID, [POINTER, I8, I64, I1])
        builder.call(clear, [self.words, ir.Constant(I8, 0), int_word(8 * exact_sum_text.WORDS), bool_word(False)])
        builder.store(bool_word(True), self.added)
        builder.branch(add)
        builder.position_at_end(add)
        add_part = self.frame.unit.external(exact_sum_text.ADD_PART, VOID, [POINTER, POINTER, I64])
        builder.call(add_part, [self.words, self.buffer, count])
        builder.store(int_word(0), self.waiting)
        builder.branch(self.strip)

    def _push(self, is_taken: Word, value: Value) -> None:
        """There is a free place, which the next one gets if this one is not taken."""
        self._prepare_words()
        builder = self.frame.builder
        at = builder.load(self.waiting, typ=I64)
        builder.store(value.word, builder.gep(self.buffer, [at], source_etype=DOUBLE))
        builder.store(builder.add(at, builder.zext(is_taken, I64)), self.waiting)

    def result(self) -> Value:
        frame, builder = self.frame, self.frame.builder
        if not self.is_float:
            if self.known is not None:
                return Value(INT, (frame.ranges.note(builder.load(self.total, typ=I64), self.known),))
            total = builder.load(self.total, typ=I128)
            small = builder.trunc(total, I64)
            frame.stop_if(builder.icmp_signed("!=", builder.sext(small, I128), total), integers.exceeds("sum"))
            return Value(INT, (small,))
        waiting, added = builder.load(self.waiting, typ=I64), builder.load(self.added, typ=I1)
        is_empty = builder.and_(builder.not_(added), builder.icmp_unsigned("==", waiting, self.first))
        frame.stop_if(is_empty, "`sum` of no floats is the int 0")
        add_up = frame.unit.external(exact_round_text.TOTAL, DOUBLE, [POINTER, POINTER, I64, I1])
        total = builder.call(add_up, [self.words, self.buffer, waiting, added])
        frame.stop_if(builder.fcmp_unordered("uno", total, total), "`sum` meets an infinity or a NaN")
        return Value(FLOAT, (total,))


class _Extreme(_Sink):
    symbol = "<"

    def take(self, value: Value) -> None:
        frame, builder = self.frame, self.frame.builder
        judged = self._judged(value)
        if not known.is_ordered(judged.type):
            frame.refuse(f"the smallest or largest of {describe(judged.type)}")
        known.stop_at_nan(frame, judged)
        self.type = value.type
        self.best, self.some = self._remember(value.type), self.remember(I1, bool_word(False))
        best = self.best if judged is value else self._remember(judged.type)
        old = self._load(judged.type, best)
        is_first = builder.not_(builder.load(self.some, typ=I1))
        is_better = builder.or_(is_first, operators.compare(frame, self.symbol, judged, old))
        builder.store(bool_word(True), self.some)
        for kept, slots in {id(judged): (judged, best), id(value): (value, self.best)}.values():
            chosen = known.choose_words(frame, is_better, kept, self._load(kept.type, slots))
            holders.hold(frame, chosen)  # for good: what it came from may go when the loop is over
            for word, slot in zip(chosen.words, slots, strict=True):
                builder.store(word, slot)

    def _judged(self, value: Value) -> Value:
        """What elements are compared by."""
        key = self.options.get("key")
        if key is None or key.type == Nothing():
            return value
        return self.frame.settle(self.frame.unit.call_value(self.frame, key, [value]))

    def _remember(self, kind: Type) -> list[Any]:
        return [self.remember(word, ir.Constant(word, None if word == POINTER else 0)) for word in word_types(kind)]

    def _load(self, kind: Type, slots: list[Any]) -> Value:
        kinds = word_types(kind)
        return Value(kind, tuple(self.frame.builder.load(slot, typ=word) for slot, word in zip(slots, kinds, strict=True)))

    def result(self) -> Value:
        self.frame.stop_if(self.frame.builder.not_(self.frame.builder.load(self.some, typ=I1)), "`min` or `max` has no elements")
        return self._load(self.type, self.best)


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


SINKS: dict[str, type[_Sink]] = {"sum": _Sum, "min": _Extreme, "max": _Largest, "any": _Any, "all": _All}
"""builtin → what takes the elements for it."""
OPTIONS = {"sum": frozenset({"start"}), "min": frozenset({"key"}), "max": frozenset({"key"})}
"""builtin → its keywords that are compiled."""
