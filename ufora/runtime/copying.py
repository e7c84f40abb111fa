"""`copy` and `dataclasses` for remote code: library code that calls and names what objects tell it to.

`copy` calls what `__reduce__` gives and sets the attributes it names; `dataclass` writes the names of fields into code that it runs. So
here objects of the user's classes are copied as Python copies plain ones, and fields must have plain names.
"""

import copy
import dataclasses
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ClassMethodDescriptorType, MethodDescriptorType, WrapperDescriptorType
from typing import Any

from pyfora.program.allowed import is_allowed_attribute
from ufora.runtime.guard.stopping import refuse

_HEAP_TYPE = 1 << 9
_PROTOCOL = ("__reduce__", "__reduce_ex__", "__getstate__", "__getnewargs__", "__getnewargs_ex__")
_C_METHODS = (MethodDescriptorType, ClassMethodDescriptorType, WrapperDescriptorType)
_LIBRARIES = frozenset({"builtins", "collections", "copyreg", "datetime", "decimal", "enum", "fractions", "functools", "random", "typing"})
_reconstruct: Callable[..., Any] = copy._reconstruct  # type: ignore[attr-defined]
_FIELDS = "__dataclass_fields__"


class _Watching(threading.local):
    is_on = False  #: does this thread copy for guarded code? Libraries copy too, in other threads


_watching = _Watching()


def _checked_reconstruct(value: object, *args: Any, **options: Any) -> Any:
    """The one door through which `copy` and `deepcopy` make objects by the copying protocol."""
    if _watching.is_on:
        _refuse_protocol(type(value))
    return _reconstruct(value, *args, **options)


copy._reconstruct = _checked_reconstruct  # type: ignore[attr-defined]  # deepcopy meets objects at any depth


@contextmanager
def _watched() -> Iterator[None]:
    before, _watching.is_on = _watching.is_on, True
    try:
        yield
    finally:
        _watching.is_on = before


def _refuse_protocol(kind: type) -> None:
    """The user's own copying protocol would name what is called and set."""
    for cls in kind.__mro__:
        for name in _PROTOCOL:
            method = vars(cls).get(name)
            if method is not None and getattr(method, "__module__", None) not in _LIBRARIES and not isinstance(method, _C_METHODS):
                refuse(
                    f"`copy` would call `{cls.__name__}.{name}`, which code on the cluster may not do. Define `__copy__` or `__deepcopy__`"
                )


def guarded_copy(value: Any) -> Any:
    with _watched():
        return copy.copy(value)


def guarded_deepcopy(value: Any, memo: dict[int, Any] | None = None) -> Any:
    with _watched():
        return copy.deepcopy(value, memo)


def guarded_dataclass(cls: Any = None, /, **options: Any) -> Any:
    if cls is None:
        return lambda decorated: guarded_dataclass(decorated, **options)
    if isinstance(cls, type):
        _check_class(cls)
    return dataclasses.dataclass(cls, **options)


def _check_class(cls: type) -> None:
    if issubclass(cls, type):
        refuse(f"`{cls.__name__}` makes classes and can be no dataclass on the cluster")
    for each in cls.__mro__:
        annotations, fields = vars(each).get("__annotations__", {}), vars(each).get(_FIELDS, {})
        if type(annotations) is not dict or type(fields) is not dict:
            refuse(f"the fields of `{each.__name__}` are no plain dictionary")
        for name in [*annotations, *fields, *(field.name for field in fields.values())]:
            _check_name(name, each)
    metas = [meta for meta in type(cls).__mro__ if meta.__flags__ & _HEAP_TYPE and meta.__module__ not in ("abc", "enum", "typing")]
    if metas:
        refuse(f"`{cls.__name__}` has a metaclass of its own and can be no dataclass on the cluster")


def _check_name(name: object, cls: type) -> None:
    if type(name) is not str or not name.isidentifier() or not is_allowed_attribute(name):
        refuse(f"`{cls.__name__}` has a field named {str(name)[:60]!r}, which is no plain name")


def _check_value(value: object) -> None:
    kind = type(value)
    if hasattr(kind, _FIELDS):
        _check_class(kind)
    elif isinstance(value, list | tuple):
        for item in value:
            _check_value(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            _check_value(key)
            _check_value(item)
    if hasattr(kind, _FIELDS):
        for name in vars(kind).get(_FIELDS, ()):
            _check_value(getattr(value, name, None))


def guarded_asdict(value: Any, **options: Any) -> Any:
    _check_value(value)
    with _watched():
        return dataclasses.asdict(value, **options)


def guarded_astuple(value: Any, **options: Any) -> Any:
    _check_value(value)
    with _watched():
        return dataclasses.astuple(value, **options)


def guarded_replace(value: Any, /, **changes: Any) -> Any:
    _check_value(value)
    return dataclasses.replace(value, **changes)
