"""Nodes for code: functions, classes, and modules; what their free names mean.

Code is checked here: raising PythonToForaConversionError says that it may not run on the cluster.
"""

import ast
import builtins
import contextlib
import sys
from collections.abc import Callable, Iterator, Mapping, Set
from types import BuiltinFunctionType, CellType, FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

from pyfora.capture.free_names import Use, find_names, find_problems, simple_targets
from pyfora.capture.origin import CodePlace
from pyfora.errors import PythonToForaConversionError
from pyfora.program.allowed import is_allowed
from pyfora.program.check import Problem, refuse_builtin, refuse_member, refuse_module
from pyfora.program.nodes import Attribute, Class, Function, Known, Made, Named, Node, Ref, Refused
from pyfora.program.places import find_place

if TYPE_CHECKING:
    from pyfora.capture.encoder import Encoder

MISSING = object()
Lookup = Callable[[str], object]
"""What a name means where the code stands; MISSING when it means nothing."""
_PLAIN = (type(None), bool, int, float, complex, str, bytes, tuple, list, dict, set, frozenset)


def find_code_node(value: object, encoder: "Encoder") -> Node | None:
    """The node of a function, class or module; None for other values."""
    if isinstance(value, ModuleType):
        name = value.__name__
        return Refused(f"the module {name} cannot travel as a value. Write `{name}.…` in the code, or pass what you need of it.")
    if not isinstance(value, FunctionType | type):
        return None
    key = encoder.origin.find_known(value)
    if key is not None:
        return Known(key)
    if isinstance(value, FunctionType):
        return _find_in_class(value, encoder) or _find_context_manager(value, encoder) or _make_function(value, encoder)
    return _find_namedtuple(value, encoder) or _make_class(value, encoder)


# functions


def _find_in_class(function: FunctionType, encoder: "Encoder") -> Attribute | None:
    """A function taken from its class, which travels as a whole."""
    path, _, name = function.__qualname__.rpartition(".")
    if not path or path.endswith("<locals>"):
        return None
    owner: object = None
    if "__class__" in function.__code__.co_freevars:
        owner = _contents(_cells_of(function)["__class__"])
    elif "<locals>" not in path:
        owner = function.__globals__.get(path.partition(".")[0])
        for part in path.split(".")[1:]:
            owner = getattr(owner, part, None)
    if isinstance(owner, type) and getattr(vars(owner).get(name), "__func__", vars(owner).get(name)) is function:
        return Attribute(encoder.ref(owner), name)
    return None


_OF_CONTEXT_MANAGERS = contextlib.contextmanager(lambda: iter(())).__code__
"""What every function that `contextlib.contextmanager` decorated runs."""


def _find_context_manager(function: FunctionType, encoder: "Encoder") -> Made | None:
    if function.__code__ is not _OF_CONTEXT_MANAGERS:
        return None
    return Made(encoder.add_node(Named("contextlib.contextmanager")), (encoder.ref(function.__wrapped__),), (), "")  # type: ignore[attr-defined]


def _make_function(function: FunctionType, encoder: "Encoder") -> Function:
    place = _place_of(function, encoder)
    for problem in find_problems(place.source, place.ordinal):
        raise PythonToForaConversionError(str(problem))
    cells = _cells_of(function)

    def look_up(name: str) -> object:
        return _contents(cells[name]) if name in cells else place.globals.get(name, MISSING)

    uses = find_names(place.source, place.ordinal).uses
    bound = bind_names(uses, look_up, place.source.path, encoder)
    return Function(
        source=encoder.add_source(place.source),
        ordinal=place.ordinal,
        name=function.__name__,
        qualname=function.__qualname__,
        module=function.__module__ or "",
        names=tuple((name, ref) for name, ref in bound.items() if name not in cells),
        cells=_cell_refs(cells, {use.chain[0] for use in uses}, bound, encoder),
        defaults=tuple(map(encoder.ref, function.__defaults__ or ())),
        kwdefaults=encoder.names(function.__kwdefaults__ or {}),
        key=encoder.origin.make_key(function),
        attributes=encoder.names(_attributes_of(function, encoder)),
    )


def _attributes_of(function: FunctionType, encoder: "Encoder") -> dict[str, object]:
    """What `functools.wraps` and the user put on a function; of its annotations, those that need no code to travel."""
    found: dict[str, object] = {name: value for name, value in vars(function).items() if isinstance(name, str)}
    if function.__doc__ is not None and function.__doc__ not in function.__code__.co_consts[:1]:
        found["__doc__"] = function.__doc__
    plain = {name: note for name, note in function.__annotations__.items() if _is_plain_annotation(note, encoder)}
    return found | {"__annotations__": plain} if plain else found


def _is_plain_annotation(note: object, encoder: "Encoder") -> bool:
    return note is None or isinstance(note, str) or encoder.origin.find_named(note) is not None


def _place_of(value: FunctionType | type, encoder: "Encoder") -> CodePlace:
    module = (value.__module__ or "").partition(".")[0]
    if module in sys.stdlib_module_names:
        reason, way_out = refuse_member(f"{value.__module__}.{value.__qualname__}")
        raise PythonToForaConversionError(f"the code {reason}. {way_out}")
    place = encoder.origin.find_code(value)
    if place is None:
        kind = "class" if isinstance(value, type) else "function"
        raise PythonToForaConversionError(
            f"the {kind} `{value.__module__}.{value.__qualname__}` has no Python source, so it cannot travel to the cluster. "
            "Define it in a file or a notebook cell, or use something else."
        )
    return place


def _cells_of(function: FunctionType) -> dict[str, CellType]:
    return dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=True))


def _contents(cell: CellType) -> Any:
    try:
        return cell.cell_contents
    except ValueError:
        return MISSING


def _cell_refs(cells: Mapping[str, CellType], used: set[str], bound: Mapping[str, Ref], encoder: "Encoder") -> tuple[tuple[str, Ref], ...]:
    """Closure variables that the source uses, and the class that `super()` asks for."""
    found = []
    for name, cell in cells.items():
        value = _contents(cell)
        if name in bound:
            found.append((name, bound[name]))
        elif name in used and value is MISSING:
            found.append((name, -1))
        elif name == "__class__":
            found.append((name, encoder.ref(value)))
    return tuple(found)


# classes


def _find_namedtuple(cls: type, encoder: "Encoder") -> Made | None:
    """A class that `collections.namedtuple` made has no source, but is known by its fields."""
    fields = getattr(cls, "_fields", None)
    if cls.__bases__ != (tuple,) or not isinstance(fields, tuple) or "__orig_bases__" in vars(cls) or "__annotations__" in vars(cls):
        return None
    defaults = tuple(getattr(cls, "_field_defaults", {}).values())
    args = (encoder.ref(cls.__name__), encoder.ref(fields))
    kwargs = encoder.names({"defaults": defaults, "module": cls.__module__})
    return Made(encoder.add_node(Named("collections.namedtuple")), args, kwargs, encoder.origin.make_key(cls))


def _make_class(cls: type, encoder: "Encoder") -> Class:
    place = _place_of(cls, encoder)
    for problem in find_problems(place.source, place.ordinal):
        raise PythonToForaConversionError(str(problem))
    statement = find_place(place.source, place.ordinal)
    assert isinstance(statement, ast.ClassDef)
    cells = _cells_of_class(cls, statement)
    members = dict(_find_members(cls, statement, {*cells, *place.globals, *vars(builtins)}))

    def look_up(name: str) -> object:
        return cells[name] if name in cells else place.globals.get(name, MISSING)

    uses = find_names(place.source, place.ordinal, frozenset(members)).uses
    bound = bind_names(uses, look_up, place.source.path, encoder)
    return Class(
        source=encoder.add_source(place.source),
        ordinal=place.ordinal,
        name=cls.__name__,
        qualname=cls.__qualname__,
        module=cls.__module__,
        names=tuple((name, ref) for name, ref in bound.items() if name not in cells),
        cells=tuple((name, bound.get(name, -1)) for name, value in cells.items() if name in bound or value is MISSING),
        members=encoder.names(members),
        key=encoder.origin.make_key(cls),
    )


def _find_members(cls: type, statement: ast.ClassDef, known: Set[str]) -> Iterator[tuple[str, object]]:
    """Class attributes that are plain data: assigned in the body, or set from outside since. And those that the body made from variables
    of the function around it, which nothing holds any more."""
    if hasattr(cls, "__members__") or hasattr(cls, "_field_defaults"):  # enums and named tuples turn their body into something else
        return
    assigned = {name: each for each in statement.body for name in simple_targets(each)}
    found = known | vars(cls).keys()
    for name, value in vars(cls).items():
        is_plain = type(value) in _PLAIN and (name in assigned or not name.startswith("__"))
        if is_plain or (name in assigned and not _list_names(assigned[name]) <= found):
            yield name, value


def _list_names(statement: ast.stmt) -> set[str]:
    """What it reads, or may read."""
    return {node.id for node in ast.walk(statement) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}


def _cells_of_class(cls: type, statement: ast.ClassDef) -> dict[str, object]:
    """Variables of the function that a class is defined in: those its methods hold, and its bases."""
    if "<locals>" not in cls.__qualname__:
        return {}
    found: dict[str, object] = {}
    for value in vars(cls).values():
        function = getattr(value, "__func__", getattr(value, "fget", value))
        if isinstance(function, FunctionType) and function.__qualname__.startswith(cls.__qualname__):
            found |= {name: _contents(cell) for name, cell in _cells_of(function).items() if name != "__class__"}
    if len(statement.bases) == len(cls.__bases__):
        found |= {base.id: live for base, live in zip(statement.bases, cls.__bases__, strict=True) if isinstance(base, ast.Name)}
    return found


# names


def bind_names(uses: tuple[Use, ...], look_up: Lookup, path: str, encoder: "Encoder") -> dict[str, Ref]:
    """The node of each name that means something. What a class's methods may not use is Refused, other uses raise."""
    bound: dict[str, Ref] = {}
    for use in uses:
        try:
            ref = _bind(use, look_up, path, encoder)
        except PythonToForaConversionError as refusal:
            if use.soft:
                continue
            if not use.deep:
                raise
            ref = bound.get(use.chain[0], encoder.add_node(Refused(str(refusal))))
        if ref is not None:
            bound[use.chain[0]] = ref
    return bound


def _bind(use: Use, look_up: Lookup, path: str, encoder: "Encoder") -> Ref | None:
    name = use.chain[0]
    value = look_up(name)
    if value is not MISSING:
        return _follow(value, use.chain, 1, use, path, encoder)
    if hasattr(builtins, name) and not is_allowed(f"builtins.{name}"):
        raise _refusal(use, path, *refuse_builtin(name))
    return None


def _follow(value: object, chain: tuple[str, ...], depth: int, use: Use, path: str, encoder: "Encoder") -> Ref:
    """The node of a value and, along modules, of what the code takes from it."""
    named = encoder.origin.find_named(value)
    if named is not None:
        _check_members(value, named, chain[depth:], use, path)
        return encoder.ref(value)
    _check_foreign(value, use, path)
    if not isinstance(value, ModuleType):
        return encoder.ref(value)
    if depth == len(chain):
        raise _refusal(use, path, "uses a module as a value", f"Write `{value.__name__}.…` for what you need of it.")
    index, members = encoder.ref_module(value)
    member = getattr(value, chain[depth], MISSING)
    if member is not MISSING:
        members[chain[depth]] = _follow(member, chain, depth + 1, use, path, encoder)
    return index


def _check_members(value: object, named: str, names: tuple[str, ...], use: Use, path: str) -> None:
    """May the code take these from an allow-listed module or class?"""
    for name in names:
        if not isinstance(value, ModuleType | type):
            return
        named = f"{named}.{name}"
        if not is_allowed(named):
            raise _refusal(use, path, *refuse_member(named))
        value = getattr(value, name, None)


def _check_foreign(value: object, use: Use, path: str) -> None:
    """Modules, functions and classes of the standard library that are not on the allow list."""
    if isinstance(value, ModuleType):
        if value.__name__.partition(".")[0] in sys.stdlib_module_names:
            raise _refusal(use, path, *refuse_module(value.__name__))
        if value.__name__.partition(".")[0] in ("pyfora", "ufora"):
            raise _refusal(
                use, path, "uses the cluster from code that runs on it", "Leave it out: the cluster finds what can run side by side."
            )
        return
    if not isinstance(value, FunctionType | BuiltinFunctionType | type):
        return
    name: str = value.__name__
    if getattr(builtins, name, None) is value:
        raise _refusal(use, path, *refuse_builtin(name))
    module = value.__module__ or ""
    is_bound = isinstance(value, BuiltinFunctionType) and not isinstance(value.__self__, ModuleType | None)
    if module.partition(".")[0] in sys.stdlib_module_names and not is_bound:
        raise _refusal(use, path, *refuse_member(f"{module}.{value.__qualname__}"))


def _refusal(use: Use, path: str, reason: str, way_out: str) -> PythonToForaConversionError:
    return PythonToForaConversionError(str(Problem(path, use.line, ".".join(use.chain), reason, way_out)))
