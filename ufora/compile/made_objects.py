"""Objects of the user's classes that machine code makes: `Vec(x, y)`, `self.x = x`, `v.x += 1`, `a + b`.

Their memory is that of a list (made.py) of words: first which attributes have a value, a bit each, then those of each attribute. All
objects of a class have the same attributes, each of one machine type, which is learned where it is assigned. Methods, properties and what
the class itself holds are those of objects.py; an attribute that the class holds, too, is refused. Such objects do not leave machine code.
"""

from typing import Any

from ufora.compile import made, objects
from ufora.compile.frame import Frame
from ufora.compile.heads import ITEMS, mark
from ufora.compile.holders import hold, holding
from ufora.compile.items import as_item
from ufora.compile.joins import convert, join
from ufora.compile.spec import Instance, MadeObject
from ufora.compile.values import I64, Nothing, Value, Word, describe, int_word, load_word, widen, word_types

MOST_FIELDS = 63  #: as many as bits that say whether they have a value


def make(frame: Frame, of: Instance, args: list[Value], keywords: dict[str, Value]) -> Value:
    """A call of the class."""
    fields = frame.unit.lists.fields.setdefault(of, {})
    count = 1 + sum(len(word_types(kind)) for kind in fields.values())
    result = Value(MadeObject(of), made.make(frame, None, int_word(count)).words)
    _put(frame, _place(frame, result, 0), int_word(0))
    if "__init__" not in of.methods:
        if args or keywords:
            frame.refuse(f"`{of.name}` takes no arguments")
        return result
    with holding(frame, [result]):
        found = frame.unit.call(frame, objects.find_method(frame, result, "__init__"), [result, *args], keywords)
    if found.type != Nothing():
        frame.refuse(f"`__init__` of `{of.name}` gives {describe(found.type)}")
    return result


def _place(frame: Frame, owner: Value, at: int) -> Word:
    return frame.builder.gep(made.load_items(frame, owner), [int_word(at)], source_etype=I64)


def _get(frame: Frame, place: Word, kind: Any) -> Word:
    word, loaded = load_word(frame.builder, place, kind)
    mark(frame, loaded, ITEMS)
    return word


def _put(frame: Frame, place: Word, word: Word) -> None:
    mark(frame, frame.builder.store(widen(frame.builder, word), place), ITEMS)


def _find(frame: Frame, owner: Value, name: str) -> tuple[Any, int, int] | None:
    """Type, first word and number of an attribute; None: nothing has assigned it so far."""
    assert isinstance(owner.type, MadeObject)
    at = 1
    for number, (field, kind) in enumerate(frame.unit.lists.fields.setdefault(owner.type.of, {}).items()):
        if field == name:
            return kind, at, number
        at += len(word_types(kind))
    return None


def attribute(frame: Frame, owner: Value, name: str) -> Value:
    """What the object holds; else what its class does."""
    assert isinstance(owner.type, MadeObject)
    of = owner.type.of
    if name in of.properties or name in of.methods or name in of.fields:
        return objects.attribute(frame, owner, of, name)
    found = None if name.startswith("__") else _find(frame, owner, name)
    if found is None:
        made.wait(frame, owner.type, name)
    kind, at, number = found
    bits = _get(frame, _place(frame, owner, 0), I64)
    has_value = frame.builder.and_(bits, int_word(1 << number))
    frame.stop_if(frame.builder.icmp_signed("==", has_value, int_word(0)), f"`{name}` of an object has no value")
    return Value(kind, tuple(_get(frame, _place(frame, owner, at + offset), word) for offset, word in enumerate(word_types(kind))))


def assign(frame: Frame, owner: Value, name: str, value: Value) -> None:
    assert isinstance(owner.type, MadeObject)
    of = owner.type.of
    if name in of.properties or name in of.methods or name in of.fields or name.startswith("__"):
        frame.refuse(f"assigning to `{name}`, which the class `{of.name}` holds, too, is not compiled")
    value = as_item(frame, frame.settle(value))
    found = _find(frame, owner, name)
    if found is None:
        if len(frame.unit.lists.fields[of]) == MOST_FIELDS:
            frame.refuse(f"objects of `{of.name}` have more than {MOST_FIELDS} attributes")
        made.learn_field(frame.unit.lists, of, name, value.type)
    kind, at, number = found
    if join(kind, value.type, frame.unit.lists) != kind:
        frame.refuse(f"`{name}` of an object is {describe(kind)} first and {describe(value.type)} later")
    value = convert(frame, value, kind)
    hold(frame, value)
    for offset, word in enumerate(value.words):
        _put(frame, _place(frame, owner, at + offset), word)
    place = _place(frame, owner, 0)
    _put(frame, place, frame.builder.or_(_get(frame, place, I64), int_word(1 << number)))
