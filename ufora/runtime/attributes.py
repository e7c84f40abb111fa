"""Attributes reached by names given as text: what `getattr` and its like do in remote code, and formats that read attributes.

Some attributes are harmless on most objects only (`SENSITIVE_ATTRIBUTES`): guarded code asks `safe_attribute` for them.
"""

import datetime
import functools
import operator
import types
from collections.abc import Callable
from typing import Any

import numpy

from pyfora.program.allowed import REFUSED_STORES, SENSITIVE_ATTRIBUTES, is_allowed_attribute
from ufora.runtime.captured import check_first, note_shared, own
from ufora.runtime.chunked import ChunkedList
from ufora.runtime.guard.changes import CHANGING_METHODS
from ufora.runtime.guard.formats import FORMATS, find_attributes
from ufora.runtime.guard.stopping import refuse
from ufora.runtime.stand_ins import SeededRandom, real_class, type_of

CLOCK = frozenset({"astimezone", "fromtimestamp", "now", "timestamp", "today", "utcfromtimestamp", "utcnow"})
OF_AWARE = frozenset({"astimezone", "timestamp"})
"""Methods that ask for the machine's time zone unless the time has its own."""
FOREIGN = frozenset({"capsule", "cffi", "ctypes", "dump", "seed", "set_state", "tofile"})
_RAW: Any = object()
_C_METHODS = (
    types.BuiltinMethodType, types.MethodDescriptorType, types.ClassMethodDescriptorType,
    types.MethodWrapperType, types.WrapperDescriptorType,
)  # fmt: skip


def check_attribute(name: str) -> None:
    """Refuses a name that leads into the interpreter."""
    if not is_allowed_attribute(name):
        refuse(f"the attribute `{name}` leads into the interpreter, which code on the cluster may not reach. Leave it out")


def check_store(name: str) -> None:
    check_attribute(name)
    if name in REFUSED_STORES:
        refuse(f"assigning to the attribute `{name}` changes how an object works; define it in its class")


def plain_name(name: Any) -> Any:
    """A name as an exact str: a subclass could say one thing here and another there. What is no text is left to Python's own error."""
    return str.__str__(name) if isinstance(name, str) else name


def guarded_getattr(owner: object, name: Any, *default: object) -> object:
    name = plain_name(name)
    if not isinstance(name, str):
        return getattr(owner, name, *default)
    check_attribute(name)
    if name in CHANGING_METHODS:
        owner = own(owner, name)
    if name in SENSITIVE_ATTRIBUTES and hasattr(owner, name):
        return safe_attribute(owner, name)
    return getattr(owner, name, *default)


def guarded_hasattr(owner: object, name: Any) -> bool:
    name = plain_name(name)
    if isinstance(name, str):
        check_attribute(name)
    return hasattr(owner, name)


def guarded_setattr(owner: object, name: Any, value: object) -> None:
    name = plain_name(name)
    if isinstance(name, str):
        check_store(name)
        check_owner(owner)
        safe_to_set(owner, name)
    setattr(owner, name, value)


def guarded_delattr(owner: object, name: Any) -> None:
    name = plain_name(name)
    if isinstance(name, str):
        check_store(name)
        check_owner(owner)
    delattr(owner, name)


def check_owner(owner: object) -> None:
    """Refuses to change the attributes of what came from outside."""
    own(owner, "")


class guarded_attrgetter:  # noqa: N801 - stands for operator.attrgetter
    """`operator.attrgetter` that reads as `getattr` in remote code does."""

    def __init__(self, *names: Any) -> None:
        operator.attrgetter(*names)  # Python's own refusals
        self._names = tuple(str.__str__(name).split(".") for name in names)

    def describe(self) -> tuple[tuple[object, ...], dict[str, object]]:
        """Arguments and options."""
        return tuple(map(".".join, self._names)), {}

    def __call__(self, owner: object) -> object:
        found = tuple(functools.reduce(guarded_getattr, names, owner) for names in self._names)
        return found if len(found) > 1 else found[0]


class guarded_methodcaller:  # noqa: N801 - stands for operator.methodcaller
    """`operator.methodcaller` that finds the method as `getattr` in remote code does."""

    def __init__(self, name: Any, /, *args: Any, **kwargs: Any) -> None:
        operator.methodcaller(name, *args, **kwargs)  # Python's own refusals
        self._name = plain_name(name)
        self._args = args
        self._kwargs = kwargs

    def describe(self) -> tuple[tuple[object, ...], dict[str, object]]:
        """Arguments and options."""
        return (self._name, *self._args), self._kwargs

    def __call__(self, owner: object) -> object:
        method: Any = guarded_getattr(owner, self._name)
        return method(*self._args, **self._kwargs)


def safe_attribute(owner: Any, name: str) -> object:
    """`owner.name` for a name that is harmless on most objects only."""
    if name == "__class__":
        return type_of(owner) if owner.__class__ is type(owner) else owner.__class__
    found: Any = getattr(owner, name)
    if name in FORMATS:
        return _safe_format(found, name)
    if name in CLOCK:
        return _safe_clock(owner, found, name)
    if name in FOREIGN and _is_numpys(owner, found, name):
        what = "writes files, reaches C code, or draws from outside, which code on the cluster may not do"
        refuse(f"`.{name}` of a numpy object {what}. Leave it out")
    if name == "resize" and isinstance(found, (types.BuiltinMethodType, types.MethodDescriptorType)):
        return _safe_resize(found)
    if name == "parts" and type(owner) is ChunkedList:
        raise AttributeError("'list' object has no attribute 'parts'", name="parts", obj=[])
    if name == "flags" and isinstance(owner, numpy.ndarray):
        own(owner, "setflags")
    if name in ("__setattr__", "__delattr__"):
        return _safe_store(found)
    if name == "shuffle" and isinstance(found, types.MethodType | types.BuiltinMethodType):
        return check_first(found)
    if name == "register" and getattr(found, "__module__", "") == "functools":
        return _safe_register(found)
    note_shared(found)
    if name == "evaluate" and not isinstance(found, types.FunctionType | types.MethodType):
        refuse("`.evaluate` of a type hint runs text as code, which code on the cluster may not do")
    return found


def safe_to_set(owner: Any, name: str) -> Any:
    """The owner, unless setting this attribute of it would reach past it: the state of numpy's generators is not looked at by numpy."""
    if name == "state" and isinstance(owner, numpy.random.BitGenerator):
        refuse("`.state = …` of a generator of numpy's may not be set on the cluster. Make a new one with a seed")
    return owner


def _safe_clock(owner: Any, found: Any, name: str) -> object:
    if not isinstance(found, _C_METHODS) or not _comes_from(found, datetime.date):
        return found
    is_aware = isinstance(owner, datetime.datetime) and datetime.datetime.tzinfo.__get__(owner) is not None
    if name not in OF_AWARE or not is_aware:
        what = "asks the clock or the machine's time zone, which code on the cluster may not do"
        refuse(f"`.{name}` {what}. Ask before the block and use the value inside it")
    return found


def _comes_from(method: Any, kind: type) -> bool:
    owner = getattr(method, "__objclass__", None) or getattr(method, "__self__", None)
    return issubclass(owner if isinstance(owner, type) else type(owner), kind)


def _is_numpys(owner: Any, found: Any, name: str) -> bool:
    if isinstance(owner, SeededRandom) or owner is SeededRandom:
        return False  # it looks at its seeds itself
    kind = real_class(owner) if isinstance(owner, type) else type(owner)
    home = next((cls for cls in kind.__mro__ if name in vars(cls)), object)
    homes = {home.__module__, str(getattr(found, "__module__", "")), str(getattr(getattr(found, "__objclass__", None), "__module__", ""))}
    return bool({each.partition(".")[0] for each in homes} & {"numpy", "random", "_random"}) or issubclass(kind, numpy.ndarray)


def _safe_resize(found: Any) -> Callable[..., Any]:
    """`resize` of an array may not move memory that others look at."""

    def resize(*args: Any, refcheck: object = True, **options: Any) -> Any:
        if not refcheck:
            refuse("`.resize(…, refcheck=False)` takes memory away from other arrays, which code on the cluster may not do. Leave it out")
        return found(*args, **options)

    return resize


def _safe_store(found: Any) -> Callable[..., None]:
    """`object.__setattr__` and `super().__setattr__`."""
    bound_to = getattr(found, "__self__", _RAW)

    def store(*args: Any) -> None:
        owner, name, *_ = args if bound_to is _RAW else (bound_to, *args)
        check_owner(owner)
        if isinstance(name, str):
            check_store(str.__str__(name))
        found(*args)

    return store


def _safe_register(found: Any) -> Callable[..., Any]:
    """`register` of `functools.singledispatch`, which would evaluate annotations: it is told the class that stands in the first one."""

    def register(cls: Any, method: Any = None) -> Any:
        if type(cls) is types.FunctionType and method is None:
            cls, method = next(iter(cls.__annotations__.values()), None), cls
        if not isinstance(cls, type):
            refuse("`.register` without a class would evaluate annotations. Write the class: `@f.register(int)`")
        return found(real_class(cls), method)

    return register


def _safe_format(found: Any, name: str) -> object:
    """A bound or unbound `str.format`, looking at the text before; anything else as it is."""
    if isinstance(found, types.MethodDescriptorType) and issubclass(found.__objclass__, str):
        return lambda text, *args, **kwargs: _format(text, name, args, kwargs)
    text = getattr(found, "__self__", None)
    if isinstance(found, types.BuiltinMethodType) and isinstance(text, str):
        return lambda *args, **kwargs: _format(text, name, args, kwargs)
    return found


def _format(text: Any, name: str, args: tuple[object, ...], kwargs: dict[str, object]) -> object:
    plain: Any = plain_name(text)
    for attribute in find_attributes(plain) if isinstance(plain, str) else ():
        check_attribute(attribute)
    return getattr(str, name)(plain, *args, **kwargs)


def checked_class(cls: object) -> object:
    """The class of a pattern with positional parts: `__match_args__` names attributes."""
    if not isinstance(cls, type):
        return cls
    metaclasses: list[type] = type.mro(type(cls))
    if any(not {"__match_args__", "__getattr__"}.isdisjoint(vars(each)) for each in metaclasses if each.__flags__ & (1 << 9)):
        refuse(f"the metaclass of `{cls.__name__}` decides what its patterns match, which code on the cluster may not do")
    names = next((vars(each)["__match_args__"] for each in cls.__mro__ if "__match_args__" in vars(each)), ())
    if type(names) is not tuple or any(type(name) is not str for name in names):
        refuse(f"`{cls.__name__}.__match_args__` must be a tuple of names")
    for name in names:
        check_attribute(name)
        if name in SENSITIVE_ATTRIBUTES:
            refuse(f"`{name}` may not be in `__match_args__`. Match other attributes")
    return cls
