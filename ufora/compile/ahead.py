"""Elements computed ahead, as lanes (lanes.py), by the kernel's own loop or by the innermost one within an element.

    turn ── computed already? ──► kept ──────────────┐
      └─ enough of them left? ──► lanes ── done ──► kept ─► taken: the harvest takes one
           └─ no, or they gave up ──► element, alone ──┘

Lanes that gave up are not tried again for a while: their elements and some more, twice as many each time, until they pay.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]

from ufora.compile.frame import Frame
from ufora.compile.lanes import SUFFIX, Lanes
from ufora.compile.ranges import list_limits
from ufora.compile.sources import Source
from ufora.compile.turns import run_through
from ufora.compile.values import I32, I64, INT, Value, Word, int_word, join_tuple, load_word, split_tuple
from ufora.compile.vectors import Shape, Uneven, find_shape

FIRST_PAUSE = 4  #: times the lanes. Guessed
LONGEST_PAUSE = 2**20  #: elements


class Ahead:
    """Around the code of one element, whose source gives `value`; `find` gives that of so many elements later."""

    def __init__(self, frame: Frame, here: Word, left: Word, value: Value, find: Callable[[Word], Value]) -> None:
        """`here`: how many elements were before; `left`: how many there are from this one on."""
        self.value = value
        self._frame = frame
        self._here, self._left, self._find = here, left, find
        self._before = frame.builder.block
        self._was_heavy, frame.unit.is_heavy = frame.unit.is_heavy, False
        self._head = frame.block("element")
        self._until: Any = None  #: memory: the first position that is not computed yet; None: there are no lanes
        frame.builder.position_at_end(self._head)

    def close(self) -> None:
        """Behind all that belongs to an element."""
        if not self._before.is_terminated:
            ir.IRBuilder(self._before).branch(self._head)
        self._frame.unit.is_heavy |= self._was_heavy

    def take(self, element: Value) -> Value:
        """Behind the code of an element: the one to be taken, of either way."""
        frame = self._frame
        shape = find_shape()
        if shape is None or not frame.unit.is_heavy or frame.unit.lists.makes_lists:  # lanes are numbers only
            return element
        taken, alone = frame.block("taken"), frame.builder.block
        frame.builder.branch(taken)
        name = f"{frame.function.name}{SUFFIX}"
        try:
            lanes, outside = Lanes(frame.unit.module, shape, frame.ranges).write_element(
                name, frame.given, self.value.words, self._head, taken, element.words
            )
        except Uneven:
            frame.builder.position_at_end(taken)
            return element
        kept, loaded = self._write_kept(lanes, outside, shape, element)
        frame.builder.position_at_end(kept)
        frame.builder.branch(taken)
        frame.builder.position_at_end(taken)
        words = []
        for word, other, limits in zip(element.words, loaded, list_limits(element.type), strict=True):
            phi = frame.builder.phi(word.type)
            phi.add_incoming(word, alone)
            phi.add_incoming(other, kept)
            words.append(frame.ranges.note_joined(phi, limits, word))
        return Value(element.type, tuple(words))

    def _write_kept(self, lanes: Any, outside: list[Word], shape: Shape, element: Value) -> tuple[Any, list[Word]]:
        """The block in which an element that was computed ahead is there, and its words."""
        frame, builder, here = self._frame, self._frame.builder, self._here
        self._until, barred = (frame.allocate_with(I64, ir.Constant(I64, -(2**63))) for _ in range(2))
        pause = frame.allocate_with(I64, int_word(FIRST_PAUSE * shape.width))
        width = int_word(shape.width)
        room = frame.allocate(I64, shape.width * max(1, len(element.words)))
        kept, more, ask, bar, done = (frame.block(name) for name in ("kept", "more", "ask", "bar", "done"))
        builder.position_at_end(self._before)
        builder.cbranch(builder.icmp_signed("<", here, builder.load(self._until, typ=I64)), kept, more)
        builder.position_at_end(more)
        is_room = builder.icmp_signed(">=", self._left, width)
        is_open = builder.icmp_signed(">=", here, builder.load(barred, typ=I64))
        builder.cbranch(builder.and_(is_room, is_open), ask, self._head)
        builder.position_at_end(ask)
        after = builder.add(here, width)
        shared = [builder.load(word, typ=word.allocated_type) if isinstance(word, ir.AllocaInstr) else word for word in outside]
        builder.cbranch(builder.call(lanes, [frame.given, room, *self._gather(shape), *shared]), bar, done)
        builder.position_at_end(bar)
        length = builder.load(pause, typ=I64)
        builder.store(builder.add(here, length), barred)
        builder.store(
            builder.select(builder.icmp_signed("<", length, int_word(LONGEST_PAUSE)), builder.shl(length, int_word(1)), length), pause
        )
        builder.branch(self._head)
        builder.position_at_end(done)
        builder.store(after, self._until)
        builder.store(int_word(FIRST_PAUSE * shape.width), pause)
        builder.branch(kept)
        builder.position_at_end(kept)
        lane = builder.sub(here, builder.sub(builder.load(self._until, typ=I64), width))
        words = []
        for at, word in enumerate(element.words):
            place = builder.gep(room, [builder.add(lane, int_word(at * shape.width))], source_etype=I64)
            words.append(load_word(builder, place, word.type)[0])
        return builder.block, words

    def _gather(self, shape: Shape) -> list[Word]:
        """Vectors of the words of as many elements of the source."""
        builder = self._frame.builder
        vectors = [ir.Constant(shape.widen(word.type), ir.Undefined) for word in self.value.words]
        for lane in range(shape.width):
            found = self._find(int_word(lane))
            vectors = [
                builder.insert_element(vector, word, ir.Constant(I32, lane)) for vector, word in zip(vectors, found.words, strict=True)
            ]
        return vectors

    def go_on(self, position: Word, inner: Any) -> None:
        """Behind an element: at once to the next one if that is computed already, so that no question comes between them."""
        self.close()
        if self._until is not None:
            builder, last = self._frame.builder, self._frame.block("last")
            builder.cbranch(builder.icmp_signed("<", position, builder.load(self._until, typ=I64)), inner, last)
            builder.position_at_end(last)


def run_ahead(frame: Frame, source: Source, compute: Callable[[Value], Value], take: Callable[[Value], None]) -> None:
    """The innermost loop of an element, or a row: `compute` what one of its turns gives, `take` that."""
    builder = frame.builder
    passed = frame.allocate_with(I64, int_word(0))  #: turns, before this time that the loop is run
    before = builder.load(passed, typ=I64)
    builder.store(builder.add(before, source.count), passed)

    def turn(numbered: Value) -> None:
        number, value = split_tuple(numbered)
        at = number.word
        here, left = builder.add(before, at), builder.sub(source.count, at)
        ahead = Ahead(frame, here, left, value, lambda lane: source.element(builder.add(at, lane)))
        take(ahead.take(compute(value)))
        ahead.close()

    run_through(frame, replace(source, element=lambda at: join_tuple([Value(INT, (at,)), source.element(at)])), turn)
