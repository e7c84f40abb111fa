"""Maker of classes: the class statement runs again, decorators included.

What the statement reads while it runs (bases, decorators, values of the body) is made before, what its methods read only later: a
method may name the class itself, or a subclass of it.
"""

import ast
import dataclasses
import re
import sys
import typing
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from types import CodeType, FunctionType, ModuleType
from typing import Any

from pyfora.errors import WireError
from pyfora.program import nodes
from pyfora.program.nodes import Names, Ref
from pyfora.restore.compiling import compile_module, rename, take_place
from pyfora.restore.functions import fill_cell, fill_globals, prefix_of
from pyfora.restore.making import MISSING, MakeInSteps, Maker, Making, Need
from pyfora.restore.private import find_private_class, mangle, spell_out
from pyfora.restore.trees import (
    INSIDE_CLASS,
    enclose_class,
    list_annotation_names,
    list_early_names,
    make_module,
    quote_unknown_annotations,
)

MEMBERS = "__members__"
MARKS: dict[str, object] = {
    "typing.ClassVar": typing.ClassVar,
    "typing.InitVar": dataclasses.InitVar,
    "typing.KW_ONLY": dataclasses.KW_ONLY,
}
"""Annotations that change what `dataclass` makes. As text it would look their names up in the module, which is not here."""
_MARK = re.compile(r"(?:\w+\.)?(ClassVar|InitVar|KW_ONLY)\b")


def make_class(making: Making, ref: Ref, node: nodes.Class) -> Maker:
    made = making.find_known(node.key)
    if made is not MISSING:
        if making.environment.refreshes_known:
            yield from _refresh(made, node)
        return made
    making.check_names(node.names)
    making.check_names(node.cells)
    place = take_place(making.source(node.source), node.ordinal, ast.ClassDef)
    private = find_private_class(node.qualname)
    spell_out(place, private)
    scope = making.globals_for(node.module)
    cell_refs = tuple((mangle(name, private), cell) for name, cell in node.cells if cell >= 0)
    cells: dict[str, object] = {}
    yield from _make_early(place, ref, node.names, scope)
    yield from _make_early(place, ref, cell_refs, cells)
    members: dict[str, object] = {}
    for name, member in node.members:
        members[name] = yield Need(member)

    quote_unknown_annotations(place, (*scope, *cells))
    code, left = _compile_class(making, node, place, members)
    with _running(node.module, scope, members):
        build, made = _run_class(code, place.name, len(node.cells), scope, cells)
    for name in left:
        _set_member(made, name, members[name])
    making.put(ref, made)
    making.remember(node.key, made)
    yield from fill_globals(scope, node.names)
    if build is not None:
        yield from _fill_closure(build, dict(cell_refs))
    return made


def _refresh(made: type, node: nodes.Class) -> Maker:
    """A class sent before stays the same class; what it reads and its plain members are as they are now."""
    for scope in _scopes_of(made):
        yield from fill_globals(scope, node.names)
    for name, member in node.members:
        _set_member(made, name, (yield Need(member)))


def _scopes_of(made: type) -> list[dict[str, object]]:
    """The globals of its methods, but of those that a decorator took from the library."""
    found = [method.__globals__ for method in vars(made).values() if isinstance(method, FunctionType)]
    return list({id(scope): scope for scope in found if "__here__" in scope}.values())


def _make_early(place: ast.ClassDef, ref: Ref, names: Names, into: dict[str, object]) -> Maker:
    """What the statement needs; and what its annotations name, unless that in turn needs this class."""
    needed = list_early_names(place)
    wished = list_annotation_names(place)
    for name, each in names:
        if name in needed and each != ref:
            into[name] = yield Need(each, finished=True)
        elif name in wished and each != ref:
            yield Need(each, give=partial(into.__setitem__, name))


def _compile_class(making: Making, node: nodes.Class, place: ast.ClassDef, members: dict[str, object]) -> tuple[CodeType, list[str]]:
    """The code, and those members that no statement of the body sets."""
    source = making.source(node.source)
    private = find_private_class(node.qualname)
    left: list[str] = []

    def put_members(tree: ast.Module) -> None:
        left.extend(_put_members(_find_class(tree, node.ordinal), members))

    statement = place if _is_plain(node) else enclose_class(place, [mangle(name, private) for name, _ in node.cells])
    code = compile_module(make_module([statement], place), source, making.environment, (*node.names, *node.cells), put_members)
    return rename(code, INSIDE_CLASS, prefix_of(node)), left


def _is_plain(node: nodes.Class) -> bool:
    return not node.cells and node.qualname == node.name


def _find_class(tree: ast.Module, ordinal: int) -> ast.ClassDef:
    return next(found for found in ast.walk(tree) if isinstance(found, ast.ClassDef) and getattr(found, "ordinal", None) == ordinal)


def _put_members(statement: ast.ClassDef, members: dict[str, object]) -> list[str]:
    """Let the body take its values from `members`. Those it does not set are returned."""
    left = dict.fromkeys(members)
    for each in statement.body:
        match each:
            case ast.Assign(targets=[ast.Name(id=written)]) | ast.AnnAssign(target=ast.Name(id=written), value=ast.expr()):
                name = mangle(written, statement.name)
                if name in members:
                    each.value = _member(name, each)
                    left.pop(name, None)
        match each:
            case ast.AnnAssign(annotation=ast.Constant(value=str(text))) if mark := _MARK.match(text):
                each.annotation = _member(f"typing.{mark[1]}", each)
    return list(left)


def _member(name: str, near: ast.stmt) -> ast.Subscript:
    made = ast.Subscript(ast.Name(MEMBERS, ast.Load()), ast.Constant(name), ast.Load())
    for node in ast.walk(made):
        ast.copy_location(node, near)
    return made


@contextmanager
def _running(module: str, scope: dict[str, object], members: dict[str, object]) -> Iterator[None]:
    """`dataclass` looks for the module of a class while it is made; here may be none."""
    scope[MEMBERS] = MARKS | members
    absent = module not in sys.modules
    if absent:
        sys.modules[module] = ModuleType(module)
        vars(sys.modules[module]).update(scope)
    try:
        yield
    finally:
        if absent:
            del sys.modules[module]
        del scope[MEMBERS]


def _run_class(
    code: CodeType, name: str, cell_count: int, scope: dict[str, object], cells: dict[str, object]
) -> tuple[FunctionType | None, Any]:
    """The function that holds its closure, if it has one, and the class."""
    found: dict[str, Any] = {}
    exec(code, scope, found)
    if name in found:
        return None, found[name]
    build = found["__make__"](*[None] * cell_count)
    for freevar, cell in zip(build.__code__.co_freevars, build.__closure__ or (), strict=True):
        del cell.cell_contents
        if freevar in cells:
            cell.cell_contents = cells[freevar]
    return build, build()


def _fill_closure(build: FunctionType, refs: dict[str, Ref]) -> Maker:
    for name, cell in zip(build.__code__.co_freevars, build.__closure__ or (), strict=True):
        if name in refs:
            yield Need(refs[name], give=partial(fill_cell, cell))


def _set_member(made: Any, name: str, value: object) -> None:
    if not isinstance(made, type) or (name.startswith("__") and name.endswith("__")):
        return  # a decorator made something else of it; or what Python itself puts into every class
    try:
        setattr(made, name, value)
    except (AttributeError, TypeError) as error:
        raise WireError(f"attribute {name} of class {made.__name__} cannot be set: {error}") from None


IN_STEPS: dict[type, MakeInSteps] = {nodes.Class: make_class}
