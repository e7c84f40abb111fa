"""What a comprehension holds: everything that its elements can reach, where that is plain enough to be known at a glance.

Plain are numbers and text, containers of nothing else, lists of rows of nothing else, the user's functions and what is on the allow list.
Long containers are looked through by C code: half a second for ten million items, a tenth of what it takes to send them.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from operator import ne
from types import CodeType, FunctionType
from typing import Any

from pyfora.capture.packing import are_all
from ufora.runtime.captured import cells_of
from ufora.runtime.unboxed import settle

NUMBERS = frozenset(map(id, (type(None), bool, int, float, complex, range, type(Ellipsis))))
TEXTS = frozenset(map(id, (str, bytes)))
PLAIN = NUMBERS | TEXTS
"""Identities, as a class decides itself what it equals."""
COPIED = frozenset(map(id, (type(None), bool, int, float, str, bytes)))
CONTAINERS: tuple[type, ...] = (list, tuple, set, frozenset)
ITEM_BYTES = 8  #: that travel for an item beside its text
SAMPLE = 64  #: texts of a container that are measured


@dataclass(frozen=True, slots=True)
class Holdings:
    """Objects by identity, and how much would have to be sent."""

    objects: Mapping[int, object]  #: those that can be told from an equal copy; without the rows
    rows: tuple[Sequence[object], ...]  #: lists whose items are tuples
    nbytes: int

    def name_objects(self) -> dict[int, str]:
        """What a copy of this process calls them, by identity; rows by their list and their place in it."""
        names = {number: str(number) for number in self.objects}
        for rows in self.rows:
            names.update((id(row), f"{id(rows)}.{place}") for place, row in enumerate(rows))
        return names


def is_new_and_plain(items: list[Any], holdings: Holdings) -> bool:
    """Are these numbers, text and containers of such that were made after all that is held, and of which nobody can tell a copy?"""
    kinds = _list_kinds(items)
    if kinds <= COPIED:
        return not _has_nan(items, kinds)
    for item in map(settle, items):
        kind = type(item)
        if id(kind) in COPIED:
            parts = [item]
        elif kind is dict:
            parts = [*item, *item.values()]
        elif kind is list or (kind is tuple and not holdings.rows):
            parts = item
        else:
            return False
        kinds = set(map(id, map(type, parts)))
        if not kinds <= COPIED or id(item) in holdings.objects or _has_nan(parts, kinds):
            return False
    return True


def _has_nan(items: Sequence[object], kinds: set[int]) -> bool:
    """Of plain items of these types."""
    return id(float) in kinds and any(map(ne, items, items))


def find_holdings(
    roots: Iterable[object], is_users: Callable[[FunctionType], bool], find_named: Callable[[object], str | None]
) -> Holdings | None:
    """None where there is anything else among it. `is_users`: was this function written by the user; `find_named`: the path of what is
    on the allow list."""
    objects: dict[int, object] = {}
    rows: list[Sequence[object]] = []
    nbytes, todo = 0, list(roots)
    while todo:
        value = settle(todo.pop())
        kind = type(value)
        if id(kind) in PLAIN:
            nbytes += _count_bytes([value])
            continue
        if id(value) in objects:
            continue
        objects[id(value)] = value
        if kind is FunctionType and is_users(value):
            todo += _list_held(value)
        elif kind in CONTAINERS or kind is dict:
            parts: Any = value
            for items in (parts.keys(), parts.values()) if kind is dict else (parts,):
                kinds = _list_kinds(items)
                if kinds == {id(tuple)} and kind is list:
                    rows.append(items)
                    items = list(chain.from_iterable(items))
                    kinds = _list_kinds(items)
                if not kinds <= PLAIN:
                    return None
                nbytes += _count_bytes(items)
        elif find_named(value) is None:
            return None
    return Holdings(objects, tuple(rows), nbytes)


def _list_kinds(items: Any) -> set[int]:
    """Of what types they are, by identity. Mostly all of one, which takes half as long to find out as which these are."""
    first = type(next(iter(items), None))
    if are_all(first, items):
        return {id(first)} if items else set()
    return set(map(id, map(type, items)))


def _count_bytes(items: Any) -> int:
    """About how many bytes these would be on their way."""
    sample = items[:: len(items) // SAMPLE + 1] if isinstance(items, list | tuple) else list(items)[:SAMPLE]
    texts = sum(len(item) for item in sample if id(type(item)) in TEXTS)
    return len(items) * ITEM_BYTES + (texts * len(items) // len(sample) if sample else 0)


def _list_held(function: FunctionType) -> Iterator[object]:
    """Contents of its cells, its defaults and the globals that it or a function inside it names."""
    yield from cells_of(function)
    yield from function.__defaults__ or ()
    yield from (function.__kwdefaults__ or {}).values()
    names = function.__globals__
    for name in set(_list_names(function.__code__)):
        if name in names and not name.startswith("__"):
            yield names[name]


def _list_names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _list_names(inner)
