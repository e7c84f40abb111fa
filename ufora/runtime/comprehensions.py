"""Comprehensions as they are when guarded code meets them."""

import ast
import inspect
from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from types import FunctionType, GeneratorType
from typing import Any
from weakref import WeakKeyDictionary

import numpy

from pyfora.program.nodes import Source
from pyfora.program.places import find_place
from ufora.runtime.unboxed import Unboxed
from ufora.runtime.zipped import Zipped, refreshed

VIEWS: frozenset[type] = frozenset({dict, set, frozenset, type({}.keys()), type({}.values()), type({}.items())})
"""What has a length and an order but no parts."""


@dataclass(frozen=True, slots=True, eq=False)
class Comprehension:
    """`elements for … in source …`, not yet run."""

    text: Source  #: where it was written
    ordinal: int
    source: Any  #: what its first `for` goes through
    body: FunctionType  #: the comprehension as a function of (a slice of) its source
    place: tuple[int, int]  #: its source's number in this process, and its ordinal
    shown: Source | None = None  #: the user's source of the same lines, where `text` is not what the user wrote
    generator: Generator[object, None, None] | None = None  #: the generator that code holds for it, not begun

    @property
    def written(self) -> Source:
        """For what is told of it."""
        return self.shown or self.text

    @property
    def tree(self) -> ast.GeneratorExp | ast.ListComp:
        tree = find_place(self.text, self.ordinal)
        assert isinstance(tree, ast.GeneratorExp | ast.ListComp)
        return tree

    def find_length(self) -> int | None:
        """How many elements the source has, when it can be cut; else None."""
        kind = type(self.source)
        if kind in (range, list, tuple, str, bytes, Unboxed) or hasattr(kind, "is_chunked"):
            return len(self.source)
        if kind is Zipped:
            return self.source.find_length()  # type: ignore[no-any-return]
        if kind is numpy.ndarray and self.source.ndim == 1:
            return len(self.source)
        return None

    def over_list(self) -> "Comprehension":
        """The same over what can be cut, where its source is a view and no element changes anything."""
        return replace(self, source=list(self.source))

    def run_part(self, start: int, stop: int) -> Any:
        """The elements of one stretch of the source, by the interpreter: a list or a generator."""
        source: Sequence[object] = self.source
        return self.body(source[start:stop])

    def run_whole(self) -> Any:
        return self.body(self.source) if self.generator is None else self.generator


class Generators:
    """Generators that guarded code made and that nobody has started: their consumer may cut them."""

    def __init__(self) -> None:
        self._made: WeakKeyDictionary[Generator[object, None, None], Comprehension] = WeakKeyDictionary()

    def make(self, comprehension: Comprehension) -> Generator[object, None, None]:
        generator: Generator[object, None, None] = comprehension.run_whole()
        self._made[generator] = comprehension
        return generator

    def look(self, value: object) -> Comprehension | None:
        """The comprehension behind a generator that was not begun; None for anything else."""
        if type(value) is not GeneratorType or inspect.getgeneratorstate(value) != inspect.GEN_CREATED:
            return None
        comprehension = self._made.get(value)
        return None if comprehension is None else replace(comprehension, generator=value, source=refreshed(comprehension.source))

    def take(self, value: object) -> Comprehension | None:
        """The same, once."""
        comprehension = self.look(value)
        if comprehension is not None and comprehension.generator is not None:
            del self._made[comprehension.generator]
        return comprehension
