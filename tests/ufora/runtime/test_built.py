"""Sets and dicts: their elements as comprehensions that can be cut."""

from types import FunctionType
from typing import Any

import pytest

from pyfora.program.nodes import Source
from ufora.runtime.built import LEAST_ITEMS, Built
from ufora.runtime.guard.registry import Registry
from ufora.runtime.zipped import go_through

TEXT = "((x, x + 1) for x in source)"
ELEMENTS: Any = lambda __source: ((x, x + 1) for x in __source)  # noqa: E731


@pytest.fixture
def built() -> Built:
    registry = Registry()
    registry.add_source(Source("user.py", 1, "d = {x: x + 1 for x in xs}\n"))
    return Built(registry)


@pytest.mark.parametrize(
    "source",
    [range(50), list(range(50)), dict.fromkeys(range(50)).keys(), set(range(50)), go_through(enumerate, "a" * 50)],
    ids=["range", "list", "keys", "set", "enumerate"],
)
def test_elements_have_a_source_that_says_where_they_stand(built: Built, source: Any) -> None:
    comprehension = built.make((0, 7, TEXT), source, ELEMENTS)
    assert comprehension is not None
    assert isinstance(comprehension.body, FunctionType)
    assert comprehension.tree.lineno == 7
    assert comprehension.text.path == comprehension.written.path == "user.py"
    assert comprehension.text.text == TEXT
    assert len(list(comprehension.source)) == 50


@pytest.mark.parametrize("source", [range(LEAST_ITEMS - 1), iter(range(50)), zip(range(50)), range(10**30)])
def test_what_is_short_or_has_no_length_is_left_to_python(built: Built, source: Any) -> None:
    assert built.make((0, 7, TEXT), source, ELEMENTS) is None
