"""Objects of the user's classes, for the compiler: what they hold, and what their classes make of it.

Only where an attribute can be nothing but what Python's plain rules say: no `__getattr__`, no metaclass, no builtin base. What has no
machine type does no harm until compiled code uses it.
"""

import ast
import dataclasses
from types import FunctionType
from typing import Protocol

from pyfora.program.places import find_place
from ufora.compile.spec import Binding, Code, Instance, Missing
from ufora.runtime.guard.registry import Registry
from ufora.runtime.packing import INT64, SCALARS

_NOT_PLAIN = ("__getattr__", "__getattribute__", "__slots__")


class CannotBind(Exception):  # noqa: N818 - becomes NotCompiled
    """Something a loop uses has no machine type."""


class Binds(Protocol):
    """What the parts of an object are bound with."""

    registry: Registry
    instances: dict[int, Instance]
    signature: list[object]

    def binding(self, name: str, value: object) -> Binding: ...

    def code(self, function: FunctionType) -> Code: ...


def _plain_classes(registry: Registry, name: str, kind: type, special: tuple[str, ...]) -> tuple[type, ...]:
    """The class and its bases. Raises CannotBind unless attributes of its objects are what Python's plain rules say."""
    classes = kind.__mro__[:-1]
    if type(kind) is not type or any(registry.find_place(cls) is None for cls in classes):
        raise CannotBind(f"`{name}` is a {kind.__name__}, which has no machine type")
    if any(method in vars(cls) for cls in classes for method in special):
        raise CannotBind(f"`{name}` is a {kind.__name__}, whose attributes are computed or in slots")
    return classes


def numbers_of(registry: Registry, name: str, value: object) -> dict[str, int | float | bool]:
    """The attributes of an object that are numbers of its own, by alphabet: those may be assigned. Raises CannotBind."""
    classes = _plain_classes(registry, name, type(value), (*_NOT_PLAIN, "__setattr__", "__delattr__"))
    computed = {each for cls in classes for each, member in vars(cls).items() if hasattr(type(member), "__get__")}
    numbers = {field: held for field, held in sorted(vars(value).items()) if field not in computed and type(held) in SCALARS}
    if any(held != held for held in numbers.values()):
        raise CannotBind(f"`{name}` holds a NaN, and containers tell one NaN object from another")
    return {field: held for field, held in numbers.items() if type(held) is not int or held in INT64}


def bind_instance(binder: Binds, name: str, value: object) -> Instance:
    """Objects may refer to each other in a circle. Raises CannotBind."""
    known = binder.instances.get(id(value))
    if known is not None:
        binder.signature.append(("again", list(binder.instances).index(id(value))))
        return known
    kind = type(value)
    classes = _plain_classes(binder.registry, name, kind, _NOT_PLAIN)
    kinds = [other.kind for other in binder.instances.values()]
    instance = binder.instances[id(value)] = Instance(kind.__name__, kind, {}, {}, {})
    # by number: a signature is kept, and would keep the class and with it all its globals
    binder.signature.append((kind.__name__, kinds.index(kind) if kind in kinds else -1, tuple(vars(value))))
    _bind_members(binder, instance, {name: member for cls in reversed(classes) for name, member in vars(cls).items()}, vars(value))
    return instance


def bind_class(binder: Binds, kind: type) -> Instance:
    """A class whose objects machine code may make. Raises CannotBind."""
    known = binder.instances.get(id(kind))
    if known is not None:
        binder.signature.append(("again", list(binder.instances).index(id(kind))))
        return known
    classes = _plain_classes(binder.registry, kind.__name__, kind, (*_NOT_PLAIN, "__setattr__", "__delattr__", "__new__", "__del__"))
    kinds = [other.kind for other in binder.instances.values()]
    bound = binder.instances[id(kind)] = Instance(kind.__name__, kind, {}, {}, {}, is_class=True)
    binder.signature.append(("class", kind.__name__, kinds.index(kind) if kind in kinds else -1))
    _bind_members(binder, bound, {name: member for cls in reversed(classes) for name, member in vars(cls).items()}, {})
    if dataclasses.is_dataclass(kind) and isinstance(bound.methods.get("__init__"), Missing):
        bound.methods["__init__"] = _write_init(binder, kind)  # type: ignore[index]
    return bound


def _write_init(binder: Binds, kind: type) -> Code | Missing:
    """What a dataclass of plain fields does with its arguments; a field with a default is an attribute of the class, too."""
    place = binder.registry.find_place(kind)
    known = dataclasses.fields(kind)
    missing = dataclasses.MISSING
    is_plain = all(f.init and not f.kw_only and f.default is missing and f.default_factory is missing for f in known)
    pseudo = len(known) != len(kind.__dataclass_fields__)  # type: ignore[attr-defined]
    if place is None or not is_plain or pseudo or hasattr(kind, "__post_init__"):
        return Missing(f"the dataclass `{kind.__name__}` has other than plain fields without defaults")
    names = [field.name for field in known]
    binder.signature.append(("fields", *names))
    text = "\n    ".join([f"def __init__({', '.join(['self', *names])}):", *(f"self.{name} = {name}" for name in names), "return None"])
    (tree,) = ast.parse(text).body
    assert isinstance(tree, ast.FunctionDef)
    ast.increment_lineno(tree, find_place(place.source, place.ordinal).lineno - 1)
    return Code("__init__", place.source.path, tree, {})


def _bind_members(binder: Binds, instance: Instance, of_class: dict[str, object], own: dict[str, object]) -> None:
    fields: dict[str, Binding | Missing] = {}
    methods: dict[str, Code | Missing] = {}
    properties: dict[str, Code | Missing] = {}
    for name, member in of_class.items():
        match member:
            case property():
                properties[name] = _code_or_missing(binder, member.fget)
            case FunctionType() if name not in own or name.startswith("__"):  # special methods are looked up on the class alone
                methods[name] = _code_or_missing(binder, member)
            case staticmethod():
                fields[name] = _code_or_missing(binder, member.__func__)
            case _ if name.startswith("__") or isinstance(member, FunctionType):
                pass
            case _ if hasattr(type(member), "__get__"):
                fields[name] = Missing(f"`{name}` of the class `{instance.name}` is computed")
            case _:
                fields[name] = _binding_or_missing(binder, name, member)
    for name, held in own.items():
        fields[name] = _binding_or_missing(binder, name, held)
    for part, bound in ((instance.fields, fields), (instance.methods, methods), (instance.properties, properties)):
        part.update(bound)  # type: ignore[attr-defined]


def _code_or_missing(binder: Binds, function: object) -> Code | Missing:
    if not isinstance(function, FunctionType):
        return Missing("it is no function of the user's")
    try:
        return binder.code(function)
    except CannotBind as problem:
        return _miss(binder, problem)


def _binding_or_missing(binder: Binds, name: str, value: object) -> Binding | Missing:
    try:
        return binder.binding(name, value)
    except CannotBind as problem:
        return _miss(binder, problem)


def _miss(binder: Binds, problem: CannotBind) -> Missing:
    binder.signature.append(str(problem))
    return Missing(str(problem))
