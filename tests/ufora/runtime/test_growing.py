"""`xs = xs + [x]` is linear, and nobody can tell."""

from collections.abc import Callable

import pytest

from tests.parity.same import run_here
from tests.ufora.runtime.here import Here

MANY = 1_000_000


def in_a_function() -> object:
    xs: list[int] = []
    for n in range(MANY):
        xs = xs + [n]  # noqa: RUF005 - what is tested
    return len(xs), sum(xs), xs[-1]


def with_comprehensions() -> object:
    xs: list[int] = []
    for n in range(100):
        xs = xs + [n * m for m in range(40)]
    return len(xs), sum(xs)


def in_a_closure() -> object:
    xs: list[int] = []

    def add(n: int) -> None:
        nonlocal xs
        xs = xs + [n]  # noqa: RUF005

    for n in range(20_000):
        add(n)
    return len(xs), sum(xs)


def with_another_name() -> object:
    xs = [1]
    before = xs
    xs = xs + [2]  # noqa: RUF005
    return before, xs, before is xs


def while_it_is_gone_through() -> object:
    xs, seen = [1, 2, 3], []
    for x in xs:
        xs = xs + [x]  # noqa: RUF005
        seen.append(x)
    return xs, seen


def held_by_a_container() -> object:
    xs = [1]
    versions = [xs]
    for n in range(5):
        xs = xs + [n]  # noqa: RUF005
        versions.append(xs)
    return versions


def with_itself() -> object:
    xs = [1, 2]
    xs = xs + [*xs, xs]  # noqa: RUF005
    return xs


def held_by_a_default() -> object:
    xs = [1]
    get = lambda held=xs: held  # noqa: E731
    xs = xs + [2]  # noqa: RUF005
    return get(), xs


def bound_anew_on_the_way() -> object:
    xs = [1]
    old = xs
    xs = xs + [len(xs := [5, 6])]  # noqa: RUF005
    return xs, old


def of_something_else() -> object:
    xs = (1,)
    try:
        xs = xs + [2]  # type: ignore[operator]  # noqa: RUF005
    except TypeError as error:
        return xs, str(error)


def given(xs: list[int]) -> object:
    xs = xs + [2]  # noqa: RUF005
    return xs


def of_an_argument() -> object:
    xs = [1]
    return given(xs), xs, given([5])


PROGRAMS = [
    with_comprehensions,
    in_a_closure,
    with_another_name,
    while_it_is_gone_through,
    held_by_a_container,
    with_itself,
    held_by_a_default,
    bound_anew_on_the_way,
    of_something_else,
    of_an_argument,
]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__)
def test_nobody_can_tell(here: Here, program: Callable[[], object]) -> None:
    assert here.run(program).bits == run_here(program)


@pytest.mark.timeout(60)
def test_a_million_times_is_linear(here: Here) -> None:
    """In quadratic time it would take an hour."""
    assert here.run(in_a_function).values[""] == (MANY, MANY * (MANY - 1) // 2, MANY - 1)


def test_a_list_from_outside_stays_as_it_is(here: Here) -> None:
    xs = [1, 2, 3]

    def program() -> object:
        ys = xs
        ys = ys + [4]  # noqa: RUF005
        return ys, xs

    assert here.run(program).values[""] == ([1, 2, 3, 4], [1, 2, 3])
