"""Makers of objects: instances, enum members, exceptions, attributes, and what allow-listed callables make.

No `__init__` runs. Classes must be the user's own or exceptions of the allow list; what
is called is on the allow list.
"""

import enum
import operator
from functools import partial, reduce
from types import CodeType, FrameType, GeneratorType, MemberDescriptorType, ModuleType, TracebackType
from typing import Any

from pyfora.errors import WireError
from pyfora.program import nodes
from pyfora.program.nodes import Ref
from pyfora.restore.making import MISSING, MakeInSteps, Maker, Making, Need
from pyfora.restore.trace import attach_trace

IMMUTABLE_BASES: tuple[Any, ...] = (int, float, complex, str, bytes, tuple, frozenset)
MUTABLE_BASES: dict[type, type] = {nodes.ListOf: list, nodes.DictOf: dict, nodes.SetOf: set}
_OPERATORS = """
    __abs__ __add__ __and__ __bool__ __bytes__ __call__ __ceil__ __complex__ __contains__ __delitem__ __divmod__ __eq__ __float__ __floor__
    __floordiv__ __format__ __ge__ __getitem__ __gt__ __hash__ __iadd__ __iand__ __imul__ __index__ __int__ __invert__ __ior__ __isub__
    __iter__ __ixor__ __le__ __len__ __length_hint__ __lshift__ __lt__ __matmul__ __missing__ __mod__ __mul__ __ne__ __neg__ __next__ __or__
    __pos__ __pow__ __radd__ __rand__ __rdivmod__ __repr__ __reversed__ __rfloordiv__ __rlshift__ __rmatmul__ __rmod__ __rmul__ __ror__
    __round__ __rpow__ __rrshift__ __rshift__ __rsub__ __rtruediv__ __rxor__ __setitem__ __str__ __sub__ __truediv__ __trunc__ __xor__
"""
OPERATORS = frozenset(_OPERATORS.split())
"""Attributes with leading underscores that a Program may name; the others lead into the interpreter."""
INSIDES = (ModuleType, FrameType, CodeType, GeneratorType, TracebackType)
"""Things whose attributes lead into the interpreter."""
FORMATS = ("format", "format_map")
"""Methods of text that read whatever attributes the text names; the environment may give out others."""


def make_instance(making: Making, ref: Ref, node: nodes.Instance) -> Maker:
    cls = yield Need(node.cls)
    _check_class(making, node.cls, cls)
    kind = MUTABLE_BASES.get(type(making.node(node.base))) if node.base >= 0 else None
    if kind is not None:
        made = _make_bare(cls, kind)
        making.put(ref, made)  # before its base, which may hold it
        _fill_base(made, (yield Need(node.base, finished=True)))
    else:
        base = (yield Need(node.base, finished=True)) if node.base >= 0 else None
        made = _make_bare(cls, object) if base is None else _make_bare(cls, type(base), base)
        making.put(ref, made)
    for name, field in node.fields:
        yield Need(field, give=partial(set_field, made, name))
    return made


def _make_bare(cls: type, kind: Any, *value: object) -> object:
    """An instance as its builtin base makes it."""
    try:
        if kind in IMMUTABLE_BASES or not value:
            return kind.__new__(cls, *value)
    except TypeError as error:
        raise WireError(f"an instance of {cls.__name__} cannot be made as a {kind.__name__}: {error}") from None
    if kind in (list, dict):  # it travelled packed
        made = _make_bare(cls, kind)
        _fill_base(made, value[0])
        return made
    raise WireError(f"an instance of {cls.__name__} cannot be made as a {kind.__name__}")


def _fill_base(made: Any, base: Any) -> None:
    if isinstance(base, list):
        list.extend(made, base)
    elif isinstance(base, dict):
        dict.update(made, base)
    else:
        set.update(made, base)


def set_field(made: object, name: str, value: object) -> None:
    """Into its slot, or into its `__dict__`: no code of the class runs."""
    slot = next((found for cls in type(made).__mro__ if isinstance(found := vars(cls).get(name), MemberDescriptorType)), None)
    try:
        if slot is not None:
            slot.__set__(made, value)
        else:
            object.__getattribute__(made, "__dict__")[name] = value
    except (AttributeError, TypeError) as error:
        raise WireError(f"field {name} of a {type(made).__name__} cannot be set: {error}") from None


def _check_class(making: Making, ref: Ref, cls: object) -> None:
    """Only classes that a Program may make instances of: the user's own, and those that stand in one."""
    node = making.node(ref)
    if isinstance(node, nodes.Attribute):
        owner = making.ready(node.owner)
        _check_class(making, node.owner, owner)
        nested = isinstance(cls, type) and cls.__qualname__ == f"{owner.__qualname__}.{node.name}" and cls.__module__ == owner.__module__
    else:
        nested = isinstance(node, (nodes.Class, nodes.Known)) or _is_namedtuple(making, node)
    if not nested or not isinstance(cls, type):
        raise WireError(f"a program makes an instance of something that is no class of the user's own ({type(node).__name__})")


def _is_namedtuple(making: Making, node: nodes.Node) -> bool:
    return isinstance(node, nodes.Made) and making.node(node.function) == nodes.Named("collections.namedtuple")


def make_enum_member(making: Making, ref: Ref, node: nodes.EnumMember) -> Maker:
    cls = yield Need(node.cls, finished=True)
    _check_class(making, node.cls, cls)
    if not issubclass(cls, enum.Enum):
        raise WireError(f"{cls.__name__} is no enum, a program takes it for one")
    try:
        return reduce(operator.or_, [cls[name] for name in node.name.split("|")]) if node.name else cls(0)
    except (KeyError, TypeError, ValueError):
        raise WireError(f"enum {cls.__name__} has no member {node.name[:80]!r}") from None


def make_exception(making: Making, ref: Ref, node: nodes.ExceptionOf) -> Maker:
    cls = yield Need(node.cls)
    if not (isinstance(cls, type) and issubclass(cls, BaseException)):
        raise WireError(f"a program holds an exception whose type is a {type(cls).__name__}, not an exception")
    if not isinstance(making.node(node.cls), nodes.Named):
        _check_class(making, node.cls, cls)
    args = yield Need(node.args, finished=True)
    builtin = next(base for base in cls.__mro__ if base.__module__ == "builtins")
    try:
        made = builtin.__new__(cls, *args)
        builtin.__init__(made, *args)  # type: ignore[misc]
        BaseException.args.__set__(made, args)  # type: ignore[attr-defined]
    except (TypeError, ValueError) as error:
        raise WireError(f"a {cls.__name__} cannot be made from its args: {error}") from None
    making.put(ref, made)
    if node.notes:
        set_field(made, "__notes__", list(node.notes))
    _set_cause(made, node.suppress_context, None)
    if node.trace:
        attach_trace(made, node.trace)
    if node.context >= 0:
        yield Need(node.context, give=partial(_set_context, made))
    if node.cause >= 0:
        yield Need(node.cause, give=partial(_set_cause, made, node.suppress_context))
    for name, field in node.fields:
        yield Need(field, give=partial(set_field, made, name))
    return made


def _set_cause(made: BaseException, suppress_context: bool, cause: Any) -> None:
    if not isinstance(cause, BaseException | None):
        raise WireError(f"a program holds an exception caused by a {type(cause).__name__}")
    object.__setattr__(made, "__cause__", cause)
    object.__setattr__(made, "__suppress_context__", suppress_context)


def _set_context(made: BaseException, context: Any) -> None:
    """One that could not travel is left out: it is told for completeness only."""
    if isinstance(context, BaseException):
        object.__setattr__(made, "__context__", context)


def make_attribute(making: Making, ref: Ref, node: nodes.Attribute) -> Maker:
    owner_node = making.node(node.owner)
    if node.name.startswith("__") and node.name not in OPERATORS:
        raise WireError(f"a program may not name the attribute {node.name[:80]}")
    if isinstance(owner_node, nodes.Named):
        return making.environment.get_named(f"{owner_node.path}.{node.name}")  # the allow list says which members
    owner = yield Need(node.owner, finished=True)
    if isinstance(owner, str) and node.name in FORMATS:
        read: Any = making.environment.get_named(f"builtins.str.{node.name}")
        return partial(read, owner)
    if isinstance(owner, INSIDES) or (isinstance(owner, type) and issubclass(owner, str) and node.name in FORMATS):
        raise WireError(f"a program may not name the attribute {node.name} of a {type(owner).__name__}")
    try:
        return making.environment.get_attribute(owner, node.name)
    except AttributeError as error:
        raise WireError(f"a program names an attribute that is not there: {error}") from None


def make_made(making: Making, ref: Ref, node: nodes.Made) -> Maker:
    made = making.find_known(node.key)
    if made is not MISSING:
        return made
    if not isinstance(making.node(node.function), nodes.Named | nodes.Made):
        raise WireError("a program calls something that is not on the allow list")
    function = yield Need(node.function)
    args = []
    for arg in node.args:
        args.append((yield Need(arg, finished=True)))
    kwargs = {}
    for name, arg in node.kwargs:
        kwargs[name] = yield Need(arg, finished=True)
    try:
        made = function(*args, **kwargs)
    except (TypeError, ValueError, ArithmeticError, LookupError, AttributeError) as error:
        raise WireError(f"{type(error).__name__} while a program made a value again: {error}") from error
    making.remember(node.key, made)
    return made


IN_STEPS: dict[type, MakeInSteps] = {
    nodes.Instance: make_instance,
    nodes.EnumMember: make_enum_member,
    nodes.Made: make_made,
    nodes.ExceptionOf: make_exception,
    nodes.Attribute: make_attribute,
}
