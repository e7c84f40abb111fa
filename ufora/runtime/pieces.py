"""What a stretch of elements gave a consumer, and how stretches become the answer.

A Piece covers the elements start … stop - 1 of one comprehension. Pieces are made by kernels and by the interpreted tier, merged
with their neighbours on the worker, and joined in order in the driver; so neither the cut nor the tier shows in the answer.
"""

import itertools
import math
import sys
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import numpy

from ufora.compile.result import LoopRun
from ufora.compile.spec import Consumer
from ufora.numerics.exact_sum import ExactSum

LARGEST_FLOAT_BITS = 1023
"""Ints of no more bits convert to floats without asking; the few of one bit more are asked."""
FOLD_ITEMS = 65_536
"""Elements taken at a time when summing an iterator. Guessed: half a megabyte, well inside a core's cache."""


@dataclass(frozen=True, slots=True)
class SumData:
    """Numbers summed so far. Python's running sum becomes a float at the first float; an int beyond floats must not come after that."""

    ints: int  #: sum of the ints
    floats: bytes | None = None  #: an ExactSum of the floats, where there are any
    head: int = 0  #: sum of the ints before the first float
    has_huge: bool = False  #: is one of the ints (with floats: of those before the first) beyond floats?


class Kind(StrEnum):
    """What a piece's data is."""

    SUM = "sum"  #: SumData
    BEST = "best"  #: min, max: a number, or None where there was no element
    DECIDED = "decided"  #: any, all: did an element decide?
    ARRAY = "array"  #: numpy array of elements; of two dimensions where they are lists
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

    def __sizeof__(self) -> int:
        """With its data: engines ask, to know what their memory is full of."""
        return int(getattr(self.data, "nbytes", 0)) or sys.getsizeof(self.data)


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


def fold_in_order(consumer: Consumer, elements: Iterator[object]) -> tuple[Kind, object]:
    """The same for elements whose order shows: no more of them are computed than Python's own consumer would ask for."""
    match consumer:
        case Consumer.SUM:
            return _fold_sum_in_order(elements)
        case Consumer.MIN | Consumer.MAX:
            choose: Any = min if consumer is Consumer.MIN else max
            best = choose(elements, default=_NOTHING)
            return Kind.ITEMS, [] if best is _NOTHING else [best]
    return fold(consumer, elements)


_NOTHING = object()


def _fold_sum(elements: Iterator[object]) -> tuple[Kind, object]:
    """Numbers are summed exactly; once something else comes, all from there on is kept for Python's own running sum."""
    summing = _Summing()
    while chunk := list(itertools.islice(elements, FOLD_ITEMS)):
        kinds = set(map(type, chunk))
        if not kinds <= _NUMBERS:
            return Kind.ITEMS, [*summing.so_far(), *chunk, *elements]
        summing.add(chunk, kinds)
    return Kind.SUM, summing.data()


def _fold_sum_in_order(elements: Iterator[object]) -> tuple[Kind, object]:
    summing = _Summing()
    other: list[object] = []

    def take_numbers() -> Iterator[object]:
        for item in elements:
            if type(item) not in _NUMBERS:
                other.append(item)
                return
            yield item

    numbers = take_numbers()
    while chunk := list(itertools.islice(numbers, FOLD_ITEMS)):
        summing.add(chunk, set(map(type, chunk)))
    return (Kind.ITEMS, itertools.chain(summing.so_far(), other, elements)) if other else (Kind.SUM, summing.data())


_NUMBERS = frozenset({int, bool, float})


class _Summing:
    """Numbers being summed, in order."""

    def __init__(self) -> None:
        self._data = SumData(0)
        self._floats = ExactSum()
        self._is_empty = True

    def add(self, numbers: list[Any], kinds: set[type]) -> None:
        """`kinds`: the numbers' types."""
        self._is_empty = False
        if kinds == {float}:
            self._floats.add_array(numpy.frombuffer(array("d", numbers)))
            self._data = replace(self._data, floats=b"")
            return
        has_floats = float in kinds
        if self._data.floats is None:
            first = next(at for at, item in enumerate(numbers) if type(item) is float) if has_floats else len(numbers)
        else:
            first = 0
        if has_floats:
            self._floats.add_array(numpy.array([item for item in numbers if type(item) is float]))
        late = [item for item in numbers[first:] if type(item) is not float]
        if _has_huge(late):
            raise OverflowError("int too large to convert to float")
        early = numbers[:first] if first < len(numbers) else numbers
        head, before = sum(early), self._data
        self._data = SumData(
            before.ints + head + sum(late),
            b"" if has_floats or before.floats is not None else None,
            before.head + head,
            before.has_huge or _has_huge(early),
        )

    def data(self) -> SumData:
        return self._data if self._data.floats is None else replace(self._data, floats=self._floats.to_bytes())

    def so_far(self) -> list[int | float]:
        return [] if self._is_empty else [sum_value(self.data())]


def _has_huge(ints: list[int]) -> bool:
    """Is one of them beyond floats?"""
    for number in (min(ints), max(ints)) if ints else ():
        if number.bit_length() > LARGEST_FLOAT_BITS:
            try:
                float(number)
            except OverflowError:
                return True
    return False


def _fold_best(consumer: Consumer, items: list[Any]) -> tuple[Kind, object]:
    parts = list(itertools.chain.from_iterable(items)) if set(map(type, items)) == {tuple} else items
    kinds = set(map(type, parts))
    if not kinds <= _NUMBERS or (float in kinds and any(part != part for part in parts)):
        return Kind.ITEMS, items
    choose = min if consumer is Consumer.MIN else max
    return Kind.BEST, choose(items, default=None)


def piece_of_run(consumer: Consumer, start: int, run: LoopRun) -> Piece:
    """A kernel's run as a piece. Empty runs give a piece of no elements."""
    partial: Any = run.partial
    match consumer:
        case Consumer.SUM if isinstance(partial, ExactSum):
            return Piece(start, run.stopped_at, Kind.SUM, SumData(0, partial.to_bytes()))
        case Consumer.SUM:
            return Piece(start, run.stopped_at, Kind.SUM, SumData(partial, head=partial))
        case Consumer.LIST:
            return Piece(start, run.stopped_at, Kind.ITEMS if isinstance(partial, list) else Kind.ARRAY, partial)
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
            return piece.kind, f"{piece.data.dtype} {piece.data.shape[1:]}"
    return None


def _merge(consumer: Consumer, kind: Kind, data: list[Any]) -> object:
    match kind:
        case Kind.SUM:
            return merge_sums(data)
        case Kind.BEST:
            choose = min if consumer is Consumer.MIN else max
            return choose((value for value in data if value is not None), default=None)
        case Kind.ARRAY:
            return join_arrays(data)
    return data[0]


def join_arrays(arrays: Sequence["numpy.ndarray[Any, Any]"]) -> "numpy.ndarray[Any, Any]":
    """One behind the other, all of one type. numpy goes through records field by field, which takes ten times as long as copying their
    bytes."""
    dtype = arrays[0].dtype
    if dtype.names is None:
        return numpy.concatenate(arrays)
    return numpy.concatenate([array.view(f"V{dtype.itemsize}") for array in arrays]).view(dtype)


def merge_sums(data: Sequence[SumData]) -> SumData:
    """SUM data of several pieces as one."""
    ints, head, has_huge = 0, 0, False
    floats: list[bytes] = []
    for part in data:
        if floats and part.has_huge:
            raise OverflowError("int too large to convert to float")
        if not floats:
            head += part.head
            has_huge = has_huge or part.has_huge
        ints += part.ints
        floats += [] if part.floats is None else [part.floats]
    return SumData(ints, _merge_floats(floats) if floats else None, head, has_huge)


def _merge_floats(parts: Iterable[bytes]) -> bytes:
    total = ExactSum()
    for part in parts:
        total.merge(ExactSum.from_bytes(part))
    return total.to_bytes()


def find_short_sum(items: list[Any], start: Any) -> Any:
    """The sum by Python's own means, where that is the exact one, correctly rounded; else None."""
    kinds = set(map(type, items))
    if float not in kinds and type(start) is int:
        return sum(items, start)
    if kinds != {float} or type(start) is not int or start:
        return None
    try:
        total = math.fsum(items)
    except (OverflowError, ValueError):  # on the way, or infinities of both signs
        return None
    return total if math.isfinite(total) else None


def sum_array(items: "numpy.ndarray[Any, Any]") -> SumData:
    """The exact sum of int64, float64 or bool items, as SUM data."""
    if items.dtype.kind == "b":
        count = int(numpy.count_nonzero(items))
        return SumData(count, head=count)
    if items.dtype.kind == "f":
        total = ExactSum()
        total.add_array(items)
        return SumData(0, total.to_bytes())
    if len(items) == 0 or max(-int(items.min()), int(items.max())) * len(items) < 2**63:  # as mostly: no partial sum can wrap
        total_of_ints = int(items.sum())
        return SumData(total_of_ints, head=total_of_ints)
    high, low = items >> 32, items & 0xFFFF_FFFF  # each half's sum stays within 64 bits below 2**31 items
    total_of_ints = (int(high.sum()) << 32) + int(low.sum())
    return SumData(total_of_ints, head=total_of_ints)


def is_numbers(items: "numpy.ndarray[Any, Any]") -> bool:
    """Are its elements ints or floats, which chunked lists are made of?"""
    return items.ndim == 1 and items.dtype.kind in "if"


def list_items(pieces: Iterable[Piece]) -> list[Any]:
    """The elements of ARRAY and ITEMS pieces, in order, as Python objects."""
    items: list[Any] = []
    for piece in pieces:
        items += piece.data.tolist() if piece.kind is Kind.ARRAY else piece.data
    return items


def sum_value(data: SumData) -> int | float:
    """The sum that SUM data stand for: an int, or the correctly rounded exact sum."""
    if data.floats is None:
        return data.ints
    float(data.head)  # raises OverflowError as Python does
    total = ExactSum.from_bytes(data.floats)
    total.add_int(data.ints)
    return total.value()
