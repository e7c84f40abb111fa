"""`max(range(n), key=f)` as a comprehension, so that it is cut and compiled like any other.

    max(range(1, n), key=f)   →   max((f(item), -item) for item in range(1, n))      of equal keys the first wins, as in Python
    min(xs, key=f)            →   min((f(items[at]), at) for at in range(len(xs)))

Keys are told from each other by `==` and `<` then, where Python's own `max` asks for `>` alone: the same for numbers that are no NaNs, and
whatever else comes out is forgotten.
"""

import builtins
import math
from collections.abc import Callable
from types import FunctionType
from typing import Any

from pyfora.program.nodes import Source
from ufora.compile.spec import Consumer
from ufora.runtime.comprehensions import Comprehension
from ufora.runtime.guard.registry import Registry
from ufora.runtime.unboxed import Unboxed

LEAST_ITEMS = 1000
"""Fewer are gone through in order: what a comprehension costs, 0.1 ms, is then more than cutting could gain."""
_OF_RANGE = {Consumer.MAX: "((key(item), -item) for item in {})", Consumer.MIN: "((key(item), item) for item in {})"}
_OF_LIST = {Consumer.MAX: "((key(items[at]), -at) for at in {})", Consumer.MIN: "((key(items[at]), at) for at in {})"}
_ALL = [*_OF_RANGE.values(), *_OF_LIST.values()]
TEXT = Source("<max and min with a key>", 1, "".join(form.format("source") + "\n" for form in _ALL))
_MAKERS: list[Callable[[object, object], FunctionType]] = [
    eval(f"lambda key, items: lambda __source: {form.format('__source')}", {"__builtins__": {}}) for form in _ALL
]
_NUMBERS = frozenset({int, float, bool})


class Keyed:
    """Makes them, for one process."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._number = registry.add_source(TEXT)
        for ordinal, make in enumerate(_MAKERS):
            registry.note_function(self._number, ordinal, make(None, None))

    def make(self, consumer: Consumer, items: Any, key: object) -> Comprehension | None:
        """None where that would not pay, or could be anything else than numbers with a function of the user's."""
        if type(items) not in (range, list, Unboxed) or len(items) < LEAST_ITEMS or not isinstance(key, FunctionType):
            return None
        if self._registry.find_place(key) is None or (type(items) is not range and type(items[0]) not in _NUMBERS):
            return None
        is_range = type(items) is range
        if is_range and items.step < 0:
            return None
        ordinal = _ALL.index((_OF_RANGE if is_range else _OF_LIST)[consumer])
        source = items if is_range else range(len(items))
        return Comprehension(TEXT, ordinal, source, _MAKERS[ordinal](key, items), (self._number, ordinal))


def find_item(choose: Callable[..., Any], items: Any, candidates: list[Any]) -> tuple[object] | None:
    """The item that was chosen, in a tuple; None where keys are not numbers in an order."""
    keys = [key for key, _ in candidates]
    if not candidates or any(type(key) not in _NUMBERS or (type(key) is float and math.isnan(key)) for key in keys):
        return None
    _, at = choose(candidates)
    at = -at if choose is builtins.max else at
    return (at,) if type(items) is range else (items[at],)
