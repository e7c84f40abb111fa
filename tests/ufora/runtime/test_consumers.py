"""What takes the elements gives what Python's own gives."""

import collections
import math
import statistics
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

import numpy
import pytest

from tests.ufora.runtime.here import Here, same_here


@same_here
def test_sums_of_nothing():
    return sum(x for x in []), sum((x for x in []), 1.5), sum((x for x in range(50) if x < 0), []), sum([], Fraction(1, 2)), sum(())


@same_here
def test_sums_onto_a_start():
    return sum((x for x in range(50)), 7), sum((x for x in range(50)), start=0.5), sum((x / 2 for x in range(50)), True)


@same_here
def test_sums_of_bools():
    return sum(x > 3 for x in range(50)), sum([True]), sum([True], True), sum((x > 99 for x in range(50)), False)


@same_here
def test_sums_of_one_negative_zero():
    return sum([-0.0]), sum(-0.0 for x in range(40)), sum([-0.0], -0.0), sum((-0.0 for x in range(40)), -0.0), sum([], -0.0)


@same_here
def test_sums_of_infinities_and_nans():
    return sum(x * 1.0 if x else math.inf for x in range(40)), sum(math.inf if x % 2 else -math.inf for x in range(40)), sum([math.nan, 1])


@same_here
def test_huge_ints_and_floats():
    return sum(10**20 if x else 0.5 for x in range(3)), sum(2**70 * x for x in range(50)), sum(2**62 for x in range(50))


@same_here
def test_an_int_too_large_for_a_float():
    return sum(10**400 if x else 0.5 for x in range(2))


@same_here
def test_sums_of_int_subclasses():
    class Euro(int):
        def __add__(self, other):
            return Euro(int(self) + int(other))

        __radd__ = __add__

    return type(sum(Euro(x) for x in range(50))).__name__, int(sum(Euro(x) for x in range(50))), int(sum([Euro(1), 2, 3.5]))


@same_here
def test_sums_of_fractions_and_decimals():
    return sum(Fraction(1, x + 1) for x in range(40)), sum(Decimal(x) / 7 for x in range(40)), sum([1, 2, Fraction(1, 2), 3])


@same_here
def test_sums_of_complex_numbers_and_arrays():
    return sum(complex(x, -x) for x in range(40)), sum(numpy.array([x, 1]) for x in range(40)).tolist(), sum([0.25, 1j])


@same_here
def test_sums_of_numpy_numbers():
    return float(sum(numpy.float64(x) / 4 for x in range(40))), int(sum(numpy.int64(x) for x in range(40)))


@same_here
def test_sums_of_tuples_and_lists():
    return sum(((x,) for x in range(40)), ()), sum(([x] for x in range(40)), [])


@same_here
def test_ints_then_text():
    return sum(x if x < 30 else str(x) for x in range(40))


@same_here
def test_floats_then_nothing():
    return sum(x / 2 if x < 30 else None for x in range(40))


@same_here
def test_a_sum_that_fails_behind_an_error_of_an_element():
    return sum(1 // (30 - x) if x < 35 else "text" for x in range(40))


@same_here
def test_text_as_a_start():
    return sum((str(x) for x in range(3)), "")


@same_here
def test_sums_of_text():
    return sum(str(x) for x in range(40))


@pytest.mark.parametrize("program", [lambda: sum(5), lambda: sum([], 1, 2), lambda: sum(), lambda: sum([1], begin=2), lambda: sorted()])
def test_wrong_arguments_are_refused_in_pythons_words(here: Here, program: Callable[[], object]) -> None:
    with pytest.raises(TypeError) as expected:
        program()
    error = here.run(program).error
    assert type(error) is TypeError
    assert str(error) == str(expected.value)


@same_here
def test_the_first_of_equal_ones():
    return (
        [min(True, 1), min(1, True), max(1.0, 1), max(1, 1.0)],
        min(1.0 if x % 3 else 1 for x in range(70)),
        max(1 if x % 3 else True for x in range(70)),
        max(1.0 if x > 40 else 1 for x in range(70)),
        max(0.0 if x else -0.0 for x in range(70)),
        min(-0.0 if x else 0.0 for x in range(70)),
    )


@same_here
def test_best_with_nan():
    return (
        max(math.nan if x == 30 else x for x in range(70)),
        max(math.nan if x == 0 else x for x in range(70)),
        min(math.nan if x == 69 else x for x in range(70)),
        min(x if x % 7 else math.nan for x in range(70)),
        max([math.nan, 1.0, math.nan]),
    )


@same_here
def test_best_of_nothing():
    return max((x for x in range(50) if x < 0), default="none"), min((x for x in []), default=None)


@same_here
def test_best_of_nothing_without_default():
    return max(x for x in range(50) if x < 0)


@same_here
def test_best_by_key():
    return (
        max((x for x in range(70)), key=lambda x: (x * 37) % 61),
        min((x for x in range(70)), key=lambda x: x % 5),
        max((str(x) for x in range(70)), key=len, default=""),
        max((x for x in range(70)), key=None),
        min([3, 1, 2], key=lambda x: -x),
    )


@same_here
def test_best_of_text_tuples_and_fractions():
    return max(str(x) for x in range(70)), min((x % 3, -x) for x in range(70)), max(Fraction(x, 7) for x in range(70))


@same_here
def test_best_of_mixed_types():
    return max(x if x < 50 else str(x) for x in range(70))


@same_here
def test_best_of_ints_beyond_machine_words():
    return max(2**x for x in range(90)), min(-(2**x) for x in range(90)), max(float(2**53) if x else 2**53 + 1 for x in range(70))


@same_here
def test_best_of_several_arguments():
    return max(3, 4, key=lambda x: -x), min([1], [0, 2]), max(*(x for x in range(5)))


@same_here
def test_best_of_objects_is_the_object_itself():
    class Thing:
        def __init__(self, n):
            self.n = n

        def __lt__(self, other):
            return self.n < other.n

        def __gt__(self, other):
            return self.n > other.n

    things = [Thing(x % 13) for x in range(70)]
    return max(t for t in things) is things[12], min((t for t in things), key=lambda t: t.n) is things[0]


@same_here
def test_any_and_all():
    return (
        any(x > 60 for x in range(70)),
        all(x < 60 for x in range(70)),
        any([]),
        all(x for x in []),
        any(x for x in [0, "", None, [], 0.0]),
        all(x for x in [1, "a", [0]]),
        any(map(lambda x: x > 3, range(9))),
        all([x for x in range(1, 40)]),
    )


@same_here
def test_truth_that_raises():
    return any(numpy.array([x, x]) for x in range(70))


@same_here
def test_sorting_generators():
    return (
        sorted(x * 37 % 61 for x in range(70)),
        sorted((str(x) for x in range(70)), reverse=True),
        sorted(((x % 3, x) for x in range(70)), key=lambda pair: pair[0]),
        sorted([3, 1, 2]),
    )


@same_here
def test_sorting_what_cannot_be_compared():
    return sorted(x if x % 2 else str(x) for x in range(70))


@same_here
def test_types_of_containers():
    squares = [x * x for x in range(70)]
    return (
        list(x for x in range(70)),
        tuple(x for x in range(70)),
        set(x % 5 for x in range(70)),
        frozenset(x % 5 for x in range(70)),
        type(squares),
        isinstance(squares, list),
        isinstance(squares, (int, list)),
        isinstance(squares, collections.abc.Sequence),
        list(squares) is squares,
        tuple("ab"),
        list({1: 2}),
    )


@same_here
def test_unhashable_elements():
    return set([x] for x in range(70))


@same_here
def test_names_that_are_the_users_own():
    def sum(numbers):
        return list(numbers)

    def any(numbers):
        return [*numbers]

    return sum(x for x in range(40)), any(x for x in range(40))


@same_here
def test_consumers_as_values():
    rows = [[1, 2], [3, 4]]
    check = any
    return list(map(sum, rows)), max(rows, key=sum), check(x > 3 for x in range(9)), [f([1, 2]) for f in (sum, min, max, any, all)]


@same_here
def test_other_consumers():
    return (
        math.fsum(x / 7 for x in range(70)),
        math.prod(x + 1 for x in range(30)),
        statistics.mean(x for x in range(70)),
        collections.Counter(x % 3 for x in range(70)).most_common(),
        "".join(chr(97 + x % 26) for x in range(70)),
        bytes(x for x in range(70)),
        dict((x, -x) for x in range(70)),
        len([x for x in range(70) if x % 3]),
    )


@same_here
def test_errors_keep_their_order():
    return [1 // (50 - x) + [0][x // 40] for x in range(70)]


@same_here
def test_the_users_exceptions_keep_their_fields():
    class Refused(Exception):
        def __init__(self, n, why):
            super().__init__(n, why)
            self.why = why

    def check(x):
        if x > 55:
            raise Refused(x, f"{x} is too much")
        return x

    try:
        sum(check(x) for x in range(70))
    except Refused as refused:
        return refused.args, refused.why, str(refused)


@same_here
def test_stop_iteration_inside():
    return [next(iter([])) if x > 50 else x for x in range(70)]


@same_here
def test_stop_iteration_inside_a_generator():
    return sum(next(iter([])) if x > 50 else x for x in range(70))
