"""What Python does with dicts and sets, for those that machine code makes (dicts.py).

    {}   {k: v}   {k: v for …}   dict(pairs)   {a, b}   {x for …}   set(xs)
    d[k]   d[k] = v   d[k] += v   del d[k]   k in d   len(d)   d.get(k, v)   d.setdefault(k, v)   d.pop(k, v)   d.copy()
    for k in d   d.keys()   d.values()   d.items()
    s.add(x)   s.discard(x)   s.remove(x)   x in s

Dicts are gone through in the order in which their keys came. Sets are not gone through at all: their order is that of CPython's own tables.
"""

import ast
from collections.abc import Callable
from typing import Any

from ufora.compile import choices, dicts, holders
from ufora.compile.comprehensions import Taking, counted_pass, run_comprehension
from ufora.compile.frame import Frame
from ufora.compile.sources import find_source, of_dict
from ufora.compile.spec import MadeDict, MadeSet, TupleOf
from ufora.compile.turns import run_through
from ufora.compile.values import (
    NONE,
    ContainerMethod,
    Value,
    Word,
    bool_word,
    describe,
    join_tuple,
    split_tuple,
)

# how they come about


def _empty(frame: Frame, node: ast.AST, *, is_set: bool) -> Value:
    site = (id(node), frame.types)
    known = frame.unit.lists.elements.get(site)
    kind = MadeSet if is_set else MadeDict
    return dicts.make(frame, kind(None, None, site) if known is None else kind(*known))


def display(frame: Frame, node: ast.Dict | ast.Set) -> Value:
    if isinstance(node, ast.Set):
        items = [frame.unit.evaluate(frame, item) for item in node.elts]
        result = _empty(frame, node, is_set=True)
        for item in items:
            dicts.add(frame, result, item)
        return result
    if None in node.keys:
        frame.refuse("`**` in a dict is not compiled", node)
    parts = [part for pair in zip(node.keys, node.values, strict=True) for part in pair if part is not None]
    values = [frame.unit.evaluate(frame, part) for part in parts]
    result = _empty(frame, node, is_set=False)
    for key, value in zip(values[::2], values[1::2], strict=True):
        dicts.assign(frame, result, key, value)
    return result


def comprehension(frame: Frame, node: ast.DictComp | ast.SetComp) -> Value:
    around, frame.repeats = frame.repeats, None
    result = _empty(frame, node, is_set=isinstance(node, ast.SetComp))

    def compute() -> Value:
        parts = [node.elt] if isinstance(node, ast.SetComp) else [node.key, node.value]
        return join_tuple([frame.settle(frame.unit.evaluate(frame, part)) for part in parts])

    def take(parts: Value) -> None:
        _take(frame, result, split_tuple(parts))

    with counted_pass(frame):
        run_comprehension(frame, node, Taking(compute, take))
    frame.repeats = around
    return result


def _take(frame: Frame, owner: Value, parts: list[Value]) -> None:
    if isinstance(owner.type, MadeSet):
        dicts.add(frame, owner, parts[0])
    else:
        dicts.assign(frame, owner, *parts)


def from_source(frame: Frame, node: ast.Call, *, is_set: bool) -> Value:
    """`set(…)`, `dict(…)`"""
    if len(node.args) > 1 or node.keywords:
        frame.refuse(f"`{ast.unparse(node.func)}` with these arguments is not compiled", node)
    result = _empty(frame, node, is_set=is_set)
    for argument in node.args:
        source = find_source(frame, argument)

        def take(item: Value) -> None:
            if is_set:
                dicts.add(frame, result, item)
            elif isinstance(item.type, TupleOf) and len(item.type.items) == 2:
                dicts.assign(frame, result, *split_tuple(item))
            else:
                frame.refuse("`dict` is compiled for pairs only", node)

        run_through(frame, source, take)
    return result


# items


def item(frame: Frame, owner: Value, key: Value) -> Value:
    """`d[k]`"""
    if isinstance(owner.type, MadeSet):
        frame.refuse("an index into a set")
    value = dicts.load_value(frame, owner, dicts.find_there(frame, owner, key))
    holders.drop_around(frame, owner, value)
    return value


def contains(frame: Frame, key: Value, owner: Value) -> Word:
    assert isinstance(owner.type, MadeDict)
    if owner.type.key is None:  # nothing has been put into it so far
        return bool_word(False)
    return dicts.is_there(frame, dicts.find(frame, owner, dicts.as_key(frame, owner, key)))


# methods


def call_method(frame: Frame, called: Value, node: ast.Call) -> Value:
    assert isinstance(called.type, ContainerMethod)
    name, owner = called.type.name, Value(called.type.owner, called.words)
    methods = SET_METHODS if isinstance(owner.type, MadeSet) else DICT_METHODS
    if name not in methods or node.keywords:
        frame.refuse(f"`{name}` of {describe(owner.type)} is not compiled", node)
    least, most, method = methods[name]
    if not least <= len(node.args) <= most:
        frame.refuse(f"`{name}` of {describe(owner.type)} with {len(node.args)} arguments is not compiled", node)
    args = [frame.settle(frame.unit.evaluate(frame, arg)) for arg in node.args]
    frame.line = node.lineno
    return method(frame, owner, args, node)


def _get(frame: Frame, owner: Value, args: list[Value], node: ast.Call) -> Value:
    assert isinstance(owner.type, MadeDict)
    key, default = args
    if owner.type.key is None:  # nothing has been put into it so far
        return default
    entry = dicts.find(frame, owner, dicts.as_key(frame, owner, key))
    return _either(frame, entry, lambda: dicts.load_value(frame, owner, entry), lambda: default)


def _either(frame: Frame, entry: Word, there: Callable[[], Value], missing: Callable[[], Value]) -> Value:
    def jump(yes: Any, no: Any) -> None:
        frame.builder.cbranch(dicts.is_there(frame, entry), yes, no)

    return choices.either(frame, jump, there, missing)


def _set_default(frame: Frame, owner: Value, args: list[Value], node: ast.Call) -> Value:
    key = dicts.as_key(frame, owner, args[0])
    value = dicts.as_value(frame, owner, key, args[1])
    entry, is_new = dicts.find_or_insert(frame, owner, key)
    builder = frame.builder
    put, after = frame.block("put"), frame.block("default")
    builder.cbranch(is_new, put, after)
    builder.position_at_end(put)
    dicts.store_value(frame, owner, entry, bool_word(True), value)
    builder.branch(after)
    builder.position_at_end(after)
    return dicts.load_value(frame, owner, entry)


def _pop(frame: Frame, owner: Value, args: list[Value], node: ast.Call) -> Value:
    assert isinstance(owner.type, MadeDict)

    def take(entry: Word) -> Value:
        value = dicts.load_value(frame, owner, entry)
        dicts.delete(frame, owner, entry)
        holders.let_go(frame, value)
        return value

    if len(args) == 1:
        return take(dicts.find_there(frame, owner, args[0]))
    if owner.type.key is None:
        return args[1]
    entry = dicts.find(frame, owner, dicts.as_key(frame, owner, args[0]))
    return _either(frame, entry, lambda: take(entry), lambda: args[1])


def _copy(frame: Frame, owner: Value, args: list[Value], node: ast.Call) -> Value:
    assert isinstance(owner.type, MadeDict)
    result = dicts.make(frame, owner.type)
    if owner.type.key is not None:
        run_through(frame, of_dict(frame, owner, "items"), lambda pair: dicts.assign(frame, result, *split_tuple(pair)))
    return result


def _add(frame: Frame, owner: Value, args: list[Value], node: ast.Call) -> Value:
    dicts.add(frame, owner, args[0])
    return NONE


def _discard(frame: Frame, owner: Value, args: list[Value], node: ast.Call) -> Value:
    assert isinstance(owner.type, MadeDict)
    if owner.type.key is None:
        return NONE
    entry = dicts.find(frame, owner, dicts.as_key(frame, owner, args[0]))
    builder = frame.builder
    there, after = frame.block("there"), frame.block("discarded")
    builder.cbranch(dicts.is_there(frame, entry), there, after)
    builder.position_at_end(there)
    dicts.delete(frame, owner, entry)
    builder.branch(after)
    builder.position_at_end(after)
    return NONE


def _remove(frame: Frame, owner: Value, args: list[Value], node: ast.Call) -> Value:
    dicts.delete(frame, owner, dicts.find_there(frame, owner, args[0]))
    return NONE


Method = Callable[[Frame, Value, list[Value], ast.Call], Value]
DICT_METHODS: dict[str, tuple[int, int, Method]] = {
    "copy": (0, 0, _copy),
    "get": (2, 2, _get),
    "pop": (1, 2, _pop),
    "setdefault": (2, 2, _set_default),
}
"""name → least and most arguments, what is written for a call."""
SET_METHODS: dict[str, tuple[int, int, Method]] = {"add": (1, 1, _add), "discard": (1, 1, _discard), "remove": (1, 1, _remove)}
