"""`numpy.ndarray` for remote code: the name of a type, and no way to make an array over raw memory.

`numpy.ndarray(shape, dtype, buffer)` reads a buffer of numbers as pointers to objects. So the class that remote code gets tells what is an
array and hands out methods, but cannot be called.
"""

from typing import Any, NoReturn

import numpy

from pyfora.program.allowed import is_allowed
from ufora.runtime.chunked import chunked_type
from ufora.runtime.guard.stopping import refuse


class _ArrayType(type):
    def __call__(cls, *args: object, **options: object) -> NoReturn:
        refuse("`numpy.ndarray(…)` reads memory as it is, which code on the cluster may not do. Use `numpy.array` or `numpy.zeros`")

    def __instancecheck__(cls, value: object) -> bool:
        return isinstance(value, numpy.ndarray)

    def __subclasscheck__(cls, kind: type) -> bool:
        return kind is cls or issubclass(kind, numpy.ndarray)

    def __getattr__(cls, name: str) -> Any:
        if not is_allowed(f"numpy.ndarray.{name}"):
            refuse(f"`numpy.ndarray.{name}` may not be used on the cluster")
        return getattr(numpy.ndarray, name)

    def __repr__(cls) -> str:
        return repr(numpy.ndarray)


array_type = _ArrayType("ndarray", (), {"__module__": "numpy"})


def type_of(value: object) -> type:
    """`type(value)` as remote code sees it."""
    kind = chunked_type(value)
    return array_type if kind is numpy.ndarray else kind
