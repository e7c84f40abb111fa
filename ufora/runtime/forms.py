"""Packed forms of long lists, kept while an evaluation lasts, as long as the lists hold the very same objects; those of a session's values
longer.

    points = [… for i in range(n)]                  machine code gave an array, of which the list was made
    labels = [find_nearest(p, centres) for p in points]       … and wants it as an array again

A list tells nobody that it was changed. But what is packed are numbers and tuples of numbers, which never change: where the list's memory
holds the same pointers as when it was packed, its items are what they were. Comparing pointers takes a fiftieth of packing.
"""

import ctypes
import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

import numpy

LONG = 1000
"""Items of the shortest list whose form is kept. Guessed: packing fewer takes less than a kernel's start."""
MOST_WORDS = 2**22
"""Of all forms that are kept, 64 bits each. Guessed: with their lists, which may be in no other use, 200 MiB."""

_POINTER = ctypes.sizeof(ctypes.c_void_p)
_ITEMS_AT = tuple.__basicsize__
"""Where in a tuple its items begin, and in a list the pointer to its items stands: both have the same head."""
_memcmp = ctypes.CDLL(None).memcmp
_memcmp.argtypes = (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t)

Array = numpy.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Form:
    items: list[Any]  #: a copy
    array: Array


class Forms(threading.local):
    """Of one thread. Lists go by their identity; one that is no more is forgotten when there is no room for it."""

    def __init__(self) -> None:
        self._forms: OrderedDict[int, Form] = OrderedDict()
        self._words = 0

    def find(self, items: list[Any]) -> Array | None:
        """The form, which is not to be written."""
        form = self._forms.get(id(items))
        if form is None:
            return None
        if not are_same(form.items, items):
            self._forget(id(items))
            return None
        self._forms.move_to_end(id(items))
        return form.array

    def keep(self, items: list[Any], array: Array) -> None:
        """`array`: what the items are made of, or packed into; nobody writes to it any more."""
        if len(items) < LONG or array.nbytes // 8 > MOST_WORDS:
            return
        self._add(id(items), Form(items.copy(), array))

    def _add(self, number: int, form: "Form") -> None:
        self._forget(number)
        self._forms[number] = form
        self._words += form.array.nbytes // 8
        while self._words > MOST_WORDS:
            self._forget(next(iter(self._forms)))

    def __len__(self) -> int:
        return len(self._forms)

    def lend(self, items: list[Any], form: "Form") -> None:
        """What `find_form` gave in an earlier evaluation."""
        self._add(id(items), form)

    def find_form(self, items: list[Any]) -> "Form | None":
        """To be lent again."""
        return None if self.find(items) is None else self._forms[id(items)]

    def clear(self) -> None:
        self._forms.clear()
        self._words = 0

    def _forget(self, number: int) -> None:
        form = self._forms.pop(number, None)
        if form is not None:
            self._words -= form.array.nbytes // 8


def are_same(one: list[Any], other: list[Any]) -> bool:
    """Have they the very same objects as items?"""
    if len(one) != len(other):
        return False
    return bool(_memcmp(_find_items(one), _find_items(other), len(one) * _POINTER) == 0)


def _find_items(items: list[Any]) -> int | None:
    """Where a list's pointers lie."""
    return ctypes.c_void_p.from_address(id(items) + _ITEMS_AT).value


FORMS = Forms()
"""Of the evaluation that runs now; values of earlier ones lend theirs (`values`). One runs at a time in a thread."""
