"""Assignment to items of lists: `xs[i] = v`, `xs[i] += v`.

The memory is a copy that belongs to the run alone; what stops the run leaves the list as it was (see runtime/lists.py). A list keeps the
one type of its items: an int assigned into a list of floats would make it a list of both, which has no machine type.
"""

import ast

from ufora.compile import operators
from ufora.compile.frame import Frame
from ufora.compile.sources import find_place, find_position, load_item
from ufora.compile.spec import ArrayOf, ListOf, Scalar
from ufora.compile.values import BOOL, I8, Value, Word, describe


def assign_item(frame: Frame, target: ast.Subscript, value: Value) -> None:
    owner = _find_list(frame, target)
    index = frame.settle(frame.unit.evaluate(frame, target.slice))
    _store(frame, target, owner, find_position(frame, owner, index), value)


def change_item(frame: Frame, target: ast.Subscript, symbol: str, operand: ast.expr) -> None:
    """`target symbol= operand`, in Python's order: the old item is read before the operand is evaluated."""
    owner = _find_list(frame, target)
    index = frame.settle(frame.unit.evaluate(frame, target.slice))
    position = find_position(frame, owner, index)
    old = load_item(frame, owner, position)
    _store(frame, target, owner, position, operators.binary(frame, symbol, old, frame.unit.evaluate(frame, operand)))


def _find_list(frame: Frame, target: ast.Subscript) -> Value:
    owner = frame.unit.evaluate(frame, target.value)
    if not isinstance(owner.type, ListOf) or not isinstance(owner.type.element, Scalar):
        what = "a list that may not change" if isinstance(owner.type, ArrayOf) else describe(owner.type)
        frame.refuse(f"assigning to `{ast.unparse(target)}`, an item of {what}, is not compiled", target)
    return owner


def _store(frame: Frame, target: ast.Subscript, owner: Value, position: Word, value: Value) -> None:
    assert isinstance(owner.type, ListOf)
    assert isinstance(owner.type.element, Scalar)
    value, element = frame.settle(value), owner.type.element
    if value.type != element:
        frame.refuse(f"`{ast.unparse(target)}` is {describe(element)} first and {describe(value.type)} later", target)
    frame.unit.changes = True
    _, place = find_place(frame, element, owner.words[0], position)
    frame.builder.store(frame.builder.zext(value.word, I8) if element == BOOL else value.word, place)
