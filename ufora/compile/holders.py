"""Who holds the lists, dicts and sets that machine code makes, and when they are freed. All is said of lists.

A value of such a list is one word, the address of its head: names that hold the same list see each other's changes, as in Python. A head
counts the variables and the items of lists that hold its list; it is what decides when memory is used again:

    variable = list     one more holds the new one; one fewer the old one, which is freed when nothing else holds it
    list.append(list)   one more. What is taken out of a list, or overwritten in it, is only counted
    return              the function's variables hold nothing any more; what it returns is not freed
    for … in list       the loop holds it
    call                the callee's parameters hold the arguments

What an expression gives is held by nobody yet. Where it is thrown away at once it is freed; elsewhere it stays until the element of the
source is over, when all go that are still there (so does everything when a run stops). Too few frees cost memory, of which a run may have
so much; none comes too early.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from ufora.compile import made_text
from ufora.compile.heads import HOLDERS, NULL, WritesLists, head_place, mark
from ufora.compile.spec import Made, MadeDict, MadeList, MadeObject, TupleOf
from ufora.compile.values import I64, POINTER, VOID, Type, Value, Word, int_word, word_types


def levels(of: Made) -> int:
    """How many levels of lists are in it; values of dicts are only counted."""
    return levels(of.element) + 1 if isinstance(of, MadeList) and isinstance(of.element, Made) else 0


def find_held(of: Type) -> list[tuple[int, Made]]:
    """Which words of a value are such lists, dicts or sets."""
    match of:
        case MadeList() | MadeDict() | MadeObject():
            return [(0, of)]
        case TupleOf(items):
            found, at = [], 0
            for item in items:
                found += [(at + inside, kind) for inside, kind in find_held(item)]
                at += len(word_types(item))
            return found
    return []


def _count(frame: WritesLists, head: Word, change: int) -> Word:
    """How many hold it from now on."""
    place = head_place(frame, head, made_text.HOLDERS)
    now = frame.builder.add(mark(frame, frame.builder.load(place, typ=I64), HOLDERS), int_word(change))
    mark(frame, frame.builder.store(now, place), HOLDERS)
    return now


def hold(frame: WritesLists, value: Value) -> None:
    """One more holds what lists are in it."""
    for at, _ in find_held(value.type):
        _count(frame, value.words[at], 1)


def let_go(frame: WritesLists, value: Value) -> None:
    """One fewer does; none is freed for that."""
    for at, _ in find_held(value.type):
        _count(frame, value.words[at], -1)


@contextmanager
def holding(frame: WritesLists, values: Sequence[Value]) -> Iterator[None]:
    """For what is written meanwhile."""
    for value in values:
        hold(frame, value)
    yield
    for value in values:
        let_go(frame, value)


def release(frame: WritesLists, head: Word, of: Made) -> None:
    """One fewer holds it, and it goes when nothing does; null is no list."""
    builder = frame.builder
    some, unheld, after = (frame.block(name) for name in ("some", "unheld", "released"))
    builder.cbranch(builder.icmp_unsigned("==", head, NULL), after, some)
    builder.position_at_end(some)
    builder.cbranch(builder.icmp_signed("==", _count(frame, head, -1), int_word(0)), unheld, after)
    builder.position_at_end(unheld)
    _free(frame, head, of)
    builder.branch(after)
    builder.position_at_end(after)


def _free(frame: WritesLists, head: Word, of: Made) -> None:
    free = frame.unit.external(made_text.FREE, VOID, [POINTER, POINTER, I64])
    frame.builder.call(free, [frame.given, head, int_word(levels(of))])


def drop_around(frame: WritesLists, container: Value, item: Value) -> None:
    """As `drop`, of what an item has been taken out of."""
    with holding(frame, [item]):
        drop(frame, container)


def drop(frame: WritesLists, value: Value, kept: Sequence[Value] = ()) -> None:
    """The value of an expression that nobody reads again: its lists go if nothing holds them and they are not among those kept."""
    builder = frame.builder
    others = [each.words[at] for each in kept for at, _ in find_held(each.type)]
    for at, of in find_held(value.type):
        head = value.words[at]
        unheld, after = frame.block("unheld"), frame.block("dropped")
        holders = mark(frame, builder.load(head_place(frame, head, made_text.HOLDERS), typ=I64), HOLDERS)
        goes = builder.icmp_signed("==", holders, int_word(0))
        for other in others:
            goes = builder.and_(goes, builder.icmp_unsigned("!=", head, other))
        builder.cbranch(goes, unheld, after)
        builder.position_at_end(unheld)
        _free(frame, head, of)
        builder.branch(after)
        builder.position_at_end(after)
