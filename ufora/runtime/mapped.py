"""`map` and `filter` of the user's functions as comprehensions, so that they are cut and compiled like any other.

    sum(map(f, xs))           →   sum(call(item) for item in xs)
    list(map(f, xs, ys))      →   list(call(one, other) for one, other in zip(xs, ys))
    list(filter(f, xs))       →   list(item for item in xs if call(item))

Only where the consumer is called with them at once, so that nobody else holds the iterator; and when an element raises, all is done once
more as Python does it: a `StopIteration` ends a `map`.
"""

from collections.abc import Callable
from types import FunctionType
from typing import Any

from pyfora.program.nodes import Source
from ufora.runtime.comprehensions import Comprehension
from ufora.runtime.guard.registry import Registry
from ufora.runtime.zipped import Zipped, can_be_cut, go_through

LEAST_ITEMS = 1000
"""Fewer are gone through in order. Guessed, as for keys."""
_FORMS: dict[tuple[object, int], str] = {
    (map, 1): "(call(item) for item in {})",
    (map, 2): "(call(one, other) for one, other in {})",
    (map, 3): "(call(one, other, third) for one, other, third in {})",
    (filter, 1): "(item for item in {} if call(item))",
}


class Mapped:
    """Makes them, for one process."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._sites: dict[tuple[int, int, str], tuple[int, Callable[[object], FunctionType]]] = {}

    def make(self, place: tuple[int, int], make: object, call: object, iterables: tuple[Any, ...]) -> Comprehension | None:
        """`place`: number of the source, and the line. None where that would not pay, or it is anything else than a function of the user's
        over what can be cut."""
        form = _FORMS.get((make, len(iterables))) if make is map or make is filter else None
        if form is None or not isinstance(call, FunctionType) or self._registry.find_place(call) is None:
            return None
        if not all(map(can_be_cut, iterables)) or min(map(len, iterables)) < LEAST_ITEMS:
            return None
        number, make_body = self._find_site(*place, form)
        source = go_through(zip, *iterables) if len(iterables) > 1 else iterables[0]
        assert type(source) is Zipped or len(iterables) == 1
        body = self._registry.note_function(number, 0, make_body(call))
        shown = self._registry.get_source(place[0])
        return Comprehension(self._registry.get_source(number), 0, source, body, (number, 0), shown)

    def _find_site(self, number: int, line: int, form: str) -> tuple[int, Callable[[object], FunctionType]]:
        """Each has code of its own, which says where it stands."""
        found = self._sites.get((number, line, form))
        if found is None:
            source = Source(self._registry.get_source(number).path, line, form.format("source"))
            make_body = eval(f"lambda call: lambda __source: {form.format('__source')}", {"__builtins__": {}})
            found = self._sites[number, line, form] = self._registry.add_source(source), make_body
        return found
