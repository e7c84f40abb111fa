"""Programs evaluated by a driver: what they leave as it was, however they end."""

import operator
import random
from collections.abc import Iterator

import numpy
import pytest

from pyfora import InvalidPyforaOperation
from pyfora.capture.calls import capture_names
from pyfora.capture.client_origin import ClientOrigin
from pyfora.program.nodes import Remote
from tests.ufora.runtime.here import Here
from ufora.runtime.evaluation import as_answer
from ufora.runtime.guard.registry import Registry


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


def test_values_that_were_computed_before_are_bound_again_and_share_what_they_shared(here: Here):
    shared = [1, 2]
    program = capture_names({"left": (shared, 3), "right": [shared]}, ClientOrigin(lambda value: None))
    here.evaluate(program, "remote", "c1")
    left, right = Remote("c1", "left", "tuple"), Remote("c1", "right", "list")
    assert here.run(lambda left, right: (left, right, left[0] is right[0]), left, right).values[""] == (([1, 2], 3), [[1, 2]], True)


def test_an_exception_that_changed_nothing_is_the_answer(here: Here):
    error = here.run(only_raise, here.keep(random.Random(5))).error
    assert isinstance(error, ValueError)
    assert error.__cause__ is None


def test_an_error_of_the_users_whose_text_is_like_numpys_stays_the_users() -> None:
    def close() -> None:
        raise ValueError("the record is read-only")

    def change() -> None:
        numpy.broadcast_to(numpy.zeros(1), (3,))[0] = 1.0

    with pytest.raises(ValueError, match="the record is read-only") as mine:
        close()
    assert as_answer(Registry(), mine.value) is mine.value
    with pytest.raises(ValueError, match="is read-only") as numpys:
        change()
    assert isinstance(as_answer(Registry(), numpys.value), InvalidPyforaOperation)
