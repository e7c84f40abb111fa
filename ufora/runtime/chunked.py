"""Long lists of numbers that live on the workers in chunks.

Remote code sees a list: `type` and `isinstance` say so, and what is not done chunk by chunk is done on a local copy. Parts are
stretches of chunks, so slicing and `+` move nothing. No subclass of list: C code that reads a list's memory would find it empty.

    parts    [chunk 1 ······)[chunk 2 ···············)[chunk 2 ···)      (future, start, stop) each
"""

import copy
import itertools
from collections.abc import Callable, Iterable, Iterator, MutableSequence, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy

from ufora.engine.contract import TaskEngine, TaskFuture
from ufora.runtime.fetching import fetch
from ufora.runtime.packing import find_packed
from ufora.runtime.pieces import Kind, Piece, SumData, is_numbers, list_items, sum_array
from ufora.runtime.sorting import Array, are_in_order, merge_runs, sort_array
from ufora.runtime.tasks import BoundsOf, SortOf, SumOf, Take, pack_task
from ufora.runtime.unboxed import Unboxed, settle

LOCAL_ITEMS = 100_000
"""A result this short becomes an ordinary list at once. Guessed: under a megabyte."""


@dataclass(frozen=True, slots=True)
class Part:
    """Items start … stop - 1 of an array that a worker holds."""

    engine: TaskEngine
    chunk: TaskFuture  #: of a LeaseDone with one array
    dtype: str
    start: int
    stop: int

    def __len__(self) -> int:
        return self.stop - self.start

    def cut(self, start: int, stop: int) -> "Part":
        """A stretch of this part, counted from its own beginning."""
        return Part(self.engine, self.chunk, self.dtype, self.start + start, self.start + stop)

    def fetch(self) -> Array:
        return self.start_fetch("")()

    def start_fetch(self, dtype: str) -> Callable[[], Array]:
        """Begin to bring the items here, as another type unless that is ""; the result waits for them."""
        future = self._submit(Take(self.start, self.stop, dtype))
        return lambda: fetch(self.engine, future).data

    def start_bounds(self) -> Callable[[], tuple[Any, Any]]:
        """Begin to look for the least and the greatest item where they lie; the result waits for them."""
        future = self._submit(BoundsOf(self.start, self.stop))
        return lambda: fetch(self.engine, future)

    def start_sum(self) -> Callable[[], SumData]:
        """Begin to sum where the items lie; the result waits for it."""
        future = self._submit(SumOf(self.start, self.stop))
        return lambda: fetch(self.engine, future)

    def start_sort(self, reverse: bool) -> "Part":
        """A sorted copy, where the items lie; it is made meanwhile."""
        return Part(self.engine, self._submit(SortOf(self.start, self.stop, reverse)), self.dtype, 0, len(self))

    def _submit(self, task: Take | BoundsOf | SumOf | SortOf) -> TaskFuture:
        return self.engine.submit(pack_task(task), [self.chunk])


@dataclass(frozen=True, slots=True, eq=False)
class LocalPart:
    """Items that are in the driver itself: what it computed before it asked others."""

    array: "numpy.ndarray[Any, Any]"

    @property
    def dtype(self) -> str:
        return str(self.array.dtype.str)

    def __len__(self) -> int:
        return len(self.array)

    def cut(self, start: int, stop: int) -> "LocalPart":
        return LocalPart(self.array[start:stop])

    def fetch(self) -> Array:
        return self.array

    def start_fetch(self, dtype: str) -> Callable[[], Array]:
        return lambda: self.array.astype(dtype, copy=False) if dtype else self.array

    def start_bounds(self) -> Callable[[], tuple[Any, Any]]:
        return lambda: (self.array.min().item(), self.array.max().item())

    def start_sum(self) -> Callable[[], SumData]:
        return lambda: sum_array(self.array)

    def start_sort(self, reverse: bool) -> "LocalPart":
        return LocalPart(sort_array(self.array, reverse))


class ChunkedList:
    """A list of numbers, all int or all float, cut into parts. The first change makes it an ordinary list inside: `local`."""

    is_chunked = True

    def __init__(self, parts: "Sequence[Part | LocalPart]") -> None:
        self.parts = tuple(part for part in parts if len(part))
        self._starts = [0, *itertools.accumulate(len(part) for part in self.parts)]
        self.local: list[Any] | None = None

    @classmethod
    def join(cls, pieces: Iterable[Piece]) -> "ChunkedList | list[Any]":
        """From the pieces of a list, in order; an ordinary list when not all items are ints, or not all floats."""
        ordered = [_as_part(piece) for piece in pieces]
        parts = [part for part in ordered if not isinstance(part, Piece) and len(part)]
        if len({part.dtype for part in parts}) == 1 and not any(isinstance(part, Piece) and part.data for part in ordered):
            return cls(parts)
        return list(
            itertools.chain.from_iterable(list_items([part]) if isinstance(part, Piece) else part.fetch().tolist() for part in ordered)
        )

    @property
    def dtype(self) -> str:
        return self.parts[0].dtype

    @property  # type: ignore[misc]
    def __class__(self) -> type:  # what `isinstance`, class patterns and `x.__class__` see
        return list

    def __len__(self) -> int:
        return self._starts[-1] if self.local is None else len(self.local)

    def __iter__(self) -> Iterator[Any]:
        if self.local is not None:
            return iter(self.local)
        return itertools.chain.from_iterable(part.fetch().tolist() for part in self.parts)

    def to_list(self) -> list[Any]:
        """A new ordinary list of the items."""
        return list(iter(self))

    def make_local(self) -> list[Any]:
        """The ordinary list that this object is from now on."""
        if self.local is None:
            self.local = self.to_list()
            self.parts = ()
        return self.local

    def __getitem__(self, index: Any) -> Any:
        if self.local is not None:
            return self.local[index]
        if not isinstance(index, slice):
            return self._item(index)
        start, stop, step = index.indices(len(self))
        if step != 1:
            return self.to_list()[index]
        cut = self.cut(start, max(start, stop))
        return cut if len(cut) > LOCAL_ITEMS else cut.to_list()

    def _item(self, index: Any) -> Any:
        try:
            at = range(len(self))[index]
        except IndexError:
            raise IndexError("list index out of range") from None
        except TypeError:
            raise TypeError(f"list indices must be integers or slices, not {type(index).__name__}") from None
        return next(iter(self.cut(at, at + 1)))

    def cut(self, start: int, stop: int) -> "ChunkedList":
        """Items start … stop - 1, still on the workers."""
        parts = []
        for begin, part in zip(self._starts, self.parts, strict=False):
            first, last = max(start, begin), min(stop, begin + len(part))
            if first < last:
                parts.append(part.cut(first - begin, last - begin))
        return ChunkedList(parts)

    def fetch_arrays(self, dtype: str = "") -> Iterator[Array]:
        """The parts' contents, one at a time; while one is used, the next is on its way. `dtype`: as which numbers, if not as they are."""
        wait_for_part: Callable[[], Array] | None = None
        for part in self.parts:
            begun = part.start_fetch(dtype)
            if wait_for_part is not None:
                yield wait_for_part()
            wait_for_part = begun
        if wait_for_part is not None:
            yield wait_for_part()

    def find_bounds(self) -> tuple[Any, Any]:
        """The least and the greatest item of a list that is on the workers, has items and no NaN."""
        bounds = _find_bounds(self.parts)
        return min(least for least, _ in bounds), max(most for _, most in bounds)

    def sum_pieces(self) -> list[Piece]:
        """The exact sum of each part, computed where it lies."""
        waiting = [part.start_sum() for part in self.parts]
        return [Piece(0, -1, Kind.SUM, wait_for_sum()) for wait_for_sum in waiting]

    def sorted(self, reverse: bool) -> "ChunkedList | list[Any]":
        """A new list, as Python's `sorted` gives it. Each part is sorted where it lies, all at once. Runs that follow one another stay
        there, others are merged here."""
        if self.local is None and self.parts:
            runs = [part.start_sort(reverse) for part in self.parts]
            bounds = _find_bounds(runs)
            if not any(number != number for pair in bounds for number in pair):
                ordered = ChunkedList(runs)
                if not are_in_order(bounds, reverse):
                    ordered = ChunkedList([LocalPart(merge_runs(list(ordered.fetch_arrays()), reverse))])
                return ordered if len(ordered) > LOCAL_ITEMS else ordered.to_list()
        return sorted(self.to_list(), reverse=reverse)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> "numpy.ndarray[Any, Any]":
        whole = numpy.array(self.local) if self.local is not None else numpy.concatenate([numpy.empty(0, self.dtype), *self.fetch_arrays()])
        return whole if dtype is None else whole.astype(dtype)

    def __add__(self, other: object) -> "ChunkedList | list[Any]":
        if type(other) is not ChunkedList:
            packed = find_packed(other) if type(other) is list and len(other) > LOCAL_ITEMS else None
            if packed is None:
                return self.to_list() + other  # type: ignore[operator,no-any-return]  # a list's own refusal
            other = ChunkedList([LocalPart(packed)])
        if self.parts and other.parts and self.dtype == other.dtype:
            return ChunkedList(self.parts + other.parts)
        return self.to_list() + other.to_list()

    def __radd__(self, other: object) -> list[Any]:
        return other + self.to_list() if isinstance(other, list) else NotImplemented

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, list):
            return NotImplemented
        return len(self) == len(other) and all(mine == theirs for mine, theirs in zip(self, other, strict=True))

    def __lt__(self, other: object) -> bool:
        return self.to_list() < list(other) if isinstance(other, list) else NotImplemented

    def __le__(self, other: object) -> bool:
        return self.to_list() <= list(other) if isinstance(other, list) else NotImplemented

    def __gt__(self, other: object) -> bool:
        return self.to_list() > list(other) if isinstance(other, list) else NotImplemented

    def __ge__(self, other: object) -> bool:
        return self.to_list() >= list(other) if isinstance(other, list) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __contains__(self, item: object) -> bool:
        return any(mine == item for mine in self)

    def __reversed__(self) -> Iterator[Any]:
        return iter(self.to_list()[::-1])

    def __mul__(self, times: int) -> list[Any]:
        return self.to_list() * times

    __rmul__ = __mul__

    def __repr__(self) -> str:
        return repr(self.to_list())

    def copy(self) -> "ChunkedList | list[Any]":
        return ChunkedList(self.parts) if self.local is None else self.local.copy()

    __copy__ = copy

    def __deepcopy__(self, memo: dict[int, object]) -> "ChunkedList | list[Any]":
        return self.copy() if self.local is None else copy.deepcopy(self.local, memo)

    def index(self, *args: Any) -> int:
        return self.to_list().index(*args)

    def count(self, item: object) -> int:
        return sum(1 for mine in self if mine == item)

    def __setitem__(self, index: Any, value: Any) -> None:
        self.make_local()[index] = value

    def __delitem__(self, index: Any) -> None:
        del self.make_local()[index]

    def __iadd__(self, other: Any) -> Self:  # type: ignore[misc]  # the sum is a new list, this one grows
        self.make_local().extend(other)
        return self

    def __imul__(self, times: int) -> Self:
        self.make_local()[:] *= times
        return self


def _changing(name: str) -> Callable[..., Any]:
    def change(self: ChunkedList, *args: Any, **options: Any) -> Any:
        return getattr(self.make_local(), name)(*args, **options)

    return change


for _name in ("append", "clear", "extend", "insert", "pop", "remove", "reverse", "sort"):
    setattr(ChunkedList, _name, _changing(_name))
ChunkedList.__name__ = ChunkedList.__qualname__ = "list"  # for messages: "unhashable type: 'list'"
MutableSequence.register(ChunkedList)  # so that `case [first, *rest]` matches


LIKE_LISTS = frozenset({ChunkedList, Unboxed})
"""Types of what remote code takes for a list."""


def unchunked(value: Any) -> Any:
    """The ordinary list, of a chunked list that has become one; else the value."""
    return value.local if type(value) is ChunkedList and value.local is not None else value


def _find_bounds(parts: "Iterable[Part | LocalPart]") -> list[tuple[Any, Any]]:
    """The least and the greatest item of each; NaN, where there is one."""
    waiting = [part.start_bounds() for part in parts]
    return [wait_for_bounds() for wait_for_bounds in waiting]


def _as_part(piece: Piece) -> "Part | LocalPart | Piece":
    """A piece of a list as a part; as it is when its items have no common machine type."""
    if piece.kind is Kind.CHUNK:
        part: Part = piece.data
        return part
    if piece.kind is Kind.ARRAY:
        return LocalPart(piece.data) if is_numbers(piece.data) else piece
    array = find_packed(piece.data)
    return piece if array is None else LocalPart(array)


def as_real_list(value: Any) -> Any:
    """The value, as an ordinary list where it passes for one: for `xs += value`, and `list.copy(value)`."""
    return value.to_list() if type(value) is ChunkedList else settle(value)


def chunked_type(value: object) -> type:
    """`type(value)` as remote code sees it."""
    return list if type(value) in LIKE_LISTS else type(value)


def chunked_isinstance(value: object, kinds: Any, /) -> bool:
    """`isinstance(value, kinds)` as remote code sees it."""
    if type(value) is ChunkedList:
        return issubclass(list, kinds)
    return isinstance(value, kinds)
