"""The lists that a kernel is given, and what it changed in them.

    pack       a list → array, once for each list: two names of one list are the same memory for the kernel
    remember   how the arrays were before the kernel ran
    put_back   what has changed goes into the lists, item by item, after it ran to its end
    restore    what a call gave, with the lists it was given where it gave their addresses

What came from outside of the computation may not change, so it is packed as what machine code does not assign.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy

from ufora.compile.elements import Result
from ufora.compile.given import Table
from ufora.compile.spec import ArrayOf, ListOf, Scalar, TupleOf
from ufora.compile.values import Nothing
from ufora.runtime.captured import CAPTURED, PACKED
from ufora.runtime.instances import CannotBind
from ufora.runtime.packing import ELEMENTS, Array, find_packed, find_records

LONG = 1000  #: items of a list that came from outside, and so cannot change, whose packed form is kept


@dataclass(frozen=True, slots=True)
class _Packed:
    items: list[Any]
    type: ArrayOf
    form: Any  #: an array; of lists of lists, a Table


@dataclass(slots=True)
class Lists:
    """Those of one run."""

    may_change: bool = False
    _packed: dict[int, _Packed] = field(default_factory=dict)  #: by the list's identity
    _before: list[tuple[_Packed, Array]] = field(default_factory=list)

    def pack(self, items: list[Any]) -> tuple[ArrayOf, Any]:
        """Raises CannotBind for a list that has no machine type."""
        known = self._packed.get(id(items))
        if known is None:
            is_captured = CAPTURED.get(id(items)) is items
            of, form = self._pack_own(items) if self.may_change and not is_captured else self._pack_frozen(items)
            known = self._packed[id(items)] = _Packed(items, of, form)
        return known.type, known.form

    def _pack_own(self, items: list[Any]) -> tuple[ArrayOf, Any]:
        kinds = set(map(type, items))
        if kinds == {list}:
            rows = [self.pack(row) for row in items]
            element = _only(rows)
            return ListOf(element), Table(element, tuple(form for _, form in rows))
        if kinds == {bool}:
            return ListOf(Scalar.BOOL), numpy.array(items)
        of, form = pack_list(items)
        return ListOf(of.element), form

    def _pack_frozen(self, items: list[Any]) -> tuple[ArrayOf, Any]:
        of, form = pack_list(items)
        return of, _as_table(of, form)

    def remember(self) -> None:
        own = [packed for packed in self._packed.values() if isinstance(packed.type, ListOf) and isinstance(packed.type.element, Scalar)]
        self._before = [(packed, packed.form.copy()) for packed in own]

    def put_back(self) -> bool:
        """False, and nothing is changed, where a list holds a NaN, which may be a new one: containers tell one NaN object from another."""
        if any(packed.form.dtype.kind == "f" and numpy.isnan(packed.form).any() for packed, _ in self._before):
            return False
        for packed, before in self._before:
            places = _find_changed(before, packed.form)
            items = packed.items
            for place, item in zip(places.tolist(), packed.form[places].tolist(), strict=True):
                items[place] = item
        return True

    def restore(self, of: Result, item: Any) -> Any:
        """What a name holds, or a function gives, from what the kernel left of it."""
        return item if isinstance(of, Scalar) else _restore(of, item, self._by_address())

    def _by_address(self) -> dict[int, list[Any]]:
        found: dict[int, list[Any]] = {}
        todo = [(packed.items, packed.form) for packed in self._packed.values()]
        while todo:
            items, form = todo.pop()
            if isinstance(form, Table):
                todo += zip(items, form.lists, strict=True)
                found[form.address] = items
            else:
                found[form.ctypes.data] = items
        return found


def _as_table(of: ArrayOf, form: Any) -> Any:
    """A form of `pack_list`, so that lists of lists have their place in memory, too."""
    if not isinstance(form, tuple):
        return form
    assert isinstance(of.element, ArrayOf)
    element = of.element
    return Table(element, tuple(_as_table(element, row) for row in form))


def _find_changed(before: Array, after: Array) -> Array:
    """Places whose bits differ."""
    bits = numpy.dtype(f"u{before.dtype.itemsize}")
    return numpy.flatnonzero(before.view(bits) != after.view(bits))


def _restore(of: Any, item: Any, lists: dict[int, list[Any]]) -> Any:
    match of:
        case TupleOf(items):
            return tuple(_restore(kind, one, lists) for kind, one in zip(items, item, strict=True))
        case ArrayOf():
            return lists.get(item[0])  # unknown only where a variable has no value
        case Nothing():
            return None
    return item


def pack_list(items: "list[Any] | tuple[Any, ...]") -> tuple[ArrayOf, Any]:
    """A list of exact ints or exact floats as an array, of tuples as records, of such lists as a tuple. Raises CannotBind for any other."""
    if len(items) < LONG or CAPTURED.get(id(items)) is not items:
        return _pack_list(items)
    known: tuple[ArrayOf, Any] | None = PACKED.get(id(items))
    if known is None:
        known = PACKED[id(items)] = _pack_list(items)
    return known


def _pack_list(items: "list[Any] | tuple[Any, ...]") -> tuple[ArrayOf, Any]:
    packed = find_packed(items)
    if packed is not None:
        return ArrayOf(ELEMENTS[packed.dtype]), packed
    records = find_records(items)
    if records is not None:
        return ArrayOf(records[0]), records[1]
    if items and set(map(type, items)) == {list}:
        rows = [pack_list(row) for row in items]
        return ArrayOf(_only(rows)), tuple(array for _, array in rows)
    raise CannotBind("the list's elements are not all ints of 64 bits, all floats, or tuples or lists of such that are all alike")


def _only(rows: Sequence[tuple[ArrayOf, Any]]) -> ArrayOf:
    """The one type of all."""
    first = rows[0][0]
    if any(row != first for row, _ in rows):
        raise CannotBind("the list's elements are lists that are not all alike")
    return first
