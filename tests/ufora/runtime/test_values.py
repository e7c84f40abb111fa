"""Values are kept until they are dropped, by computation and name."""

import gc
from collections.abc import Iterator

import numpy
import pytest

from pyfora.program.nodes import Remote
from ufora.runtime.forms import FORMS, LONG
from ufora.runtime.values import ValueGone, Values


def test_a_value_is_there_until_it_is_dropped() -> None:
    values = Values()
    values.keep("c1", {"x": 1, "y": 2})
    assert values.get_remote(Remote("c1", "x", "int")) == 1
    values.drop("c1", "x")
    values.drop("c1", "x")
    assert values.get("c1", "y") == 2
    with pytest.raises(ValueGone, match="c1/x"):
        values.get("c1", "x")


def test_a_forgotten_computation_takes_all_its_values_along() -> None:
    values = Values()
    values.keep("c1", {"x": 1, "y": 2})
    values.keep("c2", {"x": 3})
    values.forget("c1")
    assert values.get("c2", "x") == 3
    for name in "xy":
        with pytest.raises(ValueGone):
            values.get("c1", name)


@pytest.fixture
def kept() -> Iterator[tuple[Values, list[int]]]:
    """A list whose form an evaluation left."""
    values, items = Values(), list(range(LONG))
    values.keep("c1", {"x": items})
    FORMS.keep(items, numpy.array(items))
    values.take_forms()
    yield values, items
    FORMS.clear()


def test_forms_of_its_lists_are_lent_to_the_next_evaluation(kept: tuple[Values, list[int]]) -> None:
    values, items = kept
    assert FORMS.find(items) is None
    values.lend_forms()
    assert FORMS.find(items) is not None


def test_a_form_goes_with_its_value(kept: tuple[Values, list[int]]) -> None:
    values, items = kept
    values.drop("c1", "x")
    values.lend_forms()
    assert FORMS.find(items) is None
    assert not [holder for holder in gc.get_referrers(items[-1]) if type(holder) is list and holder is not items]


def test_what_no_value_is_made_of_has_no_form_any_more(kept: tuple[Values, list[int]]) -> None:
    values, _ = kept
    other = list(range(LONG))
    FORMS.keep(other, numpy.array(other))
    values.take_forms()
    values.lend_forms()
    assert FORMS.find(other) is None
