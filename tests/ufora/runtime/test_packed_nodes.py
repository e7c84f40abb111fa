"""Lists travel as their arrays, and arrive as they were."""

import numpy
import pytest

from tests.parity.same import bits
from ufora.runtime.captured import CAPTURED
from ufora.runtime.environment import Workshop
from ufora.runtime.forms import FORMS, LONG
from ufora.runtime.unboxed import Unboxed, settle, wrap

RECORD = numpy.dtype({"names": ["f0", "f1"], "formats": ["<i8", "<f8"], "offsets": [0, 8], "itemsize": 16})
TABLE = numpy.array([(k, k / 8) for k in range(LONG)], dtype=RECORD)
ARRAYS = {
    "small ints": numpy.arange(LONG) % 100,
    "large ints": numpy.arange(LONG) * 2**50,
    "ints beyond 63 bits": numpy.arange(LONG, dtype="<u8") + 2**63,
    "floats": numpy.arange(LONG) / 8,
    "bools": numpy.arange(LONG) % 3 == 0,
    "tuples": TABLE,
    "long rows": numpy.arange(100 * 64).reshape(100, 64),
    "short rows": numpy.arange(LONG * 2).reshape(LONG, 2),
}


@pytest.fixture
def workshop():
    yield Workshop(lambda node: None)
    FORMS.clear()
    CAPTURED.clear()


def go_and_come(workshop: Workshop, value: object) -> object:
    return workshop.unpack_items(workshop.pack_items([value]), ())[0]


@pytest.mark.parametrize("name", ARRAYS)
def test_what_arrives_is_the_list(workshop, name: str) -> None:
    array = ARRAYS[name]
    assert bits(go_and_come(workshop, wrap(array))) == bits(array.tolist())
    assert bits(go_and_come(workshop, settle(wrap(array)))) == bits(array.tolist())


@pytest.mark.parametrize("name", ["small ints", "floats", "bools", "tuples", "long rows"])
def test_no_object_is_made_of_what_can_travel_as_it_is(workshop, name: str) -> None:
    items = wrap(ARRAYS[name])
    workshop.pack_items([items])
    assert type(items) is Unboxed


def test_a_tuple_that_was_seen_is_one_object_on_the_other_side_too(workshop) -> None:
    items = wrap(TABLE)
    seen, arrived = go_and_come(workshop, [items[3], items])
    assert arrived[3] is seen
    assert arrived == TABLE.tolist()
