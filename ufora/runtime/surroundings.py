"""What code can set for the code that it calls: decimal contexts and numpy's handling of floating point errors.

Each evaluation, and each slice, begins with the defaults and leaves nothing behind. What a `with` set is not there in other processes, so
work inside it is not cut.
"""

import contextvars
import decimal
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import numpy

P = ParamSpec("P")
R = TypeVar("R")
_DEFAULT_ERRORS = numpy.geterr()
_begun: contextvars.ContextVar[decimal.Context] = contextvars.ContextVar("ufora_begun")
"""The decimal context in which an evaluation began."""


def run_afresh(call: Callable[P, R], *args: P.args, **options: P.kwargs) -> R:
    """Call it in surroundings of its own."""

    def begin() -> R:
        _begun.set(decimal.getcontext())
        return call(*args, **options)

    with numpy.errstate(**_DEFAULT_ERRORS):
        return contextvars.Context().run(begin)


def find_set() -> str:
    """What guarded code has set for the code that it calls: words for the user; "" when nothing is set."""
    now = decimal.getcontext()
    if _begun.get(now) is not now:
        return "a decimal context is set around it"
    return "numpy's handling of errors is set around it" if numpy.geterr() != _DEFAULT_ERRORS else ""
