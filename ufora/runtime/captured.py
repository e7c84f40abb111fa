"""Objects that came from outside and may not change: what a Program brought along, and values of earlier blocks.

`CAPTURED` holds them by identity, and so keeps them alive while their numbers mean something. Builtin types are in it too, so that
`list.append` taken from its type is handed out in a form that looks at its first argument.
"""

import collections
import functools
import inspect
import sys
import weakref
from collections.abc import Callable, Iterable, Mapping
from types import BuiltinMethodType, FunctionType, MemberDescriptorType, MethodType, ModuleType
from typing import Any

import numpy

from pyfora.program import nodes
from pyfora.restore import Restorer
from ufora.runtime.chunked import ChunkedList
from ufora.runtime.guard.seats import Seats
from ufora.runtime.guard.stopping import refuse
from ufora.runtime.library import CONTAINERS, list_shared
from ufora.runtime.unboxed import Unboxed, find_form, settle

_SCALARS = frozenset(map(id, (type(None), bool, int, float, complex, str, bytes, range, type(Ellipsis))))
"""Identities, as a class decides itself what it equals."""
_TYPES: tuple[type, ...] = (
    object, type, list, dict, set, bytearray,
    collections.deque, collections.OrderedDict, collections.defaultdict, collections.Counter,
    collections.UserDict, collections.UserList,
)  # fmt: skip
SIZED = frozenset({*_TYPES, Unboxed}) - {object, type, collections.UserDict, collections.UserList, collections.defaultdict}
_OWN_KINDS = (
    nodes.ListOf,
    nodes.TupleOf,
    nodes.DictOf,
    nodes.SetOf,
    nodes.FrozenSetOf,
    nodes.Instance,
    nodes.Packed,
    nodes.PackedDict,
    nodes.Zipped,
    nodes.Rows,
    nodes.UserModule,
)
"""Nodes whose parts are nodes themselves."""

_HEAP_TYPE = 1 << 9  # Py_TPFLAGS_HEAPTYPE

CAPTURED: dict[int, object] = {}
"""Of the evaluation that runs now. One runs at a time in a process."""

PACKED: dict[int, Any] = {}
"""Packed forms of long lists among them, by the list's identity (see `bind`): what may not change is packed once an evaluation."""


_captured_types: set[int] = set()
"""Identities of the types that objects in CAPTURED have. Identities, as a type decides itself what it equals. The containers of libraries
do not count as long as remote code has none of them: see `note_shared`."""
_reached_types: set[int] = set()
"""Of the libraries' containers that remote code got hold of in this process."""
_attended: "list[weakref.ref[Seats]]" = []  # of an interpreter's programs


def use_captured(captured: Mapping[int, object]) -> None:
    PACKED.clear()
    CAPTURED.clear()
    CAPTURED.update({id(kind): kind for kind in _TYPES})
    CAPTURED.update(list_shared())
    _captured_types.clear()
    _captured_types.update(_reached_types, _list_shared_types())
    add_captured(captured)


def add_captured(captured: Mapping[int, object]) -> None:
    CAPTURED.update(captured)
    _captured_types.update(map(id, map(type, captured.values())))
    if id(Unboxed) in _captured_types:
        _captured_types.add(id(list))  # which it may become
    _clear_seats()


@functools.cache
def _list_shared_types() -> frozenset[int]:
    kinds = set(map(type, list_shared().values())) - set(CONTAINERS)
    return frozenset(map(id, kinds))


def note_shared(value: object) -> None:
    """Remote code gets this attribute. From a library's container on, objects of its type are told one by one in this process."""
    if id(value) in list_shared() and id(type(value)) not in _captured_types:
        _reached_types.add(id(type(value)))
        _captured_types.add(id(type(value)))
        _clear_seats()


def attend(seats: Seats) -> Seats:
    """Its seats are cleared whenever other objects come from outside."""
    _attended.append(weakref.ref(seats, _attended.remove))
    return seats


def _clear_seats() -> None:
    for reference in _attended.copy():
        seats = reference()
        if seats is not None:
            seats.clear()


def look(seats: Seats, value: Any, seat: int, method: str) -> Any:
    """As `own`; and the next time the type may be enough."""
    kind = type(value)
    if seats.types[seat] is None and not issubclass(kind, super):  # which stands for another object each time
        seats.types[seat] = False if id(kind) in _captured_types else kind
    return own(value, method)


def collect(restorer: Restorer) -> dict[int, object]:
    """What a restored Program brought along, by identity."""
    found: dict[int, object] = {}
    for ref, value in restorer.list_made():
        node = restorer.node(ref)
        if isinstance(node, _OWN_KINDS):
            found[id(value)] = value
            if isinstance(node, nodes.Rows):
                found.update(zip(map(id, value), value, strict=True))
        elif not isinstance(node, nodes.Constant | nodes.Named):
            _collect_from(value, found)
    return {number: value for number, value in found.items() if not isinstance(value, tuple | frozenset)}


def _collect_from(start: object, found: dict[int, object]) -> None:
    todo = [start]
    while todo:
        value = todo.pop()
        if id(type(value)) in _SCALARS or id(value) in found:
            continue
        found[id(value)] = value
        if isinstance(value, numpy.ndarray):
            value.flags.writeable = False
        todo.extend(_parts_of(value))


def _parts_of(value: Any) -> list[object]:
    """What can be reached from a value and is not on the allow list."""
    form = find_form(value)
    if form is not None and form.ndim == 1:
        return []  # numbers, or tuples of such; rows are lists, which may not be changed either
    match value:
        case ChunkedList():  # first: it passes for a list, whose items would have to come here
            return []
        case list() | tuple() | set() | frozenset() | collections.deque():
            return [] if set(map(id, map(type, value))) <= _SCALARS else [*value, *_fields_of(value)]
        case dict():
            return [*value.keys(), *value.values(), *_fields_of(value)]
        case BuiltinMethodType():
            return []
        case FunctionType() if "__here__" not in value.__globals__:
            return []  # a library's
        case FunctionType():
            return [*cells_of(value), *(value.__defaults__ or ()), *(value.__kwdefaults__ or {}).values(), *_globals_of(value)]
        case MethodType():
            return [value.__self__, value.__func__]
        case functools.partial():
            return [value.func, *value.args, *value.keywords.values()]
        case type():
            return list(vars(value).values()) if _is_users_class(value) else []
        case property():
            return [value.fget]
        case staticmethod() | classmethod():
            return [value.__func__]
        case numpy.ndarray() if value.dtype.hasobject:
            return list(value.flat)
    return _fields_of(value)


def _fields_of(value: object) -> list[object]:
    if isinstance(value, ModuleType) or not type(value).__flags__ & _HEAP_TYPE:
        return []
    fields: list[object] = [type(value), *getattr(value, "__dict__", {}).values()]
    for cls in type(value).__mro__:
        for member in vars(cls).values() if _is_users_class(cls) else ():
            if isinstance(member, MemberDescriptorType):
                try:
                    fields.append(member.__get__(value))
                except AttributeError:  # never set
                    continue
    return fields


def _is_users_class(cls: type) -> bool:
    module = cls.__module__.partition(".")[0]
    return bool(cls.__flags__ & _HEAP_TYPE) and module not in sys.stdlib_module_names and module not in ("numpy", "pyfora", "ufora")


def cells_of(function: FunctionType) -> Iterable[object]:
    """What its cells hold."""
    for cell in function.__closure__ or ():
        try:
            yield cell.cell_contents
        except ValueError:  # still empty
            continue


def _globals_of(function: FunctionType) -> Iterable[object]:
    names = function.__code__.co_names
    return [function.__globals__[name] for name in names if name in function.__globals__ and not name.startswith("__")]


def own(value: Any, method: str) -> Any:
    """The value, when it may be changed."""
    if issubclass(type(value), super):
        check_change(value.__self__, method)
        return value
    return caught(value, method) if id(value) in CAPTURED else value


def check_change(value: object, method: str = "") -> None:
    if id(value) in CAPTURED and not isinstance(value, type):
        caught(value, method)


def caught(value: Any, method: str) -> Any:
    """A captured object on which `method` is called ("": which is assigned to). Gives it back where that need not change it."""
    if method and isinstance(value, type):
        return _Unbound(value) if _changes_first_argument(value, method) else value
    if method and _is_users(value, method):
        return value  # the user's own method: what it does is looked at there
    if isinstance(value, type) and value in _TYPES:
        refuse(f"a change to the type `{value.__name__}`, which code on the cluster may not make")
    what = f"`.{method}(…)` changes" if method else "this changes"
    refuse(f"{what} {describe(value)} made outside of this computation. Make a new one here, for instance a copy, and change that")


def describe(value: object) -> str:
    if isinstance(value, type):
        return f"the class `{value.__name__}`"
    return f"a {'module' if isinstance(value, ModuleType) else type(value).__name__}"


def _is_users(value: object, method: str) -> bool:
    found = inspect.getattr_static(type(value), method, None)
    if found is None:
        return True
    library = (getattr(found, "__module__", None) or "builtins") in (
        "collections",
        "functools",
        "builtins",
        "dataclasses",
        "random",
        "ufora.runtime.chunked",
        "ufora.runtime.unboxed",
        "ufora.runtime.stand_ins",
    )
    return isinstance(getattr(found, "__func__", found), FunctionType) and method != "__init__" and not library


def _changes_first_argument(owner: type, method: str) -> bool:
    found = inspect.getattr_static(owner, method, None)
    if method == "__init__" or found is None:
        return found is not None
    return not isinstance(found, FunctionType | classmethod | staticmethod) or found.__module__ == "collections"


class _Unbound:
    """A type whose changing methods look at what they change."""

    def __init__(self, owner: type) -> None:
        self._owner = owner

    def __getattr__(self, name: str) -> Callable[..., object]:
        return check_first(getattr(self._owner, name), name)


def check_first(function: Callable[..., object], name: str = "") -> Callable[..., object]:
    """A function that changes its first argument, as one that looks at it before."""

    def checked(*args: Any, **options: Any) -> object:
        lists = tuple(map(settle, args))
        for changed in lists[:1]:
            check_change(changed, "" if name in ("__init__", "") else name)
        return function(*lists, **options)

    return checked


def check_bound(method: Callable[..., object], owner: object, name: str) -> Callable[..., object]:
    """A method bound to a captured object, which says so once it is called."""
    if isinstance(owner, type) or _is_users(owner, name):
        return method

    def checked(*args: Any, **options: Any) -> object:
        check_change(owner, name)
        return method(*args, **options)

    return checked
