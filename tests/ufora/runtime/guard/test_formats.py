"""Which attributes a format reads."""

import pytest

from ufora.runtime.guard.formats import find_attributes


@pytest.mark.parametrize(
    ("text", "attributes"),
    [
        ("{} of {n:>{width}}", ()),
        ("{0.real}, {n.a[b].c:{w.d}}", ("real", "a", "c", "d")),
        ("{{no.field}}", ()),
        ("{0.a} {", ("a",)),
    ],
)
def test_the_attributes_of_a_format(text: str, attributes: tuple[str, ...]) -> None:
    assert find_attributes(text) == attributes
