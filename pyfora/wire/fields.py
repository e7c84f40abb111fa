"""What each field of each record may hold: how it is written, and how it is checked when read.

The table FIELDS is built once, from the annotations of the records and from RULES, which says what the integers mean.
"""

import struct
from array import array
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

from msgpack import ExtType

from pyfora.errors import InternalError
from pyfora.program import nodes
from pyfora.wire.layout import ENTRY_TYPES, MAX_ARRAY, NODE_TYPES, REFS

MAX_LINE = 2**30
"""Line numbers stay below this: the compiler counts lines in 32 bits."""


class WrongField(Exception):  # noqa: N818 - states a fact
    """A field does not hold what its record says; the text ends the sentence "node 3 (ListOf), items: …"."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How far indexes may go."""

    nodes: int
    sources: int
    buffers: tuple[int, ...]  #: sizes, bytes


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of field."""

    read: Callable[[Any, Limits], Any]  #: the checked value; raises WrongField
    write: Callable[[Any], Any] | None = None  #: what msgpack is given; None: the value itself


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    kind: Kind


def _exactly(*types: type) -> Kind:
    wanted = frozenset(types)
    names = " or ".join(kind.__name__ for kind in types)

    def read(value: Any, limits: Limits) -> Any:
        if type(value) not in wanted:
            raise WrongField(f"{type(value).__name__} where {names} belongs")
        return value

    return Kind(read)


def _integer(lowest: int, find_end: Callable[[Limits], int]) -> Kind:
    def read(value: Any, limits: Limits) -> int:
        if type(value) is not int or not lowest <= value < find_end(limits):
            raise WrongField(f"{_shown(value)} is not an integer in range({lowest}, {find_end(limits)})")
        return value

    return Kind(read)


def _read_refs(value: Any, limits: Limits) -> tuple[int, ...]:
    if type(value) is not array:
        raise WrongField(f"{type(value).__name__} where references belong")
    refs = tuple(value)
    if refs and not (min(refs) >= 0 and max(refs) < limits.nodes):
        raise WrongField("a reference out of range")
    return refs


def _write_refs(refs: tuple[int, ...]) -> ExtType:
    return ExtType(REFS, struct.pack(f"<{len(refs)}i", *refs))


def _named(lowest: int) -> Kind:
    def read(value: Any, limits: Limits) -> nodes.Names:
        if type(value) is not dict:
            raise WrongField(f"{type(value).__name__} where names belong")
        for name, ref in value.items():
            if type(name) is not str or type(ref) is not int or not lowest <= ref < limits.nodes:
                raise WrongField(f"{_shown(name)} does not name a node")
        return tuple(value.items())

    return Kind(read, _write_names)


def _write_names(names: nodes.Names) -> dict[str, int]:
    written = dict(names)
    if len(written) != len(names):
        raise InternalError("a Program names one thing twice in the same record")
    return written


def _many(read_one: Callable[[Any, Limits], Any], write_one: Callable[[Any], Any] | None = None) -> Kind:
    def read(value: Any, limits: Limits) -> tuple[Any, ...]:
        if type(value) is not tuple:
            raise WrongField(f"{type(value).__name__} where a sequence belongs")
        return tuple(read_one(item, limits) for item in value)

    def write(values: tuple[Any, ...]) -> Any:
        if len(values) > MAX_ARRAY:
            raise InternalError(f"a Program holds a sequence of {len(values)} items where {MAX_ARRAY} is the limit")
        return [write_one(value) for value in values] if write_one else values

    return Kind(read, write)


def _shown(value: object) -> str:
    """A short form for messages; a hostile value may be huge."""
    return repr(value)[:40] if isinstance(value, str) or (isinstance(value, int) and abs(value) < 2**64) else type(value).__name__


ANY_INT = _exactly(int)
SIZE = _integer(0, lambda limits: 2**63)
LINE = _integer(0, lambda limits: MAX_LINE)
REF = _integer(0, lambda limits: limits.nodes)
REF_OR_NONE = _integer(-1, lambda limits: limits.nodes)
SOURCE = _integer(0, lambda limits: limits.sources)
BUFFER = _integer(0, lambda limits: len(limits.buffers))
TEXT = _exactly(str)
REFERENCES = Kind(_read_refs, _write_refs)

BY_ANNOTATION: dict[Any, Kind] = {
    str: TEXT,
    bool: _exactly(bool),
    int: REF,
    nodes.Scalar: _exactly(type(None), bool, int, float, complex, str, bytes),
    tuple[int, ...]: REFERENCES,
    tuple[str, ...]: _many(TEXT.read),
    nodes.Names: _named(0),
}
RULES: dict[tuple[type, str], Kind] = {
    (nodes.Source, "first_line"): LINE,
    (nodes.RangeOf, "start"): ANY_INT,
    (nodes.RangeOf, "stop"): ANY_INT,
    (nodes.RangeOf, "step"): ANY_INT,
    (nodes.Packed, "buffer"): BUFFER,
    (nodes.PackedDict, "keys"): BUFFER,
    (nodes.PackedDict, "values"): BUFFER,
    (nodes.Rows, "lengths"): BUFFER,
    (nodes.Rows, "items"): BUFFER,
    (nodes.Array, "buffer"): BUFFER,
    (nodes.Array, "shape"): _many(SIZE.read),
    (nodes.Function, "source"): SOURCE,
    (nodes.Function, "ordinal"): SIZE,
    (nodes.Function, "cells"): _named(-1),
    (nodes.Class, "source"): SOURCE,
    (nodes.Class, "ordinal"): SIZE,
    (nodes.Class, "cells"): _named(-1),
    (nodes.Instance, "base"): REF_OR_NONE,
    (nodes.ExceptionOf, "cause"): REF_OR_NONE,
    (nodes.ExceptionOf, "context"): REF_OR_NONE,
    (nodes.Block, "source"): SOURCE,
    (nodes.Block, "ordinal"): SIZE,
    (nodes.TraceFrame, "line"): LINE,
    (nodes.TraceFrame, "end_line"): LINE,
    (nodes.TraceFrame, "column"): LINE,
    (nodes.TraceFrame, "end_column"): LINE,
    (nodes.Outcome, "error"): REF_OR_NONE,
}


def _list_fields(record: type[Any]) -> tuple[Field, ...]:
    return tuple(Field(field.name, RULES.get((record, field.name)) or BY_ANNOTATION[field.type]) for field in fields(record))


def read_record(record: type[Any], raw: Any, limits: Limits) -> Any:
    """Raises WrongField."""
    expected = FIELDS[record]
    if type(raw) is not tuple or len(raw) != len(expected):
        raise WrongField(f"{len(expected)} fields belong here")
    values = []
    for field, value in zip(expected, raw, strict=True):
        try:
            values.append(field.kind.read(value, limits))
        except WrongField as wrong:
            raise WrongField(f"{field.name}: {wrong}") from None
    return record(*values)


def _read_frame(raw: Any, limits: Limits) -> nodes.TraceFrame:
    frame: nodes.TraceFrame = read_record(nodes.TraceFrame, raw, limits)
    return frame


def _write_frame(frame: nodes.TraceFrame) -> tuple[str | int, ...]:
    return frame.path, frame.line, frame.function, frame.text, frame.end_line, frame.column, frame.end_column


BY_ANNOTATION[tuple[nodes.TraceFrame, ...]] = _many(_read_frame, _write_frame)
FIELDS: dict[type[Any], tuple[Field, ...]] = {
    record: _list_fields(record) for record in (*NODE_TYPES, *ENTRY_TYPES, nodes.Source, nodes.TraceFrame)
}
