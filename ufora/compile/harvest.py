"""What takes the elements of a whole loop.

A harvest works ahead and commits: `take` may be called several times for one element of the source (inner `for` clauses), `commit` once
after it. When the element has to stop half way, only what is committed goes out, so the rest can be computed again by
the interpreted tier without being counted twice. In registers all this costs nothing.

    out[0]  where the loop stopped
    SUM     out[1], out[2]: low and high word of an int; floats: out[1] how many, the exact sum in `space`
    LIST    out[1] how many, the elements in `space`, which has room for out[3]; out[2] how many there were with those of the
            element that stopped: as many as there is room for, where that was why
    MIN MAX out[1] was there any; which one, in `space`
    ANY ALL out[1] did an element decide
"""

from dataclasses import dataclass
from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]

from ufora.compile import known, operators, ranges, unsigned
from ufora.compile.elements import Element, Result, RowsOf, list_scalars, list_words
from ufora.compile.frame import Frame
from ufora.compile.ranges import Range
from ufora.compile.spec import Consumer, Scalar, TupleOf
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
    Word,
    bool_word,
    describe,
    int_word,
    word_types,
)
from ufora.numerics import exact_sum_text

NO_ROOM = "one element of the first `for` gives too many of the list"
BLOCK = exact_sum_text.BLOCK
"""After so many elements of the source `end_block` is called."""


_TAKEN = bool_word(True)


@dataclass(frozen=True, slots=True)
class Ends:
    """What a harvest meets at its ends."""

    start: Any  #: block before the loop
    out: Word  #: where results go
    space: Word  #: where long results go
    decided: Any  #: block to go on at when an element decided


class Harvest:
    """One consumer's part of a kernel. `element` is known after `take`, which is written once."""

    element: Element | Result | RowsOf

    def __init__(self, frame: Frame, ends: Ends, single: bool) -> None:
        self.frame = frame
        self._ends = ends
        self._single = single  #: at most one element for each of the source
        self._pairs: list[tuple[Any, Any, Any]] = []  #: type, working slot, committed slot

    def take(self, value: Value) -> None:
        raise NotImplementedError

    def take_if(self, is_taken: Word, value: Value) -> None:
        """Take it or not, without a jump: the only one that an element of the source may give."""
        raise NotImplementedError

    def commit(self) -> None:
        for kind, working, committed in self._pairs:
            self.frame.builder.store(self.frame.builder.load(working, typ=kind), committed)

    def end_block(self) -> None:
        """Between two elements, every BLOCK of them."""

    def finish(self) -> None:
        """Put what is committed in its place."""
        raise NotImplementedError

    def _remember(self, kind: Any, first: Any) -> tuple[Any, Any]:
        working, committed = self.frame.allocate(kind), self.frame.allocate(kind)
        with self.frame.at(self._ends.start):
            self.frame.builder.store(first, working)
            self.frame.builder.store(first, committed)
        self._pairs.append((kind, working, committed))
        return working, committed

    def _put(self, at: int, word: Word) -> None:
        self.frame.builder.store(word, self.frame.builder.gep(self._ends.out, [int_word(at)], source_etype=I64))

    def _count(self) -> None:
        self._working_count, self._committed_count = self._remember(I64, int_word(0))

    def _count_one(self, is_taken: Word = _TAKEN) -> Word:
        """How many there were before this one."""
        return self._move(self._working_count, is_taken)

    def _move(self, count: Any, is_taken: Word) -> Word:
        """What it was before."""
        builder = self.frame.builder
        before = builder.load(count, typ=I64)
        builder.store(builder.add(before, builder.zext(is_taken, I64)), count)
        return before

    def _put_count(self) -> None:
        self._put(1, self.frame.builder.load(self._committed_count, typ=I64))

    def _element(self, value: Value) -> None:
        """What is collected are numbers, or tuples of them."""
        if not isinstance(value.type, Scalar | TupleOf):
            self.frame.refuse(f"elements that are {describe(value.type)} are not compiled yet")
        try:
            self._scalars = list(list_scalars(value.type))
        except TypeError:
            self.frame.refuse("elements that are tuples of other things than numbers are not compiled yet")
        self.element = value.type

    def _store_element(self, at: Word, value: Value) -> None:
        """Into `space`, as elements.py says."""
        builder = self.frame.builder
        if isinstance(value.type, Scalar):
            self._store(value.word, value.type, self._ends.space, at)
            return
        start = builder.gep(self._ends.space, [builder.mul(at, int_word(len(self._scalars)))], source_etype=I64)
        for number, (scalar, word) in enumerate(zip(self._scalars, value.words, strict=True)):
            self._store(word, scalar, builder.gep(start, [int_word(number)], source_etype=I64), int_word(0))

    def _store(self, word: Word, kind: Scalar, start: Word, at: Word) -> None:
        builder = self.frame.builder
        word = builder.zext(word, I8) if kind == BOOL else word
        builder.store(word, builder.gep(start, [at], source_etype=word.type))


class _SumOfInts(Harvest):
    """In 128 bits; within a block in 64, where that is enough."""

    def take(self, value: Value) -> None:
        frame, builder = self.frame, self.frame.builder
        self.element = INT
        value = operators.as_word(frame, value)
        self._is_small = self._fits_block(unsigned.range_of(frame, value))
        kind = I64 if self._is_small else I128
        working, self._sum = self._remember(kind, ir.Constant(kind, 0))
        if self._is_small:
            self._working = working
            self._total = frame.allocate(I128)
            with frame.at(self._ends.start):
                builder.store(ir.Constant(I128, 0), self._total)
        else:
            self._total = self._sum
        word = value.word if self._is_small else unsigned.widen(frame, value)
        builder.store(builder.add(builder.load(working, typ=kind), word), working)

    def _fits_block(self, element: Range) -> bool:
        """Do the elements of a block have a sum of 64 bits?"""
        repeats = self.frame.repeats
        return repeats is not None and self.frame.ranges.fits(ranges.times(element, BLOCK * repeats))

    def end_block(self) -> None:
        if self._is_small:
            builder = self.frame.builder
            wide = builder.sext(builder.load(self._sum, typ=I64), I128)
            builder.store(builder.add(builder.load(self._total, typ=I128), wide), self._total)
            for slot in (self._working, self._sum):
                builder.store(int_word(0), slot)

    def finish(self) -> None:
        builder = self.frame.builder
        self.end_block()
        total = builder.load(self._total, typ=I128)
        self._put(1, builder.trunc(total, I64))
        self._put(2, builder.trunc(builder.lshr(total, ir.Constant(I128, 64)), I64))


class _SumOfFloats(Harvest):
    """Elements wait in a buffer; full ones go to the exact sum in `space`, which is saved first when the element is not committed yet."""

    def take(self, value: Value) -> None:
        self.take_if(_TAKEN, value)

    def take_if(self, is_taken: Word, value: Value) -> None:
        frame, builder = self.frame, self.frame.builder
        self.element = FLOAT
        self._count()
        self._waiting, self._safe = self._remember(I64, int_word(0))
        self._buffer = frame.allocate(DOUBLE, BLOCK)
        self._saved = frame.allocate(I64, exact_sum_text.WORDS)
        self._dirty = frame.allocate(I1)
        with frame.at(self._ends.start):
            builder.store(bool_word(False), self._dirty)
        if not self._single:
            self._flush_if_full()
        at = self._move(self._waiting, is_taken)
        builder.store(value.word, builder.gep(self._buffer, [at], source_etype=DOUBLE))
        self._count_one(is_taken)

    def _flush_if_full(self) -> None:
        frame, builder = self.frame, self.frame.builder
        full, save, add, after = (frame.block(name) for name in ("full", "save", "add", "room"))
        count = builder.load(self._waiting, typ=I64)
        builder.cbranch(builder.icmp_unsigned("==", count, int_word(BLOCK)), full, after)
        builder.position_at_end(full)
        builder.cbranch(builder.load(self._dirty, typ=I1), add, save)
        builder.position_at_end(save)
        self._add(int_word(0), builder.load(self._safe, typ=I64))
        self._copy(self._saved, self._ends.space)
        builder.store(bool_word(True), self._dirty)
        builder.branch(add)
        builder.position_at_end(add)
        self._add(builder.load(self._safe, typ=I64), count)
        builder.store(int_word(0), self._waiting)
        builder.store(int_word(0), self._safe)
        builder.branch(after)
        builder.position_at_end(after)

    def _add(self, start: Word, stop: Word) -> None:
        builder = self.frame.builder
        add = self.frame.unit.external(exact_sum_text.ADD_BLOCK, VOID, [POINTER, POINTER, I64])
        builder.call(add, [self._ends.space, builder.gep(self._buffer, [start], source_etype=DOUBLE), builder.sub(stop, start)])

    def _copy(self, to: Word, source: Word) -> None:
        copy = self.frame.unit.external("llvm.memcpy.p0.p0.i64", VOID, [POINTER, POINTER, I64, I1])
        self.frame.builder.call(copy, [to, source, int_word(8 * exact_sum_text.WORDS), bool_word(False)])

    def commit(self) -> None:
        super().commit()
        self.frame.builder.store(bool_word(False), self._dirty)

    def end_block(self) -> None:
        builder = self.frame.builder
        self._add(int_word(0), builder.load(self._safe, typ=I64))
        builder.store(int_word(0), self._waiting)
        builder.store(int_word(0), self._safe)

    def finish(self) -> None:
        frame, builder = self.frame, self.frame.builder
        restore, flush, after = (frame.block(name) for name in ("restore", "flush", "flushed"))
        builder.cbranch(builder.load(self._dirty, typ=I1), restore, flush)
        builder.position_at_end(restore)
        self._copy(self._ends.space, self._saved)
        builder.branch(after)
        builder.position_at_end(flush)
        self._add(int_word(0), builder.load(self._safe, typ=I64))
        builder.branch(after)
        builder.position_at_end(after)
        self._put_count()


class ListHarvest(Harvest):
    def take(self, value: Value) -> None:
        self._element(value)
        self._count()
        if not self._single:
            self._stop_when_full()
        self._store_element(self._count_one(), value)

    def take_if(self, is_taken: Word, value: Value) -> None:
        self._element(value)
        self._count()
        self._store_element(self._count_one(is_taken), value)  # there is room for as many as the source has

    def _stop_when_full(self) -> None:
        """How many elements one of the source gives is not known before: whoever runs the kernel makes more room, and goes on."""
        builder = self.frame.builder
        room = builder.load(builder.gep(self._ends.out, [int_word(3)], source_etype=I64), typ=I64)
        self.frame.stop_if(builder.icmp_unsigned(">=", builder.load(self._working_count, typ=I64), room), NO_ROOM)

    def finish(self) -> None:
        self._put_count()
        self._put(2, self.frame.builder.load(self._working_count, typ=I64))


class Outcome(ListHarvest):
    """What one call gives: also None, and lists it was given, by their addresses."""

    def _element(self, value: Value) -> None:
        try:
            self._scalars = list(list_words(value.type))
        except TypeError:
            self.frame.refuse(f"a result that is or holds {describe(value.type)} is not compiled yet")
        self.element = value.type  # type: ignore[assignment]


class _Extreme(Harvest):
    symbol = "<"

    def take(self, value: Value) -> None:
        frame, builder = self.frame, self.frame.builder
        self._element(value)
        known.stop_at_nan(frame, value)
        self._kind, self._kinds = value.type, word_types(value.type)
        slots = [self._remember(kind, ir.Constant(kind, 0)) for kind in self._kinds]
        self._best = [committed for _, committed in slots]
        some, self._some = self._remember(I1, bool_word(False))
        best = Value(value.type, tuple(builder.load(working, typ=kind) for (working, _), kind in zip(slots, self._kinds, strict=True)))
        better = known.keep_better(frame, best, value, self.symbol)
        taken = known.choose_words(frame, builder.load(some, typ=I1), better, value)
        for (working, _), word in zip(slots, taken.words, strict=True):
            builder.store(word, working)
        builder.store(bool_word(True), some)

    def finish(self) -> None:
        builder = self.frame.builder
        self._put(1, builder.zext(builder.load(self._some, typ=I1), I64))
        words = tuple(builder.load(slot, typ=kind) for slot, kind in zip(self._best, self._kinds, strict=True))
        self._store_element(int_word(0), Value(self._kind, words))


class _Largest(_Extreme):
    symbol = ">"


class _Any(Harvest):
    decides = True

    def take(self, value: Value) -> None:
        frame, builder = self.frame, self.frame.builder
        self.element = BOOL
        _, self._decided = self._remember(I1, bool_word(False))
        truth = operators.is_true(frame, value)
        found, go_on = frame.block("found"), frame.block("go_on")
        builder.cbranch(truth, *((found, go_on) if self.decides else (go_on, found)))
        builder.position_at_end(found)
        builder.store(bool_word(True), self._decided)
        builder.branch(self._ends.decided)
        builder.position_at_end(go_on)

    def finish(self) -> None:
        self._put(1, self.frame.builder.zext(self.frame.builder.load(self._decided, typ=I1), I64))


class _All(_Any):
    decides = False


def choose_harvest(consumer: Consumer, element: Value) -> type[Harvest]:
    match consumer:
        case Consumer.SUM:
            return _SumOfFloats if element.type == FLOAT else _SumOfInts
        case Consumer.LIST:
            return ListHarvest
        case Consumer.MIN:
            return _Extreme
        case Consumer.MAX:
            return _Largest
        case Consumer.ANY:
            return _Any
        case Consumer.ALL:
            return _All
