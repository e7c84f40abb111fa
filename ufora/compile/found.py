"""The lists that a kernel has made and gives back, read from its memory before that is freed."""

import ctypes
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy

from ufora.compile.dicts_text import FLAGS, ONE_DELETED, USED
from ufora.compile.elements import dtype_of, list_words
from ufora.compile.given import Head
from ufora.compile.made_text import HEAD_WORDS, ITEMS, LENGTH, ORIGIN, OWN_BYTES, free
from ufora.compile.spec import Made, MadeDict, MadeList, MadeSet, TupleOf
from ufora.compile.values import BOOL, INT

Address = int
_WORD = numpy.dtype(numpy.int64)


@dataclass(frozen=True, slots=True)
class Found:
    """One list, dict or set."""

    items: "numpy.ndarray[Any, Any] | tuple[Address, ...] | None"  #: of lists, where their heads were; of a dict the values, of a set None
    origin: Address  #: of one that was given, by which it is known; else 0
    keys: "numpy.ndarray[Any, Any] | None" = None  #: of a dict or set
    has_deleted: bool = False  #: was a key of it ever deleted?


def find_lists(element: Any, results: Any, given: Sequence[tuple[Any, Any]]) -> Mapping[Address, Found]:
    """By the addresses of their heads: all that a kernel's results hold, which are of type `element`, and those that it was given, by type
    and value."""
    found: dict[Address, Found] = {}
    for of, address in [pair for result in results for pair in _list_addresses(element, result)]:
        _read(of, address, found)
    for of, head in _list_heads(given):
        _read(of, head.address, found)
    return found


def free_grown(given: Sequence[tuple[Any, Any]]) -> None:
    """The memory that given lists have become too long for their own."""
    heads = {head.address: head for _, head in _list_heads(given)}
    for head in heads.values():
        if head.words[OWN_BYTES]:
            free(int(head.words[ITEMS]))


def _list_heads(given: Iterable[tuple[Any, Any]]) -> Iterator[tuple[Made, Head]]:
    """Those that may have changed."""
    for of, value in given:
        match of:
            case MadeList() | MadeDict() if not value.is_frozen:
                yield of, value
                # wherever they are now
                yield from _list_heads((_inner(of), row) for row in value.rows)
            case TupleOf(items):
                yield from _list_heads(zip(items, value, strict=True))


def _list_addresses(of: Any, result: Any) -> Iterator[tuple[Made, Address]]:
    match of:
        case MadeList() | MadeDict():
            yield of, result
        case TupleOf(items):
            for item, one in zip(items, result, strict=True):
                yield from _list_addresses(item, one)


def _read(of: Any, address: Address, found: dict[Address, Found]) -> None:
    if address == 0 or address in found:  # 0: of a variable without a value
        return
    head = _copy(address, HEAD_WORDS, _WORD)
    inner = _inner(of)
    if isinstance(of, MadeDict):
        shape = int(head[USED]), _count_entry_words(of)
        entries = _copy(int(head[ITEMS]), shape[0] * shape[1], _WORD).reshape(shape)
        live = entries[entries[:, 0] != 0]
        keys, values = numpy.split(live[:, 1:], [_count_words(of.key)], axis=1)
        items = None if isinstance(of, MadeSet) else _as_items(values, inner)
        found[address] = Found(items, int(head[ORIGIN]), _as_array(keys, of.key), bool(head[FLAGS] >= ONE_DELETED))
    else:
        kind = _WORD if isinstance(inner, Made) else dtype_of(inner or INT)
        items = _copy(int(head[ITEMS]), int(head[LENGTH]), kind)
        found[address] = Found(tuple(items.tolist()) if isinstance(inner, Made) else items, int(head[ORIGIN]))
    if isinstance(inner, Made):
        for each in found[address].items or ():
            _read(inner, each, found)


def _inner(of: Any) -> Any:
    return of.value if isinstance(of, MadeDict) else of.element


def _count_words(of: Any) -> int:
    return 1 if of is None or isinstance(of, Made) else len(list(list_words(of)))


def _count_entry_words(of: MadeDict) -> int:
    return 1 + _count_words(of.key) + (0 if isinstance(of, MadeSet) else _count_words(of.value))


def _as_items(words: "numpy.ndarray[Any, Any]", of: Any) -> "numpy.ndarray[Any, Any] | tuple[Address, ...]":
    return tuple(words[:, 0].tolist()) if isinstance(of, Made) else _as_array(words, of)


def _as_array(words: "numpy.ndarray[Any, Any]", of: Any) -> "numpy.ndarray[Any, Any]":
    words = numpy.ascontiguousarray(words)
    return words[:, 0].astype(numpy.bool_) if of == BOOL else words.view(dtype_of(of or INT))[:, 0]


def _copy(address: Address, count: int, kind: "numpy.dtype[Any]") -> "numpy.ndarray[Any, Any]":
    return numpy.frombuffer(ctypes.string_at(address, count * kind.itemsize) if count else b"", dtype=kind)
