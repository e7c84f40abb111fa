"""`zip(…)`, `enumerate(…)`, `itertools.product(…)` and others where a comprehension begins: what they go through, so that it can be cut.

    [x * y for x, y in zip(xs, ys)]      the guard asks `go_through(zip, xs, ys)` for the source, which nobody else can hold
    source[10:20]                        zip(xs[10:20], ys[10:20])

Python's own objects are iterators: they have no length, and to take a part of one is to use up what lies before it.
"""

import itertools
import math
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from ufora.runtime.chunked import ChunkedList, unchunked
from ufora.runtime.unboxed import Unboxed

_SEQUENCES = frozenset({range, list, tuple, str, bytes, ChunkedList, Unboxed})
MOST_CHOICES = 2**20
"""Items of a product, or choices from a list, that are made before they are gone through. Guessed: 100 MiB of pairs."""


class Zipped:
    """Items that stand beside each other in several sequences; or a stretch of them."""

    __slots__ = ("_iterate", "_must_be_equal", "parts")

    def __init__(self, parts: Iterable[Any], iterate: Callable[[], Iterator[Any]], must_be_equal: bool = False) -> None:
        """`iterate`: gives what Python goes through; `must_be_equal`: are different lengths an error?"""
        self.parts = tuple(map(unchunked, parts))
        self._iterate = iterate
        self._must_be_equal = must_be_equal

    def __iter__(self) -> Iterator[Any]:
        return self._iterate()

    def __len__(self) -> int:
        return min(map(len, self.parts))

    def __getitem__(self, stretch: slice) -> "Zipped":
        parts = [part[stretch] for part in self.parts]
        return Zipped(parts, lambda: zip(*parts, strict=False))

    def find_length(self) -> int | None:
        """None where going through it ends in an error."""
        return None if self._must_be_equal and len(set(map(len, self.parts))) > 1 else len(self)

    def is_remote(self) -> bool:
        """Are some of its items on the workers?"""
        return any(type(part) is ChunkedList for part in self.parts)

    def refresh(self) -> "Zipped":
        """The same, where chunked lists among its parts may have become ordinary ones."""
        return Zipped(self.parts, self._iterate, self._must_be_equal)


def can_be_cut(source: Any) -> bool:
    """Has it a length, and parts that leave the rest as it is?"""
    try:
        return type(source) in _SEQUENCES and len(source) >= 0
    except OverflowError:  # a range longer than any memory
        return False


def go_through(make: Any, *args: Any, **options: Any) -> Any:
    """What a comprehension goes through that begins with `make(*args, **options)`. Raises what that raises."""
    if not args or not can_be_cut(args[0]):
        return make(*args, **options)
    if make is zip and options.keys() <= {"strict"} and all(map(can_be_cut, args)):
        return Zipped(args, lambda: zip(*args, **options), bool(options.get("strict")))  # noqa: B905 - as the user has it
    if any(make is known for known in _COUNTS) and not options and all(map(can_be_cut, args[: None if make is itertools.product else 1])):
        return _choose(make, *args)
    if make is enumerate and options.keys() <= {"start"} and len(args) + len(options) <= 2:
        return _enumerate(args[0], *args[1:], **options)
    return make(*args, **options)


_COUNTS: dict[Any, Callable[..., int]] = {
    itertools.product: lambda *pools: math.prod(map(len, pools)),
    itertools.combinations: lambda pool, length: math.comb(len(pool), length),
    itertools.combinations_with_replacement: lambda pool, length: math.comb(len(pool) + length - 1, length) if pool else 0,
    itertools.permutations: lambda pool, length=None: math.perm(len(pool), length),
}
"""How many items they have, of arguments that they take."""


def _choose(make: Any, *args: Any) -> Any:
    """They copy what they choose from when they are made."""
    choices = make(*args)
    return list(choices) if _COUNTS[make](*args) <= MOST_CHOICES else choices


def _enumerate(items: Any, start: Any = 0) -> Any:
    if type(start) is not int:
        return enumerate(items, start)
    return Zipped((range(start, start + len(items)), items), lambda: enumerate(items, start))


def is_remote(source: Any) -> bool:
    """Are some of a source's items on the workers?"""
    return type(source) is ChunkedList or (type(source) is Zipped and source.is_remote())


def refreshed(source: Any) -> Any:
    """The source, where a chunked list may have become an ordinary one since."""
    return source.refresh() if type(source) is Zipped else unchunked(source)
