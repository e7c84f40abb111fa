"""Library functions for remote code that would otherwise reach too far, and what of the libraries all programs of a process share.

`functools.wraps` reads and sets whatever attributes it is told to; `numpy.frombuffer` gives the pointers of an array of objects as numbers.
"""

import functools
import importlib
import types
from collections.abc import Callable, Iterable
from typing import Any

import numpy

from pyfora.program.allowed import ALLOWED_MODULES, list_known
from ufora.runtime.guard.stopping import refuse
from ufora.runtime.stand_ins import SeededRandom

_HEAP_TYPE = 1 << 9  # Py_TPFLAGS_HEAPTYPE
_IMMUTABLE_TYPE = 1 << 8  # Py_TPFLAGS_IMMUTABLETYPE
CONTAINERS = (dict, list, set, bytearray)


def guarded_wraps(
    wrapped: Any, assigned: Iterable[str] = functools.WRAPPER_ASSIGNMENTS, updated: Iterable[str] = functools.WRAPPER_UPDATES
) -> Callable[[Any], Any]:
    names = tuple(assigned), tuple(updated)
    if any(type(name) is not str for name in (*names[0], *names[1])):
        refuse("`functools.wraps` must be told the attributes as plain texts")
    if not (set(names[0]) <= set(functools.WRAPPER_ASSIGNMENTS) and set(names[1]) <= set(functools.WRAPPER_UPDATES)):
        refuse("`functools.wraps` with attributes of one's own may not be used on the cluster. Leave `assigned` and `updated` out")

    def wrap(wrapper: Any) -> Any:
        functools.update_wrapper(wrapper, wrapped, names[0], ())
        if names[1]:
            find_fields(wrapper).update(find_fields(wrapped))
        wrapper.__wrapped__ = wrapped
        return wrapper

    return wrap


def guarded_update_wrapper(
    wrapper: Any,
    wrapped: Any,
    assigned: Iterable[str] = functools.WRAPPER_ASSIGNMENTS,
    updated: Iterable[str] = functools.WRAPPER_UPDATES,
) -> Any:
    return guarded_wraps(wrapped, assigned, updated)(wrapper)


def find_fields(value: Any) -> dict[str, Any]:
    """An object's own `__dict__`, whatever its class says it is; of a class, and where there is none, an empty one."""
    for cls in () if isinstance(value, type) else type(value).__mro__:
        found = vars(cls).get("__dict__")
        if isinstance(found, types.GetSetDescriptorType):
            fields: dict[str, Any] = found.__get__(value)
            return fields
    return {}


def guarded_frombuffer(buffer: Any, *args: Any, **options: Any) -> Any:
    try:
        view = memoryview(buffer)  # and this one is read: what an object gives may change from call to call
    except TypeError:
        raise TypeError(f"a bytes-like object is required, not '{type(buffer).__name__}'") from None
    if isinstance(view.obj, numpy.ndarray | numpy.generic) and view.obj.dtype.hasobject:
        refuse("`numpy.frombuffer` of an array of objects gives their addresses, which code on the cluster may not see")
    return numpy.frombuffer(view, *args, **options)


def import_all() -> None:
    """So that nothing is imported while guarded code runs, and all that may not change is known before."""
    for name in ALLOWED_MODULES:
        importlib.import_module(name)


@functools.cache
def list_shared() -> dict[int, object]:
    """What on the allow list could be changed by code, by identity: all programs that run in this process would see the change."""
    import_all()
    shared: dict[int, object] = {}
    for value in (*list_known(), SeededRandom):
        if isinstance(value, type):
            if value.__flags__ & _HEAP_TYPE and not value.__flags__ & _IMMUTABLE_TYPE:
                shared[id(value)] = value
                shared |= {id(each): each for each in vars(value).values() if isinstance(each, CONTAINERS)}
        elif isinstance(value, CONTAINERS) or hasattr(value, "__dict__") or type(value).__flags__ & _HEAP_TYPE:
            shared[id(value)] = value
    return shared
