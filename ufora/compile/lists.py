"""What Python does with lists, for those that machine code makes (made.py): how they come about, their methods and operators.

    [a, b]   [f(x) for x in xs]   list(xs)   xs * n   xs + ys   xs[a:b]   sorted(xs)
    xs.append(x)   xs.extend(ys)   xs.insert(i, x)   xs.pop()   xs.clear()   xs.reverse()   xs.copy()   xs += ys
    x in xs   xs == ys

All items of a list have one machine type. What a list that came from outside is asked for is answered with a copy that was made.
"""

import ast
from collections.abc import Callable
from typing import Any

from ufora.compile import holders, made, operators
from ufora.compile.comprehensions import Taking, counted_pass, element_of, run_comprehension
from ufora.compile.frame import Frame
from ufora.compile.heads import NO_ROOM
from ufora.compile.items import as_item, as_item_of, as_own, is_list
from ufora.compile.joins import convert, join
from ufora.compile.sources import find_position, find_source, keep_length, load_item, source_of
from ufora.compile.spec import MadeList
from ufora.compile.turns import run_positions, run_through
from ufora.compile.values import (
    I1,
    INT,
    NONE,
    ColumnOf,
    ContainerMethod,
    Value,
    Word,
    at_least,
    at_most,
    bool_word,
    describe,
    int_word,
)

# how lists come about


def display(frame: Frame, node: ast.List) -> Value:
    """`[a, b]`"""
    if any(isinstance(item, ast.Starred) for item in node.elts):
        frame.refuse("`*` in a list is not compiled", node)
    items = [as_item(frame, frame.settle(frame.unit.evaluate(frame, item))) for item in node.elts]
    if not items:
        return _empty(frame, node)
    kind = items[0].type
    for item in items[1:]:
        joined = join(kind, item.type, frame.unit.lists)
        if joined is None or not made.can_hold(joined):
            frame.refuse(f"a list holds {describe(kind)} and {describe(item.type)}", node)
        kind = joined
    result = made.make(frame, kind, int_word(len(items)))
    for at, item in enumerate(items):
        made.put_item(frame, result, int_word(at), convert(frame, item, kind))
    return result


def _empty(frame: Frame, node: ast.AST) -> Value:
    """What it comes to hold is learned where something is put into it."""
    site = (id(node), frame.types)
    return made.make(frame, frame.unit.lists.elements.get(site), int_word(0), site)


def comprehension(frame: Frame, node: ast.ListComp) -> Value:
    around, frame.repeats = frame.repeats, None
    result = _empty(frame, node)
    with counted_pass(frame):
        run_comprehension(frame, node, Taking(element_of(frame, node), lambda item: _append(frame, result, item)))
    frame.repeats = around
    return result


def from_source(frame: Frame, node: ast.Call) -> Value:
    """`list(…)`"""
    result = _empty(frame, node)
    for argument in node.args:
        extend(frame, result, argument)
    return result


# operators


def binary(frame: Frame, symbol: str, a: Value, b: Value) -> Value | None:
    """`xs + ys`, `xs * n`, `n * xs`; None when neither is a list."""
    if isinstance(a.type, ColumnOf) or isinstance(b.type, ColumnOf) or not (is_list(a) or is_list(b)):
        return None
    if symbol == "+" and is_list(a) and is_list(b):
        return _concatenate(frame, as_own(frame, a), as_own(frame, b))
    if symbol == "*" and is_list(a) != is_list(b):
        return _repeat(frame, *((as_own(frame, a), b) if is_list(a) else (as_own(frame, b), a)))
    frame.refuse(f"`{symbol}` of {describe(a.type)} and {describe(b.type)}")


def _concatenate(frame: Frame, a: Value, b: Value) -> Value:
    kind = join(a.type, b.type, frame.unit.lists)
    if not isinstance(kind, MadeList):
        frame.refuse("`+` of two lists that hold different things")
    lengths = [made.load_length(frame, value) for value in (a, b)]
    result = made.make(frame, kind.element, frame.builder.add(*lengths), kind.site)
    for value, at, length in zip((a, b), (int_word(0), lengths[0]), lengths, strict=True):
        made.copy_items(frame, result, at, value, int_word(0), length)
    for value in (a, b):
        holders.drop(frame, value)
    return result


def _repeat(frame: Frame, items: Value, times: Value) -> Value:
    """A list of one item is filled with it."""
    assert isinstance(items.type, MadeList)
    builder = frame.builder
    count = operators.as_int(frame, frame.settle(times))
    count = at_least(builder, count, int_word(0))
    length = made.load_length(frame, items)
    # beyond 2**40 of either there is no room, and below that the product does not wrap
    for word in (count, length):
        frame.stop_if(builder.icmp_unsigned(">", word, int_word(2**31 - 1)), NO_ROOM)
    total = builder.mul(count, length)
    result = made.make(frame, items.type.element, total, items.type.site)
    if items.type.element is None:
        return result
    alone, several, after = (frame.block(name) for name in ("alone", "several", "repeated"))
    builder.cbranch(builder.icmp_signed("==", length, int_word(1)), alone, several)
    builder.position_at_end(alone)
    item = made.load_item(frame, items, int_word(0))
    run_positions(frame, count, lambda at: made.put_item(frame, result, at, item))
    builder.branch(after)
    builder.position_at_end(several)
    run_positions(frame, count, lambda at: made.copy_items(frame, result, builder.mul(at, length), items, int_word(0), length))
    frame.go(after)
    holders.drop(frame, items)
    return result


def slice_of(frame: Frame, owner: Value, index: ast.Slice) -> Value:
    """`xs[a:b:c]`, a new list."""
    source = as_own(frame, owner)
    assert isinstance(source.type, MadeList)
    start, count, step = _find_slice(frame, source, index)
    builder = frame.builder
    result = made.make(frame, source.type.element, count, source.type.site)
    if source.type.element is None:
        return result
    if index.step is None:
        made.copy_items(frame, result, int_word(0), source, start, count)
    else:

        def turn(at: Word) -> None:
            made.put_item(frame, result, at, made.load_item(frame, source, builder.add(start, builder.mul(at, step))))

        run_positions(frame, count, turn)
    holders.drop(frame, source)
    return result


def _find_slice(frame: Frame, source: Value, index: ast.Slice) -> tuple[Word, Word, Word]:
    """Start, count and step, as Python's `slice.indices` has them."""
    builder = frame.builder
    given = [None if part is None else operators.as_int(frame, frame.settle(frame.unit.evaluate(frame, part))) for part in _parts(index)]
    step = int_word(1) if given[2] is None else given[2]
    frame.stop_if(builder.icmp_signed("==", step, int_word(0)), "the step of a slice is zero")
    frame.stop_if(builder.icmp_signed("<", builder.add(step, int_word(2**40)), int_word(0)), "the step of a slice is huge")
    frame.stop_if(builder.icmp_signed(">", step, int_word(2**40)), "the step of a slice is huge")
    length = made.load_length(frame, source)
    is_back = builder.icmp_signed("<", step, int_word(0))
    low = builder.select(is_back, int_word(-1), int_word(0))
    high = builder.select(is_back, builder.sub(length, int_word(1)), length)

    start, stop = (None if word is None else _clip_position(builder, word, length, low, high) for word in given[:2])
    start = builder.select(is_back, high, low) if start is None else start
    stop = builder.select(is_back, low, high) if stop is None else stop
    distance = builder.select(is_back, builder.sub(start, stop), builder.sub(stop, start))
    stride = builder.select(is_back, builder.sub(int_word(0), step), step)
    some = builder.add(builder.sdiv(builder.sub(distance, int_word(1)), stride), int_word(1))
    count = builder.select(builder.icmp_signed(">", distance, int_word(0)), some, int_word(0))
    return start, count, step


def _clip_position(builder: Any, at: Word, length: Word, low: Word, high: Word) -> Word:
    """A negative one counts from the end; beyond the ends it is the end."""
    at = builder.select(builder.icmp_signed("<", at, int_word(0)), builder.add(at, length), at)
    return at_most(builder, at_least(builder, at, low), high)


def _parts(index: ast.Slice) -> tuple[ast.expr | None, ...]:
    return index.lower, index.upper, index.step


def contains(frame: Frame, item: Value, items: Value) -> Word:
    """`x in xs`, looked for from the front."""
    item = frame.settle(item)
    if not made.is_plain(item.type):  # an object may equal others, or not even itself
        frame.refuse(f"looking for {describe(item.type)} in a list is not compiled")
    frame.stop_if(made.has_nan(frame, item), "a NaN is looked for in a list")
    builder = frame.builder
    found, end = frame.allocate(I1), frame.block("sought")
    builder.store(bool_word(False), found)
    seek = frame.block("seek")
    frame.go(seek)

    def turn(value: Value) -> None:
        hit, go_on = frame.block("hit"), frame.block("miss")
        builder.cbranch(operators.compare(frame, "==", value, item), hit, go_on)
        builder.position_at_end(hit)
        builder.store(bool_word(True), found)
        builder.branch(end)
        builder.position_at_end(go_on)

    run_through(frame, source_of(frame, items, is_held=True), turn)
    frame.go(end)
    return builder.load(found, typ=I1)


def same(frame: Frame, a: Value, b: Value) -> Word:
    """`xs == ys`"""
    if not all(made.is_plain(getattr(value.type, "element", None)) for value in (a, b)):
        frame.refuse("`==` of lists that hold other than numbers is not compiled")
    builder = frame.builder
    lengths = [source_of(frame, value).count for value in (a, b)]
    result, end, go_on = frame.allocate(I1), frame.block("compared"), frame.block("items")
    is_same = builder.icmp_signed("==", *lengths)
    builder.store(is_same, result)
    builder.cbranch(is_same, go_on, end)
    builder.position_at_end(go_on)

    def turn(at: Word) -> None:
        items = [load_item(frame, value, at) for value in (a, b)]
        for item in items:
            frame.stop_if(made.has_nan(frame, item), "lists with a NaN in them are compared")
        differ, same_so_far = frame.block("differ"), frame.block("same")
        builder.cbranch(operators.compare(frame, "==", *items), same_so_far, differ)
        builder.position_at_end(differ)
        builder.store(bool_word(False), result)
        builder.branch(end)
        builder.position_at_end(same_so_far)

    run_positions(frame, lengths[0], turn)
    frame.go(end)
    return builder.load(result, typ=I1)


# methods


def call_method(frame: Frame, called: Value, node: ast.Call) -> Value:
    assert isinstance(called.type, ContainerMethod)
    name, owner = called.type.name, Value(called.type.owner, called.words)
    if name not in METHODS or node.keywords:
        frame.refuse(f"`{name}` of a list is not compiled", node)
    least, most, method = METHODS[name]
    if not isinstance(owner.type, MadeList):
        if name != "copy":
            frame.refuse(f"`{name}` of a list that was given is not compiled", node)
        owner = as_own(frame, owner)
    if not least <= len(node.args) <= most:
        frame.refuse(f"`{name}` of a list with {len(node.args)} arguments is not compiled", node)
    return method(frame, owner, node)


def _argument(frame: Frame, node: ast.Call, at: int = 0) -> Value:
    value = frame.settle(frame.unit.evaluate(frame, node.args[at]))
    frame.line = node.lineno
    return value


def _append(frame: Frame, owner: Value, item: Value) -> None:
    assert isinstance(owner.type, MadeList)
    made.append(frame, owner, as_item_of(frame, owner, item))


def _method_append(frame: Frame, owner: Value, node: ast.Call) -> Value:
    _append(frame, owner, _argument(frame, node))
    return NONE


def extend(frame: Frame, owner: Value, node: ast.expr) -> None:
    """By what `node` gives; of a list as long as it is before."""
    if isinstance(node, ast.GeneratorExp | ast.ListComp):
        run_comprehension(frame, node, Taking(element_of(frame, node), lambda item: _append(frame, owner, item)))
        return
    line = frame.line
    source = find_source(frame, node)
    frame.line = line
    run_through(frame, keep_length(frame, source), lambda item: _append(frame, owner, item))


def _method_extend(frame: Frame, owner: Value, node: ast.Call) -> Value:
    extend(frame, owner, node.args[0])
    return NONE


def _insert(frame: Frame, owner: Value, node: ast.Call) -> Value:
    builder = frame.builder
    at, item = operators.as_int(frame, _argument(frame, node)), as_item_of(frame, owner, _argument(frame, node, 1))
    length = made.load_length(frame, owner)
    at = _clip_position(builder, at, length, int_word(0), length)
    longer = builder.add(length, int_word(1))
    made.reserve(frame, owner, longer)
    made.move_items(frame, owner, builder.add(at, int_word(1)), at, builder.sub(length, at))
    made.put_item(frame, owner, at, item)
    made.store_length(frame, owner, longer)
    return NONE


def _pop(frame: Frame, owner: Value, node: ast.Call) -> Value:
    index = _argument(frame, node) if node.args else Value(INT, (int_word(-1),))
    at = find_position(frame, owner, index)
    item = made.load_item(frame, owner, at)
    made.remove_item(frame, owner, at)
    return item


def _clear(frame: Frame, owner: Value, node: ast.Call) -> Value:
    made.shorten(frame, owner, int_word(0))
    return NONE


def _copy(frame: Frame, owner: Value, node: ast.Call) -> Value:
    return slice_of(frame, owner, ast.Slice())


def _reverse(frame: Frame, owner: Value, node: ast.Call) -> Value:
    """Pairs from both ends change places."""
    builder = frame.builder
    length = made.load_length(frame, owner)

    def turn(at: Word) -> None:
        other = builder.sub(builder.sub(length, int_word(1)), at)
        items = [made.load_item(frame, owner, place) for place in (at, other)]
        with holders.holding(frame, items[:1]):
            for place, item in zip((other, at), items, strict=True):
                made.assign_item(frame, owner, place, item)

    run_positions(frame, builder.lshr(length, int_word(1)), turn)
    return NONE


METHODS: dict[str, tuple[int, int, Callable[[Frame, Value, ast.Call], Value]]] = {
    "append": (1, 1, _method_append),
    "clear": (0, 0, _clear),
    "copy": (0, 0, _copy),
    "extend": (1, 1, _method_extend),
    "insert": (2, 2, _insert),
    "pop": (0, 1, _pop),
    "reverse": (0, 0, _reverse),
}
"""name → least and most arguments, what is written for a call."""
