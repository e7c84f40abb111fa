"""Lists that machine code sorts: `xs.sort()`, `sorted(xs)`, with `key` and `reverse`.

Pairs of sorted stretches are merged, the left one first where two items are equal, so the order is that of Python, which is stable too; an
item that compares in an odd way, a NaN, stops. With a key, what is sorted are positions, by the keys that stand there.

    1, 2, 4, … items a stretch:      from ─── merge two ───► to      and the other way round for the next width
"""

import ast
from collections.abc import Callable

from ufora.compile import holders, known, made, made_text, operators
from ufora.compile.frame import Frame
from ufora.compile.heads import load_head, store_head
from ufora.compile.items import as_item_of
from ufora.compile.lists import from_source
from ufora.compile.spec import MadeList, Scalar, TupleOf
from ufora.compile.turns import run_positions
from ufora.compile.values import I64, INT, NONE, POINTER, ContainerMethod, Value, Word, at_most, describe, int_word

Less = Callable[[Value, Value], Word]


def sorted_of(frame: Frame, node: ast.Call) -> Value:
    """`sorted(…)`"""
    if len(node.args) != 1:
        frame.refuse("`sorted` needs one argument", node)
    result = from_source(frame, node)
    sort(frame, result, node)
    return result


def sort_in_place(frame: Frame, called: Value, node: ast.Call) -> Value:
    """`xs.sort()`"""
    assert isinstance(called.type, ContainerMethod)
    if node.args:
        frame.refuse("`sort` of a list with these arguments is not compiled", node)
    sort(frame, Value(called.type.owner, called.words), node)
    return NONE


def sort(frame: Frame, items: Value, node: ast.Call) -> None:
    assert isinstance(items.type, MadeList)
    options = {keyword.arg: keyword.value for keyword in node.keywords}
    if not options.keys() <= {"key", "reverse"}:
        frame.refuse("`sort` with these keywords is not compiled")
    key = frame.unit.evaluate(frame, options["key"]) if "key" in options else NONE
    is_reverse = _find_reverse(frame, options.get("reverse"))
    if items.type.element is None:  # nothing has been put into it
        return
    if key.type == NONE.type:
        _check_order(frame, items)
        _merge_all(frame, items, _less(frame, is_reverse=is_reverse))
    else:
        _sort_by_keys(frame, items, key, id(node), is_reverse=is_reverse)


def _find_reverse(frame: Frame, node: ast.expr | None) -> bool:
    match node:
        case None:
            return False
        case ast.Constant(bool(is_reverse)):
            return is_reverse
    frame.refuse("`reverse` of `sort` is compiled where it is True or False")


def _less(frame: Frame, *, is_reverse: bool) -> Less:
    """Must the second stand before the first?"""
    symbol = ">" if is_reverse else "<"
    return lambda item, other: operators.compare(frame, symbol, item, other)


def _check_order(frame: Frame, items: Value) -> None:
    assert isinstance(items.type, MadeList)
    element = items.type.element
    if element is not None and not isinstance(element, Scalar | TupleOf):
        frame.refuse(f"sorting a list of what is {describe(element)} is not compiled")
    run_positions(frame, made.load_length(frame, items), lambda at: known.stop_at_nan(frame, made.load_item(frame, items, at)))


def _sort_by_keys(frame: Frame, items: Value, key: Value, keys_of: int, *, is_reverse: bool) -> None:
    """Meanwhile the list itself is empty, as it is in CPython, for the key may read it."""
    assert isinstance(items.type, MadeList)
    length = made.load_length(frame, items)
    made.shorten(frame, items, length)  # it stops where the list may not change
    aside = made.make(frame, items.type.element, int_word(0))
    _exchange(frame, items, aside)
    site = keys_of, frame.types, "keys"
    keys = made.make(frame, frame.unit.lists.elements.get(site), int_word(0), site)
    places = made.make(frame, INT, length)

    def take(at: Word) -> None:
        found = frame.settle(frame.unit.call_value(frame, key, [made.load_item(frame, aside, at)]))
        made.append(frame, keys, as_item_of(frame, keys, found))
        made.put_item(frame, places, at, Value(INT, (at,)))

    run_positions(frame, length, take)
    _check_order(frame, keys)
    less = _less(frame, is_reverse=is_reverse)
    _merge_all(frame, places, lambda one, other: less(*(made.load_item(frame, keys, at.word) for at in (one, other))))
    is_empty = frame.builder.icmp_signed("==", made.load_length(frame, items), int_word(0))
    frame.stop_if(frame.builder.not_(is_empty), "a list changes while it is sorted")
    result = made.make(frame, items.type.element, length)

    def put(at: Word) -> None:
        made.put_item(frame, result, at, made.load_item(frame, aside, made.load_item(frame, places, at).word))

    run_positions(frame, length, put)
    _exchange(frame, items, result)
    for value in (places, keys, aside, result):
        holders.drop(frame, value)


def _exchange(frame: Frame, one: Value, other: Value) -> None:
    """Two lists change their items."""
    for word in (made_text.ITEMS, made_text.LENGTH, made_text.ROOM, made_text.OWN_BYTES):
        words = [load_head(frame, value.word, word) for value in (one, other)]
        for value, found in zip((other, one), words, strict=True):
            store_head(frame, value.word, word, found)


def _merge_all(frame: Frame, items: Value, less: Less) -> None:
    assert isinstance(items.type, MadeList)
    builder, length = frame.builder, made.load_length(frame, items)
    made.shorten(frame, items, length)  # it stops where the list may not change
    beside = made.make(frame, items.type.element, length)
    width, source, target = frame.allocate(I64), frame.allocate(POINTER), frame.allocate(POINTER)
    for place, first in ((width, int_word(1)), (source, items.word), (target, beside.word)):
        builder.store(first, place)
    head, turn, done, back, after = (frame.block(name) for name in ("widths", "width", "sorted", "back", "after"))
    frame.go(head)
    now = builder.load(width, typ=I64)
    builder.cbranch(builder.icmp_signed("<", now, length), turn, done)
    builder.position_at_end(turn)
    lists = [Value(items.type, (builder.load(place, typ=POINTER),)) for place in (source, target)]
    both = builder.shl(now, int_word(1))
    count = builder.udiv(builder.add(length, builder.sub(both, int_word(1))), both)
    run_positions(frame, count, lambda at: _merge(frame, lists, builder.mul(at, both), now, length, less))
    for place, value in ((source, lists[1].word), (target, lists[0].word), (width, both)):
        builder.store(value, place)
    builder.branch(head)
    builder.position_at_end(done)
    found = Value(items.type, (builder.load(source, typ=POINTER),))
    builder.cbranch(builder.icmp_unsigned("==", found.word, items.word), after, back)
    builder.position_at_end(back)
    made.copy_items(frame, items, int_word(0), found, int_word(0), length)
    builder.branch(after)
    builder.position_at_end(after)
    holders.drop(frame, beside)


def _merge(frame: Frame, lists: list[Value], start: Word, width: Word, length: Word, less: Less) -> None:
    """Two stretches of the first list, from `start` on, into the second."""
    builder, (source, target) = frame.builder, lists
    middle, stop = (at_most(builder, builder.add(start, builder.mul(width, int_word(count))), length) for count in (1, 2))
    left, right = frame.allocate(I64), frame.allocate(I64)
    builder.store(start, left)
    builder.store(middle, right)
    head, look, compare, take_left, take_right, end = map(frame.block, ("merge", "look", "compare", "left", "right", "merged"))
    frame.go(head)
    i, j = builder.load(left, typ=I64), builder.load(right, typ=I64)
    builder.cbranch(builder.icmp_signed("<", i, middle), look, take_right)
    builder.position_at_end(look)
    builder.cbranch(builder.icmp_signed("<", j, stop), compare, take_left)
    builder.position_at_end(compare)
    is_right = less(made.load_item(frame, source, j), made.load_item(frame, source, i))
    builder.cbranch(is_right, take_right, take_left)
    for block, place, at in ((take_left, left, i), (take_right, right, j)):
        builder.position_at_end(block)
        rest, put = frame.block("rest"), frame.block("put")
        builder.cbranch(builder.icmp_signed("<", at, middle if place is left else stop), put, rest)
        builder.position_at_end(rest)
        builder.branch(end)
        builder.position_at_end(put)
        to = builder.add(start, builder.add(builder.sub(i, start), builder.sub(j, middle)))
        made.put_item(frame, target, to, made.load_item(frame, source, at))
        builder.store(builder.add(at, int_word(1)), place)
        builder.branch(head)
    builder.position_at_end(end)
