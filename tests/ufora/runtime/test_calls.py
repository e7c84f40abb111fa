"""Independent calls mean what they mean in Python, wherever they are computed."""

import math
import time
from collections.abc import Iterator

import pytest

from tests.ufora.runtime.here import Answer, Here, same_here
from ufora.runtime import unfold
from ufora.runtime.policy import When
from ufora.runtime.progress import Counts


@pytest.fixture
def cut() -> Iterator[Here]:
    cluster = Here(When.NEVER, When.ALWAYS)
    yield cluster
    cluster.close()


def count_offered(answer: Answer) -> int:
    """Calls; there are no comprehensions long enough to be cut."""
    return sum(line.slices for line in answer.explanation.lines)


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def power_sum(low, high, f):
    if high - low < 4:
        return sum(f(x) for x in range(low, high))
    middle = (low + high) // 2
    return power_sum(low, middle, f) + power_sum(middle, high, f)


def quicksort(items):
    if len(items) < 2:
        return items
    pivot = items[0]
    less = [x for x in items[1:] if x < pivot]
    more = [x for x in items[1:] if x >= pivot]
    return quicksort(less) + [pivot] + quicksort(more)


def inverse(x):
    return 1 // x


def text_of(x):
    return str(x) * 3


def fail_with(kind, text):
    raise kind(text)


@same_here
def test_fibonacci():
    return fib(12)


@same_here
def test_a_sum_by_halves():
    return power_sum(0, 100, lambda x: x**3)


@same_here
def test_quicksort():
    return quicksort([x * 7919 % 101 for x in range(60)])


@same_here
def test_statements_that_do_not_need_each_other():
    first = text_of(1)
    second = text_of("b")
    third = text_of(first)
    return first, second, third


@same_here
def test_the_first_error_in_order_is_raised():
    return inverse(0) + fail_with(KeyError, "later")


@same_here
def test_an_error_in_an_argument_comes_after_the_calls_before_it():
    items = []
    return inverse(0) + inverse(items[3])


@same_here
def test_an_error_in_an_argument_of_a_later_call():
    items = []
    return inverse(1) + inverse(items[3])


@same_here
def test_a_name_without_a_value_in_a_later_call():
    if fib(3) > 10:
        missing = 1
    return inverse(1) + inverse(missing)


@same_here
def test_an_error_of_a_later_call_is_caught_in_its_place():
    try:
        return inverse(1) + inverse(0)
    except ZeroDivisionError as error:
        return str(error)


@same_here
def test_calls_that_are_not_reached():
    return [inverse(1) if fib(2) else inverse(0), fib(3) and inverse(2), fib(0) or inverse(3)]


@same_here
def test_a_function_that_changes_what_another_reads():
    seen = []

    def note(x):
        seen.append(x)
        return len(seen)

    return note(1) + note(2) * note(3), seen


@same_here
def test_a_list_that_is_changed_between_statements():
    items = [1, 2, 3]
    before = text_of(items)
    items.append(4)
    after = text_of(items)
    return before, after


@same_here
def test_a_name_that_is_bound_between_statements():
    x = 1
    before = text_of(x)
    x = 2
    return before + text_of(x)


@same_here
def test_a_value_given_back_is_the_same_object():
    def give(thing):
        return thing

    mine, other = [1], [2]
    first = give(mine)
    second = give(other)
    return first is mine, second is other


@same_here
def test_calls_in_loops_and_handlers():
    found = []
    for x in range(4):
        try:
            found.append(inverse(x - 1) + inverse(x - 2))
        except ZeroDivisionError:
            low = fib(x)
            high = fib(x + 5)
            found.append((low, high))
    return found


@same_here
def test_calls_in_methods_and_class_bodies():
    class Tree:
        size = fib(5) + fib(6)

        def __init__(self, left, right):
            self.left, self.right = left, right

        def weigh(self):
            return weight(self.left) + weight(self.right)

    def weight(tree):
        return tree.weigh() if isinstance(tree, Tree) else tree

    return Tree(Tree(1, 2), Tree(3, Tree(4, 5))).weigh(), Tree.size


@same_here
def test_calls_in_generators():
    def walk(n):
        if n:
            yield fib(n) + fib(n + 1)
            yield from walk(n - 1)

    return list(walk(5))


@same_here
def test_nested_calls():
    return fib(fib(5) + fib(4)), max(fib(6), fib(7), fib(fib(4))), [fib(1), (fib(2), {fib(3): fib(4)})]


@same_here
def test_printing_functions_print_in_order():
    def show(x):
        print(x)
        return x

    return show(1) + show(2) + show(3)


def test_calls_are_offered_to_others(cut: Here):
    answer = cut.run(power_sum, 0, 100, inverse_or_zero)
    assert answer.values[""] == power_sum(0, 100, inverse_or_zero)
    assert any(line.slices and "power_sum(low" in line.text for line in answer.explanation.lines)


def inverse_or_zero(x):
    return 1 / x if x else 0


def test_an_error_of_a_call_that_ran_elsewhere_shows_the_users_lines_only(cut: Here):
    def program():
        return inverse(1) + inverse(0)

    answer = cut.run(program)
    assert isinstance(answer.error, ZeroDivisionError)
    assert [frame.function for frame in answer.trace] == ["program", "inverse"]


def test_impure_calls_are_not_offered(cut: Here):
    def program():
        seen = []

        def note(x):
            seen.append(x)
            return x

        return note(1) + note(2), seen

    answer = cut.run(program)
    assert answer.values[""] == (3, [1, 2])
    assert count_offered(answer) == 0


def test_small_calls_stay_where_they_are(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(time, "perf_counter", lambda: 0.0)  # they take no time, on whatever machine
    here = Here(When.NEVER, When.AUTO)
    try:
        answer = here.run(fib, 8)
        assert answer.values[""] == 21
        assert count_offered(answer) == 0
    finally:
        here.close()


def slow(n):
    total = ""
    for x in range(n):
        total = str(x) + total[:5]
    return total


def slow_twice():
    return slow(1_500_000) + slow(1_500_001)


def test_calls_that_take_long_are_offered_while_the_first_one_runs():
    here = Here(When.NEVER, When.AUTO)
    try:
        answer = here.run(slow_twice)
        assert answer.values[""] == slow_twice()
        assert count_offered(answer) == 1
    finally:
        here.close()


def test_compiled_recursion_that_takes_long_is_unfolded(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(unfold, "PROBING_SECONDS", math.inf)
    here = Here(When.AUTO, When.AUTO)
    try:
        answer = here.run(fib, 38)
        assert answer.values[""] == 39088169
        assert count_offered(answer) == 0
        assert {line.text.strip() for line in answer.explanation.lines} == {"def fib(n):", "return n if n < 2 else fib(n - 1) + fib(n - 2)"}
    finally:
        here.close()


def test_compiled_recursion_that_cannot_be_unfolded_is_opened():
    def find(n):
        return n if n < 2 else find(n - 1) + again(n - 2)

    def again(n):
        return n if n < 2 else find(n - 1) + again(n - 2)

    here = Here(When.AUTO, When.AUTO)
    try:
        answer = here.run(lambda: find(38))
        assert answer.values[""] == 39088169
        assert count_offered(answer) >= 1
    finally:
        here.close()


def test_calls_elsewhere_are_told_while_they_last(cut: Here, monkeypatch: pytest.MonkeyPatch):
    told = []
    note = Counts.note_calls

    def listen(counts: Counts, done: int, cores: int) -> None:
        told.append((done, cores))
        note(counts, done, cores)

    monkeypatch.setattr(Counts, "note_calls", listen)
    cut.run(lambda: power_sum(0, 100, lambda x: x**3))
    assert {cores for _, cores in told} == {1, 2}
    assert max(done for done, _ in told) > 0
    assert told[-1] == (0, 1)
