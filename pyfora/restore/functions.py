"""Makers of functions: all of a module share one globals dictionary, and closures are filled when all is made."""

import ast
from functools import partial
from types import CellType, CodeType, FunctionType
from typing import Any

from pyfora.errors import InternalError
from pyfora.program import nodes
from pyfora.program.nodes import Names, Ref
from pyfora.program.places import PLACES, find_place
from pyfora.restore.compiling import compile_module, compile_once, rename, take_place
from pyfora.restore.making import MakeInSteps, Maker, Making, Need
from pyfora.restore.private import find_private_class, mangle, spell_out
from pyfora.restore.trees import (
    INSIDE_MAKE,
    MADE,
    bare_function,
    enclose_function,
    make_module,
    quote_unknown_annotations,
)

_FUNCTIONS = tuple(kind for kind in PLACES if kind not in (ast.With, ast.ClassDef))


def make_function(making: Making, ref: Ref, node: nodes.Function) -> Maker:
    function = _build_function(making, node)  # always anew: its closure and defaults may have changed since it was sent before
    making.put(ref, function)
    making.remember(node.key, function)
    yield from _fill_closure(function, node)
    yield from fill_globals(making.globals_for(node.module), node.names)
    if node.defaults:
        defaults = []
        for default in node.defaults:
            defaults.append((yield Need(default)))
        function.__defaults__ = tuple(defaults)
    for name, default in node.kwdefaults:
        function.__kwdefaults__ = function.__kwdefaults__ or {}
        yield Need(default, give=partial(function.__kwdefaults__.__setitem__, name))
    for name, value in node.attributes:
        yield Need(value, give=partial(_set_attribute, function, name))
    return function


def _set_attribute(function: FunctionType, name: str, value: Any) -> None:
    if name == "__doc__":
        function.__doc__ = value
    elif name == "__annotations__":
        function.__annotations__ = value if type(value) is dict else {}
    else:
        vars(function)[name] = value


def _build_function(making: Making, node: nodes.Function) -> FunctionType:
    making.check_names(node.names)
    making.check_names(node.cells)
    source = making.source(node.source)
    cells = [mangle(name, find_private_class(node.qualname)) for name, _ in node.cells]
    plain = not cells and node.qualname == node.name
    names = tuple(name for name, _ in (*node.names, *node.cells))
    made_from = source, node.ordinal, node.name, node.qualname, names, tuple(cells)
    code = compile_once(making.environment, made_from, lambda: _compile_function(making, node, names, cells if not plain else None))
    found: dict[str, Any] = {}
    exec(code, making.globals_for(node.module), found)
    name = getattr(find_place(source, node.ordinal), "name", MADE)
    function = found[name] if plain else found["__make__"](*[None] * len(cells))
    if not isinstance(function, FunctionType):
        raise InternalError(f"preparing {source.path} made a {type(function).__name__} of the function {node.name}")
    function.__name__ = node.name
    function.__qualname__ = node.qualname
    return function


def _compile_function(making: Making, node: nodes.Function, names: tuple[str, ...], cells: list[str] | None) -> CodeType:
    """Of a module that makes it. `cells`: names of a function around it; None: it stands alone."""
    source = making.source(node.source)
    place = take_place(source, node.ordinal, _FUNCTIONS)
    spell_out(place, find_private_class(node.qualname))
    statement = bare_function(place)
    quote_unknown_annotations(statement, names)
    tree = make_module([statement if cells is None else enclose_function(statement, cells)], place)
    return rename(compile_module(tree, source, making.environment, (*node.names, *node.cells)), INSIDE_MAKE, prefix_of(node))


def _fill_closure(function: FunctionType, node: nodes.Function) -> Maker:
    """What its cells hold. A def that names itself finds itself in its closure here: it shall find what its module calls so."""
    refs = {node.name: -1} | {name: ref for name, ref in node.names if name == node.name}
    refs |= {mangle(name, find_private_class(node.qualname)): ref for name, ref in node.cells}
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        if name in refs:
            del cell.cell_contents
            if refs[name] >= 0:
                yield Need(refs[name], give=partial(fill_cell, cell))


def fill_cell(cell: CellType, value: object) -> None:
    cell.cell_contents = value


def fill_globals(scope: dict[str, object], names: Names) -> Maker:
    for name, ref in names:
        if name != "__name__":
            yield Need(ref, give=partial(scope.__setitem__, name))


def prefix_of(node: nodes.Function | nodes.Class) -> str:
    """What stands before its name in its qualified name."""
    return node.qualname[: -len(node.name)] if node.name and node.qualname.endswith(node.name) else ""


IN_STEPS: dict[type, MakeInSteps] = {nodes.Function: make_function}
