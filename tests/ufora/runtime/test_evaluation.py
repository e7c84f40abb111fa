"""Programs evaluated by a driver: what they leave as it was, however they end."""

import operator
import random
from collections.abc import Iterator

import pytest

from pyfora import InvalidPyforaOperation
from tests.ufora.runtime.here import Here


@pytest.fixture
def here() -> Iterator[Here]:
    here = Here()
    yield here
    here.close()


def draw(source):
    operator.attrgetter("random")(source)()


def draw_and_raise(source):
    draw(source)
    raise ValueError("afterwards")


def only_raise(source):
    raise ValueError("at once")


def stand(source):
    return source.getstate()


def test_a_computation_that_changes_what_came_from_outside_and_then_raises_is_refused(here: Here):
    error = here.run(draw_and_raise, here.keep(random.Random(5))).error
    assert isinstance(error, InvalidPyforaOperation)
    assert "drew from a Random made outside of it" in str(error)
    assert isinstance(error.__cause__, ValueError)


@pytest.mark.parametrize("function", [draw, draw_and_raise])
def test_what_an_earlier_block_left_is_put_back(here: Here, function):
    source = here.keep(random.Random(5))
    assert isinstance(here.run(function, source).error, InvalidPyforaOperation)
    assert here.run(stand, source).values[""] == random.Random(5).getstate()


def test_an_exception_that_changed_nothing_is_the_answer(here: Here):
    error = here.run(only_raise, here.keep(random.Random(5))).error
    assert isinstance(error, ValueError)
    assert error.__cause__ is None
