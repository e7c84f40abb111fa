"""The lists and objects that a kernel is given, and what it changed in them.

    pack       a list → array, once for each list: two names of one list are the same memory for the kernel
    copy_of    an object → array of the numbers it holds, once for each object
    remember   how the arrays were before the kernel ran
    take_home  after it ran to its end, what a call gave, with the lists and objects it was given where it gave their addresses; what has
               changed goes into the lists, item by item, and objects

What came from outside of the computation may not change, so it is packed as what machine code does not assign.
"""

import operator
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import numpy

from ufora.compile.dict_heads import DictHead
from ufora.compile.elements import Result, dtype_of, element_of, list_scalars
from ufora.compile.found import Found
from ufora.compile.given import Head, Ragged, Table
from ufora.compile.spec import ArrayOf, ListOf, MadeDict, MadeList, MadeSet, ObjectOf, Scalar, TupleOf
from ufora.runtime.captured import CAPTURED, PACKED
from ufora.runtime.forms import FORMS, LONG
from ufora.runtime.given_back import GivenBack, Unknowable, has_nan, replace_pairs
from ufora.runtime.guard.registry import Registry
from ufora.runtime.instances import CannotBind, numbers_of
from ufora.runtime.packing import ELEMENTS, SCALARS, Array, find_numbers, find_records
from ufora.runtime.pieces import Kind, Piece, join_arrays
from ufora.runtime.unboxed import Unboxed, find_array, put_array, settle

_LISTS = frozenset({list, Unboxed})


@dataclass(frozen=True, slots=True)
class _Packed:
    items: Any  #: a list, or a dict or set
    type: Any  #: an ArrayOf, or what is made
    form: Any  #: an array; of lists of lists, a Table; of what may grow, a Head


@dataclass(frozen=True, slots=True)
class _Copied:
    owner: Any
    type: ObjectOf
    form: Array  #: 64 bits for each field


@dataclass(slots=True)
class Lists:
    """Those of one run."""

    may_change: bool = False
    may_grow: bool = False  #: may lists become longer or shorter?
    classes: Registry | None = None  #: of those whose objects' attributes may be assigned, if there are any
    _packed: dict[int, _Packed] = field(default_factory=dict)  #: by the list's identity
    _copied: dict[int, _Copied] = field(default_factory=dict)  #: by the object's identity
    _before: list[tuple[_Packed | _Copied, Array]] = field(default_factory=list)
    _grown: list[tuple[_Packed, Array]] = field(default_factory=list)

    def pack(self, items: list[Any]) -> tuple[ArrayOf | MadeList, Any]:
        """Raises CannotBind for a list that has no machine type."""
        known = self._packed.get(id(items))
        if known is None:
            is_captured = CAPTURED.get(id(items)) is items
            of, form = self._pack_own(items) if self.may_change and not is_captured else pack_list(items)
            known = self._packed[id(items)] = _Packed(items, of, form)
        return known.type, known.form

    def _pack_own(self, items: list[Any]) -> tuple[ArrayOf | MadeList, Any]:
        if self.may_grow and not (items and self.may_assign(settle(items)[0])):
            return self._pack_growing(items)
        return self._pack_fixed(items)

    def _pack_growing(self, items: list[Any]) -> tuple[MadeList, Head]:
        if not len(items):
            return MadeList(None, ("given", len(self._packed))), Head(numpy.zeros(0, dtype=numpy.int64))
        if find_array(items) is None and set(map(type, items)) <= _LISTS:
            return self._pack_rows(items)
        of, form = self._pack_fixed(items)
        assert not isinstance(of.element, ArrayOf | ObjectOf)
        return MadeList(of.element), Head(form)

    def _pack_rows(self, items: list[Any]) -> tuple[MadeList, Head]:
        element, heads = self._pack_row_heads(items)
        return MadeList(element), Head(heads)

    def _pack_row_heads(self, items: Iterable[list[Any]]) -> tuple[MadeList, list[Head]]:
        """Lists of which nothing is known are taken for what the others are."""
        rows = []
        for row in items:
            of, form = self.pack(row)
            if not isinstance(of, MadeList):  # what came from outside
                if isinstance(of.element, ArrayOf | ObjectOf):
                    raise CannotBind("a list of lists holds some that came from outside")
                of, form = MadeList(of.element), Head(form, is_frozen=True)
                self._packed[id(row)] = _Packed(row, of, form)
            rows.append((of, form))
        known = [of for of, _ in rows if of.element is not None]
        if any(of != known[0] for of in known):
            raise CannotBind("the list's elements are lists that are not all alike")
        return known[0] if known else rows[0][0], [form for _, form in rows]

    def pack_dict(self, items: dict[Any, Any] | set[Any]) -> tuple[MadeDict, DictHead]:
        """Raises CannotBind for what has no machine type."""
        known = self._packed.get(id(items))
        if known is None:
            is_frozen = not self.may_change or CAPTURED.get(id(items)) is items
            of, form = self._pack_dict(items, is_frozen)
            known = self._packed[id(items)] = _Packed(items, of, form)
        return known.type, known.form

    def _pack_dict(self, items: dict[Any, Any] | set[Any], is_frozen: bool) -> tuple[MadeDict, DictHead]:
        kind = MadeSet if isinstance(items, set) else MadeDict
        if not items:
            return kind(None, None, ("given", len(self._packed))), DictHead(numpy.zeros(0, numpy.int64), None, is_frozen=is_frozen)
        key, keys = _pack_column(list(items))
        if not _can_be_key(key):
            raise CannotBind("the keys of a dict or set are not all ints of 64 bits or bools, or tuples of such that are all alike")
        if isinstance(items, set):
            return MadeSet(key, None), DictHead(keys, None, is_frozen=is_frozen)
        values = list(items.values())
        if set(map(type, values)) <= _LISTS:
            rows, heads = self._pack_row_heads(values)
            return MadeDict(key, rows), DictHead(keys, heads, is_frozen=is_frozen)
        value, column = _pack_column(values)
        return MadeDict(key, value), DictHead(keys, column, is_frozen=is_frozen)

    def _pack_fixed(self, items: list[Any]) -> tuple[ArrayOf, Any]:
        known = find_array(items)
        if known is not None and known.ndim == 1:
            return ListOf(element_of(known.dtype)), known.copy()
        first = settle(items)[0] if items else None
        if set(map(type, items)) <= _LISTS and items:
            rows: list[Any] = [self.pack(row) for row in items]
            element = _only(rows)
            return ListOf(element), Table(element, tuple(form for _, form in rows))
        if self.may_assign(first) and len(set(map(type, items))) == 1:
            return self._pack_objects(items)
        known = FORMS.find(items)
        of, form = (type_of(known), known.copy()) if known is not None else _pack_list(items)
        return ListOf(of.element), form

    def _pack_objects(self, items: list[Any]) -> tuple[ArrayOf, Any]:
        copies = [self.copy_of("an item", item) for item in items]
        first = copies[0][0]
        if any(of != first for of, _ in copies):
            raise CannotBind(f"the list's elements are objects of `{first.name}` that do not hold the same")
        return ListOf(first), Table(first, tuple(form for _, form in copies))

    def may_assign(self, value: object) -> bool:
        """Is it an object of the user's whose attributes may be assigned, by kernels that do that?"""
        return self.classes is not None and self.classes.find_place(type(value)) is not None and CAPTURED.get(id(value)) is not value

    def copy_of(self, name: str, value: Any) -> tuple[ObjectOf, Array]:
        """Raises CannotBind."""
        known = self._copied.get(id(value))
        if known is None:
            assert self.classes is not None
            numbers = numbers_of(self.classes, name, value)
            of = ObjectOf(type(value).__name__, tuple((field, SCALARS[type(number)]) for field, number in numbers.items()))
            form = numpy.zeros(len(numbers), dtype=numpy.int64)
            for at, number in enumerate(numbers.values()):
                (form.view(numpy.float64) if type(number) is float else form)[at] = number
            known = self._copied[id(value)] = _Copied(value, of, form)
        return known.type, known.form

    def remember(self) -> None:
        """How all is that may change."""
        own: list[_Packed | _Copied] = list(self._copied.values())
        own += [packed for packed in self._packed.values() if isinstance(packed.type, ListOf) and isinstance(packed.type.element, Scalar)]
        self._before = [(each, each.form.copy()) for each in own]
        heads = [packed for packed in self._packed.values() if isinstance(packed.form, Head) and not packed.form.is_frozen]
        self._grown = [(packed, packed.form.items.copy()) for packed in heads]

    def take_home(self, of: Result, item: Any, made: Mapping[int, Found], *, changes: bool) -> Any:
        """What a function gives, or a loop's names hold, from what the kernel left of it; what it changed goes into the lists and objects.
        `made`: the lists that are in it. Raises Unknowable, and nothing is changed."""
        if isinstance(of, Scalar) and not changes:
            return item
        back = GivenBack(self._by_address(), made)
        answer = back.restore(of, item)
        if changes:
            self._put_back(back)
        return answer

    def _put_back(self, back: GivenBack) -> None:
        if any(_has_nan(each) for each, _ in self._before):
            raise Unknowable
        grown = [(packed, before, _find_now(back, packed)) for packed, before in self._grown]
        for packed, before, now in grown:
            if isinstance(packed.form, DictHead):
                replace_pairs(packed.items, now, has_deleted=back.has_deleted(packed.form.address))
            else:
                _replace(packed.items, before, now)
        for each, before in self._before:
            places = _find_changed(before, each.form)
            if isinstance(each, _Packed):
                if not put_array(each.items, each.form):
                    _assign(each.items, each.form, places)
                    FORMS.keep(each.items, each.form)
            else:
                for place in places.tolist():
                    name, kind = each.type.fields[place]
                    setattr(each.owner, name, _number(each.form, place, kind))

    def _by_address(self) -> dict[int, Any]:
        found: dict[int, Any] = {copied.form.ctypes.data: copied.owner for copied in self._copied.values()}
        todo = [(packed.items, packed.form) for packed in self._packed.values()]
        while todo:
            items, form = todo.pop()
            if isinstance(form, Table):
                if isinstance(form.element, ArrayOf):
                    todo += zip(items, form.lists, strict=True)
                found[form.address] = items
            else:
                found[form.address if isinstance(form, Head) else form.ctypes.data] = items
        return found


def _assign(items: list[Any], form: Array, places: Array) -> None:
    """The form's items at these places into the list; all others stay the objects they are."""
    if 2 * len(places) <= len(items):
        deque(map(items.__setitem__, places.tolist(), form[places].tolist()), maxlen=0)
        return
    before, items[:] = items.copy(), form.tolist()
    stay = numpy.ones(len(items), dtype=numpy.bool_)
    stay[places] = False
    kept = numpy.flatnonzero(stay).tolist()
    deque(map(items.__setitem__, kept, map(before.__getitem__, kept)), maxlen=0)


def _find_now(back: GivenBack, packed: _Packed) -> Any:
    find = back.find_pairs if isinstance(packed.form, DictHead) else back.find_items
    return find(packed.form.address)


def _pack_column(items: list[Any]) -> tuple[Scalar | TupleOf, Array]:
    numbers = find_numbers(items)
    if numbers is not None:
        return ELEMENTS[numbers.dtype], numbers
    records = find_records(items)
    if records is None:
        raise CannotBind("the items of a dict or set are not all numbers, or tuples or lists of such that are all alike")
    return records


def _can_be_key(of: Scalar | TupleOf) -> bool:
    return set(list_scalars(of)) <= {Scalar.INT, Scalar.BOOL}


def _replace(items: list[Any], before: Array, now: "Array | list[Any]") -> None:
    """What a list that may have grown holds now."""
    if isinstance(now, list):
        if len(now) != len(items) or any(map(operator.is_not, now, items)):
            items[:] = now
        return
    if len(now) == len(before) and not len(_find_changed(before, now)):
        return
    if put_array(items, now):
        return
    common = min(len(before), len(now))
    places = _find_changed(before[:common], now[:common])
    deque(map(items.__setitem__, places.tolist(), now[places].tolist()), maxlen=0)
    items[common:] = now[common:].tolist()
    FORMS.keep(items, now)


def _find_changed(before: Array, after: Array) -> Array:
    """Places whose bits differ."""
    if before.dtype.names:
        changed = numpy.zeros(len(before), dtype=numpy.bool_)
        for name in before.dtype.names:
            changed[_find_changed(numpy.ascontiguousarray(before[name]), numpy.ascontiguousarray(after[name]))] = True
        return numpy.flatnonzero(changed)
    bits = numpy.dtype(f"u{before.dtype.itemsize}")
    return numpy.flatnonzero(before.view(bits) != after.view(bits))


def _has_nan(each: _Packed | _Copied) -> bool:
    if isinstance(each, _Packed):
        return has_nan(each.form)
    floats = [at for at, (_, kind) in enumerate(each.type.fields) if kind == Scalar.FLOAT]
    return bool(numpy.isnan(each.form.view(numpy.float64)[floats]).any())


def _number(words: Array, at: int, kind: Scalar) -> int | float | bool:
    word = (words.view(numpy.float64) if kind == Scalar.FLOAT else words)[at].item()
    return bool(word) if kind == Scalar.BOOL else word


def pack_list(items: "list[Any] | tuple[Any, ...]") -> tuple[ArrayOf, Any]:
    """A list of exact ints or exact floats as an array, of tuples as records, of such lists as a Table; all of it only to be read. Raises
    CannotBind for any other."""
    array = find_array(items)
    if array is not None:
        return type_of(array), array if array.ndim == 1 else Table(type_of(array[0]), tuple(array))
    if len(items) < LONG:
        return _pack_list(items)
    if CAPTURED.get(id(items)) is items:
        return _once(PACKED, items)
    return _pack_known(items) if type(items) is list else _pack_list(items)


def type_of(form: Array) -> ArrayOf:
    element = element_of(form.dtype)
    return ArrayOf(element if form.ndim == 1 else ArrayOf(element))


def _once(known: dict[int, Any], items: "list[Any] | tuple[Any, ...]") -> tuple[ArrayOf, Any]:
    """Of what may not change."""
    found: tuple[ArrayOf, Any] | None = known.get(id(items))
    if found is None:
        found = known[id(items)] = _pack_known(items) if type(items) is list else _pack_list(items)
    return found


def _pack_known(items: list[Any]) -> tuple[ArrayOf, Any]:
    """Of what may have changed since."""
    known = FORMS.find(items)
    if known is not None:
        return type_of(known), known
    of, form = _pack_list(items)
    if not isinstance(form, Table):
        FORMS.keep(items, form)
    return of, form


def join_forms(pieces: Iterable[Piece]) -> Array | None:
    """The form of the list that the ARRAY and ITEMS pieces make in order; None when they are not all alike, or rows that are objects."""
    forms: list[Array] = []
    for piece in pieces:
        if piece.kind is Kind.ITEMS and not piece.data:
            continue
        try:
            form = piece.data if piece.kind is Kind.ARRAY else _pack_list(piece.data)[1]
        except CannotBind:
            return None
        if not isinstance(form, numpy.ndarray):
            return None
        if forms and (form.dtype, form.shape[1:]) != (forms[0].dtype, forms[0].shape[1:]):
            return None
        forms.append(form)
    return join_arrays(forms) if len(forms) > 1 else forms[0]


def _pack_list(items: "list[Any] | tuple[Any, ...]") -> tuple[ArrayOf, Any]:
    numbers = find_numbers(items)
    if numbers is not None:
        return ArrayOf(ELEMENTS[numbers.dtype]), numbers
    records = find_records(items)
    if records is not None:
        return ArrayOf(records[0]), records[1]
    if items and set(map(type, items)) <= _LISTS:
        found = _pack_short_rows(items)
        if found is not None:
            return found
        rows = [pack_list(row) for row in items]
        element = _only(rows)
        return ArrayOf(element), Table(element, tuple(form for _, form in rows))
    raise CannotBind("the list's elements are not all ints of 64 bits, floats or bools, or tuples or lists of such that are all alike")


def _pack_short_rows(items: "list[Any] | tuple[Any, ...]") -> tuple[ArrayOf, Table] | None:
    """Of many lists of numbers, all at once; None for any others."""
    if len(items) < LONG or set(map(type, items)) != {list}:
        return None
    lengths = list(map(len, items))
    numbers = find_numbers(list(chain.from_iterable(items))) if sum(lengths) < LONG * len(items) else None
    if numbers is None:
        return None
    row = ArrayOf(ELEMENTS[numbers.dtype])
    same = set(lengths)
    rows = numbers.reshape(len(items), -1) if len(same) == 1 else Ragged(numbers, numpy.array(lengths, dtype=numpy.int64))
    return ArrayOf(row), Table(row, rows)


def turn_rows(scalar: Scalar, rows: Table) -> Table:
    """The columns, as many as the shortest row has items."""
    least = min(map(len, rows.lists), default=0)
    columns = numpy.empty((least, len(rows)), dtype_of(scalar))
    for at, row in enumerate(rows.lists):
        columns[:, at] = row[:least]
    return Table(ArrayOf(scalar), columns)


def _only(rows: Sequence[tuple[ArrayOf, Any]]) -> ArrayOf:
    """The one type of all."""
    first = rows[0][0]
    if any(row != first for row, _ in rows):
        raise CannotBind("the list's elements are lists that are not all alike")
    return first
