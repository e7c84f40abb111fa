"""A Program from live values.

    ref(value)      gives each object one node and puts it on a list of things to do
    program(entry)  works the list off: a node names others by `ref`, which lengthens the list; so no value is too deep, and circles close

What cannot travel becomes Refused, which harms nobody who does not touch it. Code that may not run is Refused too, but the entry
may not lead to it by the names of functions alone: then it is an error before anything runs.
"""

import math
from collections.abc import Iterable, Mapping
from types import ModuleType
from typing import Any

from pyfora.capture import code, instances, values
from pyfora.capture.origin import Origin
from pyfora.capture.packing import list_owned
from pyfora.errors import PythonToForaConversionError
from pyfora.program.nodes import (
    Attribute,
    Block,
    Buffer,
    Call,
    Constant,
    DictOf,
    Entry,
    FrozenSetOf,
    Function,
    Instance,
    ListOf,
    Made,
    Names,
    Node,
    Program,
    Ref,
    Refused,
    Rows,
    SetOf,
    Source,
    TupleOf,
    UserModule,
    Value,
    Zipped,
)

LONG_BYTES = 64 * 1024
"""Longer bytes travel in a buffer of their own, which is sent without being copied into the header. Guessed."""
_SCALARS = frozenset({type(None), bool, int, float, complex, str, bytes})


class Encoder:
    """Builds one Program."""

    def __init__(self, origin: Origin) -> None:
        self.origin = origin
        self._refs: dict[int, Ref] = {}
        self._values: list[object] = []  #: of each node; kept so that no identity is used twice
        self._nodes: list[Node | None] = []  #: None: still to do
        self._done = 0
        self._faults: dict[Ref, str] = {}
        self._modules: dict[Ref, dict[str, Ref]] = {}
        self._sources: dict[Source, int] = {}
        self._buffers: list[Buffer] = []
        self._zipped: list[Ref] = []  #: lists of tuples that travel by columns, of lists that travel as rows

    def ref(self, value: object) -> Ref:
        """The node of a value; made later, when it is new."""
        known = self._refs.get(id(value))
        if known is not None:
            return known
        constant = type(value) in _SCALARS and not (type(value) is bytes and len(value) > LONG_BYTES) and value is not math.nan
        index = self._add(value, Constant(value) if constant else None)  # type: ignore[arg-type]
        self._refs[id(value)] = index
        return index

    def names(self, mapping: Mapping[str, object]) -> Names:
        return tuple((name, self.ref(value)) for name, value in mapping.items())

    def add_buffer(self, buffer: Buffer) -> int:
        self._buffers.append(buffer)
        return len(self._buffers) - 1

    def add_node(self, node: Node, value: object = None) -> Ref:
        """A node that stands for no object of the user's, but perhaps for one that holds some."""
        return self._add(value, node)

    def add_source(self, source: Source) -> int:
        return self._sources.setdefault(source, len(self._sources))

    def ref_module(self, module: ModuleType) -> tuple[Ref, dict[str, Ref]]:
        """A module of the user's own, and its members so far: add those that are used."""
        index = self._refs.get(id(module))
        if index is None:
            index = self._refs[id(module)] = self._add(module, UserModule(module.__name__, ()))
        return index, self._modules.setdefault(index, {})

    def list_values(self) -> list[object]:
        """The value each node stands for, by its number."""
        return list(self._values)

    def make_now(self, index: Ref) -> Node:
        """A node that must be known to go on."""
        node = self._nodes[index]
        if node is None:
            node = self._nodes[index] = self._make(index)
            if isinstance(node, Zipped | Rows) and type(self._values[index]) in (list, tuple):  # else its tuples are no objects yet
                self._zipped.append(index)
        return node

    def program(self, entry: Entry) -> Program:
        """Everything the entry needs. Raises PythonToForaConversionError when it runs code that may not run."""
        self._make_all()
        while self._unzip_shared():
            self._make_all()
        nodes = [node for node in self._nodes if node is not None]
        for index, members in self._modules.items():
            nodes[index] = UserModule(self._values[index].__name__, tuple(members.items()))  # type: ignore[attr-defined]
        _refuse_circles(nodes)
        self._check(entry, nodes)
        return Program(tuple(self._sources), tuple(nodes), tuple(self._buffers), entry)

    def _make_all(self) -> None:
        while self._done < len(self._nodes):
            self.make_now(self._done)
            self._done += 1

    def _unzip_shared(self) -> bool:
        """A tuple or list that several things hold is one object, so each gets its node, like the others of its list. Was there any?"""
        if not self._zipped:
            return False
        held = {id(value) for value in self._values if type(value) in (tuple, list)}
        unzipped = []
        for index in self._zipped:
            items: Any = self._values[index]
            node = self._nodes[index]
            assert isinstance(node, Zipped | Rows)
            owned = list(map(id, list_owned(node, items)))
            if len(set(owned)) < len(owned) or not held.isdisjoint(owned) or self.origin.knows_any(owned):
                unzipped.append(index)
                self._nodes[index] = (ListOf if type(items) is list else TupleOf)(tuple(map(self.ref, items)))
            elif len(self._zipped) > 1:
                held.update(owned)
        self._zipped = [index for index in self._zipped if index not in unzipped]
        return bool(unzipped)

    def _add(self, value: object, node: Node | None) -> Ref:
        self._values.append(value)
        self._nodes.append(node)
        return len(self._nodes) - 1

    def _make(self, index: Ref) -> Node:
        value = self._values[index]
        found = self.origin.find_special(value, self) or values.find_plain(value, self)
        if found is not None:
            return found
        try:
            return values.find_library(value, self) or code.find_code_node(value, self) or instances.make_instance(value, self)
        except PythonToForaConversionError as refusal:
            self._faults[index] = str(refusal)
            return Refused(str(refusal))

    def _check(self, entry: Entry, nodes: list[Node]) -> None:
        """No code that the entry runs, as far as names tell, may be Refused."""
        todo = list(_run_by(entry))
        for index in todo if isinstance(entry, Call | Value) else ():
            node = nodes[index]
            if isinstance(node, Refused):
                raise PythonToForaConversionError(node.message)
        seen = set(todo)
        while todo:
            index = todo.pop()
            if index in self._faults:
                raise PythonToForaConversionError(self._faults[index])
            new = [each for each in _run_by(nodes[index]) if each not in seen]
            seen.update(new)
            todo += new


def _refuse_circles(nodes: list[Node]) -> None:
    """An object that is made by a call cannot be among the arguments of that call."""
    for index, node in enumerate(nodes):
        if isinstance(node, Made):
            todo = _parts_of(node)
            seen = set(todo)
            while todo and index not in seen:
                new = [each for each in _parts_of(nodes[todo.pop()]) if each not in seen]
                seen.update(new)
                todo += new
            if index in seen:
                nodes[index] = Refused("an object that holds itself cannot travel to the cluster. Break the circle, or use lists.")


def _parts_of(node: Node) -> list[Ref]:
    """What must be there before a node, or is filled in right after it; code finds its names later."""
    match node:
        case ListOf(items) | TupleOf(items) | SetOf(items) | FrozenSetOf(items) | Zipped(columns=items):
            return list(items)
        case DictOf(keys, found):
            return [*keys, *found]
        case Made():
            return [*node.args, *(ref for _, ref in node.kwargs)]
        case Instance():
            return [ref for ref in (node.base, *(ref for _, ref in node.fields)) if ref >= 0]
        case Attribute():
            return [node.owner]
    return []


def _run_by(node: Node | Entry) -> Iterable[Ref]:
    """The nodes that code names, and so may run."""
    match node:
        case Block(names=names):
            return [ref for _, ref in names]
        case Call(function=function) | Value(value=function):
            return [function]
        case Function(names=names, cells=cells):
            return [ref for _, ref in (*names, *cells) if ref >= 0]
        case UserModule(members=members):
            return [ref for _, ref in members]
    return []
