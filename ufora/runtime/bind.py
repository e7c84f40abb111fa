"""From a live comprehension to the compiler's Loop: what its names mean, and the values they have now."""

import ast
import copy
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import FunctionType, ModuleType
from typing import Any

import numpy

from pyfora.program.nodes import Source
from pyfora.program.places import find_place
from ufora.compile.given import GivenType, Table
from ufora.compile.spec import (
    CALLEE,
    ArrayOf,
    ArraySource,
    Binding,
    Code,
    Consumer,
    Fixed,
    Given,
    Instance,
    Loop,
    Named,
    NotCompiled,
    ObjectOf,
    RangeSource,
    Scalar,
    TupleOf,
)
from ufora.runtime.chunked import ChunkedList
from ufora.runtime.comprehensions import Comprehension
from ufora.runtime.guard.loops import LoneLoop
from ufora.runtime.guard.meanings import UNKNOWN, resolver_of
from ufora.runtime.guard.registry import Registry
from ufora.runtime.instances import CannotBind, bind_class, bind_instance
from ufora.runtime.lists import Lists, pack_list, turn_rows
from ufora.runtime.packing import ELEMENTS, INT64, SCALARS, UINT64, Columns, is_mask
from ufora.runtime.unboxed import Unboxed
from ufora.runtime.zipped import Zipped

LOOP = "loop"  #: stands for the name of a function that is none


@dataclass(frozen=True, slots=True)
class Bound:
    """A Loop, its source in the form kernels take, and the value of each Given."""

    loop: Loop
    source: Any  #: range, array, or the ChunkedList itself
    values: dict[int, object]  #: id of a Given of the loop → its value
    signature: tuple[object, ...]  #: equal for loops that share machine code; cheap to compare
    lists: Lists = field(default_factory=Lists)  #: that a call was given


@dataclass(slots=True)
class Binder:
    """Binds one comprehension; functions are bound once each, circles included."""

    registry: Registry
    find_named: Callable[[object], str | None]
    values: dict[int, object] = field(default_factory=dict)
    codes: dict[FunctionType, Code] = field(default_factory=dict)
    instances: dict[int, Instance] = field(default_factory=dict)  #: by identity
    signature: list[object] = field(default_factory=list)
    lists: Lists = field(default_factory=Lists)

    def bind(self, comprehension: Comprehension, consumer: Consumer) -> Bound | NotCompiled:
        tree = comprehension.tree
        try:
            source, element = pack_source(comprehension.source)
            kind = RangeSource() if element is None else ArraySource(element)
            names = self._names(comprehension.body, [*tree.generators[0].ifs, *tree.generators[1:], tree.elt])
        except CannotBind as problem:
            return NotCompiled(str(problem), comprehension.text.path, tree.lineno)
        loop = Loop(tree, comprehension.text.path, consumer, kind, names)
        return Bound(loop, source, self.values, (comprehension.body.__code__, consumer, kind, *self.signature))

    def bind_call(self, source: Source, ordinal: int, args: tuple[object, ...], names: Mapping[str, object]) -> Bound | NotCompiled:
        """One call of a function, as a loop of one turn. `names`: what its free names mean."""
        tree = find_place(source, ordinal)
        assert isinstance(tree, ast.FunctionDef)
        return self._bind_once(Code(tree.name, source.path, tree, {}), args, names, (source, ordinal))

    def bind_loop(self, source: Source, loop: LoneLoop, values: tuple[object, ...]) -> Bound | NotCompiled:
        """A loop that stands alone, as a function of the names it both reads and binds. `values`: of all it reads."""
        read = dict(zip(loop.reads, values, strict=True))
        given = {name: value for name, value in read.items() if name in loop.binds}
        arguments = ast.arguments(posonlyargs=[], args=[ast.arg(name) for name in given], kwonlyargs=[], kw_defaults=[], defaults=[])
        tree = ast.copy_location(ast.FunctionDef(LOOP, arguments, [loop.tree], [], lineno=loop.tree.lineno), loop.tree)
        names = {name: value for name, value in read.items() if name not in given}
        code = Code(LOOP, source.path, tree, {}, (), loop.binds)
        bound = self._bind_once(code, tuple(given.values()), names, (source, loop.tree.lineno, loop.tree.col_offset))
        for called in self.codes.values():
            changed = sorted(loop.binds & called.names.keys())
            if changed:
                return NotCompiled(f"`{called.name}` reads `{changed[0]}`, which the loop changes", source.path, loop.tree.lineno)
        return bound

    def _bind_once(
        self, code: Code, args: tuple[object, ...], names: Mapping[str, object], place: tuple[object, ...]
    ) -> Bound | NotCompiled:
        inside: dict[str, Binding] = {}
        code = replace(code, names=inside)
        outside: dict[str, Binding] = {CALLEE: code}
        try:
            for name, value in names.items():
                inside[name] = self.binding(name, value)
                if isinstance(value, ModuleType) and self.find_named(value) is None:
                    inside |= self._members(name, value, [code.tree])
            arguments = [f"argument {number}" for number in range(len(args))]
            outside |= {name: self.binding(name, value) for name, value in zip(arguments, args, strict=True)}
        except CannotBind as problem:
            return NotCompiled(str(problem), code.path, code.tree.lineno)
        loop = Loop(_call_once(code.tree, arguments), code.path, Consumer.LIST, RangeSource(), outside, is_call=True)
        return Bound(loop, range(1), self.values, (*place, len(args), *self.signature), self.lists)

    def _names(self, function: FunctionType, trees: list[ast.AST]) -> dict[str, Binding]:
        resolve = resolver_of(function)
        loaded = {node.id for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
        bindings: dict[str, Binding] = {}
        for name in sorted(loaded):
            value = resolve(name)
            if value is not UNKNOWN:
                bindings[name] = self.binding(name, value)
                if isinstance(value, ModuleType) and self.find_named(value) is None:
                    bindings |= self._members(name, value, trees)
        self._turn_rows(bindings, trees)
        return bindings

    def _turn_rows(self, bindings: dict[str, Binding], trees: list[ast.AST]) -> None:
        """The columns that `zip(*rows)` goes through, for every element anew, are given in one piece each, as "*rows"."""
        if bindings.get("zip") != Named("builtins.zip"):
            return
        zipped = Counter(name for tree in trees for name in _list_zipped(tree))
        for name in sorted(zipped):
            match bindings.get(name):
                case Given(ArrayOf(ArrayOf(Scalar() as scalar) as row)) as given if type(row) is type(given.type) is ArrayOf:
                    rows = self.values[id(given)]
                    assert isinstance(rows, Table)
                    bindings[f"*{name}"] = self._give(ArrayOf(row), turn_rows(scalar, rows))
                    if zipped[name] == sum(isinstance(node, ast.Name) and node.id == name for tree in trees for node in ast.walk(tree)):
                        del bindings[name]  # nothing else reads it

    def _members(self, name: str, module: ModuleType, trees: list[ast.AST]) -> dict[str, Binding]:
        """`helpers.f` of the user's own module, bound under that dotted name."""
        attributes = {
            node.attr
            for tree in trees
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == name
        }
        found = {attribute: getattr(module, attribute, UNKNOWN) for attribute in sorted(attributes)}
        return {f"{name}.{attribute}": self.binding(attribute, value) for attribute, value in found.items() if value is not UNKNOWN}

    def binding(self, name: str, value: object) -> Binding:
        path = self.find_named(value)
        if path is not None:
            self.signature.append(path)
            return Named(path)
        if isinstance(value, FunctionType):
            return self.code(value)
        if self.lists.may_assign(value):
            return self._give(*self.lists.copy_of(name, value))
        if self.registry.find_place(type(value)) is not None:
            return bind_instance(self, name, value)
        if isinstance(value, type) and self.registry.find_place(value) is not None:
            return bind_class(self, value)
        if isinstance(value, ModuleType):
            return Named(f"module {value.__name__}")  # no path of the allow list: only its members below have a meaning
        if type(value) is int and value not in INT64 and is_mask(value):
            self.signature.append(value)
            return Fixed(value)
        return self._give(*self._given(name, value))

    def _give(self, given_type: GivenType, packed: object) -> Given:
        given = Given(given_type)
        self.values[id(given)] = packed
        self.signature.append(given_type)
        return given

    def code(self, function: FunctionType) -> Code:
        if function in self.codes:
            self.signature.append(("again", list(self.codes).index(function)))
            return self.codes[function]
        place = self.registry.find_place(function)
        tree = None if place is None else find_place(place.source, place.ordinal)
        if place is None or not isinstance(tree, ast.FunctionDef | ast.Lambda):
            raise CannotBind(f"`{function.__name__}` has no source to compile")
        names: dict[str, Binding] = {}
        defaults: tuple[Binding, ...] = tuple(self.binding("a default", value) for value in function.__defaults__ or ())
        self.signature.append(function.__code__)
        tree = _without_accessor(tree)
        code = self.codes[function] = Code(function.__name__, place.source.path, tree, names, defaults)
        body = tree.body if isinstance(tree.body, list) else [tree.body]
        names.update(self._names(function, list(body)))
        return code

    def _given(self, name: str, value: object) -> tuple[GivenType, object]:
        kind = type(value)
        if kind is int and value not in INT64:
            if value not in UINT64:
                raise CannotBind(f"`{name}` is an int beyond 64 bits")
            return Scalar.UNSIGNED, value
        if kind is float and value != value:
            raise CannotBind(f"`{name}` is a NaN, and containers tell one NaN object from another")
        if kind in SCALARS:
            return SCALARS[kind], value
        if kind is tuple:
            parts = [self._given(name, item) for item in value]  # type: ignore[attr-defined]
            return TupleOf(tuple(part for part, _ in parts)), tuple(packed for _, packed in parts)
        if kind is list or kind is Unboxed:
            return self.lists.pack(value)  # type: ignore[arg-type]
        if kind is dict or kind is set:
            return self.lists.pack_dict(value)  # type: ignore[arg-type]
        raise CannotBind(f"`{name}` is a {kind.__name__}, which has no machine type")


def _list_zipped(tree: ast.AST) -> Iterator[str]:
    """The names in `zip(*name)`."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(ast.Name("zip"), [ast.Starred(ast.Name(name))], []):
                yield name


def _without_accessor(tree: ast.FunctionDef | ast.Lambda) -> ast.FunctionDef | ast.Lambda:
    """A property's function or a static method is called by the compiler as what it is."""
    match tree:
        case ast.FunctionDef(decorator_list=[ast.Name("property" | "staticmethod")]):
            tree = copy.copy(tree)
            tree.decorator_list = []
    return tree


def _call_once(tree: ast.FunctionDef | ast.Lambda, arguments: list[str]) -> ast.GeneratorExp:
    """`(callee(argument 0, …) for _ in range(1))`"""
    call = ast.Call(ast.Name(CALLEE, ast.Load()), [ast.Name(name, ast.Load()) for name in arguments], [])
    clause = ast.comprehension(ast.Name("_", ast.Store()), ast.Name("range", ast.Load()), [], 0)
    once = ast.GeneratorExp(call, [clause])
    for node in ast.walk(once):
        ast.copy_location(node, tree)
    return once


def pack_source(source: object) -> tuple[Any, Scalar | TupleOf | ArrayOf | ObjectOf | None]:
    """A source in the form kernels take, and the type of its elements (None: a range); what is on the workers stays as it is. Raises
    CannotBind."""
    if type(source) is Zipped:
        return _pack_zipped(source)
    if type(source) is ChunkedList:
        return source, ELEMENTS[numpy.dtype(source.dtype)]
    if type(source) is range:
        if source and (source[0] not in INT64 or source[-1] not in INT64):
            raise CannotBind("the range leaves 64 bits")
        return source, None
    if type(source) is list or type(source) is tuple or type(source) is Unboxed:
        of, packed = pack_list(source)  # type: ignore[arg-type]  # an Unboxed is one
        return packed, of.element
    raise CannotBind(f"elements of this {type(source).__name__} have no machine type")


def _pack_zipped(source: Zipped) -> tuple[Any, TupleOf]:
    """Beside each other as records; parts of which some are on the workers as Columns."""
    forms, kinds = [], []
    for part in source.parts:
        form, element = pack_source(part)
        if not isinstance(element, Scalar | TupleOf | None):
            raise CannotBind("lists of lists beside other things have no machine type")
        forms.append(form)
        kinds.append(element or Scalar.INT)
    columns = Columns(tuple(forms))
    return columns if source.is_remote() else columns.join(), TupleOf(tuple(kinds))
