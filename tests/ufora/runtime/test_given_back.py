"""What comes home from a kernel's memory."""

import math

import numpy
import pytest

from ufora.compile.found import Found
from ufora.compile.spec import MadeDict, MadeList, MadeSet, Scalar, TupleOf
from ufora.runtime.given_back import GivenBack, Unknowable, replace_pairs

INTS = MadeList(Scalar.INT)


def test_lists_that_are_one_stay_one() -> None:
    outer, inner, given = 800, 900, [7]
    made = {
        outer: Found((inner, inner, 1000), 0),
        inner: Found(numpy.array([1, 2]), 0),
        1000: Found(numpy.array([7]), 5000),
    }
    back = GivenBack({5000: given}, made)
    rows, row, none = back.restore(TupleOf((MadeList(INTS), INTS, INTS)), (outer, inner, 0))
    assert rows == [[1, 2], [1, 2], [7]]
    assert rows[0] is rows[1] is row
    assert rows[2] is given
    assert none is None


def test_dicts_and_sets() -> None:
    keys = numpy.array([5, 3, 4])
    made = {8: Found(numpy.array([0.5, 1.5, 2.5]), 0, keys), 16: Found(None, 0, keys), 24: Found(None, 0, keys, has_deleted=True)}
    back = GivenBack({}, made)
    assert list(back.restore(MadeDict(Scalar.INT, Scalar.FLOAT), 8).items()) == [(5, 0.5), (3, 1.5), (4, 2.5)]
    assert back.restore(MadeSet(Scalar.INT, None), 16) == {3, 4, 5}
    with pytest.raises(Unknowable):  # where the others lie in it depends on what was deleted
        back.restore(MadeSet(Scalar.INT, None), 24)


def test_a_nan_is_not_known_to_be_the_same_object() -> None:
    back = GivenBack({}, {8: Found(numpy.array([0.5, math.nan]), 0), 16: Found(numpy.array([math.nan]), 0, numpy.array([1]))})
    with pytest.raises(Unknowable):
        back.restore(MadeList(Scalar.FLOAT), 8)
    with pytest.raises(Unknowable):
        back.restore(MadeDict(Scalar.INT, Scalar.FLOAT), 16)


def test_what_a_dict_keeps_stays_the_same_object() -> None:
    kept, other = 10**20 // 10**10, [1]
    items: dict[int, object] = {1: kept, 2: 5, 3: other}
    replace_pairs(items, {1: int(str(kept)), 2: 6, 3: other, 4: 7}, has_deleted=False)
    assert list(items.items()) == [(1, kept), (2, 6), (3, [1]), (4, 7)]
    assert items[1] is kept
    assert items[3] is other
    replace_pairs(items, {3: other, 1: kept, 2: True}, has_deleted=True)
    assert list(items) == [3, 1, 2]
    assert items[2] is True
    assert items[1] is kept
