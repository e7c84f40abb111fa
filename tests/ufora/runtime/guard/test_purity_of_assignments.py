"""Programs whose elements assign to what others see: they must run in order, and give what Python gives."""

import functools

import numpy

from tests.ufora.runtime.here import same_here


@same_here
def test_unpacking_into_what_others_see():
    row, table = [0, 0], {}

    def put(x):
        row[0], table[x] = x, len(table)
        (row[1], *table["rest"]) = x, 1, 2
        for row[0] in range(x):
            pass
        return tuple(row), len(table)

    return [put(x) for x in range(99)]


@same_here
def test_a_name_that_holds_its_own_list_only_sometimes():
    seen = []

    def put(x):
        mine = []
        if x % 2:
            mine = seen
        mine.append(x)
        return len(mine)

    return [put(x) for x in range(99)]


@same_here
def test_augmented_assignment_of_a_list_by_a_shared_element():
    rows = [[0] for _ in range(99)]

    def grow(row):
        row += [1]
        return len(row)

    return [grow(row) for row in rows], rows


@same_here
def test_augmented_assignment_by_repetition():
    row = [0]

    def grow(items):
        items *= 2
        return len(items)

    return [grow(row) for x in range(12)], len(row)


@same_here
def test_a_dict_of_functions():
    seen = []
    actions = {"put": seen.append, "count": lambda x: len(seen)}
    return [actions["put" if x % 2 else "count"](x) for x in range(99)]


@same_here
def test_exceptions_that_carry_what_others_see():
    seen = []

    def put(x):
        try:
            raise ValueError(seen)
        except ValueError as error:
            error.args[0].append(x)
        return len(seen)

    return [put(x) for x in range(99)]


@same_here
def test_matching_by_classes():
    seen = []

    class Thing:
        __match_args__ = ("value",)

        @property
        def value(self):
            seen.append(1)
            return len(seen)

    thing = Thing()

    def look(x):
        match thing:
            case Thing(n):
                return n

    return [look(x) for x in range(99)]


@same_here
def test_deleting():
    items = list(range(300))

    def drop(x):
        del items[0]
        return items[0]

    return [drop(x) for x in range(99)]


@same_here
def test_printing_by_an_alias():
    say = print
    return [say(x) for x in range(50)]


@same_here
def test_setattr_by_partial_and_delattr():
    class Box:
        n = 0

    put = functools.partial(setattr, Box, "n")
    return [(put(x), Box.n)[1] for x in range(99)], [put(Box.n + 1) or Box.n for x in range(99)]


@same_here
def test_a_decorated_function_that_counts():
    calls = []

    def counted(f):
        @functools.wraps(f)
        def inner(*args):
            calls.append(1)
            return f(*args) + len(calls)

        return inner

    @counted
    def square(x):
        return x * x

    return [square(x) for x in range(99)]


@same_here
def test_two_functions_from_one_text():
    def make(items):
        def put(x):
            return len(items) if x < 0 else items.__contains__(x) or len(items)

        return put

    def call(f, n):
        return [f(x) for x in range(n)]

    def pure(x):
        return x

    seen = []

    def impure(x):
        seen.append(x)
        return len(seen)

    def wrap(function):
        def run(x):
            return function(x)

        return run

    return call(wrap(pure), 99)[-1], call(wrap(impure), 99)


@same_here
def test_a_name_that_means_something_else_the_second_time():
    results = []
    seen = []

    def helper(x):
        return x

    def run():
        return [helper(x) for x in range(99)]

    results.append(run()[-1])

    def helper(x):
        seen.append(x)
        return len(seen)

    results.append(run())
    return results


@same_here
def test_an_array_counted_up_in_place():
    numbers = numpy.zeros(3, dtype=int)

    def count(array):
        array += 1
        return int(array[0])

    return [count(numbers) for x in range(99)]


@same_here
def test_an_array_partitioned_in_place():
    numbers = numpy.array([5, 3, 4, 1, 2])
    return [(numbers.partition(x % 5), int(numbers[0]))[1] for x in range(99)]


@same_here
def test_an_array_given_as_out():
    numbers = numpy.zeros(3)
    return [float(numpy.add(numbers, x, out=numbers)[0]) for x in range(99)]


@same_here
def test_a_builtin_name_that_is_the_users_own():
    seen = []

    def list(x):
        return seen

    def put(x):
        mine = list(x)
        mine.append(x)
        return len(mine)

    return [put(x) for x in range(99)]


@same_here
def test_sum_that_gives_its_start():
    seen = []

    def put(x):
        mine = sum([], seen)
        mine.append(x)
        return len(mine)

    return [put(x) for x in range(99)]
