"""Programs whose elements draw from a state that others see: they must run in order, and give what Python gives."""

import bisect
import collections
import functools
import heapq
import itertools
import operator
import random
import re

from tests.ufora.runtime.here import same_here


@same_here
def test_an_iterator_from_outside():
    numbers = iter(range(1000))
    return [min(zip(numbers, [x])) for x in range(99)], next(numbers)


@same_here
def test_an_iterator_from_outside_in_an_inner_loop():
    numbers = iter(range(1000))

    def take(x):
        for number in numbers:
            return number + x

    return [take(x) for x in range(99)]


@same_here
def test_an_iterator_from_outside_unpacked():
    numbers = iter(range(10))

    def take(x):
        return [*numbers]

    return [take(x) for x in range(99)]


@same_here
def test_an_iterator_from_outside_searched():
    numbers = iter(range(1000))
    return [5 * x in numbers for x in range(99)]


@same_here
def test_an_iterator_from_outside_consumed():
    numbers = iter(range(100))
    return [sum(numbers) for x in range(99)]


@same_here
def test_an_iterator_from_outside_as_a_parameter():
    numbers = iter(range(100))

    def total(items):
        return list(items)

    return [total(numbers) for x in range(99)]


@same_here
def test_an_iterator_in_a_tuple():
    pair = (iter(range(1000)), 1)

    def take(x):
        for number in pair[0]:
            return number + x

    return [take(x) for x in range(99)]


@same_here
def test_a_generator_from_outside():
    numbers = (x * x for x in range(1000))
    return [list(itertools.islice(numbers, 2)) for x in range(99)]


@same_here
def test_a_generator_function_from_outside():
    def count():
        n = 0
        while True:
            n += 1
            yield n

    numbers = count()
    return [n for x in range(99) for n in itertools.islice(numbers, 1)]


@same_here
def test_elements_that_are_one_iterator():
    iterators = [iter(range(1000))] * 99
    return [sum(itertools.islice(each, 2)) for each in iterators]


@same_here
def test_matches_of_a_pattern():
    found = re.finditer("a", "a" * 300)
    return [min(m.start() for m in itertools.islice(found, 2)) for x in range(99)]


@same_here
def test_a_map_from_outside():
    numbers = map(abs, range(1000))
    return [dict(zip("ab", numbers)) for x in range(99)]


@same_here
def test_random_numbers():
    dice = random.Random(3)
    return [dice.randint(1, 6) for x in range(99)], dice.random()


@same_here
def test_random_numbers_by_a_method_taken_before():
    draw = random.Random(3).random
    return [draw() + x for x in range(99)]


@same_here
def test_a_count():
    numbers = itertools.count()
    return [next(numbers) for x in range(99)]


@same_here
def test_methods_called_by_map():
    seen = []
    return [list(map(seen.append, [x])) and len(seen) for x in range(99)]


@same_here
def test_a_method_taken_before():
    seen = []
    put = seen.append
    return [put(x) or len(seen) for x in range(99)]


@same_here
def test_a_method_by_getattr():
    seen = []
    return [seen.append(x) or len(seen) for x in range(99)]


@same_here
def test_a_method_of_the_class():
    seen = []
    return [list.append(seen, x) or len(seen) for x in range(99)]


@same_here
def test_a_method_passed_to_a_function():
    seen = []

    def call(function, x):
        return function(x)

    return [call(seen.append, x) or len(seen) for x in range(99)]


@same_here
def test_operators_that_change():
    seen = [0]
    table = {}

    def change(x):
        operator.setitem(table, x, 1)
        operator.iadd(seen, [x])
        return len(table) + len(seen)

    return [change(x) for x in range(99)]


@same_here
def test_operator_delitem():
    seen = list(range(200))
    return [operator.delitem(seen, 0) or len(seen) for x in range(99)]


@same_here
def test_methodcaller():
    seen = []
    put = operator.methodcaller("append", 1)
    return [put(seen) or len(seen) for x in range(99)]


@same_here
def test_methodcaller_made_inside():
    seen = []
    return [operator.methodcaller("append", 1)(seen) or len(seen) for x in range(99)]


@same_here
def test_a_partial():
    seen = []
    put = functools.partial(list.append, seen)
    return [put(x) or len(seen) for x in range(99)]


@same_here
def test_a_reduce_that_changes():
    seen = []
    return [functools.reduce(lambda a, b: seen.append(b) or len(seen), [x, x], 0) for x in range(99)]


@same_here
def test_a_reduce_by_a_changing_operator():
    seen = []
    return [len(functools.reduce(operator.iadd, [[x]], seen)) for x in range(99)]


@same_here
def test_a_sum_onto_a_list():
    class Sticky(list):
        def __add__(self, other):
            self.append(other)
            return self

    seen = Sticky()
    return [len(sum([x], seen)) for x in range(99)]


@same_here
def test_heaps():
    heap = []
    return [heapq.heappush(heap, -x) or heap[0] for x in range(99)]


@same_here
def test_insertion_into_a_sorted_list():
    items = []
    return [bisect.insort(items, -x) or items[0] for x in range(99)]


@same_here
def test_sorting_in_place():
    items = [3, 1, 2] * 40
    return [items.sort(key=lambda i: (i * x) % 5) or tuple(items[:5]) for x in range(99)]


@same_here
def test_setdefault_and_defaultdict_and_counter():
    table, groups, counts = {}, collections.defaultdict(list), collections.Counter()
    first = [table.setdefault(x % 7, x) for x in range(99)]
    second = [len(groups[x % 7]) + len(groups) for x in range(99)]
    third = [counts.update([x % 3]) or counts[0] for x in range(99)]
    return first, second, third


@same_here
def test_a_deque():
    window = collections.deque(maxlen=3)
    return [window.append(x) or sum(window) for x in range(99)], [window.rotate(1) or window[0] for x in range(9)]


@same_here
def test_a_cache():
    calls = []

    @functools.cache
    def slow(x):
        calls.append(x)
        return x

    return [slow(x % 5) + len(calls) for x in range(99)]


@same_here
def test_a_cached_property():
    calls = []

    class Thing:
        @functools.cached_property
        def value(self):
            calls.append(1)
            return len(calls)

    things = [Thing() for _ in range(99)]
    return [thing.value for thing in things], [thing.value for thing in things]


@same_here
def test_a_counter_in_a_closure():
    def counter():
        n = 0

        def count():
            nonlocal n
            n += 1
            return n

        return count

    count = counter()
    return [count() + x for x in range(99)]


@same_here
def test_a_closure_in_a_list():
    seen = []
    functions = [lambda x: seen.append(x) or len(seen)]
    return [functions[0](x) for x in range(99)], [f(x) for x in range(9) for f in functions]


@same_here
def test_a_closure_in_an_attribute():
    seen = []

    class Box:
        pass

    box = Box()
    box.put = lambda x: seen.append(x) or len(seen)
    return [box.put(x) for x in range(99)]


@same_here
def test_a_class_attribute_that_is_a_function():
    seen = []

    class Box:
        put = lambda self, x: seen.append(x) or len(seen)

    return [Box().put(x) for x in range(99)]
