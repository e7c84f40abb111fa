"""Which source a live function, class or comprehension came from.

Guarded code reports each function and class it makes. So the driver can send any of them on, compile them, and read their text, without
looking at frames or files.
"""

import ast
from collections.abc import Callable
from types import CodeType, FunctionType
from typing import TypeVar
from weakref import WeakKeyDictionary

from pyfora.capture.origin import CodePlace
from pyfora.program.nodes import Source
from pyfora.program.places import find_place
from ufora.runtime.guard.rewrite import SOURCE_NAME
from ufora.runtime.guard.seats import Seats
from ufora.runtime.guard.skips import Skips

T = TypeVar("T", bound=type)
Namespace = dict[str, object]
COMPREHENSIONS = (ast.GeneratorExp, ast.ListComp, ast.SetComp, ast.DictComp)


class Registry:
    """One per process that runs guarded code."""

    def __init__(self) -> None:
        self.skips = Skips()
        self.seats = Seats()
        self._sources: list[Source] = []
        self._numbers: dict[Source, int] = {}
        self._codes: dict[CodeType, tuple[int, int]] = {}
        self._classes: WeakKeyDictionary[type, tuple[int, int, Namespace]] = WeakKeyDictionary()

    def add_source(self, source: Source) -> int:
        """The source's number in this process; it appears in guarded code."""
        number = self._numbers.setdefault(source, len(self._sources))
        if number == len(self._sources):
            self._sources.append(source)
        return number

    def get_source(self, number: int) -> Source:
        return self._sources[number]

    def note_function(self, number: int, ordinal: int, function: FunctionType) -> FunctionType:
        self._codes[function.__code__] = (number, ordinal)
        return function

    def note_class(self, number: int, ordinal: int, here: Namespace) -> Callable[[T], T]:
        def note(cls: T) -> T:
            self._classes[cls] = (number, ordinal, here)
            return cls

        return note

    def find_place(self, made: FunctionType | type) -> CodePlace | None:
        """Where a function or class was written; None for what no guarded code made."""
        if isinstance(made, type):
            entry = self._classes.get(made)
            return None if entry is None else CodePlace(self._sources[entry[0]], entry[1], entry[2])
        found = self._codes.get(made.__code__)
        return None if found is None else CodePlace(self._sources[found[0]], found[1], made.__globals__)

    def find_source(self, path: str, line: int) -> Source | None:
        """The source that holds that line of the user's; None for any other file."""
        for source in self._sources:
            if source.path == path and 0 <= line - source.first_line <= source.text.count("\n"):
                return source
        return None

    def is_body(self, code: CodeType) -> bool:
        """Is it a comprehension as a function of its source: code the user did not write as a function?"""
        if code.co_name == "<lambda>" and code.co_varnames[:1] == (SOURCE_NAME,):
            return True  # one that came from another process
        found = self._codes.get(code)
        return found is not None and isinstance(find_place(self._sources[found[0]], found[1]), COMPREHENSIONS)

    def list_classes(self) -> list[type]:
        """The classes that guarded code made and that still live."""
        return list(self._classes)
