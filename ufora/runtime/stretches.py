"""What of a comprehension's elements nobody computes yet, what came back, and what is done: in whatever order that happens."""

from bisect import insort
from collections.abc import Iterable, Iterator

from ufora.runtime.pieces import Kind, Piece

Bounds = tuple[int, int]  #: the first element, and the one after the last


class Stretches:
    """From `start` up to `stop`; nothing is under way."""

    def __init__(self, start: int, stop: int) -> None:
        self._todo = [(start, stop)] if start < stop else []  #: in order
        self._big: list[int] = []  #: in order
        self.pieces: list[Piece] = []  #: what is done, in any order
        self.ends_at = stop  #: elements from here on no longer matter: an error or a deciding element lies before

    @property
    def todo(self) -> bool:
        return bool(self._todo)

    @property
    def big(self) -> bool:
        return bool(self._big)

    @property
    def is_big_next(self) -> bool:
        """Are there only such elements as came back?"""
        return bool(self._big) and not self._todo

    @property
    def first(self) -> int:
        """Of those that nobody computes."""
        return self._todo[0][0]

    @property
    def first_big(self) -> int:
        return self._big[0]

    def count_left(self) -> int:
        return sum(stop - start for start, stop in self._todo)

    def take(self, items: int) -> Bounds:
        """The first ones, at most so many."""
        start, end = self._todo.pop(0)
        stop = min(end, start + items)
        if stop < end:
            self._todo.insert(0, (stop, end))
        return start, stop

    def take_big(self) -> int:
        return self._big.pop(0)

    def take_all(self) -> Iterator[Bounds]:
        """Also those that came back."""
        yield from self._todo
        yield from ((element, element + 1) for element in self._big)
        self._todo, self._big = [], []

    def put_back(self, start: int, stop: int) -> None:
        """Nobody computes them after all."""
        if start < min(stop, self.ends_at):
            insort(self._todo, (start, stop))

    def put_big(self, element: int) -> None:
        """It takes long by itself, and there may be something in it to cut."""
        if element < self.ends_at:
            insort(self._big, element)

    def add(self, pieces: Iterable[Piece]) -> None:
        """What somebody made of them. Work behind an error or a deciding element is given up."""
        for piece in pieces:
            if piece.kind is Kind.BIG:
                insort(self._big, piece.start)
                continue
            self.pieces.append(piece)
            if piece.kind in (Kind.ERROR, Kind.HERE) or (piece.kind is Kind.DECIDED and piece.data):
                self.ends_at = min(self.ends_at, piece.start)
        self._todo = [stretch for stretch in self._todo if stretch[0] < self.ends_at]
        self._big = [element for element in self._big if element < self.ends_at]
