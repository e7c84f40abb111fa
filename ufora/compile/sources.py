"""What loops go through: how many elements, and which one stands at a position.

range(…)  a list  a tuple of numbers of one type  zip(…)  enumerate(…)  reversed(…)      in one another, as Python allows
"""

import ast
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial, reduce
from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]

from ufora.compile import dicts, integers, made, operators
from ufora.compile.frame import Frame, is_named
from ufora.compile.joins import convert
from ufora.compile.ranges import MOST_ELEMENTS, Range
from ufora.compile.spec import ArrayOf, ListOf, Made, MadeDict, MadeList, MadeSet, Named, ObjectOf, Scalar, TupleOf
from ufora.compile.values import (
    BOOL,
    DOUBLE,
    I1,
    I8,
    I64,
    INT,
    UNSIGNED,
    ColumnOf,
    Meaning,
    Type,
    Value,
    Word,
    describe,
    int_word,
    join_tuple,
    load_word,
    split_tuple,
    word_types,
)

_MEMORY = {Scalar.INT: I64, Scalar.UNSIGNED: I64, Scalar.FLOAT: DOUBLE, Scalar.BOOL: I8}  #: of one element of an array


@dataclass(frozen=True, slots=True)
class Source:
    count: Word  #: unsigned
    element: Callable[[Word], Value]  #: at a position below the count; writes instructions
    most: int | None = None  #: elements, where that is known while compiling
    recount: Callable[[], Word] | None = None  #: how many there are now, of lists that may grow or shrink; writes instructions
    held: tuple[Value, ...] = ()  #: lists that the loop is to hold


def load_item(frame: Frame, array: Value, position: Word) -> Value:
    """An item of a list, at a position that is within it."""
    if isinstance(array.type, ColumnOf) and array.type.is_whole:
        column = array.type.rows.element
        assert isinstance(column, ArrayOf)
        return load_element(frame, column.element, array.words[0], position)
    if isinstance(array.type, ColumnOf):
        row = load_item(frame, Value(array.type.rows, array.words[:2]), position)
        return load_item(frame, row, array.words[2])
    if isinstance(array.type, MadeList):
        return made.load_item(frame, array, position)
    assert isinstance(array.type, ArrayOf)
    element = array.type.element
    if isinstance(array.type, ListOf) and isinstance(element, Scalar):
        kind, place = find_place(frame, element, array.words[0], position)
        return _as_element(frame, element, frame.builder.load(place, typ=kind))
    return load_element(frame, element, array.words[0], position)


def load_element(frame: Frame, element: Scalar | TupleOf | ArrayOf | ObjectOf, start: Word, position: Word) -> Value:
    """Of what never changes while a kernel runs."""
    if not isinstance(element, Scalar):
        return _load_record(frame, element, start, position)
    kind, place = find_place(frame, element, start, position)
    word = frame.builder.load(place, typ=kind)
    word.set_metadata("invariant.load", frame.unit.module.add_metadata([]))
    return _as_element(frame, element, word)


def find_place(frame: Frame, element: Scalar, start: Word, position: Word) -> tuple[Any, Word]:
    """LLVM's type of an element in memory, and where it lies."""
    kind = _MEMORY[element]
    return kind, frame.builder.gep(start, [position], source_etype=kind)


def _as_element(frame: Frame, element: Scalar, word: Word) -> Value:
    return Value(element, (frame.builder.trunc(word, I1) if element == BOOL else word,))


def length_of(frame: Frame, array: Value) -> Word:
    return made.load_length(frame, array) if isinstance(array.type, Made) else frame.ranges.note(array.words[1], (0, MOST_ELEMENTS))


def find_position(frame: Frame, array: Value, index: Value) -> Word:
    """Where an index points, counted from the end when it is negative; beyond the list it stops."""
    builder = frame.builder
    position, length = operators.as_int(frame, index), length_of(frame, array)
    least, most = frame.ranges.of(position)
    if most < 0:
        position = builder.add(position, length)
    elif least < 0:
        negative = builder.icmp_signed("<", position, int_word(0))
        position = builder.add(position, builder.select(negative, length, int_word(0)))
    frame.stop_if(builder.icmp_unsigned(">=", position, length), "an index is out of range")
    return position


def _load_record(frame: Frame, element: TupleOf | ArrayOf | ObjectOf, start: Word, position: Word) -> Value:
    """Eight bytes a word, one behind the other; see elements.py and, for lists of lists, given.py. They are never assigned."""
    builder, kinds = frame.builder, word_types(element)
    place = builder.gep(start, [builder.mul(position, int_word(len(kinds)))], source_etype=I64)
    words = []
    for number, kind in enumerate(kinds):
        word, loaded = load_word(builder, builder.gep(place, [int_word(number)], source_etype=I64), kind, I8)
        loaded.set_metadata("invariant.load", frame.unit.module.add_metadata([]))
        words.append(word)
    return Value(element, tuple(words))


def find_source(frame: Frame, iterable: ast.expr) -> Source:
    """What an expression that stands behind `in` gives, element by element."""
    match iterable:
        case ast.Call(func, [ast.Starred(ast.Name(name))], []) if f"*{name}" in frame.names and not frame.is_variable(name):
            if is_named(frame.unit.evaluate(frame, func), "builtins.zip"):
                columns = ast.copy_location(ast.Name(f"*{name}", ast.Load()), iterable)
                return _of_whole_columns(frame, frame.unit.evaluate(frame, columns))
        case ast.Call(func, [ast.Starred(rows)]) if is_named(frame.unit.evaluate(frame, func), "builtins.zip"):
            return _of_columns(frame, frame.unit.evaluate(frame, rows), _is_strict(frame, iterable))
        case ast.Call(ast.Attribute(owner, what), [], []) if what in _PARTS:
            value = frame.unit.evaluate(frame, owner)
            if isinstance(value.type, MadeDict):
                return of_dict(frame, value, what)
            if not _is_path(owner):
                frame.refuse(f"a loop over `{what}` of {describe(value.type)} is not compiled", iterable)
        case ast.Call(func, args, keywords) if _is_path(func) and not any(isinstance(arg, ast.Starred) for arg in args):
            match frame.unit.evaluate(frame, func).type:
                case Meaning(Named(path)) if path in _MAKERS and (not keywords or path == "builtins.zip"):
                    return _MAKERS[path](frame, iterable)
    return _of_value(frame, frame.settle(frame.unit.evaluate(frame, iterable)), iterable)


def _is_path(node: ast.expr) -> bool:
    """`a.b.c`: nothing happens when it is evaluated twice."""
    return isinstance(node, ast.Name) or (isinstance(node, ast.Attribute) and _is_path(node.value))


def source_of(frame: Frame, value: Value, *, is_held: bool = False) -> Source:
    """Of a list. `is_held`: it is by a variable that the loop does not assign."""
    if isinstance(value.type, MadeList):
        count = made.load_length(frame, value)
        held = () if is_held else (value,)
        return Source(count, lambda at: load_item(frame, value, at), MOST_ELEMENTS, lambda: made.load_length(frame, value), held)
    return Source(value.words[1], lambda at: load_item(frame, value, at), MOST_ELEMENTS)


_PARTS: dict[str, tuple[Callable[[Frame, Value, Word], Value], ...]] = {
    "keys": (dicts.load_key,),
    "values": (dicts.load_value,),
    "items": (dicts.load_key, dicts.load_value),
}
"""The views of a dict: what they read of an entry."""


def of_dict(frame: Frame, owner: Value, what: str) -> Source:
    """Of one that does not change meanwhile."""
    if isinstance(owner.type, MadeSet):
        frame.refuse("a loop over a set, whose order is CPython's own, is not compiled")
    dicts.forget_deleted(frame, owner)
    builder, count, flags = frame.builder, made.load_length(frame, owner), dicts.load_flags(frame, owner)

    def recount() -> Word:
        for before, now in ((count, made.load_length(frame, owner)), (flags, dicts.load_flags(frame, owner))):
            frame.stop_if(builder.icmp_signed("!=", now, before), "a dict changes while a loop goes through it")
        return count

    def element(at: Word) -> Value:
        parts = [load(frame, owner, at) for load in _PARTS[what]]
        return parts[0] if len(parts) == 1 else join_tuple(parts)

    return Source(count, element, MOST_ELEMENTS, recount, held=(owner,))


def _of_value(frame: Frame, value: Value, node: ast.expr) -> Source:
    match value.type:
        case MadeDict():
            return of_dict(frame, value, "keys")
        case ArrayOf() | ColumnOf() | MadeList():
            return source_of(frame, value, is_held=isinstance(node, ast.Name) and frame.is_assigned_once(node.id))
        case TupleOf(items) if items and isinstance(items[0], Scalar | TupleOf) and len(set(items)) == 1:
            return _of_tuple(frame, split_tuple(value), items[0])
        case TupleOf(items) if set(items) == {INT, UNSIGNED}:
            return _of_tuple(frame, [convert(frame, item, UNSIGNED) for item in split_tuple(value)], UNSIGNED)
    frame.refuse(f"a loop over {describe(value.type)} is not compiled", node)


def _of_tuple(frame: Frame, items: list[Value], kind: Type) -> Source:
    """Its items, put beside each other in memory."""
    kinds = word_types(kind)
    places = [frame.allocate(word, len(items)) for word in kinds]
    for at, item in enumerate(items):
        for word, place, of in zip(item.words, places, kinds, strict=True):
            frame.builder.store(word, frame.builder.gep(place, [int_word(at)], source_etype=of))

    def element(at: Word) -> Value:
        builder = frame.builder
        loaded = (builder.load(builder.gep(place, [at], source_etype=of), typ=of) for place, of in zip(places, kinds, strict=True))
        return Value(kind, tuple(loaded))

    return Source(int_word(len(items)), element, len(items))


def _of_range(frame: Frame, node: ast.Call) -> Source:
    numbers = [operators.as_int(frame, frame.settle(frame.unit.evaluate(frame, arg))) for arg in node.args]
    match numbers:
        case [stop]:
            start, step = int_word(0), int_word(1)
        case [start, stop]:
            step = int_word(1)
        case [start, stop, step]:
            frame.stop_if(frame.builder.icmp_signed("==", step, int_word(0)), "the step of `range` is zero")
        case _:
            frame.refuse("`range` needs one to three numbers", node)

    def element(at: Word) -> Value:
        builder = frame.builder
        moved = at if isinstance(step, ir.Constant) and step.constant == 1 else builder.mul(at, step)
        word = builder.add(
            start, moved, flags=["nsw"] if moved is at and most is not None else []
        )  # within the range nothing wraps, though a part of it may
        return Value(INT, (frame.ranges.note(word, within),))

    ends = frame.ranges.of(start), frame.ranges.of(stop)
    within, most = _find_within(*ends, frame.ranges.of(step)), _find_most(*ends, frame.ranges.of(step))
    return Source(_count(frame, start, stop, step), element, most)


def _find_within(start: Range, stop: Range, step: Range) -> Range:
    """Where the elements lie, if there are any."""
    upwards, downwards = (start[0], stop[1] - 1), (stop[0] + 1, start[1])
    if step[0] > 0:
        return upwards
    return downwards if step[1] < 0 else (min(upwards[0], downwards[0]), max(upwards[1], downwards[1]))


def _find_most(start: Range, stop: Range, step: Range) -> int | None:
    """The most elements, unless that can be more than any list has."""
    upwards = -(-(stop[1] - start[0]) // max(step[0], 1)) if step[1] > 0 else 0
    downwards = -(-(start[1] - stop[0]) // max(-step[1], 1)) if step[0] < 0 else 0
    most = max(upwards, downwards, 0)
    return most if most <= MOST_ELEMENTS else None


def _of_zip(frame: Frame, node: ast.Call) -> Source:
    if not node.args:
        frame.refuse("`zip` of nothing", node)
    is_strict = _is_strict(frame, node)
    parts = [keep_length(frame, part) if is_strict else part for part in (find_source(frame, arg) for arg in node.args)]
    count = parts[0].count
    for part in parts[1:]:
        if is_strict:
            frame.stop_if(frame.builder.icmp_signed("!=", part.count, count), "`zip` with `strict` has lists of different lengths")
        count = _least(frame, count, part.count)
    known = [part.most for part in parts if part.most is not None]

    def recount() -> Word:
        return reduce(partial(_least, frame), [part.count if part.recount is None else part.recount() for part in parts])

    may_change = any(part.recount is not None for part in parts)
    held = tuple(value for part in parts for value in part.held)
    most = min(known, default=None)
    return Source(count, lambda at: join_tuple([part.element(at) for part in parts]), most, recount if may_change else None, held)


def keep_length(frame: Frame, source: Source) -> Source:
    """The same, where a list that becomes shorter than it was at first stops."""
    recount = source.recount
    if recount is None:
        return source

    def element(at: Word) -> Value:
        frame.stop_if(frame.builder.icmp_unsigned("<=", recount(), at), "a list becomes shorter while a loop goes through it")
        return source.element(at)

    return replace(source, element=element, recount=None)


def _least(frame: Frame, one: Word, other: Word) -> Word:
    return frame.builder.select(frame.builder.icmp_unsigned("<", other, one), other, one)


def _of_columns(frame: Frame, rows: Value, is_strict: bool) -> Source:
    """`zip(*rows)`, of rows that do not change: as many columns as the shortest row has items."""
    if not isinstance(rows.type, ArrayOf) or type(rows.type.element) is not ArrayOf:
        frame.refuse(f"`zip` of the items of {describe(rows.type)} is not compiled")
    builder = frame.builder
    least, done = frame.allocate(I64), frame.allocate(I64)
    head, turn, end = (frame.block(name) for name in ("rows", "row", "columns"))
    builder.store(int_word(0), least)
    builder.store(int_word(0), done)
    frame.go(head)
    at = builder.load(done, typ=I64)
    builder.cbranch(builder.icmp_unsigned("<", at, rows.words[1]), turn, end)
    builder.position_at_end(turn)
    length, before = load_item(frame, rows, at).words[1], builder.load(least, typ=I64)
    is_first = builder.icmp_signed("==", at, int_word(0))
    if is_strict:
        frame.stop_if(
            builder.and_(builder.not_(is_first), builder.icmp_signed("!=", length, before)),
            "`zip` with `strict` has lists of different lengths",
        )
    is_less = builder.or_(is_first, builder.icmp_unsigned("<", length, before))
    builder.store(builder.select(is_less, length, before), least)
    builder.store(builder.add(at, int_word(1)), done)
    builder.branch(head)
    builder.position_at_end(end)
    kind = ColumnOf(rows.type)
    return Source(builder.load(least, typ=I64), lambda at: Value(kind, (*rows.words, at)), MOST_ELEMENTS)


def _of_whole_columns(frame: Frame, columns: Value) -> Source:
    """`zip(*rows)`, whose columns are given as lists."""
    assert isinstance(columns.type, ArrayOf)
    kind = ColumnOf(columns.type, is_whole=True)
    return Source(columns.words[1], lambda at: Value(kind, load_item(frame, columns, at).words), MOST_ELEMENTS)


def _is_strict(frame: Frame, node: ast.Call) -> bool:
    match node.keywords:
        case []:
            return False
        case [ast.keyword("strict", ast.Constant(bool(is_strict)))]:
            return is_strict
    frame.refuse("`zip` with this keyword is not compiled", node)


def _of_enumerate(frame: Frame, node: ast.Call) -> Source:
    if not 1 <= len(node.args) <= 2:
        frame.refuse("`enumerate` needs one or two arguments", node)
    part = find_source(frame, node.args[0])
    first = operators.as_int(frame, frame.settle(frame.unit.evaluate(frame, node.args[1]))) if len(node.args) == 2 else int_word(0)

    def element(at: Word) -> Value:
        number = at if isinstance(first, ir.Constant) and first.constant == 0 else integers.add(frame, first, at, "enumerate")
        return join_tuple([Value(INT, (number,)), part.element(at)])

    return replace(part, element=element)


def _of_reversed(frame: Frame, node: ast.Call) -> Source:
    """Of what Python can reverse: no iterators."""
    match node.args:
        case [ast.Call(func=func) as argument] if frame.unit.evaluate(frame, func).type == Meaning(Named("builtins.range")):
            part = find_source(frame, argument)
        case [argument]:
            part = _of_value(frame, frame.settle(frame.unit.evaluate(frame, argument)), node)
        case _:
            frame.refuse("`reversed` needs one argument", node)
    part = keep_length(frame, part)

    def element(at: Word) -> Value:
        builder = frame.builder
        return part.element(builder.sub(builder.sub(part.count, int_word(1)), at))

    return replace(part, element=element)


_MAKERS: dict[str, Callable[[Frame, ast.Call], Source]] = {
    "builtins.range": _of_range,
    "builtins.zip": _of_zip,
    "builtins.enumerate": _of_enumerate,
    "builtins.reversed": _of_reversed,
}


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
