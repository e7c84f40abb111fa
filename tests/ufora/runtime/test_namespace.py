"""Attributes named by text are asked for as those written out are."""

import operator
from collections.abc import Callable

import pytest

from pyfora.errors import InvalidPyforaOperation
from tests.ufora.runtime.here import Here, same_here
from ufora.runtime.namespace import find_allowed_path, get_allowed


class Box:
    def __init__(self):
        self.size = 3
        self.inner = self


WAYS_IN: dict[str, Callable[[], object]] = {
    "getattr": lambda: getattr(Box, "__" + "subclasses__"),
    "hasattr": lambda: hasattr(Box, "__" + "globals__"),
    "setattr": lambda: setattr(Box, "__" + "bases__", ()),
    "delattr": lambda: delattr(Box, "__" + "dict__"),
    "a frame": lambda: getattr((x for x in ()), "gi_" + "frame"),
    "attrgetter": lambda: operator.attrgetter("inner.__" + "class__.__" + "mro__")(Box()),
    "methodcaller": lambda: operator.methodcaller("__" + "subclasses__")(object),
    "attrgetter of format": lambda: operator.attrgetter("format")("{0.__" + "class__.__mro__}")(1),
    "methodcaller of format": lambda: operator.methodcaller("format", 1)("{0.__" + "class__.__mro__}"),
    "format": lambda: ("{0.__" + "class__.__mro__}").format(1),
    "format of the class": lambda: str.format("{0.__" + "class__.__mro__}", 1),
    "format_map of the class": lambda: str.format_map("{a.__" + "class__.__mro__}", {"a": 1}),
    "format by getattr": lambda: ("{0.__" + "class__.__mro__}").format(1),
}


@pytest.mark.parametrize("program", WAYS_IN.values(), ids=WAYS_IN.keys())
def test_no_text_leads_into_the_interpreter(here: Here, program: Callable[[], object]) -> None:
    assert type(here.run(program).error) is InvalidPyforaOperation


@same_here
def test_ordinary_attributes_by_text():
    box = Box()
    box.other = 1
    delattr(box, "other")
    return (
        box.size,
        getattr(box, "other", 5),
        hasattr(box, "size"),
        operator.attrgetter("size", "inner.size")(box),
        operator.methodcaller("upper")("a"),
        str.format("{:>5}", 3),
        f"{1} {2}",
    )


def test_guarded_members_keep_their_path() -> None:
    assert find_allowed_path(get_allowed("operator.attrgetter")) == "operator.attrgetter"
