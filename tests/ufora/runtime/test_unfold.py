"""Recursion that takes long gives Python's values when it is unfolded into a list of calls."""

import math
from collections.abc import Callable, Iterator

import pytest

from tests.parity.same import run_here
from tests.ufora.runtime.here import Answer, Here
from ufora.runtime import hot, unfold
from ufora.runtime.policy import When


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> Iterator[Here]:
    """Every recursion that runs longer than a moment is interrupted, and probing takes as long as it takes."""
    monkeypatch.setattr(hot, "UNFOLD_SECONDS", 0.0004)
    monkeypatch.setattr(unfold, "PROBING_SECONDS", math.inf)
    cluster = Here(When.AUTO, When.AUTO)
    yield cluster
    cluster.close()


def find_calls(answer: Answer, text: str) -> int:
    """How many leaves there were, at the line that reads so."""
    return sum(line.compiled for line in answer.explanation.lines if line.text.strip().startswith(text))


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def sum_of(low, high, f):
    if high - low == 1:
        return f(low)
    middle = (low + high) // 2
    return sum_of(low, middle, f) + sum_of(middle, high, f)


def count_paths(width, height, walls):
    if width < 0 or height < 0 or (width, height) in walls:
        return 0
    if width == 0 and height == 0:
        return 1
    return count_paths(width - 1, height, walls) + count_paths(width, height - 1, walls)


def integrate(low, high, depth):
    if depth == 0:
        middle = (low + high) / 2
        return (high - low) * middle * middle
    middle = (low + high) / 2
    left = integrate(low, middle, depth - 1)
    right = integrate(middle, high, depth - 1)
    return left + right


def halve(low, high):
    if high - low <= 1:
        return 10**6 // (low - 700_000)
    middle = (low + high) // 2
    return halve(low, middle) + halve(middle, high)


def list_leaves(low, high):
    if high - low < 30_000:
        return [sum(x * x % 7 for x in range(low, high))]
    middle = (low + high) // 2
    return list_leaves(low, middle) + list_leaves(middle, high)


def test_calls_with_the_same_arguments_are_computed_once(here: Here) -> None:
    answer = here.run(fib, 50)
    assert answer.values[""] == 12586269025


def test_a_sum_by_halves_becomes_a_list_of_sums(here: Here) -> None:
    answer = here.run(lambda: sum_of(0, 3_000_000, lambda x: x * x % 7))
    assert answer.values[""] == sum(x * x % 7 for x in range(3_000_000))
    assert find_calls(answer, "return sum_of(low, middle, f)") == 32


def integrate_all():
    return integrate(0.0, 3.0, 21)


def count_all():
    return count_paths(9, 11, ((1, 1), (3, 4), (5, 5)))


def halve_all():
    return halve(0, 1_000_000)


def halve_and_catch():
    try:
        return halve(0, 1_000_000)
    except ZeroDivisionError as error:
        return str(error)


def list_all():
    return list_leaves(0, 3_000_000)


def keep_both():
    """The same call twice: what it gives is two lists."""

    def make(n):
        if n == 0:
            return [0]
        return make(n - 1) + make(n - 1)

    first, second = make(3), make(3)
    first.append(1)
    return first, second, first is second


def note_calls():
    seen = []

    def walk(n):
        if n == 0:
            seen.append(len(seen))
            return 1
        return walk(n - 1) + walk(n - 1)

    return walk(10), len(seen)


def use_two_groups():
    def both(n):
        if n < 3:
            return n
        low = both(n - 1) + both(n - 2)
        return both(n // 2) + both(n // 3) + low % 1000

    return both(27)


def close_over():
    step = 2

    def down(n):
        return 1 if n <= 0 else down(n - step) + down(n - 3)

    first = down(46)
    step = 3
    return first, down(66)


def never_end():
    def again(n):
        return again(n) + again(n)

    return again(1)


def end_too_deep():
    def deep(n):
        return 1 if n > 10**6 else deep(n + 1) + deep(n + 2)

    return deep(0)


@pytest.mark.parametrize(
    "program",
    [integrate_all, count_all, halve_all, halve_and_catch, list_all, keep_both, note_calls, use_two_groups, close_over],
    ids=lambda program: program.__name__,
)
def test_answers_are_those_of_python(here: Here, program: Callable[[], object]) -> None:
    assert here.run(program).bits == run_here(program)


@pytest.mark.parametrize("program", [never_end, end_too_deep], ids=lambda program: program.__name__)
def test_recursion_without_end_ends_as_in_python(here: Here, program: Callable[[], object]) -> None:
    assert isinstance(here.run(program).error, RecursionError)


def test_on_one_core_nothing_is_unfolded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hot, "UNFOLD_SECONDS", 0.0004)
    cluster = Here(When.AUTO, When.AUTO)
    cluster.cluster.lose_worker("w1")
    try:
        answer = cluster.run(fib, 32)
        assert answer.values[""] == 2178309
        assert [line.text for line in answer.explanation.lines] == ["def fib(n):"]
    finally:
        cluster.close()


def test_code_that_calls_itself_before_its_group_is_no_hindrance(here: Here) -> None:
    def program():
        def f(n):
            if n < 2:
                return n
            last = f(n - 2)
            if last % 2:
                last = -last
            return last + f(n - 1) + f(n - 2)

        return f(24)

    assert here.run(program).bits == run_here(program)
