"""Ways that look alike in every case."""

import ctypes
from collections.abc import Callable
from typing import Any

from benchmarks.measure import timed
from benchmarks.openmp import NO_COMPILER, Openmp
from benchmarks.records import Check, Target, Way

UFORA, CPYTHON, NUMBA, C = "ufora", "CPython", "numba", "C, OpenMP"
INT, ADDRESS, DOUBLE = ctypes.c_int64, ctypes.c_void_p, ctypes.c_double
CFunction = Callable[..., Any]


def way(
    name: str,
    compute: Callable[[], object],
    check: Check,
    warm_up: Callable[[], object] | None = None,
    target: Target | None = None,
) -> Way:
    """A way that is timed from outside."""
    return Way(name, lambda: timed(compute), check, warm_up, target)


def c_way(function: CFunction | None, arguments: tuple[object, ...], check: Check, name: str = C) -> Way:
    """A function of a C library; a way that says why it is missing where there is no compiler."""
    if function is None:
        return Way(name, lambda: timed(int), check, missing=NO_COMPILER)
    return way(name, lambda: function(*arguments), check)


def load_function(openmp: Openmp, name: str, source: str, result: type | None, *arguments: Any) -> CFunction | None:
    """The function `run` of a C text."""
    library = openmp.load(name, source)
    if library is None:
        return None
    function = library.run
    function.restype, function.argtypes = result, list(arguments)
    return function
