"""A Program from bytes that nobody vouches for: what comes out is checked, everything else is a WireError."""

import struct
import sys
from array import array
from collections.abc import Iterator
from dataclasses import replace
from itertools import accumulate
from typing import Any

import msgpack

from pyfora.errors import WireError
from pyfora.program.nodes import Array, DictOf, Packed, PackedDict, Program, Rows, Source, Zipped
from pyfora.wire.arrays import check_array, check_packed, check_packed_dict, check_rows, check_zipped
from pyfora.wire.fields import Limits, WrongField, read_record
from pyfora.wire.layout import BIG_INT, COMPLEX, ENTRY_TYPES, FORMAT, MAGIC, MAX_ARRAY, NODE_TYPES, PRELUDE, REFS, padding_after, total_size

Data = bytes | bytearray | memoryview


def decode_program(data: Data, reader: str = "cluster") -> Program:
    """The Program; its buffers are views into `data`. Raises WireError. `reader` ("client" or "cluster") is this side, for messages."""
    view = memoryview(data).cast("B").toreadonly()
    program, sizes = decode_outline(view, reader)
    return replace(program, buffers=_find_buffers(view, PRELUDE.unpack_from(view)[2], sizes))


def decode_outline(data: Data, reader: str = "cluster") -> tuple[Program, tuple[int, ...]]:
    """Of a Program whose buffers may be missing from the end of its bytes: the Program without them, and their sizes. Raises WireError."""
    header = _find_header(memoryview(data), reader)
    try:
        objects = _unpack(header)
        source_count, node_count, sizes = _read_counts(next(objects, None), len(header))
        limits = Limits(node_count, source_count, sizes)
        entry = _read_tagged("the entry", ENTRY_TYPES, next(objects, None), limits)
        sources = tuple(_read_source(index, next(objects, None), limits) for index in range(source_count))
        nodes = tuple(_read_node(index, next(objects, None), limits) for index in range(node_count))
        for _ in objects:
            raise WireError("the header of this program goes on after its last node")
    except (ValueError, msgpack.UnpackException) as error:
        raise WireError(f"the header of this program is damaged ({type(error).__name__}: {str(error)[:80]})") from None
    return Program(sources, nodes, (), entry), sizes


def _find_header(view: memoryview, reader: str) -> memoryview:
    if bytes(view[: len(MAGIC)]) != MAGIC:
        raise WireError("this is not a ufora program")
    if len(view) > len(MAGIC) and view[len(MAGIC)] != FORMAT:
        theirs = view[len(MAGIC)]
        other = "client" if reader == "cluster" else "cluster"
        older = reader if theirs > FORMAT else other
        raise WireError(f"a program in format {theirs} came, the {reader} reads format {FORMAT}: upgrade the {older}")
    if len(view) < PRELUDE.size:
        raise WireError(f"this program was cut off: it has {len(view)} bytes, not even a whole beginning")
    length = PRELUDE.unpack_from(view)[2]
    if length > len(view) - PRELUDE.size:
        raise WireError(f"this program was cut off: {length} bytes of header announced, {len(view) - PRELUDE.size} came")
    return view[PRELUDE.size : PRELUDE.size + length]


def _unpack(header: memoryview) -> Iterator[Any]:
    unpacker = msgpack.Unpacker(
        use_list=False,
        ext_hook=_read_extension,
        unicode_errors="surrogatepass",
        max_buffer_size=max(len(header), 1),
        max_array_len=MAX_ARRAY,
    )
    unpacker.feed(header)
    yield from unpacker
    if unpacker.tell() != len(header):
        raise WireError("the header of this program was cut off")


def _read_extension(code: int, data: bytes) -> Any:
    if code == REFS:
        refs = array("i", data)
        if sys.byteorder == "big":
            refs.byteswap()
        return refs
    if code == BIG_INT:
        return int.from_bytes(data, "little", signed=True)
    if code == COMPLEX and len(data) == 16:
        return complex(*struct.unpack("<dd", data))
    raise ValueError(f"unknown extension {code}")


def _read_counts(raw: Any, header_length: int) -> tuple[int, int, tuple[int, ...]]:
    match raw:
        case (int(sources), int(nodes), bytes(sizes)) if len(sizes) % 8 == 0:
            if sources >= 0 and nodes >= 0 and sources + nodes <= header_length:
                return sources, nodes, struct.unpack(f"<{len(sizes) // 8}Q", sizes)
    raise WireError("the header of this program does not begin with its counts")


def _find_buffers(view: memoryview, header_length: int, sizes: tuple[int, ...]) -> tuple[memoryview, ...]:
    expected = total_size(header_length, sizes)
    if len(view) != expected:
        raise WireError(f"this program was cut off or joined with another: {expected} bytes announced, {len(view)} came")
    return tuple(view[start:stop] for start, stop in find_places(header_length, sizes))


def find_places(header_length: int, sizes: tuple[int, ...]) -> list[tuple[int, int]]:
    """Where each buffer begins and ends in the Program's bytes."""
    padded = [size + padding_after(size) for size in sizes]
    starts = accumulate(padded, initial=total_size(header_length, ()))
    return [(start, start + size) for start, size in zip(starts, sizes, strict=False)]


def _read_tagged(where: str, types: tuple[type[Any], ...], raw: Any, limits: Limits) -> Any:
    if type(raw) is not tuple or not raw or type(raw[0]) is not int:
        raise WireError(f"{where} of this program is missing or is not a record")
    if not 0 <= raw[0] < len(types):
        raise WireError(f"{where} of this program has the unknown tag {raw[0]}")
    record = types[raw[0]]
    try:
        return read_record(record, raw[1:], limits)
    except WrongField as wrong:
        raise WireError(f"{where} of this program ({record.__name__}) is wrong: {wrong}") from None


def _read_source(index: int, raw: Any, limits: Limits) -> Source:
    try:
        source: Source = read_record(Source, raw, limits)
    except WrongField as wrong:
        raise WireError(f"source {index} of this program is wrong: {wrong}") from None
    return source


def _read_node(index: int, raw: Any, limits: Limits) -> Any:
    node = _read_tagged(f"node {index}", NODE_TYPES, raw, limits)
    try:
        if type(node) is Packed:
            check_packed(node, limits)
        elif type(node) is PackedDict:
            check_packed_dict(node, limits)
        elif type(node) is Rows:
            check_rows(node, limits)
        elif type(node) is Zipped:
            check_zipped(node)
        elif type(node) is Array:
            check_array(node, limits)
        elif type(node) is DictOf and len(node.keys) != len(node.values):
            raise WrongField(f"{len(node.keys)} keys for {len(node.values)} values")
    except WrongField as wrong:
        raise WireError(f"node {index} of this program ({type(node).__name__}) is wrong: {wrong}") from None
    return node
