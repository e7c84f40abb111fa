"""Classes of which remote code gets a stand-in: it tells what is one and hands out methods, and looks at calls first.

    numpy.ndarray                         `ndarray(shape, object, buffer)` reads a buffer of numbers as pointers to objects
    numpy.random.RandomState, PCG64, …    without a seed they draw one from the machine
    type                                  `type(value)` shall give the stand-in, also under another name: `t = type`, `map(type, values)`

A stand-in is a class itself, so it may stand wherever a class may. Code that looks for the real one behind it finds nothing to gain
(`numpy_doors`).
"""

import random
import types
from collections.abc import Callable
from typing import Any, NoReturn, Self

import numpy

from pyfora.program.allowed import is_allowed
from ufora.runtime.chunked import chunked_type
from ufora.runtime.guard.stopping import refuse

SEEDED = ("RandomState", "BitGenerator", "MT19937", "PCG64", "PCG64DXSM", "Philox", "SFC64", "SeedSequence")
"""Classes of `numpy.random` whose first argument is a seed."""


class _StandIn(type):
    """Of these classes, `real` is what they stand for, `path` its name on the allow list, `call` what a call does."""

    real: type
    path: str
    call: Callable[..., Any]

    def __call__(cls, *args: Any, **options: Any) -> Any:
        return cls.call(*args, **options)

    def __instancecheck__(cls, value: object) -> bool:
        return isinstance(value, cls.real)

    def __subclasscheck__(cls, kind: type) -> bool:
        return kind is cls or issubclass(_REAL.get(kind, kind), cls.real)

    def __getattr__(cls, name: str) -> Any:
        if not is_allowed(f"{cls.path}.{name}"):
            refuse(f"`{cls.path}.{name}` may not be used on the cluster")
        return getattr(cls.real, name)

    def __setattr__(cls, name: str, value: object) -> NoReturn:
        refuse(f"`{cls.path}.{name} = …` changes a class that all programs share, which code on the cluster may not do")

    def __delattr__(cls, name: str) -> NoReturn:
        refuse(f"`del {cls.path}.{name}` changes a class that all programs share, which code on the cluster may not do")

    def __repr__(cls) -> str:
        return repr(cls.real)


def _stand_for(real: type, path: str, call: Callable[..., Any], **members: object) -> type:
    made = {"__module__": real.__module__, "real": real, "path": path, "call": staticmethod(call), **members}
    return _StandIn(real.__name__, (), made)


def _call_array(*_args: object, **_options: object) -> NoReturn:
    refuse("`numpy.ndarray(…)` reads memory as it is, which code on the cluster may not do. Use `numpy.array` or `numpy.zeros`")


def _call_type(*args: Any, **options: Any) -> Any:
    if len(args) == 1 and not options:
        return type_of(args[0])
    name, bases, members = args
    return type(name, _real_bases(bases), members, **options)


def seeded(make: Callable[..., Any], path: str) -> Callable[..., Any]:
    """`make`, whose first argument is a seed and must be given."""

    def checked(*args: Any, **options: Any) -> Any:
        given = [*args[:1], *(options[name] for name in ("seed", "entropy") if name in options)]
        if not given or given[0] is None:
            _refuse_unseeded(path)
        return make(*args, **options)

    return checked


def _refuse_unseeded(path: str) -> NoReturn:
    refuse(f"`{path}()` without a seed gives other numbers each time, which code on the cluster may not. Give it one: `{path}(1)`")


class SeededRandom(random.Random):
    """`random.Random` that wants a seed, and is copied with its state."""

    def seed(self, a: Any = None, version: int = 2) -> None:
        if a is None:
            _refuse_unseeded("random.Random")
        super().seed(a, version)

    def __copy__(self) -> Self:
        made = self.__class__.__new__(self.__class__, 0)  # type: ignore[call-arg]
        made.setstate(self.getstate())
        return made

    def __deepcopy__(self, _memo: object) -> Self:
        return self.__copy__()


SeededRandom.__name__ = SeededRandom.__qualname__ = "Random"
SeededRandom.__module__ = "random"

array_type = _stand_for(numpy.ndarray, "numpy.ndarray", _call_array)
type_type = _stand_for(
    type, "builtins.type", _call_type,
    __new__=type.__new__, __init__=type.__init__, __call__=type.__call__, __class_getitem__=classmethod(types.GenericAlias),
)  # fmt: skip
STAND_INS: dict[str, object] = {
    "builtins.type": type_type,
    "numpy.ndarray": array_type,
    "numpy.random.default_rng": seeded(numpy.random.default_rng, "numpy.random.default_rng"),
    "random.Random": SeededRandom,
} | {
    path: _stand_for(real, path, seeded(real, path))
    for path, real in ((f"numpy.random.{name}", getattr(numpy.random, name)) for name in SEEDED)
}
"""By path: what remote code gets."""
_REAL: dict[object, type] = {made: made.real for made in STAND_INS.values() if isinstance(made, _StandIn)}
_KINDS: dict[type, type] = {made.real: made for made in STAND_INS.values() if isinstance(made, _StandIn)} | {_StandIn: type_type}


def type_of(value: object) -> type:
    """`type(value)` as remote code sees it."""
    kind = chunked_type(value)
    return _KINDS.get(kind, kind)


def real_class(kind: Any) -> Any:
    """What a stand-in stands for; anything else as it is."""
    return _REAL.get(kind, kind) if isinstance(kind, type) else kind


def build_class(body: Any, name: str, /, *bases: Any, **options: Any) -> Any:
    """What a class statement calls."""
    if "metaclass" in options:
        options["metaclass"] = real_class(options["metaclass"])
    return __build_class__(body, name, *_real_bases(bases), **options)


def _real_bases(bases: tuple[Any, ...]) -> tuple[Any, ...]:
    for base in bases:
        if type(base) is _StandIn and base is not type_type:
            refuse(f"a class derived from `{base.path}` cannot be made on the cluster. Keep one in a field instead")
    return tuple(type if base is type_type else base for base in bases)
