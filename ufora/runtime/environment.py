"""What Programs mean on a worker, and how its live objects go on from there: one Workshop per driver or interpreter process."""

import ast
import itertools
import sys
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import CodeType, FunctionType, MappingProxyType
from typing import Any, NoReturn
from weakref import WeakKeyDictionary, WeakValueDictionary

import numpy

from pyfora.capture.encoder import Encoder
from pyfora.capture.origin import CodePlace, EncoderLike
from pyfora.errors import InternalError, InvalidPyforaOperation, PythonToForaConversionError
from pyfora.program import nodes
from pyfora.program.check import check_tree
from pyfora.program.nodes import (
    Call,
    Entry,
    LazyBuffer,
    Made,
    Node,
    Outcome,
    Packed,
    Program,
    Ref,
    Refused,
    Remote,
    Source,
    TraceFrame,
    Value,
)
from pyfora.program.places import find_place
from pyfora.restore import Restorer
from pyfora.restore.trace import attach_trace
from pyfora.wire import decode_program, program_bytes
from ufora.runtime.attributes import guarded_attrgetter, guarded_getattr, guarded_methodcaller
from ufora.runtime.captured import check_bound, collect
from ufora.runtime.chunked import ChunkedList
from ufora.runtime.comprehensions import Comprehension
from ufora.runtime.guard import stopping
from ufora.runtime.guard.changes import CHANGING_METHODS
from ufora.runtime.guard.registry import Registry
from ufora.runtime.guard.rewrite import guard_tree, let_refuse, shut_methods
from ufora.runtime.guard.stopping import refuse
from ufora.runtime.namespace import find_allowed_path, get_allowed
from ufora.runtime.packed_nodes import find_packed_node, find_typecode, to_buffer
from ufora.runtime.trace import user_frames
from ufora.runtime.unboxed import Unboxed

ORIGINAL = "@original"
"""The `computation` of a Remote that stands for a node's value of the Program that was sent: the object itself, not a copy."""
WITH_IDENTITY = (
    nodes.ListOf, nodes.TupleOf, nodes.SetOf, nodes.FrozenSetOf, nodes.DictOf, nodes.Packed, nodes.PackedDict, nodes.Zipped, nodes.Rows,
    nodes.Array, nodes.Function, nodes.Instance, nodes.Made, nodes.ExceptionOf, nodes.UserModule,
)  # fmt: skip
"""Nodes whose values can be told from an equal copy; classes and enum members are found again by their names."""


Originals = Sequence[object] | Mapping[int, object]
"""Objects that what comes back may name: by the number of their node, or by their identity."""


class CannotTravel(Exception):  # noqa: N818 - states a fact; the work is then done where the objects are
    """Something that a comprehension reads or gives exists in this process only: an open generator, say."""


@dataclass(frozen=True, slots=True)
class PackedBody:
    program: bytes
    originals: list[object]  #: the value of each node


class Refusal:
    """Stands for something that could not travel; any touch says why."""

    def __init__(self, message: str) -> None:
        object.__setattr__(self, "_message", message)

    @staticmethod
    def message_of(refusal: "Refusal") -> str:
        message: str = object.__getattribute__(refusal, "_message")
        return message

    def _refuse(self, *_args: object, **_options: object) -> NoReturn:
        refuse(Refusal.message_of(self))


_REFUSED_METHODS = """
    abs add and bool bytes call ceil complex contains delattr delitem divmod enter eq exit float floor floordiv format ge getattr getitem gt
    hash iadd iand ifloordiv ilshift imatmul imod imul index int invert ior ipow irshift isub iter itruediv ixor le len lshift lt matmul
    mod mul ne neg next or pos pow radd rand rdivmod repr reversed rfloordiv rlshift rmatmul rmod rmul ror round rpow rrshift rshift rsub
    rtruediv rxor setattr setitem str sub truediv trunc xor
"""
for _method in _REFUSED_METHODS.split():
    setattr(Refusal, f"__{_method}__", Refusal._refuse)


def is_open_iterator(value: object) -> bool:
    """A generator, or an iterator of Python's own: taking an item changes it, and no statement shows that."""
    return type(value).__module__ in ("builtins", "itertools") and hasattr(type(value), "__next__")


class WorkerEnvironment:
    """`pyfora.restore`'s Environment for guarded code."""

    refreshes_known = True  #: what a class of the user's reads may have changed since the block before

    def __init__(self, registry: Registry, get_remote: Callable[[Remote], object]) -> None:
        self._registry = registry
        self._get_remote = get_remote
        self._originals: Originals = ()
        self._known: WeakValueDictionary[str, object] = WeakValueDictionary()  # weak: what code names, chunks too, goes with it
        self._keys: WeakKeyDictionary[object, str] = WeakKeyDictionary()
        self._fresh_keys = itertools.count()
        self._replaced: dict[str, object] = {}
        self._paths: dict[int, str] = {}
        self.builtins: dict[str, object] = {}
        self.compiled: dict[object, CodeType] = {}

    def set_builtins(self, builtins: dict[str, object], replaced: Mapping[str, object]) -> None:
        """`replaced`: builtins that are ours, by Python's name."""
        self.builtins = builtins
        self._replaced = {f"builtins.{name}": value for name, value in replaced.items()}
        self._paths = {id(value): path for path, value in self._replaced.items()}

    def get_named(self, path: str) -> object:
        return self._replaced[path] if path in self._replaced else get_allowed(path)

    def find_named(self, value: object) -> str | None:
        return self._paths.get(id(value)) or find_allowed_path(value)

    def get_attribute(self, owner: object, name: str) -> object:
        found = guarded_getattr(owner, name)
        return check_bound(found, owner, name) if name in CHANGING_METHODS and callable(found) else found

    def get_remote(self, node: Remote) -> object:
        if node.computation == ORIGINAL and self._originals:
            number, _, place = node.name.partition(".")
            original: Any = self._originals[int(number)]
            return original[int(place)] if place else original
        value = self._get_remote(node)
        if is_open_iterator(value):
            what = f"`{node.name}`" if node.name else "this"
            return Refusal(f"{what} is an iterator made by an earlier computation, which using it would change. Keep a list instead")
        return value

    @contextmanager
    def with_originals(self, originals: "Originals") -> Iterator[None]:
        """For reading what came back for a Program that was sent from here."""
        self._originals = originals
        try:
            yield
        finally:
            self._originals = ()

    def find_known(self, key: str) -> object | None:
        return self._known.get(key)

    def remember(self, key: str, value: object) -> None:
        self._known[key] = value
        self._keys[value] = key

    def make_refused(self, message: str) -> object:
        return Refusal(message)

    def prepare(self, tree: ast.Module, source: Source, names: Collection[str]) -> ast.Module:
        shut = shut_methods(tree, check_tree(tree, source.path))
        problems = check_tree(tree, source.path)
        if problems:
            raise InvalidPyforaOperation(str(problems[0]))
        let_refuse(shut)
        return guard_tree(tree, self._registry.add_source(source), self._registry.skips, self._registry.seats, names)

    def find_key(self, code: object) -> str | None:
        return self._keys.get(code)

    def make_key(self, code: FunctionType | type) -> str:
        """Keys given here start with "@", so that they never meet a client's."""
        key = self._keys.get(code)
        if key is None:
            key = f"@{next(self._fresh_keys)}:{code.__qualname__}"
            self.remember(key, code)
        return key


class WorkerOrigin:
    """`pyfora.capture`'s Origin for objects that guarded code made."""

    def __init__(
        self,
        registry: Registry,
        environment: WorkerEnvironment,
        *,
        reader_knows: bool,
        originals: Mapping[int, str] = MappingProxyType({}),
    ) -> None:
        self._registry = registry
        self._environment = environment
        self._reader_knows = reader_knows  #: does the reading side hold the functions and classes that have a key?
        self._originals = originals  #: id of an object → what the reading side calls it
        self.unrolled: set[int] = set()  #: ids of the chunked lists that travel item by item
        self.passed_on: set[str] = set()  #: messages of refusals that came from elsewhere

    def find_code(self, code: FunctionType | type) -> CodePlace | None:
        return self._registry.find_place(code)

    def find_named(self, value: object) -> str | None:
        return self._environment.find_named(value)

    def make_key(self, code: FunctionType | type) -> str:
        return self._environment.make_key(code)

    def find_known(self, code: FunctionType | type) -> str | None:
        key = self._environment.find_key(code) if self._reader_knows else None
        return None if key is None or key.startswith("@") else key

    def find_trace(self, error: BaseException) -> tuple[TraceFrame, ...]:
        return user_frames(self._registry, error)

    def knows_any(self, identities: Collection[int]) -> bool:
        return not self._originals.keys().isdisjoint(identities)

    def find_special(self, value: object, encoder: EncoderLike) -> Node | None:
        original = self._originals.get(id(value))
        if original is not None:
            return Remote(ORIGINAL, original, "")
        if type(value) is Refusal:
            self.passed_on.add(Refusal.message_of(value))
            return Refused(Refusal.message_of(value))
        if isinstance(value, guarded_attrgetter | guarded_methodcaller):
            args, kwargs = value.describe()
            options = tuple((name, encoder.ref(kwargs[name])) for name in kwargs)
            return Made(encoder.ref(type(value)), tuple(map(encoder.ref, args)), options, "")
        if type(value) is Unboxed or type(value) is list:
            return find_packed_node(value, encoder)
        if type(value) is not ChunkedList:
            return None
        self.unrolled.add(id(value))
        chunked = value
        if chunked.local is not None:
            return nodes.ListOf(tuple(map(encoder.ref, chunked.local)))
        code = find_typecode(numpy.dtype(chunked.dtype), chunked.find_bounds)
        buffer = LazyBuffer(
            numpy.dtype(code).itemsize * len(chunked), lambda: (to_buffer(each, code) for each in chunked.fetch_arrays(code))
        )
        return Packed("list", code, encoder.add_buffer(buffer))


class Workshop:
    """Restores Programs into guarded objects and packs such objects into Programs, in one process."""

    def __init__(self, get_remote: Callable[[Remote], object]) -> None:
        self.registry = Registry()
        self.environment = WorkerEnvironment(self.registry, get_remote)
        self._came: list[tuple[Ref, Node, Any]] = []  #: what came with the body; kept so that no identity is used twice
        self._originals: dict[int, str] | None = None  #: id of such an object → its name; None: not asked for yet
        self._find_names = self._name_what_came

    def _open(self, data: bytes) -> tuple[Entry, Restorer]:
        program = decode_program(data)
        return program.entry, Restorer(program, self.environment)

    def pack_body(self, comprehension: Comprehension, part: Any) -> PackedBody:
        """A comprehension's body, and a part of its source, for a lease. Raises CannotTravel."""
        origin = WorkerOrigin(self.registry, self.environment, reader_knows=False)
        encoder = Encoder(origin)
        args = () if part is None else (encoder.ref(part),)
        data = _pack_whole(origin, encoder, Call(encoder.ref(comprehension.body), args, ()))
        values = encoder.list_values()
        if any(isinstance(value, defaultdict) for value in values):
            raise CannotTravel("looking something up in a defaultdict may change it")
        if any(isinstance(value, numpy.ndarray) for value in values) and self._changes_in_place(values):
            raise CannotTravel("`… += …` or `.partition(…)` may change an array that other elements see")
        return PackedBody(data, values)

    def _changes_in_place(self, values: list[object]) -> bool:
        """Could functions among these change an array in a way that leaves numbers and text as they are?"""
        places = [self.registry.find_place(value) for value in values if isinstance(value, FunctionType)]
        return any(
            isinstance(node, ast.AugAssign) or (isinstance(node, ast.Attribute) and node.attr == "partition")
            for place in places
            if place is not None
            for node in ast.walk(find_place(place.source, place.ordinal))
        )

    def unpack_body(self, data: bytes) -> tuple[Any, Any, dict[int, object]]:
        """The body, its source (None: travels apart), and all that came along and may not change."""
        program = decode_program(data)
        call, restorer = program.entry, Restorer(program, self.environment)
        assert isinstance(call, Call)
        body, source = restorer.value(call.function), restorer.value(call.args[0]) if call.args else None
        made = ((ref, restorer.node(ref), value) for ref, value in restorer.list_made())
        self._came = [(ref, node, value) for ref, node, value in made if isinstance(node, WITH_IDENTITY)]
        self._originals = None
        return body, source, collect(restorer)

    def name_originals(self, make_names: Callable[[], dict[int, str]]) -> None:
        """From now on elements are read by a process that holds these objects too, and calls them so."""
        self._find_names, self._originals = make_names, None

    def pack_items(self, items: list[Any]) -> bytes:
        """Elements; objects that came with the body are named, not copied. Raises CannotTravel."""
        origin = WorkerOrigin(self.registry, self.environment, reader_knows=False, originals=self._name_originals())
        encoder = Encoder(origin)
        return _pack_whole(origin, encoder, Value(encoder.ref(items)))

    def _name_originals(self) -> dict[int, str]:
        if self._originals is None:
            self._originals = self._find_names()
        return self._originals

    def _name_what_came(self) -> dict[int, str]:
        """By a node's number; what came by columns, by its place in there too."""
        names = {id(value): str(ref) for ref, _, value in self._came}
        for ref, node, value in self._came:
            if isinstance(node, nodes.Zipped | nodes.Rows):
                names.update((id(item), f"{ref}.{place}") for place, item in enumerate(value))
        return names

    def unpack_items(self, data: bytes, originals: Originals) -> list[Any]:
        with self.environment.with_originals(originals):
            entry, restorer = self._open(data)
            assert isinstance(entry, Value)
            items: list[Any] = restorer.value(entry.value)
        return items

    def pack_names(self, values: Mapping[str, object]) -> tuple[Program, set[int]]:
        """Values for another driver, and the ids of the chunked lists among them and inside them. Raises CannotTravel."""
        origin = WorkerOrigin(self.registry, self.environment, reader_knows=False)
        encoder = Encoder(origin)
        names = tuple((name, encoder.ref(value)) for name, value in values.items())
        return _make_whole(origin, encoder, Outcome(names, -1, (), "")), origin.unrolled

    def unpack_names(self, data: bytes) -> dict[str, Any]:
        outcome, restorer = self._open(data)
        assert isinstance(outcome, Outcome)
        return restorer.names(outcome.names)

    def pack_error(self, error: BaseException, trace: tuple[TraceFrame, ...]) -> bytes:
        encoder = Encoder(WorkerOrigin(self.registry, self.environment, reader_knows=False))
        return program_bytes(encoder.program(Outcome((), encoder.ref(error), trace, "")))

    def raise_error(self, data: bytes) -> NoReturn:
        """Raise a packed error, its traceback going on through the lines where it happened."""
        outcome, restorer = self._open(data)
        assert isinstance(outcome, Outcome)
        error = restorer.value(outcome.error)
        assert isinstance(error, BaseException)
        if type(error) is InvalidPyforaOperation:
            raise stopping.Refused(str(error), has_place=True)
        _raise_again(attach_trace(error, outcome.trace))


def _raise_again(error: BaseException) -> NoReturn:
    """Raising forgets what the exception itself followed on: that keeps its place, before what is being handled here."""
    context, handled = error.__context__, sys.exc_info()[1]
    first = error
    seen = {id(error)}
    while first.__context__ is not None and id(first.__context__) not in seen:
        first = first.__context__
        seen.add(id(first))
    try:
        raise error
    except BaseException:
        if context is not None:
            error.__context__ = context
            if first is not handled:
                first.__context__ = handled
        raise


def pack_refusal(message: str) -> bytes:
    """As `Workshop.pack_error`, for what cannot be computed at all."""
    workshop = Workshop(_no_remote)
    return workshop.pack_error(InvalidPyforaOperation(message), ())


def _no_remote(node: Remote) -> NoReturn:
    raise InternalError(f"a refusal names the value {node.name}")


def _pack_whole(origin: WorkerOrigin, encoder: Encoder, entry: Entry) -> bytes:
    return program_bytes(_make_whole(origin, encoder, entry))


def _make_whole(origin: WorkerOrigin, encoder: Encoder, entry: Entry) -> Program:
    """A Program in which nothing is refused that was not refused before."""
    try:
        program = encoder.program(entry)
    except PythonToForaConversionError as refusal:
        raise CannotTravel(str(refusal)) from None
    for node in program.nodes:
        if isinstance(node, Refused) and node.message not in origin.passed_on:
            raise CannotTravel(node.message)
    return program
