"""What a stretch of elements gave a consumer, and how stretches become the answer.

A Piece covers the elements start … stop - 1 of one comprehension. Pieces are made by kernels and by the interpreted tier, merged
with their neighbours on the worker, and joined in order in the driver; so neither the cut nor the tier shows in the answer.
"""

import itertools
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import numpy

from ufora.compile.result import LoopRun
from ufora.compile.spec import Consumer
from ufora.numerics.exact_sum import ExactSum

FOLD_ITEMS = 65_536
"""Elements taken at a time when summing an iterator. Guessed: half a megabyte, well inside a core's cache."""


SumData = tuple[int, bytes | None]  #: the ints' sum, and an ExactSum's bytes where floats were among them


class Kind(StrEnum):
    """What a piece's data is."""

    SUM = "sum"  #: SumData
    BEST = "best"  #: min, max: a number, or None where there was no element
    DECIDED = "decided"  #: any, all: did an element decide?
    ARRAY = "array"  #: numpy array of elements
    ITEMS = "items"  #: list of elements; between processes: bytes of a Program holding it
    CHUNK = "chunk"  #: list elements that stay on a worker: a `chunked.Part`
    HERE = "here"  #: the elements cannot leave the process that computed them; text saying why. The driver computes them itself
    BIG = "big"  #: one element that ran long while cores were idle, given up. The driver computes it, cutting what is in it
    ERROR = "error"  #: the element at `stop` raised; bytes of a Program whose Outcome holds the exception


@dataclass(frozen=True, slots=True)
class Piece:
    start: int
    stop: int
    kind: Kind
    data: Any


def fold(consumer: Consumer, elements: Iterator[object]) -> tuple[Kind, object]:
    """Feed elements to a consumer in this process."""
    match consumer:
        case Consumer.ANY:
            return Kind.DECIDED, any(elements)
        case Consumer.ALL:
            return Kind.DECIDED, not all(elements)
        case Consumer.LIST:
            return Kind.ITEMS, list(elements)
        case Consumer.SUM:
            return _fold_sum(elements)
        case Consumer.MIN | Consumer.MAX:
            return _fold_best(consumer, list(elements))


def _fold_sum(elements: Iterator[object]) -> tuple[Kind, object]:
    """Numbers are summed exactly; once something else comes, all from there on is kept for Python's own running sum."""
    ints, floats, any_yet = 0, None, False
    while chunk := list(itertools.islice(elements, FOLD_ITEMS)):
        kinds = set(map(type, chunk))
        if not kinds <= {int, bool, float}:
            before = [sum_value((ints, None if floats is None else floats.to_bytes()))] if any_yet else []
            return Kind.ITEMS, [*before, *chunk, *elements]
        any_yet = True
        if float in kinds:
            floats = floats or ExactSum()
            floats.add_array(numpy.array([item for item in chunk if type(item) is float]))
            chunk = [item for item in chunk if type(item) is not float]
        ints += sum(chunk)  # type: ignore[arg-type]
    return Kind.SUM, (ints, None if floats is None else floats.to_bytes())


def _fold_best(consumer: Consumer, items: list[Any]) -> tuple[Kind, object]:
    kinds = set(map(type, items))
    if not kinds <= {int, bool, float} or (float in kinds and any(map(math.isnan, items))):
        return Kind.ITEMS, items
    choose = min if consumer is Consumer.MIN else max
    return Kind.BEST, choose(items, default=None)


def piece_of_run(consumer: Consumer, start: int, run: LoopRun) -> Piece:
    """A kernel's run as a piece. Empty runs give a piece of no elements."""
    partial: Any = run.partial
    match consumer:
        case Consumer.SUM if isinstance(partial, ExactSum):
            return Piece(start, run.stopped_at, Kind.SUM, (0, partial.to_bytes()))
        case Consumer.SUM:
            return Piece(start, run.stopped_at, Kind.SUM, (partial, None))
        case Consumer.LIST:
            return Piece(start, run.stopped_at, Kind.ARRAY, partial)
        case Consumer.ANY | Consumer.ALL:
            return Piece(start, run.stopped_at, Kind.DECIDED, partial)
        case Consumer.MIN | Consumer.MAX:
            return Piece(start, run.stopped_at, Kind.BEST, partial)


def merge_neighbours(consumer: Consumer, pieces: Sequence[Piece]) -> list[Piece]:
    """Fewer pieces with the same meaning; given and returned in order, without gaps."""
    merged: list[Piece] = []
    for group_kind, group in itertools.groupby(pieces, key=_mergeable):
        members = list(group)
        if group_kind is None or len(members) == 1:
            merged += members
        else:
            first, last = members[0], members[-1]
            merged.append(replace(first, stop=last.stop, data=_merge(consumer, first.kind, [piece.data for piece in members])))
    return merged


def _mergeable(piece: Piece) -> tuple[Kind, str] | None:
    match piece.kind:
        case Kind.SUM | Kind.BEST:
            return piece.kind, ""
        case Kind.DECIDED if not piece.data:
            return piece.kind, ""
        case Kind.ARRAY:
            return piece.kind, piece.data.dtype.str
    return None


def _merge(consumer: Consumer, kind: Kind, data: list[Any]) -> object:
    match kind:
        case Kind.SUM:
            return merge_sums(data)
        case Kind.BEST:
            choose = min if consumer is Consumer.MIN else max
            return choose((value for value in data if value is not None), default=None)
        case Kind.ARRAY:
            return numpy.concatenate(data)
    return data[0]


def merge_sums(data: Sequence[SumData]) -> SumData:
    """SUM data of several pieces as one."""
    floats = [part for _, part in data if part is not None]
    return sum(ints for ints, _ in data), _merge_floats(floats) if floats else None


def _merge_floats(parts: Iterable[bytes]) -> bytes:
    total = ExactSum()
    for part in parts:
        total.merge(ExactSum.from_bytes(part))
    return total.to_bytes()


def sum_array(array: "numpy.ndarray[Any, Any]") -> SumData:
    """The exact sum of int64 or float64 items, as SUM data."""
    if array.dtype.kind == "f":
        total = ExactSum()
        total.add_array(array)
        return 0, total.to_bytes()
    if len(array) == 0 or max(-int(array.min()), int(array.max())) * len(array) < 2**63:  # as mostly: no partial sum can wrap
        return int(array.sum()), None
    high, low = array >> 32, array & 0xFFFF_FFFF  # each half's sum stays within 64 bits below 2**31 items
    return (int(high.sum()) << 32) + int(low.sum()), None


def list_items(pieces: Iterable[Piece]) -> list[Any]:
    """The elements of ARRAY and ITEMS pieces, in order, as Python objects."""
    items: list[Any] = []
    for piece in pieces:
        items += piece.data.tolist() if piece.kind is Kind.ARRAY else piece.data
    return items


def sum_value(data: SumData) -> int | float:
    """The sum that SUM data stand for: an int, or the correctly rounded exact sum."""
    ints, floats = data
    if floats is None:
        return ints
    float(ints)  # raises OverflowError as Python does
    total = ExactSum.from_bytes(floats)
    total.add_int(ints)
    return total.value()
