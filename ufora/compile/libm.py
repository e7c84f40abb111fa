"""The door to the C library's mathematics: the very functions that Python's `math` calls.

They are looked up through the `math` module's own file, so that kernels and interpreter can never use two libraries.
"""

import ctypes
import math
from collections.abc import Mapping
from functools import lru_cache

SYMBOL_PREFIX = "ufora.libm."
"""Under names of our own, LLVM does not know what the functions do and calls them as they are."""

ONE_ARGUMENT = (
    "acos",
    "acosh",
    "asin",
    "asinh",
    "atan",
    "atanh",
    "cbrt",
    "cos",
    "cosh",
    "exp",
    "exp2",
    "expm1",
    "log",
    "log10",
    "log1p",
    "log2",
    "sin",
    "sinh",
    "tan",
    "tanh",
)
TWO_ARGUMENTS = ("atan2", "fmod", "pow")


@lru_cache(maxsize=1)
def list_symbols() -> Mapping[str, int]:
    """Every function kernels may call, by symbol, and where it lies in this process."""
    library = ctypes.CDLL(getattr(math, "__file__", None))
    found = {}
    for name in (*ONE_ARGUMENT, *TWO_ARGUMENTS):
        address = ctypes.cast(getattr(library, name), ctypes.c_void_p).value
        assert address is not None
        found[SYMBOL_PREFIX + name] = address
    return found
