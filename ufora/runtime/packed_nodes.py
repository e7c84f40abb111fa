"""Lists whose numbers are an array travel as that array: no item is looked at, and of one that was none before no object is made."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy

from pyfora.capture.origin import EncoderLike
from pyfora.capture.packing import INT_CODES, PACKED_LENGTH, take_column
from pyfora.program.nodes import ListOf, Node, Packed, Rows, Zipped
from ufora.runtime.packing import INT64
from ufora.runtime.unboxed import find_form, settle, was_looked_at

Array = numpy.ndarray[Any, Any]


def find_packed_node(items: Any, encoder: EncoderLike) -> Node | None:
    """What a list travels as of which the form is known; None where it has to go item by item."""
    form = find_form(items)
    if form is None:
        return None
    if form.dtype.names is not None and was_looked_at(items):
        settle(items)  # a tuple that something else holds is one object
    if _can_travel(form) and form.ndim == 1:
        return _make_node("list", form, items if type(items) is list else (), encoder)
    if form.size and _can_travel(form) and not was_looked_at(items) and (form.dtype.names is None or form.shape[1] >= PACKED_LENGTH):
        return _make_rows(form, encoder)
    settle(items)
    return None


def _can_travel(form: Array) -> bool:
    """Have all ints a type code? Those from 2**63 on have none."""
    if form.dtype.names is not None:
        return all(_can_travel(form[name]) for name in form.dtype.names)
    return form.dtype.kind != "u" or len(form) == 0 or int(form.max()) in INT64


def find_typecode(dtype: "numpy.dtype[Any]", find_bounds: Callable[[], tuple[int, int]]) -> str:
    """As what numbers travel, see `Packed`. `find_bounds`: of ints, the least and the greatest."""
    if dtype.kind not in "iu":
        return {"f": "d", "b": "?"}[dtype.kind]
    least, most = find_bounds()
    return next(code for code in INT_CODES if numpy.iinfo(code).min <= least and most <= numpy.iinfo(code).max)


def to_buffer(form: Array, code: str) -> memoryview:
    """The array's numbers as `Packed` wants them, in one stretch."""
    return numpy.ascontiguousarray(form, dtype=code).view("u1").data


def _make_rows(form: Array, encoder: EncoderLike) -> ListOf | Rows:
    """Of lists that are no objects yet."""
    if form.shape[1] < PACKED_LENGTH:
        code = find_typecode(form.dtype, lambda: (form.min(), form.max()))
        lengths = encoder.add_buffer(numpy.full(len(form), form.shape[1], dtype="<i8").data.cast("B"))
        return Rows(lengths, code, encoder.add_buffer(to_buffer(form.reshape(-1), code)))
    return ListOf(tuple(encoder.add_node(_make_node("list", row, (), encoder)) for row in form))


def _make_node(container: str, form: Array, items: Sequence[Any], encoder: EncoderLike) -> Packed | Zipped:
    """As `pyfora.capture.packing` makes it, with the same buffers."""
    if form.dtype.names is None:
        code = find_typecode(form.dtype, lambda: (form.min(), form.max()))
        return Packed(container, code, encoder.add_buffer(to_buffer(form, code)))
    columns = []
    for place, name in enumerate(form.dtype.names):
        values = take_column(items, place) if form.dtype[name].names else ()
        columns.append(encoder.add_node(_make_node("tuple", form[name], values, encoder), values))
    return Zipped(container, tuple(columns))
