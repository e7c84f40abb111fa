"""Strings, containers, classes, closures and exceptions: what the interpreted tier is for."""

import functools
import itertools
import math
import operator
from dataclasses import dataclass

from tests.parity import assertions
from tests.parity.same import same_as_python


class Account:
    def __init__(self, balance):
        self.balance = balance

    def after(self, rate):
        return Account(self.balance * (1 + rate))

    def __eq__(self, other):
        return self.balance == other.balance

    __hash__ = None


class Savings(Account):
    def after(self, rate):
        return super().after(rate * 2)

    @property
    def is_rich(self):
        return self.balance > 100

    @staticmethod
    def unit():
        return 1.5

    @classmethod
    def empty(cls):
        return cls(0)


@dataclass
class Point:
    x: int
    y: int = 2

    def __add__(self, other):
        return Point(self.x + other.x, self.y + other.y)


class Broke(Exception):
    pass


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def even(n):
    return n == 0 or odd(n - 1)


def odd(n):
    return n != 0 and even(n - 1)


def words():
    return ["the", "quick", "brown", "fox", "jumps", "over", "the", "lazy", "dog"]


@same_as_python
def test_strings():
    return [word.upper() + str(len(word)) for word in words()]


@same_as_python
def test_joining_a_generator():
    return "-".join(str(x) for x in range(100))


@same_as_python
def test_f_strings():
    return [f"{x:>5}|{x / 7:.3f}|{x!r:_<4}" for x in range(20)]


@same_as_python
def test_counting_words():
    counts = {}
    for word in words():
        counts[word] = counts.get(word, 0) + 1
    return counts


@same_as_python
def test_a_dict_comprehension():
    return {x: x * x for x in range(20) if x % 3}


@same_as_python
def test_a_set_comprehension():
    return {x % 7 for x in range(50)}


@same_as_python
def test_sets_and_frozensets():
    return set(x % 5 for x in range(20)), frozenset(x % 3 for x in range(20))


@same_as_python
def test_tuples_of_mixed_values():
    return tuple((x, str(x), x / 2, None, x % 2 == 0) for x in range(20))


@same_as_python
def test_sorting():
    return sorted(((x * 37) % 101, x) for x in range(100)), sorted((x % 7 for x in range(30)), reverse=True)


@same_as_python
def test_list_of_a_generator_is_a_new_list():
    out = list(x + 1 for x in range(10))
    out.append(0)
    return out, type(out) is list, isinstance(out, list)


@same_as_python
def test_a_generator_used_twice():
    numbers = (x for x in range(5))
    first = next(numbers)
    return first, list(numbers), list(numbers)


@same_as_python
def test_a_generator_that_sees_a_later_value():
    scale = 1
    numbers = (x * scale for x in range(5))
    scale = 10
    return list(numbers)


@same_as_python
def test_zip_and_enumerate():
    return [(i, a, b) for i, (a, b) in enumerate(zip("abc", range(3), strict=True))]


@same_as_python
def test_map_and_filter():
    return list(map(lambda x: x * x, filter(lambda x: x % 2, range(20))))


@same_as_python
def test_reduce():
    return functools.reduce(operator.mul, (x for x in range(1, 30)))


@same_as_python
def test_itertools():
    return list(itertools.accumulate(x * x for x in range(10))), list(itertools.chain([1], (2, 3)))


@same_as_python
def test_summing_lists():
    return sum(([x] * 2 for x in range(5)), [])


@same_as_python
def test_summing_strings_is_refused_as_in_python():
    return sum((str(x) for x in range(5)), "")


@same_as_python
def test_a_type_error():
    return [x + "1" for x in range(5)]


@same_as_python
def test_a_name_error():
    return [undefined_name + x for x in range(5)]  # noqa: F821


@same_as_python
def test_an_attribute_error():
    return [x.nothing for x in range(100)]


@same_as_python
def test_an_exception_of_the_users_own():
    def spend(x):
        if x > 17:
            raise Broke("no money left", x)
        return x

    return [spend(x) for x in range(100)]


@same_as_python
def test_catching_exceptions():
    def safe(x):
        try:
            return 10 // (x - 3)
        except ZeroDivisionError:
            return "none"
        finally:
            x = 0

    return [safe(x) for x in range(10)]


@same_as_python
def test_instances():
    accounts = [Account(x).after(0.1) for x in range(10)]
    return [account.balance for account in accounts]


@same_as_python
def test_instances_come_home():
    return [Savings(x).after(0.5) for x in range(5)], Savings.empty(), Savings.unit()


@same_as_python
def test_properties_and_inheritance():
    return [Savings(x * 60).is_rich for x in range(4)], isinstance(Savings(1), Account)


@same_as_python
def test_dataclasses():
    return sum((Point(x) for x in range(5)), Point(0, 0)), Point(1) == Point(1, 2), repr(Point(3))


@same_as_python
def test_a_class_defined_inside():
    class Counter:
        def __init__(self, start):
            self.start = start

        def __call__(self, x):
            return self.start + x

    return [Counter(5)(x) for x in range(10)]


@same_as_python
def test_recursion():
    return [fib(x) for x in range(11)]


@same_as_python
def test_mutual_recursion():
    return [even(x) for x in range(10)]


@same_as_python
def test_recursion_without_end():
    def forever(x):
        return forever(x + 1)

    try:
        forever(0)
    except RecursionError:
        return "stopped"


@same_as_python
def test_closures():
    def adder(n):
        return lambda x: x + n

    adders = [adder(n) for n in range(5)]
    return [add(10) for add in adders]


@same_as_python
def test_a_counter_in_a_closure():
    def counter():
        n = 0

        def step():
            nonlocal n
            n += 1
            return n

        return step

    step = counter()
    return [step() for _ in range(5)]


@same_as_python
def test_a_list_filled_in_order():
    seen = []
    squares = [seen.append(x) or x * x for x in range(10)]
    return seen, squares


@same_as_python
def test_decorators():
    def twice(f):
        @functools.wraps(f)
        def inner(x):
            return f(f(x))

        return inner

    @twice
    def add_one(x):
        return x + 1

    return [add_one(x) for x in range(10)], add_one.__name__


@same_as_python
def test_generator_functions():
    def pairs(n):
        for i in range(n):
            yield i, n
        yield from range(2)

    return list(pairs(3)), sum(1 for _ in pairs(10))


@same_as_python
def test_match_statements():
    def kind(value):
        match value:
            case 0:
                return "zero"
            case [first, *rest]:
                return first, len(rest)
            case {"a": a}:
                return a
            case str() | float():
                return "text or number"
        return None

    return [kind(value) for value in (0, [1, 2, 3], {"a": 5}, "x", 2.5, None)]


@same_as_python
def test_the_walrus():
    return [y for x in range(10) if (y := x * x) > 20], y


@same_as_python
def test_star_expressions():
    first, *middle, last = range(10)
    return [first, *middle, last], {**{"a": 1}, "b": middle}


@same_as_python
def test_slices():
    numbers = [x for x in range(20)]
    return numbers[::-3], numbers[5:2], numbers[-4:], "abcdef"[1:4]


@same_as_python
def test_default_and_keyword_arguments():
    def f(a, /, b=2, *args, c=3, **rest):
        return a, b, args, c, rest

    return f(1), f(1, 2, 3, c=4, d=5), [f(x, c=x) for x in range(3)]


@same_as_python
def test_bytes_and_unicode():
    return bytes(x for x in range(5)), [c.encode() for c in "äöü€😀"], "ß".upper()


@same_as_python
def test_none_ellipsis_and_big_ints():
    return None, ..., 2**200, -(10**50), NotImplemented is NotImplemented


@same_as_python
def test_nan_and_signed_zero_travel():
    return [float("nan"), -0.0, float("-inf"), 5e-324], math.pi


@same_as_python
def test_nested_lists():
    return [[x * y for y in range(x)] for x in range(6)]


@same_as_python
def test_a_matrix_product():
    a = [[i + j for j in range(6)] for i in range(6)]
    b = [[i * j for j in range(6)] for i in range(6)]
    return [[sum(a[i][k] * b[k][j] for k in range(6)) for j in range(6)] for i in range(6)]


@same_as_python
def test_quicksort():
    def sort(items):
        if len(items) < 2:
            return items
        pivot = items[0]
        return sort([x for x in items if x < pivot]) + [x for x in items if x == pivot] + sort([x for x in items if x > pivot])

    return sort([(x * 7919) % 1009 for x in range(20)])


@same_as_python
def test_the_same_object_twice():
    shared = [1]
    pair = [shared, shared]
    return pair[0] is pair[1], pair


@same_as_python
def test_an_assertion():
    return [assertions.check_small(x) for x in range(10)]


@same_as_python
def test_any_and_all_of_strings():
    return any(word.startswith("q") for word in words()), all(word.islower() for word in words())


@same_as_python
def test_the_longest_word():
    return max(words(), key=len), max(len(word) for word in words()), min(word for word in words())


@same_as_python
def test_consumers_that_are_called_wrongly():
    texts = []
    for call in (sum, min, any, all, sorted):
        for args in ((), (5,), ([1], [2], [3])):
            try:
                texts.append(call(*args))
            except TypeError as error:
                texts.append(str(error))
    return texts
