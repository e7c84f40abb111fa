"""What takes in all of an iterator, and is no builtin function: `"".join`, `math.fsum`, `reduce` and others."""

import collections
import functools
import math
from types import BuiltinMethodType

_PLACES = {
    math.fsum: 0,
    math.prod: 0,
    dict: 0,
    collections.Counter: 0,
    collections.deque: 0,
    functools.reduce: 1,
}


def drains(call: object, place: int) -> bool:
    """Does it take in all of the iterator that is its argument at this place, in order?"""
    if type(call) is BuiltinMethodType and type(call.__self__) is str:
        return call.__name__ == "join"
    return any(call is known and place == at for known, at in _PLACES.items())
