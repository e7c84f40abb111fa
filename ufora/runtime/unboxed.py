"""Lists that machine code made, or that came from the client, as arrays until somebody looks at an item.

    points = [make_point(i) for i in range(n)]                 an array; no tuple is made
    labels = [find_nearest(p, centres) for p in points]        machine code reads it, and gives the next one
    points[0]                                                  now it is a list, the same object

Making objects takes longer than much of what machine code does with numbers, and most lists only go from one loop to the next. Until it is
looked at, such a list is an `Unboxed`, of which nearly each operation makes a `list` first: the same object, for all who hold it. An
Unboxed is as large as a list, and with empty slots its memory is that of an empty list: changing its type is all. It is no
subclass of list: C code that reads a list's memory would find it empty; as it is, such code refuses it, and is given lists (`settle`).
"""

import copy
import ctypes
import itertools
import operator
from collections.abc import Callable, Iterator, MutableSequence
from typing import Any

import numpy

from pyfora.program.nodes import Packed, Program, Ref
from ufora.runtime.forms import FORMS, LONG
from ufora.runtime.pieces import Kind, Piece

Array = numpy.ndarray[Any, Any]
Boxed = list[tuple[int, list[Any]]]
"""Items that are objects already: stretches, each with the place of its first."""
MOST_LOOKS = 16
"""Stretches that are made objects apart; what is looked at more often is made a list. Guessed."""
LOOKED_SHARE = 4
"""So many times as long as what is looked at is a list of which the rest is left as it is. Guessed."""
_FORMATS = {"B": "u1", "h": "<i2", "i": "<i4", "q": "<i8", "d": "<f8"}
"""Of packed lists that are arrays at once, by their type code."""


class Unboxed:
    """Not to be used but by the functions below."""

    __slots__ = ("array", "boxed", "third")  # of which the last is never used: a list has three words behind its head

    def __new__(cls, *items: Any) -> Any:
        """For library code that makes another value of a value's type."""
        return list(*items)

    @property  # type: ignore[misc]
    def __class__(self) -> type:  # what `isinstance`, class patterns and `x.__class__` see
        return list

    def __len__(self) -> int:
        made: Any = self
        return len(_array_of(made)) if type(self) is Unboxed else list.__len__(made)

    def __getitem__(self, index: Any) -> Any:
        made: Any = self
        return _look(made, index) if type(self) is Unboxed else list.__getitem__(made, index)

    def __iter__(self) -> Iterator[Any]:
        """Generators ask for it before they begin, and most are never begun: machine code computes their elements."""
        return itertools.chain.from_iterable(settle(self) for _ in range(1))

    def __deepcopy__(self, memo: dict[int, object]) -> object:
        return copy.deepcopy(settle(self), memo)


assert Unboxed.__basicsize__ == list.__basicsize__, "lists of this Python have another size"
_array_of: Callable[[object], Array] = Unboxed.array.__get__  # type: ignore[attr-defined]
_boxed_of: Callable[[object], Boxed] = Unboxed.boxed.__get__  # type: ignore[attr-defined]
_set_array: Callable[[object, Array], None] = Unboxed.array.__set__  # type: ignore[attr-defined]
_set_boxed: Callable[[object, Boxed], None] = Unboxed.boxed.__set__  # type: ignore[attr-defined]
for _name in Unboxed.__slots__:
    delattr(Unboxed, _name)  # nobody finds an attribute that a list has not


class _Memory(ctypes.Union):
    """Of an Unboxed or a list, from its type on."""

    _fields_ = (("type", ctypes.c_void_p), ("words", ctypes.c_void_p * 4))


_TYPE_AT = object.__basicsize__ - ctypes.sizeof(ctypes.c_void_p)
_EMPTY_LIST = (ctypes.c_void_p * 4)(id(list), None, None, None)
_UNBOXED = id(Unboxed)


def wrap(array: Array, boxed: Boxed | None = None) -> Any:
    """The list of an array's elements, or rows. Nobody writes to `array` any more."""
    made = object.__new__(Unboxed)
    _set_array(made, array)
    _set_boxed(made, boxed or [])
    return made


def wrap_pieces(pieces: list[Piece], array: Array) -> Any:
    """The list of ARRAY and ITEMS pieces in order. `array`: all of their items, numbers or tuples of such."""
    boxed: Boxed = []
    at = 0
    for piece in pieces:
        if piece.kind is Kind.ITEMS and piece.data:
            boxed.append((at, piece.data))
        at += len(piece.data)
    return wrap(array, boxed)


def wrap_packed(program: Program) -> dict[Ref, Any]:
    """The long lists of numbers that came with a Program, by their nodes; its bytes are their memory where they are words."""
    found: dict[Ref, Any] = {}
    for ref, node in enumerate(program.nodes):
        if type(node) is Packed and node.container == "list" and node.typecode in _FORMATS:
            numbers = numpy.frombuffer(program.buffers[node.buffer], dtype=_FORMATS[node.typecode])  # type: ignore[arg-type]
            if len(numbers) >= LONG:
                found[ref] = wrap(numbers.astype("<i8" if numbers.dtype.kind in "iu" else "<f8", copy=False))
    return found


def find_array(items: object) -> Array | None:
    """What a list is made of, of which nobody has seen an item yet."""
    return _array_of(items) if type(items) is Unboxed else None


def find_form(items: object) -> Array | None:
    """The same, or what is known to be the form of an ordinary list. It is not to be written."""
    return FORMS.find(items) if type(items) is list else find_array(items)


def was_looked_at(items: object) -> bool:
    """Are some items of what is an array still objects already?"""
    return type(items) is Unboxed and bool(_boxed_of(items))


def put_array(items: Any, array: Array) -> bool:
    """Give a list other items, if it is an array still. Nobody writes to `array` any more."""
    if type(items) is not Unboxed or _boxed_of(items):
        return False
    _set_array(items, array)
    return True


def settle(value: Any) -> Any:
    """The value, which is an ordinary list from now on if it was none."""
    kind: type = type(value)
    if kind is not Unboxed:
        return value
    array, boxed = _array_of(value), _boxed_of(value)
    items = array.tolist()
    for at, known in boxed:
        items[at : at + len(known)] = known
    memory = _Memory.from_address(id(value) + _TYPE_AT)
    # Exceptions from outside, and other threads, come after calls only: what is an Unboxed here is a whole list two lines later.
    if memory.type == _UNBOXED:
        memory.words = _EMPTY_LIST
        value.extend(items)
        for held in (array, boxed, Unboxed):  # by what were slots, and by each object of a type
            ctypes.pythonapi.Py_DecRef(ctypes.py_object(held))
    if array.ndim == 1:
        FORMS.keep(value, array)
    return value


def _look(items: Any, index: Any) -> Any:
    """`items[index]`. A few of many items are made objects without the rest, once: the next look gives the same objects."""
    array, boxed = _array_of(items), _boxed_of(items)
    is_slice = type(index) is slice
    if array.ndim > 1 or not (is_slice or type(index) is int):  # rows may be changed
        return settle(items)[index]
    try:
        taken = range(len(array))[index if is_slice else slice(index, index + 1 or None)]
    except (TypeError, ValueError):  # Python's own refusals
        return settle(items)[index]
    stretch = _find_stretch(array, boxed, taken)
    if stretch is None:
        return settle(items)[index]
    at, known = stretch
    return known[taken.start - at : taken.stop - at] if is_slice else known[taken.start - at]


def _find_stretch(array: Array, boxed: Boxed, taken: range) -> tuple[int, list[Any]] | None:
    """What has these items as objects; None where that had better be all."""
    if taken.step != 1 or not taken or len(taken) * LOOKED_SHARE > len(array):
        return None
    for at, known in boxed:
        if at <= taken.start and taken.stop <= at + len(known):
            return at, known
        if at < taken.stop and taken.start < at + len(known):
            return None
    if len(boxed) == MOST_LOOKS:
        return None
    boxed.append((taken.start, array[taken.start : taken.stop].tolist()))
    return boxed[-1]


def _settling(name: str) -> Callable[..., Any]:
    method = getattr(list, name)

    def call(self: Any, *args: Any, **options: Any) -> Any:
        return method(settle(self), *args, **options)

    return call


def _on_list(operate: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    return lambda self, other: operate(settle(self), other)


def _on_list_behind(operate: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    return lambda self, other: operate(other, settle(self))


_OPERATORS = ("add", "mul", "iadd", "imul", "eq", "ne", "lt", "le", "gt", "ge")
"""Asked once more of the list: the other side may have an answer."""
_METHODS = ("contains", "delitem", "init", "repr", "reversed", "setitem", "sizeof")
_NAMES = ("append", "clear", "copy", "count", "extend", "index", "insert", "pop", "remove", "reverse", "sort")
for _name in (*(f"__{name}__" for name in _METHODS), *_NAMES):
    setattr(Unboxed, _name, _settling(_name))
for _name in _OPERATORS:
    setattr(Unboxed, f"__{_name}__", _on_list(getattr(operator, _name)))
for _name in ("add", "mul"):
    setattr(Unboxed, f"__r{_name}__", _on_list_behind(getattr(operator, _name)))
Unboxed.__copy__ = Unboxed.copy  # type: ignore[attr-defined]
Unboxed.__hash__ = None  # type: ignore[assignment]
Unboxed.__name__ = Unboxed.__qualname__ = "list"  # for messages: "unhashable type: 'list'"
MutableSequence.register(Unboxed)  # so that `case [first, *rest]` matches
