"""Long lists and tuples of numbers, of texts, and of tuples of such, and dicts of them, as raw memory instead of a node for each item."""

import math
import struct
import sys
from array import array
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import chain, repeat
from operator import is_, itemgetter
from typing import TYPE_CHECKING, Any

from pyfora.program.nodes import MOST_COLUMNS, Packed, PackedDict, Rows, Zipped

if TYPE_CHECKING:
    from pyfora.capture.encoder import Encoder

PACKED_LENGTH = 64
"""Shortest list that is packed, elements. Guessed: below, a node for each is as small."""

INT_CODES = ("B", "h", "i", "q")
"""Typecodes of ints, the narrowest first."""

Column = tuple[str, bytes | memoryview] | list["Column"]
"""Typecode and memory of items that are all alike; or columns, where they are tuples."""


def find_packed(container: str, items: "list[Any] | tuple[Any, ...]", encoder: "Encoder") -> Packed | Zipped | None:
    if len(items) < PACKED_LENGTH:
        return None
    packed = _pack(items)
    return None if packed is None else _make_node(container, packed, items, encoder)


def find_rows(items: list[Any], encoder: "Encoder") -> Rows | None:
    """Of many short lists; a long one has memory of its own."""
    if len(items) < PACKED_LENGTH or set(map(type, items)) != {list}:
        return None
    lengths = list(map(len, items))
    flat = list(chain.from_iterable(items)) if sum(lengths) < PACKED_LENGTH * len(items) else []
    packed = _pack(flat) if flat else None
    if not isinstance(packed, tuple):
        return None
    return Rows(encoder.add_buffer(_as_memory(array("q", lengths))), packed[0], encoder.add_buffer(packed[1]))


def list_owned(node: Zipped | Rows, items: Sequence[Any]) -> Iterator[Any]:
    """The tuples, or lists, that have no node of their own."""
    return list_tuples(items) if isinstance(node, Zipped) else iter(items)


def find_packed_dict(value: dict[Any, Any], encoder: "Encoder") -> PackedDict | None:
    if len(value) < PACKED_LENGTH:
        return None
    packed = _pack(tuple(value.values()))
    keys = _pack(tuple(value)) if isinstance(packed, tuple) else None
    if not isinstance(packed, tuple) or not isinstance(keys, tuple):
        return None
    return PackedDict(keys[0], encoder.add_buffer(keys[1]), packed[0], encoder.add_buffer(packed[1]))


def list_tuples(items: Sequence[Any]) -> Iterator[tuple[Any, ...]]:
    """All tuples in a list of tuples that travels by columns, those inside of others too."""
    inside = [list_tuples(take_column(items, place)) for place, first in enumerate(items[0]) if type(first) is tuple]
    return chain(items, *inside)


def _make_node(container: str, packed: Column, items: Sequence[Any], encoder: "Encoder") -> Packed | Zipped:
    if isinstance(packed, tuple):
        typecode, data = packed
        return Packed(container, typecode, encoder.add_buffer(data))
    columns = []
    for place, column in enumerate(packed):
        values = take_column(items, place) if isinstance(column, list) else ()
        columns.append(encoder.add_node(_make_node("tuple", column, values, encoder), values))
    return Zipped(container, tuple(columns))


def _pack(items: Sequence[Any]) -> Column | None:
    kind = type(items[0])
    if kind not in _PACKERS or not are_all(kind, items):
        return None
    return _PACKERS[kind](items)


def are_all(kind: type, items: Iterable[object]) -> bool:
    """Are they of this very type? It takes half as long as the set of their types, and asks no class what it equals."""
    return all(map(is_, map(type, items), repeat(kind)))


def take_column(items: Sequence[Any], place: int) -> list[Any]:
    """Not by `zip(*items)`, which makes an iterator of each item."""
    return list(map(itemgetter(place), items))


def _pack_tuples(items: Sequence[Any]) -> Column | None:
    width = len(items[0])
    if not 0 < width <= MOST_COLUMNS or len(set(map(len, items))) > 1:
        return None
    columns: list[Column] = []
    for place in range(width):
        column = _pack(take_column(items, place))
        if column is None:
            return None
        columns.append(column)
    return columns


def _pack_ints(items: Sequence[Any]) -> Column | None:
    for code in INT_CODES:
        with suppress(OverflowError):  # mostly one of the first is too large, so a try costs next to nothing
            return code, _as_memory(array(code, items))
    return None


def _pack_floats(items: Sequence[Any]) -> Column | None:
    packed = array("d", items)
    return None if _has_shared_nan(packed, items) else ("d", _as_memory(packed))


def _as_memory(packed: "array[Any]") -> memoryview:
    if sys.byteorder == "big":
        packed.byteswap()
    return memoryview(packed).cast("B")


def _has_shared_nan(packed: "array[float]", items: Sequence[Any]) -> bool:
    """Is one NaN object there twice, or Python's own? Containers can tell it from an equal one."""
    if not math.isnan(sum(packed)):  # as mostly
        return False
    numbers = [id(item) for item in items if item != item]
    return len(set(numbers)) < len(numbers) or id(math.nan) in numbers


def _pack_texts(items: Sequence[Any]) -> Column:
    """As `nodes.Packed` draws it. Cutting at a character takes less than half of cutting at lengths."""
    joined = "\0".join(items)
    if joined.count("\0") == len(items) - 1:
        return "t", joined.encode("utf-8", "surrogatepass")
    lengths = array("i", map(len, items))
    if sys.byteorder == "big":
        lengths.byteswap()
    return "s", struct.pack("<q", len(items)) + lengths.tobytes() + "".join(items).encode("utf-8", "surrogatepass")


_PACKERS = {
    int: _pack_ints,
    float: _pack_floats,
    bool: lambda items: ("?", bytes(items)),
    str: _pack_texts,
    tuple: _pack_tuples,
}
