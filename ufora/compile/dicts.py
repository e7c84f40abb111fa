"""Dicts and sets that machine code makes: their types, their entries (dicts_text.py). What Python does with them is in mappings.py.

Keys are ints, bools, or tuples of such: those of one dict have one machine type, so that equal keys are equal words. A key that is assigned
again stays the one it was, as in Python.
"""

from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]

from ufora.compile import dicts_text, made, made_text
from ufora.compile.frame import Frame
from ufora.compile.heads import NO_ROOM, load_head, store_head
from ufora.compile.holders import hold, let_go
from ufora.compile.items import as_item
from ufora.compile.joins import convert, join
from ufora.compile.spec import Made, MadeDict, TupleOf
from ufora.compile.values import (
    BOOL,
    I1,
    I64,
    INT,
    POINTER,
    UNSIGNED,
    Type,
    Value,
    Word,
    describe,
    int_word,
    load_word,
    widen,
    word_types,
)

MISSING = "a key is not there"


def make(frame: Frame, of: MadeDict) -> Value:
    """An empty one."""
    return Value(of, made.make(frame, None, int_word(0)).words)


def key_words(of: MadeDict) -> int:
    return len(word_types(of.key)) if of.key is not None else 1


def value_words(of: MadeDict) -> int:
    return len(word_types(of.value)) if of.value is not None else 0


def _entry_words(of: MadeDict) -> Word:
    return int_word(1 + key_words(of) + value_words(of))


def _put_key(frame: Frame, key: Value) -> Word:
    """Its words in memory."""
    builder = frame.builder
    place = frame.allocate(I64, len(key.words))
    for at, word in enumerate(key.words):
        builder.store(widen(builder, word), builder.gep(place, [int_word(at)], source_etype=I64))
    return place


def find(frame: Frame, owner: Value, key: Value) -> Word:
    """The number of its entry; -1: there is none."""
    assert isinstance(owner.type, MadeDict)
    function = frame.unit.external(dicts_text.FIND, I64, [POINTER, POINTER, I64, I64])
    return frame.builder.call(function, [owner.word, _put_key(frame, key), int_word(key_words(owner.type)), _entry_words(owner.type)])


def is_there(frame: Frame, entry: Word) -> Word:
    return frame.builder.icmp_signed(">=", entry, int_word(0))


def find_or_insert(frame: Frame, owner: Value, key: Value) -> tuple[Word, Word]:
    """The number of its entry, and whether it is new: then its value holds anything."""
    assert isinstance(owner.type, MadeDict)
    check_may_change(frame, owner)
    builder = frame.builder
    known = find(frame, owner, key)
    before, insert, after = builder.block, frame.block("insert"), frame.block("entry")
    builder.cbranch(is_there(frame, known), after, insert)
    builder.position_at_end(insert)
    function = frame.unit.external(dicts_text.INSERT, I64, [POINTER, POINTER, POINTER, I64, I64])
    words = int_word(key_words(owner.type)), _entry_words(owner.type)
    new = builder.call(function, [frame.given, owner.word, _put_key(frame, key), *words])
    frame.stop_if(builder.icmp_signed("<", new, int_word(0)), NO_ROOM)
    inserted = builder.block
    builder.branch(after)
    builder.position_at_end(after)
    entry, is_new = builder.phi(I64), builder.phi(I1)
    for number, truth, block in ((known, 0, before), (new, 1, inserted)):
        entry.add_incoming(number, block)
        is_new.add_incoming(ir.Constant(I1, truth), block)
    return entry, is_new


def check_may_change(frame: Frame, owner: Value) -> None:
    fixed = frame.builder.and_(load_flags(frame, owner), int_word(dicts_text.MAY_NOT_CHANGE))
    frame.stop_if(frame.builder.icmp_signed("!=", fixed, int_word(0)), "a dict or set is changed that may not change")


def _place(frame: Frame, owner: Value, entry: Word, at: int) -> Word:
    assert isinstance(owner.type, MadeDict)
    builder = frame.builder
    start = builder.mul(entry, _entry_words(owner.type))
    return builder.gep(load_head(frame, owner.word, made_text.ITEMS), [builder.add(start, int_word(at))], source_etype=I64)


def _load(frame: Frame, owner: Value, entry: Word, of: Any, first: int) -> Value:
    places = [(_place(frame, owner, entry, first + at), kind) for at, kind in enumerate(word_types(of))]
    return Value(of, tuple(load_word(frame.builder, place, kind)[0] for place, kind in places))


def load_key(frame: Frame, owner: Value, entry: Word) -> Value:
    return _load(frame, owner, entry, _known(frame, owner).key, 1)


def load_value(frame: Frame, owner: Value, entry: Word) -> Value:
    of = _known(frame, owner)
    return _load(frame, owner, entry, of.value, 1 + key_words(of))


def _known(frame: Frame, owner: Value) -> MadeDict:
    assert isinstance(owner.type, MadeDict)
    if owner.type.key is None:
        made.wait(frame, owner.type)
    return owner.type


def store_value(frame: Frame, owner: Value, entry: Word, is_new: Word, value: Value) -> None:
    """Of the dict's type."""
    assert isinstance(owner.type, MadeDict)
    if isinstance(owner.type.value, Made):
        _forget_value(frame, owner, entry, is_new)
    hold(frame, value)
    builder, first = frame.builder, 1 + key_words(owner.type)
    for at, word in enumerate(value.words):
        builder.store(widen(builder, word), _place(frame, owner, entry, first + at))


def _forget_value(frame: Frame, owner: Value, entry: Word, is_new: Word) -> None:
    builder = frame.builder
    old, after = frame.block("old"), frame.block("forgotten")
    builder.cbranch(is_new, after, old)
    builder.position_at_end(old)
    let_go(frame, load_value(frame, owner, entry))
    builder.branch(after)
    builder.position_at_end(after)


def delete(frame: Frame, owner: Value, entry: Word) -> None:
    """One that is there."""
    builder = frame.builder
    check_may_change(frame, owner)
    builder.store(int_word(0), _place(frame, owner, entry, 0))
    length = made.load_length(frame, owner)
    made.store_length(frame, owner, builder.sub(length, int_word(1)))
    store_head(frame, owner.word, dicts_text.FLAGS, builder.add(load_flags(frame, owner), int_word(dicts_text.ONE_DELETED)))


def load_flags(frame: Frame, owner: Value) -> Word:
    """They are others after a key was deleted."""
    return load_head(frame, owner.word, dicts_text.FLAGS)


def as_key(frame: Frame, owner: Value, key: Value) -> Value:
    """Of the type that the dict's keys have."""
    assert isinstance(owner.type, MadeDict)
    key = frame.settle(key)
    if key.type == UNSIGNED:
        key = convert(frame, key, INT)
    if not _can_be_key(key.type):
        frame.refuse(f"a key that is {describe(key.type)} is not compiled: only ints, bools and tuples of such")
    if owner.type.key is not None and key.type != owner.type.key:
        frame.refuse(f"a key is {describe(owner.type.key)} first and {describe(key.type)} later")
    return key


def _can_be_key(kind: Type) -> bool:
    match kind:
        case TupleOf(items):
            return bool(items) and all(map(_can_be_key, items))
    return kind in (INT, BOOL)


def as_value(frame: Frame, owner: Value, key: Value, value: Value) -> Value:
    """Of the type that the dict's values have; of an empty dict it is learned."""
    assert isinstance(owner.type, MadeDict)
    value = as_item(frame, frame.settle(value))
    of = owner.type.value
    if owner.type.key is None:
        made.learn(frame.unit.lists, owner.type.site, (key.type, value.type))
    if of is None or join(of, value.type, frame.unit.lists) != of:
        frame.refuse(f"a dict holds {describe(of or value.type)} first and {describe(value.type)} later")
    return convert(frame, value, of)


def forget_deleted(frame: Frame, owner: Value) -> None:
    """All entries are live then, and stand in order."""
    assert isinstance(owner.type, MadeDict)
    builder = frame.builder
    some, none = frame.block("deleted"), frame.block("whole")
    used = load_head(frame, owner.word, dicts_text.USED)
    builder.cbranch(builder.icmp_signed("==", made.load_length(frame, owner), used), none, some)
    builder.position_at_end(some)
    build = frame.unit.external(dicts_text.BUILD, I1, [POINTER, POINTER, I64, I64])
    frame.stop_if(builder.call(build, [frame.given, owner.word, int_word(key_words(owner.type)), _entry_words(owner.type)]), NO_ROOM)
    builder.branch(none)
    builder.position_at_end(none)


def assign(frame: Frame, owner: Value, key: Value, value: Value) -> None:
    key = as_key(frame, owner, key)
    value = as_value(frame, owner, key, value)
    entry, is_new = find_or_insert(frame, owner, key)
    store_value(frame, owner, entry, is_new, value)


def add(frame: Frame, owner: Value, item: Value) -> None:
    assert isinstance(owner.type, MadeDict)
    key = as_key(frame, owner, item)
    if owner.type.key is None:
        made.learn(frame.unit.lists, owner.type.site, (key.type, None))
    find_or_insert(frame, owner, key)


def find_there(frame: Frame, owner: Value, key: Value) -> Word:
    """The number of the entry of a key; it stops where there is none."""
    assert isinstance(owner.type, MadeDict)
    key = as_key(frame, owner, key)
    if owner.type.key is None:
        made.wait(frame, owner.type)
    entry = find(frame, owner, key)
    frame.stop_if(frame.builder.not_(is_there(frame, entry)), MISSING)
    return entry
