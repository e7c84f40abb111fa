"""`map` and `filter` become comprehensions where nobody can tell."""

from collections.abc import Callable
from typing import Any

import pytest

from pyfora.program.nodes import Source
from ufora.runtime.guard.registry import Registry
from ufora.runtime.mapped import LEAST_ITEMS, Mapped

ITEMS = list(range(LEAST_ITEMS))


def double(number: int) -> int:
    return 2 * number


def add(one: int, other: int, third: int = 0) -> int:
    return one + other + third


@pytest.fixture
def mapped() -> Mapped:
    registry = Registry()
    number = registry.add_source(Source("user.py", 1, "def double(number):\n    return 2 * number\n"))
    for function in (double, add):
        registry.note_function(number, 0, function)
    return Mapped(registry)


@pytest.mark.parametrize(
    ("make", "call", "iterables"),
    [(map, double, (ITEMS,)), (map, add, (ITEMS, range(2000))), (map, add, (ITEMS, ITEMS, tuple(ITEMS))), (filter, double, (ITEMS,))],
)
def test_elements_are_those_of_python(mapped: Mapped, make: Any, call: Callable[..., int], iterables: tuple[Any, ...]) -> None:
    comprehension = mapped.make((0, 12), make, call, iterables)
    assert comprehension is not None
    assert list(comprehension.run_whole()) == list(make(call, *iterables))
    assert list(comprehension.run_part(5, 9)) == list(make(call, *(iterable[5:9] for iterable in iterables)))
    assert (comprehension.written.path, comprehension.tree.lineno) == ("user.py", 12)


@pytest.mark.parametrize(
    ("make", "call", "iterables"),
    [
        (map, abs, (ITEMS,)),
        (map, lambda number: number, (ITEMS,)),
        (map, double, (iter(ITEMS),)),
        (map, double, (ITEMS[1:],)),
        (map, add, (ITEMS, ITEMS, ITEMS, ITEMS)),
        (filter, None, (ITEMS,)),
        (filter, add, (ITEMS, ITEMS)),
        (zip, double, (ITEMS,)),
    ],
)
def test_everything_else_is_left_to_python(mapped: Mapped, make: Any, call: Any, iterables: tuple[Any, ...]) -> None:
    assert mapped.make((0, 12), make, call, iterables) is None


def test_each_place_has_code_of_its_own(mapped: Mapped) -> None:
    one, again, other = (mapped.make((0, line), map, double, (ITEMS,)) for line in (3, 3, 4))
    assert one is not None and again is not None and other is not None  # noqa: PT018
    assert one.body.__code__ is again.body.__code__
    assert one.body.__code__ is not other.body.__code__
