"""Lists that machine code makes: their types, their items, their length. What Python does with them is in lists.py.

The items lie one behind the other: an int or float takes eight bytes, a bool one, a tuple eight for each of its words (elements.py), a list
the address of its head.
"""

from collections.abc import Sequence
from typing import Any, NoReturn

from ufora.compile import made_text
from ufora.compile.elements import SLOT_BYTES, list_scalars
from ufora.compile.flag import LISTS_WORD
from ufora.compile.heads import ITEMS, NO_ROOM, NULL, WritesLists, load_head, mark, store_head
from ufora.compile.holders import hold, let_go
from ufora.compile.ranges import MOST_ELEMENTS
from ufora.compile.spec import ArrayOf, Instance, ListOf, Made, MadeDict, MadeList, MadeObject, MadeSet, Scalar, TupleOf
from ufora.compile.values import (
    BOOL,
    FLOAT,
    I1,
    I8,
    I64,
    INT,
    POINTER,
    VOID,
    Type,
    Value,
    Word,
    bool_word,
    int_word,
    load_word,
    split_tuple,
    widen,
    word_types,
)


class Known:
    """What is found out of a kernel's lists while it is written; then it is written again."""

    def __init__(self) -> None:
        self.makes_lists = False
        self.has_learned = False  #: since it was written last
        self.may_refuse = False  #: can code reach what was given and may not change as it reaches what it made itself?
        self.elements: dict[object, Any] = {}  #: what each `[]` comes to hold
        self.fields: dict[Instance, dict[str, Any]] = {}  #: of each class's objects: the types of attributes, in the order of their places
        self.waits: tuple[Made, str] | None = None
        """Which list it was, where code was left out because nothing said what that holds; or which attribute of an object."""


class Learned(Exception):  # noqa: N818 - an order
    """Something new is known: the kernel is to be written again."""


class Waiting(Exception):  # noqa: N818 - states a fact
    """Nothing says yet what a list holds from which an item is taken."""


def begin(frame: WritesLists) -> None:
    """Before the first list of a kernel."""
    known: Known = frame.unit.lists
    if not known.makes_lists:
        known.makes_lists = known.has_learned = True
        raise Learned


# types


def element_bytes(element: Any) -> int:
    match element:
        case None:
            return SLOT_BYTES
        case Scalar():
            return 1 if element == BOOL else SLOT_BYTES
        case MadeList() | MadeDict() | MadeObject():
            return SLOT_BYTES
        case TupleOf():
            return SLOT_BYTES * len(list(list_scalars(element)))
    raise TypeError(element)


def can_hold(kind: Type) -> bool:
    match kind:
        case Scalar() | MadeList() | MadeDict() | MadeObject():
            return True
        case TupleOf(items):
            return bool(items) and all(isinstance(item, Scalar | TupleOf) and can_hold(item) for item in items)
    return False


def is_plain(kind: Any) -> bool:
    """Is it a number, or a tuple of such; or nothing that is known?"""
    return kind is None or (can_hold(kind) and not isinstance(kind, Made))


def join(known: Known, one: Any, other: Any) -> Made | None:
    """The type of both; None when there is none. Of an empty one it is learned what it comes to hold."""
    match one, other:
        case MadeList(None, site), MadeList(None):
            return one
        case (MadeList(None, site), MadeList(element)) | (MadeList(element), MadeList(None, site)):
            learn(known, site, element)
        case MadeList(element), MadeList(beside):
            if element == beside:
                return one
            inner = join(known, element, beside)
            return None if inner is None else MadeList(inner)
        case MadeDict(), MadeDict() if type(one) is type(other):
            return _join_dicts(known, one, other)
        case (MadeList() as made, ArrayOf() as given) | (ArrayOf() as given, MadeList() as made):
            return join(known, made, as_made(given))
    return None


def _join_dicts(known: Known, one: MadeDict, other: MadeDict) -> MadeDict | None:
    if other.key is None or (one.key, one.value) == (other.key, other.value):
        if one.key is not None and other.key is None:
            learn(known, other.site, (one.key, one.value))
        return one
    if one.key is None:
        learn(known, one.site, (other.key, other.value))
    inner = join(known, one.value, other.value) if one.key == other.key else None
    return None if inner is None else MadeDict(one.key, inner)


def as_made(given: ArrayOf) -> MadeList | None:
    """The type of a given list that stands beside one that was made."""
    match given.element:
        case ArrayOf() as row:
            inner = as_made(row)
            return None if inner is None else MadeList(inner)
        case Scalar() | TupleOf() as element if can_hold(element):
            return MadeList(element)
    return None


def learn(known: Known, site: object, element: Any) -> NoReturn:
    known.elements[site] = element
    known.has_learned = True
    known.elements = {other: _replace(of, site, element) for other, of in known.elements.items()}
    for types in known.fields.values():
        types.update({name: _replace(of, site, element) for name, of in types.items()})
    raise Learned


def find_known(known: Known, of: Any) -> Any:
    """The type of a given value, once more is known."""
    for site, element in known.elements.items():
        of = _replace(of, site, element)
    return of


def _replace(of: Any, site: object, element: Any) -> Any:
    """A type in which it is now known what the lists made there hold."""
    match of:
        case (key, value):  # what a dict comes to hold
            return _replace(key, site, element), _replace(value, site, element)
        case MadeList(None, where):
            return MadeList(element) if where == site else of
        case MadeList(inner):
            return MadeList(_replace(inner, site, element))
        case MadeDict(None, None, where):
            return type(of)(*element) if where == site else of
        case MadeDict(key, value):
            return type(of)(key, _replace(value, site, element))
        case TupleOf(items):
            return TupleOf(tuple(_replace(item, site, element) for item in items))
    return of


# items


def load_items(frame: WritesLists, made: Value) -> Word:
    """Where its items lie, until it grows."""
    return load_head(frame, made.word, made_text.ITEMS)


def load_length(frame: WritesLists, made: Value) -> Word:
    return frame.ranges.note(load_head(frame, made.word, made_text.LENGTH), (0, MOST_ELEMENTS))


def store_length(frame: WritesLists, made: Value, length: Word) -> None:
    store_head(frame, made.word, made_text.LENGTH, length)


def make(frame: WritesLists, element: Any, length: Word, site: object = None) -> Value:
    """A new one of so many items, which hold anything so far."""
    begin(frame)
    maker = frame.unit.external(made_text.MAKE, POINTER, [POINTER, I64, I64])
    head = frame.builder.call(maker, [frame.given, length, int_word(element_bytes(element))])
    frame.stop_if(frame.builder.icmp_unsigned("==", head, NULL), NO_ROOM)
    return Value(MadeList(element, site if element is None else None), (head,))


def _place(frame: WritesLists, element: Any, items: Word, at: Word) -> tuple[Word, Sequence[Any]]:
    """Where an item lies, and LLVM's types of its words, eight bytes from one to the next."""
    builder = frame.builder
    kinds = word_types(element)
    if isinstance(element, TupleOf):
        return builder.gep(items, [builder.mul(at, int_word(len(kinds)))], source_etype=I64), kinds
    return builder.gep(items, [at], source_etype=I8 if kinds[0] == I1 else kinds[0]), kinds


def load_item(frame: WritesLists, made: Value, at: Word) -> Value:
    """At a position that is within it."""
    assert isinstance(made.type, MadeList)
    element = made.type.element
    if element is None:
        wait(frame, made.type)
    builder = frame.builder
    place, kinds = _place(frame, element, load_items(frame, made), at)
    words = []
    for number, kind in enumerate(kinds):
        word, loaded = load_word(builder, builder.gep(place, [int_word(number)], source_etype=I64) if number else place, kind, I8)
        mark(frame, loaded, ITEMS)
        words.append(word)
    return Value(element, tuple(words))


def wait(frame: WritesLists, of: Made, name: str = "") -> NoReturn:
    frame.unit.lists.waits = frame.unit.lists.waits or (of, name)
    raise Waiting


def learn_field(known: Known, of: Instance, name: str, kind: Any) -> NoReturn:
    known.fields[of][name] = kind
    known.has_learned = True
    raise Learned


def guess(known: Known) -> None:
    """Nothing that is written puts anything into that list: it may as well be one of ints."""
    match known.waits:
        case MadeSet(site=site), _:
            known.elements[site] = INT, None
        case MadeDict(site=site), _:
            known.elements[site] = INT, INT
        case MadeList(site=site), _:
            known.elements[site] = INT
        case MadeObject(of), name:
            known.fields[of][name] = INT
    known.waits = None


def put_item(frame: WritesLists, made: Value, at: Word, item: Value) -> None:
    """An item of its own type at a position for which there is room; what was there is forgotten."""
    assert isinstance(made.type, MadeList)
    hold(frame, item)
    builder = frame.builder
    place, _ = _place(frame, made.type.element, load_items(frame, made), at)
    for number, word in enumerate(item.words):
        there = builder.gep(place, [int_word(number)], source_etype=I64) if number else place
        mark(frame, builder.store(widen(builder, word, I8), there), ITEMS)


def assign_item(frame: WritesLists, made: Value, at: Word, item: Value) -> None:
    """At a position that is within it."""
    assert isinstance(made.type, MadeList)
    room = load_head(frame, made.word, made_text.ROOM)
    frame.stop_if(frame.builder.icmp_signed("==", room, int_word(made_text.FROZEN)), "an item of a list is assigned that may not change")
    if isinstance(made.type.element, Made):
        let_go(frame, load_item(frame, made, at))
    put_item(frame, made, at, item)


def reserve(frame: WritesLists, made: Value, length: Word) -> None:
    """Room for so many."""
    assert isinstance(made.type, MadeList)
    builder = frame.builder
    more, enough = frame.block("more"), frame.block("enough")
    room = load_head(frame, made.word, made_text.ROOM)
    builder.cbranch(builder.icmp_signed(">", length, room), more, enough).set_weights([1, 64])
    builder.position_at_end(more)
    grow = frame.unit.external(made_text.RESERVE, I1, [POINTER, POINTER, I64, I64])
    frame.stop_if(builder.call(grow, [frame.given, made.word, length, int_word(element_bytes(made.type.element))]), NO_ROOM)
    builder.branch(enough)
    builder.position_at_end(enough)


def append(frame: WritesLists, made: Value, item: Value) -> None:
    length = load_length(frame, made)
    longer = frame.builder.add(length, int_word(1))
    reserve(frame, made, longer)
    put_item(frame, made, length, item)
    store_length(frame, made, longer)


def remove_item(frame: WritesLists, made: Value, at: Word) -> None:
    """At a position that is within it; those behind move up."""
    assert isinstance(made.type, MadeList)
    if isinstance(made.type.element, Made):
        let_go(frame, load_item(frame, made, at))
    builder = frame.builder
    last = builder.sub(load_length(frame, made), int_word(1))
    shorten(frame, made, last)
    move_items(frame, made, at, builder.add(at, int_word(1)), builder.sub(last, at))


def shorten(frame: WritesLists, made: Value, length: Word) -> None:
    """What is behind is forgotten; a list that may not grow may not do that either."""
    room = load_head(frame, made.word, made_text.ROOM)
    frame.stop_if(frame.builder.icmp_signed("<", room, int_word(0)), "a list is made shorter that may not change")
    store_length(frame, made, length)


def move_items(frame: WritesLists, made: Value, to: Word, start: Word, count: Word) -> None:
    """So many of its items to another place in it."""
    assert isinstance(made.type, MadeList)
    _move(frame, made.type.element, load_items(frame, made), to, load_items(frame, made), start, count)


def copy_items(frame: WritesLists, to: Value, at: Word, source: Value, start: Word, count: Word) -> None:
    """So many items of one list over those of another of its type."""
    assert isinstance(to.type, MadeList)
    element = to.type.element
    place = _move(frame, element, load_items(frame, to), at, load_items(frame, source), start, count)
    if isinstance(element, Made):
        frame.builder.call(frame.unit.external(made_text.HOLD_ITEMS, VOID, [POINTER, I64]), [place, count])


def _move(frame: WritesLists, element: Any, to: Word, at: Word, source: Word, start: Word, count: Word) -> Word:
    """Where they are now."""
    builder, each = frame.builder, int_word(element_bytes(element))
    places = [builder.gep(items, [builder.mul(where, each)], source_etype=I8) for items, where in ((to, at), (source, start))]
    move = frame.unit.external("llvm.memmove.p0.p0.i64", VOID, [POINTER, POINTER, I64, I1])
    builder.call(move, [*places, builder.mul(count, each), bool_word(False)])
    return places[0]


def free_all(frame: WritesLists) -> None:
    """When an element of the source is over: variables of the kernel itself hold nothing then."""
    builder = frame.builder
    for slot, _ in frame.held:
        builder.store(NULL, slot)
    some, none = frame.block("lists"), frame.block("freed")
    first = builder.load(builder.gep(frame.given, [int_word(LISTS_WORD)], source_etype=I64), typ=POINTER)
    builder.cbranch(builder.icmp_unsigned("==", first, NULL), none, some)
    builder.position_at_end(some)
    builder.call(frame.unit.external(made_text.FREE_ALL, VOID, [POINTER]), [frame.given])
    builder.branch(none)
    builder.position_at_end(none)


# lists that were given


def view(frame: WritesLists, given: Value) -> Value:
    """A given list as one that could have been made: a head of its own, which may not grow, and the very items."""
    assert isinstance(given.type, ArrayOf)
    of = as_made(given.type)
    if of is None:
        frame.refuse("a list that was given holds what machine code does not put into its own")
    begin(frame)
    frame.unit.lists.may_refuse = True
    builder, (items, length) = frame.builder, given.words
    is_nested = isinstance(of.element, MadeList)
    made = make(frame, of.element, length if is_nested else int_word(0))
    if is_nested:
        _view_rows(frame, given, made)
    else:
        store_head(frame, made.word, made_text.ITEMS, items)
        store_length(frame, made, length)
    room = made_text.FIXED if isinstance(given.type, ListOf) and not is_nested else made_text.FROZEN
    store_head(frame, made.word, made_text.ROOM, int_word(room))
    store_head(frame, made.word, made_text.ORIGIN, builder.ptrtoint(items, I64))
    return made


def _view_rows(frame: WritesLists, given: Value, made: Value) -> None:
    assert isinstance(given.type, ArrayOf)
    builder = frame.builder
    done = frame.allocate(I64)
    head, turn, after = (frame.block(name) for name in ("views", "view", "viewed"))
    builder.store(int_word(0), done)
    builder.branch(head)
    builder.position_at_end(head)
    at = builder.load(done, typ=I64)
    builder.cbranch(builder.icmp_unsigned("<", at, given.words[1]), turn, after)
    builder.position_at_end(turn)
    place = builder.gep(given.words[0], [builder.mul(at, int_word(2))], source_etype=I64)
    row = builder.load(place, typ=POINTER), builder.load(builder.gep(place, [int_word(1)], source_etype=I64), typ=I64)
    put_item(frame, made, at, view(frame, Value(given.type.element, row)))
    builder.store(builder.add(at, int_word(1)), done)
    builder.branch(head)
    builder.position_at_end(after)


def has_nan(frame: WritesLists, item: Value) -> Word:
    """Is a float among an item's parts one? Containers tell one NaN object from another."""
    if item.type == FLOAT:
        return frame.builder.fcmp_unordered("uno", item.word, item.word)
    found = bool_word(False)
    for part in split_tuple(item) if isinstance(item.type, TupleOf) else ():
        found = frame.builder.or_(found, has_nan(frame, part))
    return found
