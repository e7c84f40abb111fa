"""Peers in hand-written numba: plain numba, whose integers wrap and whose float sums depend on the order."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy

F = TypeVar("F", bound=Callable[..., Any])

VERSION: str = numba.__version__
prange = numba.prange
FAIR_CHUNK = 4096
"""Iterations a thread takes at a time where they cost unequally: numba's default, one stretch for each thread, would idle."""


def parallel(function: F) -> F:
    return cast(F, numba.njit(parallel=True)(function))


def serial(function: F) -> F:
    return cast(F, numba.njit(function))


def in_chunks(function: Callable[..., Any], *arguments: object, chunk: int = FAIR_CHUNK) -> Any:
    """Call a parallel function whose iterations cost unequally."""
    with numba.parallel_chunksize(chunk):
        return function(*arguments)


@serial
def signed(each: int) -> int:
    """What `prange` counts with is unsigned, and becomes a float where it meets an int."""
    return numpy.int64(each)  # type: ignore[return-value]
