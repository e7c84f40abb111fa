"""The Given values of a loop: which there are, and how they lie in memory for a kernel.

They are counted in a fixed order: the loop's names by alphabet; where a name is a function, at once that function's own names and then
its defaults; where it is an object, that object's fields, methods and properties; every function and object once. Each value takes one
8-byte slot for a word; an array takes two: address, length.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy

from ufora.compile.elements import dtype_of
from ufora.compile.flag import HEAD_WORDS, ROOM_WORD, StopFlag
from ufora.compile.made_text import FROZEN, HOLDERS, ITEMS, LENGTH, MANY_HOLDERS, MOST_BYTES, ORIGIN, ROOM
from ufora.compile.made_text import HEAD_WORDS as HEAD_WORDS_OF_LISTS
from ufora.compile.ranges import limits_of
from ufora.compile.spec import (
    ArrayOf,
    Binding,
    Code,
    Given,
    Instance,
    Loop,
    Made,
    MadeDict,
    MadeList,
    MadeObject,
    Missing,
    ObjectOf,
    Scalar,
    TupleOf,
)
from ufora.compile.values import BOOL, FLOAT, INT, UNSIGNED

GivenType = Scalar | ArrayOf | TupleOf | ObjectOf | Made

_PYTHON: dict[Scalar, type[Any]] = {INT: int, UNSIGNED: int, FLOAT: float, BOOL: bool}
_MEMORY = {INT: numpy.int64, UNSIGNED: numpy.uint64, FLOAT: numpy.float64, BOOL: numpy.int64}


class Unfit(Exception):  # noqa: N818 - states a fact
    """A value is not what its type promised."""


def collect_given(loop: Loop) -> list[Given]:
    """Every Given of a loop once (by identity), in the order in which `Kernel.run` wants their values."""
    found: dict[int, Given] = {}
    seen: set[int] = set()
    for binding in _bindings(loop, seen):
        found.setdefault(id(binding), binding)
    return list(found.values())


def _bindings(owner: Loop | Code | Instance, seen: set[int]) -> Iterator[Given]:
    for binding in list_bindings(owner):
        if isinstance(binding, Given):
            yield binding
        elif isinstance(binding, Code | Instance) and id(binding) not in seen:
            seen.add(id(binding))
            yield from _bindings(binding, seen)


def list_bindings(owner: Loop | Code | Instance) -> list[Binding | Missing]:
    """What stands directly in it, in the fixed order."""
    match owner:
        case Instance(fields=fields, methods=methods, properties=properties):
            return [part[name] for part in (fields, methods, properties) for name in sorted(part)]
        case Code(names=names, defaults=defaults):
            return [*(names[name] for name in sorted(names)), *defaults]
    return [owner.names[name] for name in sorted(owner.names)]


def count_slots(of: GivenType) -> int:
    match of:
        case TupleOf(items):
            return sum(count_slots(item) for item in items)
        case ArrayOf():
            return 2
        case _:
            return 1


def pack(types: Sequence[GivenType], values: Sequence[Any], flag: StopFlag, kept: list[Any]) -> "numpy.ndarray[Any, Any]":
    """The argument record (see flag.py): its head, and the slots of all values. Flag, values and what is put
    into `kept` must outlive it. Raises Unfit."""
    if len(types) != len(values):
        raise Unfit(f"{len(values)} values for {len(types)} types")
    slots = numpy.zeros(HEAD_WORDS + sum(map(count_slots, types)), dtype=numpy.int64)
    slots[0], slots[ROOM_WORD] = flag.address, MOST_BYTES
    at = HEAD_WORDS
    for of, value in zip(types, values, strict=True):
        at = _pack_one(slots, at, of, value, kept)
    return slots


def _pack_one(slots: "numpy.ndarray[Any, Any]", at: int, of: GivenType, value: Any, kept: list[Any]) -> int:
    match of:
        case TupleOf(items):
            if type(value) is not tuple or len(value) != len(items):
                raise Unfit(f"not a tuple of {len(items)}: {value!r:.60}")
            for item, one in zip(items, value, strict=True):
                at = _pack_one(slots, at, item, one, kept)
            return at
        case ArrayOf(element):
            array = value
            if isinstance(element, ArrayOf | ObjectOf):
                array = value.words if isinstance(value, Table) and value.element == element else _pack_table(element, value, kept)
            else:
                check_array(element, array)
            slots[at], slots[at + 1] = array.ctypes.data, len(array)
        case MadeList() | MadeDict():
            if not isinstance(value, Head):
                raise Unfit(f"not the head of a list: {value!r:.60}")
            slots[at] = value.address
        case ObjectOf(_, fields):
            if not isinstance(value, numpy.ndarray) or value.dtype != numpy.int64 or value.shape != (len(fields),):
                raise Unfit(f"not the words of an object: {value!r:.60}")
            slots[at] = value.ctypes.data
        case MadeObject():
            raise Unfit("an object that machine code makes is given to none")
        case _:
            least, most = limits_of(of)
            if type(value) is not _PYTHON[of] or (type(value) is int and not least <= value <= most):
                raise Unfit(f"not {of.value}: {value!r:.60}")
            slots.view(_MEMORY[of])[at] = value
    return at + count_slots(of)


class Head:
    """A list that machine code may make longer or shorter: its items lie here as long as there is room. Where they are afterwards, found.py
    says, by the head's address."""

    def __init__(self, items: "numpy.ndarray[Any, Any] | Sequence[Head]", *, is_frozen: bool = False) -> None:
        """`is_frozen`: it may not change."""
        self.is_frozen = is_frozen
        self._parts: tuple[Any, ...] = (items,)
        self.rows: tuple[Head, ...] = () if isinstance(items, numpy.ndarray) else tuple(items)  #: the lists that it held at first
        self.items: numpy.ndarray[Any, Any] = (
            items if isinstance(items, numpy.ndarray) else numpy.array([row.address for row in items], dtype=numpy.int64)
        )
        self.words = numpy.zeros(HEAD_WORDS_OF_LISTS, dtype=numpy.int64)
        self.words[[ITEMS, LENGTH, ROOM]] = self.items.ctypes.data, len(self.items), FROZEN if is_frozen else len(self.items)
        self.words[[HOLDERS, ORIGIN]] = MANY_HOLDERS, self.address

    def __reduce__(self) -> tuple[Any, ...]:
        return _remake_head, (self._parts[0], self.is_frozen)  # elsewhere it lies elsewhere

    @property
    def address(self) -> int:
        return int(self.words.ctypes.data)

    @property
    def nbytes(self) -> int:
        return int(self.items.nbytes)


def _remake_head(items: Any, is_frozen: bool) -> Head:
    return Head(items, is_frozen=is_frozen)


class Ragged:
    """Lists of numbers that lie in one array, each at an address that no other has."""

    def __init__(self, items: "numpy.ndarray[Any, Any]", lengths: "numpy.ndarray[Any, Any]") -> None:
        """`items`: of all, one list behind the other; `lengths`: int64, of each."""
        starts = numpy.cumsum(lengths) - lengths
        self.starts, self.lengths = starts + numpy.arange(len(lengths)), lengths  # an item more for each: empty ones have addresses too
        self.items = numpy.zeros(len(items) + len(lengths), dtype=items.dtype)
        self.items[numpy.arange(len(items)) + numpy.repeat(numpy.arange(len(lengths)), lengths)] = items

    def __len__(self) -> int:
        return len(self.starts)

    def __iter__(self) -> "Iterator[numpy.ndarray[Any, Any]]":
        return (self.items[start : start + length] for start, length in zip(self.starts.tolist(), self.lengths.tolist(), strict=True))

    def __getitem__(self, part: slice) -> "Ragged":
        rows = list(self)[part]
        return Ragged(numpy.concatenate([self.items[:0], *rows]), self.lengths[part])

    def list_words(self) -> "numpy.ndarray[Any, Any]":
        """Address and length of each."""
        return numpy.stack([self.items.ctypes.data + self.items.itemsize * self.starts, self.lengths], axis=1)


class Table:
    """A list of lists, or of objects, whose place in memory stays the same from run to run, and is known: address and length of each
    list, or address of each object."""

    def __init__(self, element: ArrayOf | ObjectOf, lists: Any) -> None:
        """`lists`: arrays, or, for lists of lists, Tables or tuples of such, in a tuple; or an array, whose rows are the lists; or Ragged.
        Raises Unfit."""
        self.element = element
        self._kept: list[Any] = []
        if isinstance(lists, numpy.ndarray):
            self.lists: Any = lists
            self.words = _list_rows(element, lists)
            return
        if isinstance(lists, Ragged):
            assert isinstance(element, ArrayOf)
            assert lists.items.dtype == dtype_of(element.element)
            self.lists, self.words = lists, lists.list_words()
            return
        inner = element.element if isinstance(element, ArrayOf) else None
        self.lists = tuple(Table(inner, row) if isinstance(row, tuple) and isinstance(inner, ArrayOf) else row for row in lists)
        self.words = _pack_table(element, lists, self._kept)

    def __reduce__(self) -> tuple[Any, ...]:
        return Table, (self.element, self.lists)  # elsewhere they lie elsewhere

    def __len__(self) -> int:
        return len(self.lists)

    def __getitem__(self, part: slice) -> "Table":
        return Table(self.element, self.lists[part])

    def tolist(self) -> list[Any]:
        """The lists themselves."""
        return [row.tolist() for row in self.lists]

    @property
    def address(self) -> int:
        return int(self.words.ctypes.data)

    @property
    def nbytes(self) -> int:
        """Of all its lists."""
        return sum(row.nbytes for row in self.lists)


def _pack_table(element: ArrayOf | ObjectOf, lists: Any, kept: list[Any]) -> "numpy.ndarray[Any, Any]":
    """For a list of lists: address and length of each; of objects: where each is."""
    if type(lists) is not tuple:
        raise Unfit(f"not a tuple of arrays: {lists!r:.60}")
    table = numpy.zeros((len(lists), count_slots(element)), dtype=numpy.int64)
    for row, one in zip(table, lists, strict=True):
        _pack_one(row, 0, element, one, kept)
    kept.append(table)
    return table


def _list_rows(element: ArrayOf | ObjectOf, rows: "numpy.ndarray[Any, Any]") -> "numpy.ndarray[Any, Any]":
    """Address and length of each."""
    if not isinstance(element, ArrayOf) or rows.ndim != 2 or not rows.flags.c_contiguous or rows.dtype != dtype_of(element.element):
        raise Unfit(f"not the rows of {element}")
    words = numpy.empty((len(rows), 2), dtype=numpy.int64)
    words[:, 0] = rows.ctypes.data + rows.strides[0] * numpy.arange(len(rows))
    words[:, 1] = rows.shape[1]
    return words


def check_array(element: Scalar | TupleOf, array: Any) -> None:
    if not isinstance(array, numpy.ndarray) or array.dtype != dtype_of(element) or array.ndim != 1 or not array.flags.c_contiguous:
        raise Unfit(f"not a contiguous one-dimensional array of {element}")
