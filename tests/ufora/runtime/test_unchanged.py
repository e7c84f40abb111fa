"""Things from outside, looked at before and after."""

import collections
import enum
import random

import numpy
import pytest

from ufora.runtime.unchanged import Before, look


class Mode(enum.Flag):
    READ = enum.auto()
    WRITE = enum.auto()


def seen(*things: object) -> Before:
    return look({id(thing): thing for thing in things})


def test_nothing_changed() -> None:
    before = seen([1], {"a": 1}, {2}, random.Random(1), numpy.random.default_rng(1), numpy.random.RandomState(1), len, "text")
    assert before.put_back() == ""


@pytest.mark.parametrize("container", [[1], {"a": 1}, {1}, collections.deque([1]), bytearray(b"a")], ids=lambda each: type(each).__name__)
def test_a_container_that_grew_or_shrank_is_named(container) -> None:
    before = seen(container)
    container.clear()
    assert before.put_back() == f"the computation changed a {type(container).__name__} made outside of it, from 1 items to 0. Change a copy"


def test_flags_set_together_are_no_change() -> None:
    table = vars(Mode)["_value2member_map_"]
    before = seen(Mode, table)
    assert Mode.READ | Mode.WRITE
    assert before.put_back() == ""


@pytest.mark.parametrize(
    ("source", "draw"),
    [
        (random.Random(1), lambda source: source.random()),
        (numpy.random.default_rng(1), lambda source: source.random()),
        (numpy.random.RandomState(1), lambda source: source.rand()),
    ],
    ids=["Random", "Generator", "RandomState"],
)
def test_random_numbers_are_put_back(source, draw) -> None:
    before = seen(source)
    first = draw(source)
    assert f"drew from a {type(source).__name__} made outside" in before.put_back()
    assert before.put_back() == ""
    assert draw(source) == first


def make_counter(scope: dict[str, object]):
    exec("def make():\n n = 0\n def step():\n  nonlocal n\n  n += 1\n  return n\n return step\nstep = make()", scope)
    return scope["step"]


def test_a_variable_of_a_closure_is_put_back() -> None:
    scope: dict[str, object] = {"__here__": {}}
    step = make_counter(scope)
    before = seen(step)
    assert step() == 1
    assert "line 5: `make.<locals>.step` changed `n` of the function around it" in before.put_back()
    assert before.put_back() == ""
    assert step() == 1


def test_the_function_that_changed_a_variable_is_named_not_one_that_reads_it() -> None:
    scope: dict[str, object] = {"__here__": {}}
    text = """
def make():
    n = 0
    def read():
        return n
    def change(by):
        def twice():
            nonlocal n
            n += by
            if n > 9:
                n = 0
        twice()
    return read, change
read, change = make()
"""
    exec(compile(text, "counters.py", "exec"), scope)
    before = seen(scope["read"], scope["change"])
    scope["change"](3)  # type: ignore[operator]
    assert before.put_back().startswith("counters.py, one of the lines 9, 11: `make.<locals>.change` changed `n` of")


def test_closures_of_libraries_are_their_own_affair() -> None:
    step = make_counter({})
    before = seen(step)
    step()
    assert before.put_back() == ""
