"""Values are kept until they are dropped, by computation and name."""

import pytest

from pyfora.program.nodes import Remote
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
