"""Types that were met where guarded code changes an object, and of which no object came from outside.

    x.n = v    →    (x if __type__(x) is __seats__[4] or … else __look__(x, 4, '')).n = v

Whether an object may be changed takes a look into a table. Mostly the same place meets objects of the same type, and mostly no object of
that type came from outside: then comparing types is enough. A seat is empty at first; `__look__` (`runtime/captured.py`) fills it: with the
type, or with False where objects of it came from outside.
"""

Place = tuple[str | int, ...]


class Seats:
    """Those of one process's guarded code."""

    def __init__(self) -> None:
        self.types: list[type | bool | None] = []  #: what guarded code finds as `__seats__`
        self._numbers: dict[Place, int] = {}

    def number(self, place: Place) -> int:
        """The seat of a place: the same for the same place."""
        number = self._numbers.setdefault(place, len(self.types))
        if number == len(self.types):
            self.types.append(None)
        return number

    def clear(self) -> None:
        """Other objects come from outside now."""
        self.types[:] = [None] * len(self.types)
