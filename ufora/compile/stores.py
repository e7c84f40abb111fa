"""Assignment to items of lists and to attributes: `xs[i] = v`, `xs[i] += v`, `p.x = v`, `p.x += v`.

The memory is a copy that belongs to the run alone; what stops the run leaves list and object as they were (see runtime/lists.py). A list
keeps the one type of its items, an attribute its own: an int assigned into a list of floats would make it a list of both, which has no
machine type.
"""

import ast
from typing import Any

from ufora.compile import dicts, made, made_objects, objects, operators
from ufora.compile.frame import Frame
from ufora.compile.items import as_item_of, is_list
from ufora.compile.joins import convert
from ufora.compile.sources import find_place, find_position, load_item
from ufora.compile.spec import ArrayOf, ListOf, Made, MadeDict, MadeList, MadeObject, MadeSet, ObjectOf, Scalar
from ufora.compile.values import BOOL, I8, I64, INT, UNSIGNED, Value, Word, bool_word, describe


def assign_item(frame: Frame, target: ast.Subscript, value: Value) -> None:
    owner = _find_list(frame, target)
    if isinstance(owner.type, MadeDict):
        dicts.assign(frame, owner, _find_index(frame, target), value)
        return
    if isinstance(owner.type, MadeList):
        index = _find_index(frame, target)
        made.assign_item(frame, owner, find_position(frame, owner, index), as_item_of(frame, owner, value))
        return
    _store(frame, target, owner, _find_position(frame, target, owner), value)


def change_item(frame: Frame, target: ast.Subscript, symbol: str, operand: ast.expr) -> None:
    """`target symbol= operand`, in Python's order: the old item is read before the operand is evaluated."""
    owner = _find_list(frame, target)
    if isinstance(owner.type, MadeList):
        _change_made(frame, target, owner, symbol, operand)
        return
    if isinstance(owner.type, MadeDict):
        _change_value(frame, target, owner, symbol, operand)
        return
    position = _find_position(frame, target, owner)
    old = load_item(frame, owner, position)
    _store(frame, target, owner, position, operators.binary(frame, symbol, old, frame.unit.evaluate(frame, operand)))


def delete_item(frame: Frame, target: ast.expr) -> None:
    """`del xs[i]`, `del d[k]`"""
    if not isinstance(target, ast.Subscript):
        frame.refuse(f"`del {ast.unparse(target)}` is not compiled", target)
    owner = frame.unit.evaluate(frame, target.value)
    index = _find_index(frame, target)
    if isinstance(owner.type, MadeDict) and not isinstance(owner.type, MadeSet):
        dicts.delete(frame, owner, dicts.find_there(frame, owner, index))
    elif isinstance(owner.type, MadeList):
        made.remove_item(frame, owner, find_position(frame, owner, index))
    else:
        frame.refuse(f"`del` of an item of {describe(owner.type)} is not compiled", target)


def _change_made(frame: Frame, target: ast.Subscript, owner: Value, symbol: str, operand: ast.expr) -> None:
    """The operand may make the list longer or shorter."""
    index = _find_index(frame, target)
    old = load_item(frame, owner, find_position(frame, owner, index))
    if is_list(old):
        frame.refuse(f"`{symbol}=` of a list in a list is not compiled", target)
    value = operators.binary(frame, symbol, old, frame.unit.evaluate(frame, operand))
    made.assign_item(frame, owner, find_position(frame, owner, index), as_item_of(frame, owner, frame.settle(value)))


def _change_value(frame: Frame, target: ast.Subscript, owner: Value, symbol: str, operand: ast.expr) -> None:
    """The operand may change the dict."""
    key = _find_index(frame, target)
    entry = dicts.find_there(frame, owner, key)
    old = dicts.load_value(frame, owner, entry)
    if is_list(old) or isinstance(old.type, MadeDict):
        frame.refuse(f"`{symbol}=` of {describe(old.type)} in a dict is not compiled", target)
    value = operators.binary(frame, symbol, old, frame.unit.evaluate(frame, operand))
    if any(isinstance(node, ast.Call) for node in ast.walk(operand)):
        dicts.assign(frame, owner, key, value)
        return
    dicts.check_may_change(frame, owner)
    dicts.store_value(frame, owner, entry, bool_word(False), dicts.as_value(frame, owner, key, value))


def _find_list(frame: Frame, target: ast.Subscript) -> Value:
    owner = frame.unit.evaluate(frame, target.value)
    if isinstance(owner.type, MadeList | MadeDict) and not isinstance(owner.type, MadeSet):
        return owner
    if not isinstance(owner.type, ListOf) or not isinstance(owner.type.element, Scalar):
        what = "a list that may not change" if isinstance(owner.type, ArrayOf) else describe(owner.type)
        frame.refuse(f"assigning to `{ast.unparse(target)}`, an item of {what}, is not compiled", target)
    return owner


def _find_index(frame: Frame, target: ast.Subscript) -> Value:
    if isinstance(target.slice, ast.Slice):
        frame.refuse("assigning to a slice is not compiled", target)
    index = frame.settle(frame.unit.evaluate(frame, target.slice))
    frame.line = target.lineno
    return index


def _find_position(frame: Frame, target: ast.Subscript, owner: Value) -> Word:
    return find_position(frame, owner, _find_index(frame, target))


def assign_attribute(frame: Frame, target: ast.Attribute, value: Value) -> None:
    owner = _find_object(frame, target)
    if isinstance(owner.type, MadeObject):
        made_objects.assign(frame, owner, target.attr, value)
        return
    kind, place = objects.find_field(frame, owner, target.attr)
    _put(frame, target, kind, place, value, I64)


def change_attribute(frame: Frame, target: ast.Attribute, symbol: str, operand: ast.expr) -> None:
    """`target symbol= operand`, in Python's order."""
    owner = _find_object(frame, target)
    if isinstance(owner.type, MadeObject):
        _change_attribute(frame, target, owner, symbol, operand)
        return
    old = objects.load_field(frame, owner, target.attr)
    value = operators.binary(frame, symbol, old, frame.unit.evaluate(frame, operand))
    _put(frame, target, *objects.find_field(frame, owner, target.attr), value, I64)


def _change_attribute(frame: Frame, target: ast.Attribute, owner: Value, symbol: str, operand: ast.expr) -> None:
    old = made_objects.attribute(frame, owner, target.attr)
    if isinstance(old.type, Made):
        frame.refuse(f"`{symbol}=` of {describe(old.type)} that an object holds is not compiled", target)
    made_objects.assign(frame, owner, target.attr, operators.binary(frame, symbol, old, frame.unit.evaluate(frame, operand)))


def _find_object(frame: Frame, target: ast.Attribute) -> Value:
    owner = frame.unit.evaluate(frame, target.value)
    if not isinstance(owner.type, ObjectOf | MadeObject):
        frame.refuse(f"assigning to `{ast.unparse(target)}`, an attribute of {describe(owner.type)}, is not compiled", target)
    return owner


def _store(frame: Frame, target: ast.Subscript, owner: Value, position: Word, value: Value) -> None:
    assert isinstance(owner.type, ListOf)
    assert isinstance(owner.type.element, Scalar)
    _, place = find_place(frame, owner.type.element, owner.words[0], position)
    _put(frame, target, owner.type.element, place, value, I8)


def _put(frame: Frame, target: ast.expr, kind: Scalar, place: Word, value: Value, of_bool: Any) -> None:
    """`of_bool`: what a bool is in that memory."""
    value = frame.settle(value)
    if {kind, value.type} == {INT, UNSIGNED}:
        value = convert(frame, value, kind)
    if value.type != kind:
        frame.refuse(f"`{ast.unparse(target)}` is {describe(kind)} first and {describe(value.type)} later", target)
    frame.unit.changes = True
    frame.builder.store(frame.builder.zext(value.word, of_bool) if kind == BOOL else value.word, place)
