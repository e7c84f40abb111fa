"""Nodes for data: containers, packed numbers, arrays, and objects of allowed libraries."""

import datetime
import functools
import math
import sys
from collections.abc import Callable
from types import BuiltinFunctionType, MethodType, MethodWrapperType, ModuleType
from typing import TYPE_CHECKING, Any

from pyfora.capture.packing import find_packed, find_packed_dict, find_rows
from pyfora.program.allowed import is_allowed_attribute
from pyfora.program.nodes import (
    Array,
    Attribute,
    DictOf,
    FrozenSetOf,
    ListOf,
    Made,
    Named,
    Node,
    Packed,
    RangeOf,
    Refused,
    SetOf,
    SliceOf,
    TupleOf,
)

if TYPE_CHECKING:
    from pyfora.capture.encoder import Encoder


def find_plain(value: object, encoder: "Encoder") -> Node | None:
    """A builtin container, exactly: subclasses are instances."""
    match value:
        case list() if type(value) is list:
            return find_packed("list", value, encoder) or find_rows(value, encoder) or ListOf(tuple(map(encoder.ref, value)))
        case tuple() if type(value) is tuple:
            return find_packed("tuple", value, encoder) or TupleOf(tuple(map(encoder.ref, value)))
        case dict() if type(value) is dict:
            return find_packed_dict(value, encoder) or DictOf(tuple(map(encoder.ref, value)), tuple(map(encoder.ref, value.values())))
        case set() if type(value) is set:
            return SetOf(tuple(map(encoder.ref, value)))
        case frozenset() if type(value) is frozenset:
            return FrozenSetOf(tuple(map(encoder.ref, value)))
        case bytes() if type(value) is bytes:
            return Packed("bytes", "B", encoder.add_buffer(value))
        case range():
            return RangeOf(value.start, value.stop, value.step)
        case slice():
            return SliceOf(encoder.ref(value.start), encoder.ref(value.stop), encoder.ref(value.step))
    return None


def find_library(value: object, encoder: "Encoder") -> Node | None:
    """Something on the allow list, an object of an allowed library, or a method bound to an object."""
    path = "math.nan" if value is math.nan else encoder.origin.find_named(value)
    if path is not None:
        return Named(path)
    if isinstance(value, MethodType | BuiltinFunctionType | MethodWrapperType):
        return _bound(value, encoder)
    numpy = sys.modules.get("numpy")
    if numpy is not None and isinstance(value, numpy.ndarray | numpy.generic | numpy.dtype):
        return _from_numpy(value, numpy, encoder)
    make = _MAKERS.get(type(value).__name__)
    if make is not None and type(value).__module__ in _MODULES:
        return make(value, encoder)
    return None


def _bound(value: Any, encoder: "Encoder") -> Node | None:
    owner = value.__self__
    name = value.__name__
    if owner is None or isinstance(owner, ModuleType) or not is_allowed_attribute(name) or getattr(owner, name, None) != value:
        return None
    return Attribute(encoder.ref(owner), name)


def _from_numpy(value: Any, numpy: Any, encoder: "Encoder") -> Node | None:
    if isinstance(value, numpy.dtype):
        return None if value.hasobject or value.names else _made("numpy.dtype", (value.str,), encoder)
    dtype = value.dtype
    if dtype.hasobject or dtype.names or dtype.kind == "V" or dtype.char in "gG":
        return Refused(f"a numpy array of dtype {dtype} cannot travel to the cluster. Use one of plain numbers, or a list.")
    if isinstance(value, numpy.generic):
        return _from_scalar(value, numpy, encoder)
    if type(value) is not numpy.ndarray:
        return Refused(f"an array of type {type(value).__name__} cannot travel to the cluster. Use `numpy.asarray(…)` of it.")
    plain = numpy.ascontiguousarray(value, dtype=dtype.newbyteorder("<"))
    raw = memoryview(plain.reshape(-1).view("u1")) if plain.size else b""
    return Array(plain.dtype.str, value.shape, encoder.add_buffer(raw))


def _from_scalar(value: Any, numpy: Any, encoder: "Encoder") -> Node | None:
    path = encoder.origin.find_named(type(value))
    if path is None:
        return None
    if value.dtype.kind in "mM":
        unit, count = numpy.datetime_data(value.dtype)
        return _made(path, (int(value.view("i8")), f"{count}{unit}") if unit != "generic" else (int(value.view("i8")),), encoder)
    return _made(path, (value.item(),), encoder)


def _made(path: str, args: tuple[object, ...], encoder: "Encoder", **kwargs: object) -> Made:
    return Made(encoder.add_node(Named(path)), tuple(map(encoder.ref, args)), encoder.names(kwargs), "")


def _made_datetime(value: Any, encoder: "Encoder") -> Node:
    if value.tzinfo is not None and type(value.tzinfo) is not datetime.timezone:
        return Refused(f"the time zone {value.tzinfo!r} cannot travel to the cluster. Use `datetime.timezone`.")
    date = (value.year, value.month, value.day) if isinstance(value, datetime.datetime) else ()
    args = (*date, value.hour, value.minute, value.second, value.microsecond, value.tzinfo)
    return _made(f"datetime.{type(value).__name__}", args, encoder, fold=value.fold)


def _made_cached(value: Any, encoder: "Encoder") -> Node:
    """`functools.lru_cache` around a function: the cache starts empty, which nobody can tell."""
    decorator = _made("functools.lru_cache", (), encoder, **value.cache_parameters())
    return Made(encoder.add_node(decorator), (encoder.ref(value.__wrapped__),), (), "")


def _made_by_reduce(value: Any, encoder: "Encoder") -> Node:
    """`operator.itemgetter` and its like tell their arguments by the protocol of copying alone."""
    cls, args = value.__reduce__()[:2]
    if isinstance(cls, functools.partial):  # a methodcaller with keywords
        return _made("operator.methodcaller", (*cls.args, *args), encoder, **cls.keywords)
    return _made(f"operator.{type(value).__name__}", args, encoder)


def _made_type_variable(value: Any, encoder: "Encoder") -> Node:
    options = {"bound": value.__bound__, "covariant": value.__covariant__, "contravariant": value.__contravariant__}
    given = {name: option for name, option in options.items() if option}
    return _made("typing.TypeVar", (value.__name__, *value.__constraints__), encoder, **given)


def _made_partial(value: Any, encoder: "Encoder") -> Node:
    return _made("functools.partial", (value.func, *value.args), encoder, **value.keywords)


_MODULES = frozenset(
    {
        "builtins",
        "collections",
        "datetime",
        "decimal",
        "fractions",
        "functools",
        "operator",
        "re",
        "types",
        "typing",
        "_decimal",
        "_operator",
        "_random",
    }
)
_MAKERS: dict[str, Callable[[Any, "Encoder"], Node]] = {
    "Counter": lambda value, encoder: _made("collections.Counter", (dict(value),), encoder),
    "Decimal": lambda value, encoder: _made("decimal.Decimal", (str(value),), encoder),
    "Fraction": lambda value, encoder: _made("fractions.Fraction", (value.numerator, value.denominator), encoder),
    "OrderedDict": lambda value, encoder: _made("collections.OrderedDict", (dict(value),), encoder),
    "Pattern": lambda value, encoder: _made("re.compile", (value.pattern, value.flags), encoder),
    "DecimalTuple": lambda value, encoder: _made("decimal.DecimalTuple", tuple(value), encoder),
    "SimpleNamespace": lambda value, encoder: _made("types.SimpleNamespace", (), encoder, **vars(value)),
    "TypeVar": _made_type_variable,
    "_lru_cache_wrapper": _made_cached,
    "attrgetter": _made_by_reduce,
    "bytearray": lambda value, encoder: _made("builtins.bytearray", (bytes(value),), encoder),
    "date": lambda value, encoder: _made("datetime.date", (value.year, value.month, value.day), encoder),
    "datetime": _made_datetime,
    "defaultdict": lambda value, encoder: _made("collections.defaultdict", (value.default_factory, dict(value)), encoder),
    "deque": lambda value, encoder: _made("collections.deque", (list(value), value.maxlen), encoder),
    "itemgetter": _made_by_reduce,
    "methodcaller": _made_by_reduce,
    "partial": _made_partial,
    "time": _made_datetime,
    "timedelta": lambda value, encoder: _made("datetime.timedelta", (value.days, value.seconds, value.microseconds), encoder),
    "timezone": lambda value, encoder: _made("datetime.timezone", value.__getinitargs__(), encoder),
}
