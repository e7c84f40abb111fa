"""`copy` and `dataclasses` for remote code: library code that calls and names what objects tell it to.

`copy` calls what `__reduce__` gives and sets the attributes it names; `dataclass` writes the names of fields into code that it runs. So
here objects of the user's classes are copied as Python copies plain ones, and fields must have plain names.
"""

import copy
import dataclasses
from collections.abc import Callable
from importlib.util import find_spec, module_from_spec
from types import ClassMethodDescriptorType, MethodDescriptorType, WrapperDescriptorType
from typing import Any

from pyfora.program.allowed import is_allowed_attribute
from ufora.runtime.guard.stopping import refuse

_HEAP_TYPE = 1 << 9
_PROTOCOL = ("__reduce__", "__reduce_ex__", "__getstate__", "__getnewargs__", "__getnewargs_ex__")
_C_METHODS = (MethodDescriptorType, ClassMethodDescriptorType, WrapperDescriptorType)
_LIBRARIES = frozenset({"builtins", "collections", "copyreg", "datetime", "decimal", "enum", "fractions", "functools", "random", "typing"})
_FIELDS = "__dataclass_fields__"


def _load_again(name: str) -> Any:
    """A module once more, for remote code alone: what is changed in it changes nothing for the rest of the process."""
    spec = find_spec(name)
    assert spec
    assert spec.loader
    own = module_from_spec(spec)
    spec.loader.exec_module(own)
    return own


def _make_checked_copy() -> Any:
    """`copy`, whose one door to the copying protocol asks first."""
    own = _load_again("copy")
    reconstruct: Callable[..., Any] = own._reconstruct

    def checked_reconstruct(value: object, *args: Any, **options: Any) -> Any:
        _refuse_protocol(type(value))
        return reconstruct(value, *args, **options)

    own._reconstruct = checked_reconstruct
    own.Error = own.error = copy.Error
    return own


def _make_checked_dataclasses() -> Any:
    """`dataclasses` that copies values so. It tells fields by the mark that the process's own puts on them."""
    own = _load_again("dataclasses")
    own.copy = _checked_copy
    own._FIELD = dataclasses._FIELD  # type: ignore[attr-defined]
    return own


def _refuse_protocol(kind: type) -> None:
    """The user's own copying protocol would name what is called and set."""
    for cls in kind.__mro__:
        for name in _PROTOCOL:
            method = vars(cls).get(name)
            if method is not None and getattr(method, "__module__", None) not in _LIBRARIES and not isinstance(method, _C_METHODS):
                refuse(
                    f"`copy` would call `{cls.__name__}.{name}`, which code on the cluster may not do. Define `__copy__` or `__deepcopy__`"
                )


_checked_copy = _make_checked_copy()
_checked_dataclasses = _make_checked_dataclasses()


def guarded_copy(value: Any) -> Any:
    _refuse_protocol(type(value))
    return _checked_copy.copy(value)


def guarded_deepcopy(value: Any, memo: dict[int, Any] | None = None) -> Any:
    return _checked_copy.deepcopy(value, memo)


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
    return _checked_dataclasses.asdict(value, **options)


def guarded_astuple(value: Any, **options: Any) -> Any:
    _check_value(value)
    return _checked_dataclasses.astuple(value, **options)


def guarded_replace(value: Any, /, **changes: Any) -> Any:
    _check_value(value)
    return dataclasses.replace(value, **changes)
