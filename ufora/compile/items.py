"""A value as an item of a list that machine code makes, and a given list as one of those."""

from ufora.compile import made
from ufora.compile.frame import Frame
from ufora.compile.joins import convert, join
from ufora.compile.spec import ArrayOf, MadeList
from ufora.compile.values import INT, UNSIGNED, Value, describe


def is_list(value: Value) -> bool:
    return isinstance(value.type, ArrayOf | MadeList)


def as_own(frame: Frame, value: Value) -> Value:
    """A list as one that was made."""
    if isinstance(value.type, MadeList):
        return value
    if isinstance(value.type, ArrayOf):
        return made.view(frame, value)
    frame.refuse(f"{describe(value.type)} stands where a list is needed")


def as_item(frame: Frame, value: Value) -> Value:
    """As it lies in a list: an INT; a given list as one that was made."""
    if value.type == UNSIGNED:
        return convert(frame, value, INT)
    if isinstance(value.type, ArrayOf):
        return made.view(frame, value)
    if not made.can_hold(value.type):
        frame.refuse(f"a list of what is {describe(value.type)} is not compiled")
    return value


def as_item_of(frame: Frame, owner: Value, item: Value) -> Value:
    """Of the type that the list's items have."""
    assert isinstance(owner.type, MadeList)
    item = as_item(frame, item)
    element = owner.type.element
    if element is None:
        made.learn(frame.unit.lists, owner.type.site, item.type)
    joined = join(element, item.type, frame.unit.lists)
    if joined != element:
        frame.refuse(f"a list holds {describe(element)} first and {describe(item.type)} later")
    return convert(frame, item, element)
