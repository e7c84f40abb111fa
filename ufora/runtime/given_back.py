"""What a kernel gives back: the lists and objects that it was given, where it gave their addresses, and lists that it has made."""

import math
from collections.abc import Mapping
from typing import Any

import numpy

from ufora.compile.found import Found
from ufora.compile.spec import ArrayOf, MadeDict, MadeList, ObjectOf, TupleOf
from ufora.compile.values import Nothing

Array = numpy.ndarray[Any, Any]


class Unknowable(Exception):  # noqa: N818 - states a fact
    """A container holds a NaN, which may be a new one: containers tell one NaN object from another. Or the order of a set is not known."""


class GivenBack:
    """Of one run. A list to which several names or items point is one."""

    def __init__(self, given: Mapping[int, Any], made: Mapping[int, Found]) -> None:
        """By address: the lists and objects that the kernel was given; the lists that it gives back."""
        self._given = given
        self._made = made
        self._lists: dict[int, Any] = {}

    def restore(self, of: Any, item: Any) -> Any:
        match of:
            case TupleOf(items):
                return tuple(self.restore(kind, one) for kind, one in zip(items, item, strict=True))
            case MadeList() | MadeDict():
                return self._find(item)
            case ArrayOf():
                return self._given.get(item[0])  # unknown only where a variable has no value
            case ObjectOf():
                return self._given.get(item)
            case Nothing():
                return None
        return item

    def find_items(self, head: int) -> Array | list[Any]:
        """Of a list that was given: what it holds now; of a dict, its values. Raises Unknowable."""
        items = self._made[head].items
        if isinstance(items, tuple):
            return [self._find(inner) for inner in items]
        assert items is not None
        if has_nan(items):
            raise Unknowable
        return items

    def find_pairs(self, head: int) -> dict[Any, Any] | list[Any]:
        """Of a dict: what it holds now; of a set the items in the order in which they came. Raises Unknowable."""
        found = self._made[head]
        assert found.keys is not None
        keys: list[Any] = found.keys.tolist()
        if found.items is None and found.has_deleted:  # where the others lie depends on what was there
            raise Unknowable
        if found.items is None:
            return keys
        values = self.find_items(head)
        return dict(zip(keys, values if isinstance(values, list) else values.tolist(), strict=True))

    def has_deleted(self, head: int) -> bool:
        return self._made[head].has_deleted

    def _find(self, head: int) -> Any:
        """None: a variable has no value."""
        if head == 0:
            return None
        origin = self._made[head].origin
        if origin:
            return self._given[origin]
        if head not in self._lists:
            self._lists[head] = self._make(head)
        return self._lists[head]

    def _make(self, head: int) -> Any:
        found = self._made[head]
        if found.keys is None:
            items = self.find_items(head)
            return items if isinstance(items, list) else items.tolist()
        pairs = self.find_pairs(head)
        return pairs if isinstance(pairs, dict) else set(pairs)


def has_nan(array: Array) -> bool:
    """Of numbers, or of records of such."""
    if array.dtype.names:
        return any(has_nan(array[name]) for name in array.dtype.names)
    return array.dtype.kind == "f" and bool(numpy.isnan(array).any())


def replace_pairs(items: Any, now: "dict[Any, Any] | list[Any]", *, has_deleted: bool) -> None:
    """What a dict or set that was given holds now; what is the same stays the object it was."""
    if isinstance(now, list):
        items.update(now)
        return
    before = dict(items)
    if has_deleted:
        items.clear()
    for key, value in now.items():
        is_kept = key in before and _is_same(before[key], value)
        if has_deleted or not is_kept:
            items[key] = before[key] if is_kept else value


def _is_same(old: object, value: object) -> bool:
    """May the old one stay? -0.0 and 0.0 are equal and not the same, as are two lists that hold the same."""
    if old is value:
        return True
    match old, value:
        case int(), int():
            return type(old) is type(value) and old == value
        case float(), float():
            return old == value and math.copysign(1.0, old) == math.copysign(1.0, value)
        case tuple(), tuple():
            return len(old) == len(value) and all(map(_is_same, old, value))
    return False
