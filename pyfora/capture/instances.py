"""Nodes for objects of the user's classes, enum members and exceptions; all else is Refused."""

import enum
import io
import sys
from collections.abc import Callable, Iterator
from types import MemberDescriptorType
from typing import TYPE_CHECKING, Any

from pyfora.program.nodes import EnumMember, ExceptionOf, Instance, Names, Node, Refused

if TYPE_CHECKING:
    from pyfora.capture.encoder import Encoder

_BASES: dict[type, Callable[[Any], object]] = {
    int: int.__index__,
    float: float.__float__,
    complex: lambda value: complex(value.real, value.imag),
    str: str.__str__,
    bytes: lambda value: bytes(memoryview(value)),
    tuple: lambda value: tuple(tuple.__iter__(value)),
    list: lambda value: list(list.__iter__(value)),
    dict: lambda value: dict(dict.items(value)),
    set: lambda value: set(set.__iter__(value)),
    frozenset: lambda value: frozenset(frozenset.__iter__(value)),
}
"""Builtin types that may be inherited from → the plain value inside, whatever the subclass overrides."""


def make_instance(value: object, encoder: "Encoder") -> Node:
    if isinstance(value, BaseException):
        return _make_exception(value, encoder)
    cls = type(value)
    base = _solid_base(cls)
    is_library = not cls.__flags__ & _HEAP_TYPE or cls.__module__.partition(".")[0] in sys.stdlib_module_names
    if is_library or (base is not object and base not in _BASES):
        return Refused(_say_why(value))
    made = encoder.make_now(encoder.ref(cls))
    if isinstance(made, Refused):
        return Refused(f"an object of class `{cls.__qualname__}` cannot travel to the cluster: {made.message}")
    if isinstance(value, enum.Enum):
        return EnumMember(encoder.ref(cls), value._name_ or "")
    inner = encoder.ref(_BASES[base](value)) if base is not object else -1
    return Instance(encoder.ref(cls), _fields_of(value, encoder), inner)


_HEAP_TYPE = 1 << 9  # Py_TPFLAGS_HEAPTYPE: made by a class statement or, rarely, by a C library


def _solid_base(cls: type) -> type:
    """The builtin type that decides what its objects hold."""
    base = cls
    while base.__flags__ & _HEAP_TYPE and base.__base__ is not None:
        base = base.__base__
    return base


def _fields_of(value: object, encoder: "Encoder") -> Names:
    fields = dict(getattr(value, "__dict__", {}))
    for name, found in _slots_of(value):
        fields[name] = found
    return encoder.names({name: fields[name] for name in fields if isinstance(name, str)})


def _slots_of(value: object) -> Iterator[tuple[str, object]]:
    for cls in type(value).__mro__:
        if not cls.__flags__ & _HEAP_TYPE:
            continue
        for name, member in vars(cls).items():
            if isinstance(member, MemberDescriptorType):
                try:
                    yield name, member.__get__(value)
                except AttributeError:  # never set
                    continue


def _make_exception(value: BaseException, encoder: "Encoder") -> Node:
    made = encoder.make_now(encoder.ref(type(value)))
    if isinstance(made, Refused):
        return Refused(f"an exception of class `{type(value).__qualname__}` cannot travel to the cluster: {made.message}")
    fields = {name: found for name, found in vars(value).items() if name != "__notes__"}
    return ExceptionOf(
        cls=encoder.ref(type(value)),
        args=encoder.ref(value.args),
        fields=encoder.names(fields),
        notes=tuple(map(str, getattr(value, "__notes__", ()))),
        cause=-1 if value.__cause__ is None else encoder.ref(value.__cause__),
        suppress_context=value.__suppress_context__,
        context=-1 if value.__context__ is None else encoder.ref(value.__context__),
        trace=encoder.origin.find_trace(value),
    )


def _say_why(value: object) -> str:
    if isinstance(value, io.IOBase):
        return "an open file cannot travel to the cluster. Read the data before the block and use the value inside it."
    kind = f"{type(value).__module__}.{type(value).__qualname__}".removeprefix("builtins.")
    if isinstance(value, Iterator):
        return (
            f"an iterator under way, of type {kind}, cannot travel to or from the cluster. Use a list of it, or make it where it is used."
        )
    return f"an object of type {kind} cannot travel to or from the cluster. Make it where it is used, of plain data that travels."
