"""Places where guarded code asks the runtime a question, and how often each passes it over.

    for __answer__ in __skips__[17]: break        passed over: what it iterates over gives None, once for each time
    else:
        __answer__ = __hot__(…)

Most questions do not pay and are asked seldom, so passing one over is what must cost next to nothing: this way CPython runs no function.
"""

import ast
from collections.abc import Iterator
from itertools import repeat

Place = tuple[str | int, ...]


class Skips:
    """Those of one process's guarded code."""

    def __init__(self) -> None:
        self.slots: list[Iterator[None]] = []  #: what guarded code finds as `__skips__`
        self._numbers: dict[Place, int] = {}

    def number(self, place: Place) -> int:
        """The slot of a place: the same for the same place."""
        number = self._numbers.setdefault(place, len(self.slots))
        if number == len(self.slots):
            self.slots.append(repeat(None, 0))
        return number

    def skip(self, place: Place, times: int) -> None:
        """Let the next `times` questions there be passed over."""
        self.slots[self.number(place)] = repeat(None, times)

    def list_places(self) -> list[Place]:
        return list(self._numbers)

    def skip_always(self, place: Place) -> None:
        self.slots[self.number(place)] = repeat(None)


def ask_seldom(name: str, slot: int, question: list[ast.stmt]) -> ast.stmt:
    """A statement that binds `name` to None where the question is passed over; else the question, which binds it."""
    waiting = ast.Subscript(ast.Name("__skips__", ast.Load()), ast.Constant(slot), ast.Load())
    return ast.For(ast.Name(name, ast.Store()), waiting, [ast.Break()], question)
