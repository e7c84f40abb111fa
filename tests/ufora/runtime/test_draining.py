"""What takes in all of an iterator is known by what it is, not by its name."""

import collections
import functools
import math

from ufora.runtime.draining import drains


class Text(str):
    __slots__ = ()


def test_what_drains() -> None:
    assert drains(", ".join, 0)
    assert drains(math.fsum, 0)
    assert drains(math.prod, 0)
    assert drains(functools.reduce, 1)
    assert drains(collections.Counter, 0)
    assert drains(dict, 0)


def test_what_may_not() -> None:
    assert not drains(functools.reduce, 0)
    assert not drains(functools.reduce, 2)
    assert not drains(Text(",").join, 0)
    assert not drains(b",".join, 0)
    assert not drains(",".split, 0)
    assert not drains(lambda parts: parts, 0)
    assert not drains(type("dict", (dict,), {}), 0)
