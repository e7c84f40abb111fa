"""Sets and dicts that comprehensions build, of elements that are computed on all cores; one core puts them together.

    {f(x) for x in xs}            elements  (f(x) for x in source)
    {x: f(x) for x in xs}         elements  ((x, f(x)) for x in source)

The elements have a Source of their own, which says where they stand: so they travel and are compiled like any generator expression's.
"""

from collections.abc import Callable
from types import FunctionType
from typing import Any

from pyfora.program.nodes import Source
from ufora.runtime.comprehensions import VIEWS, Comprehension
from ufora.runtime.guard.registry import Registry
from ufora.runtime.zipped import Zipped, can_be_cut, refreshed

LEAST_ITEMS = 32
"""Fewer are gone through in order. Guessed, as for lists."""

KINDS: dict[str, Callable[[Any], Any]] = {"set": set, "dict": dict}


class Built:
    """Makes their elements' comprehensions, for one process."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._sites: dict[tuple[int, int, str], int] = {}

    def make(self, place: tuple[int, int, str], source: Any, elements: FunctionType) -> Comprehension | None:
        """`place`: number of the user's source, line, and the elements' text. None where that would not pay, or cannot be."""
        if not (type(source) in VIEWS or type(source) is Zipped or can_be_cut(source)) or len(source) < LEAST_ITEMS:
            return None
        number = self._sites.get(place)
        if number is None:
            where, line, text = place
            number = self._sites[place] = self._registry.add_source(Source(self._registry.get_source(where).path, line, text))
        self._registry.note_function(number, 0, elements)
        shown = self._registry.get_source(place[0])
        return Comprehension(self._registry.get_source(number), 0, refreshed(source), elements, (number, 0), shown)
