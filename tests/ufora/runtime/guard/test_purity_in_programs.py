"""Programs whose elements change something on the quiet: they must run in order, and give what Python gives."""

import bisect
import collections
import dataclasses
import functools
import heapq
import itertools
import operator
import random
import re

import numpy

from tests.ufora.runtime.here import same_here


@same_here
def test_an_alias_in_a_tuple():
    seen = []
    pair = (seen, 1)
    return [len(pair[0]) for x in range(99) if pair[0].append(x) is None], seen


@same_here
def test_an_alias_by_a_default_argument():
    def put(x, seen=[]):
        seen.append(x)
        return len(seen)

    return [put(x) for x in range(99)]


@same_here
def test_an_alias_taken_out_of_a_list_of_ones_own():
    seen = [0]

    def put(x):
        mine = [seen]
        for each in mine:
            each.append(x)
        return len(seen)

    return [put(x) for x in range(99)], seen


@same_here
def test_an_alias_by_an_expression():
    seen = []

    def put(x):
        mine = [] or seen
        mine.append(x)
        return len(seen)

    return [put(x) for x in range(99)]


@same_here
def test_an_alias_by_an_operator_of_a_class():
    seen = []

    class Source:
        def __add__(self, other):
            return seen

    source = Source()

    def put(x):
        mine = source + 1
        mine.append(x)
        return len(mine)

    return [put(x) for x in range(99)]


@same_here
def test_an_alias_by_a_conditional_expression():
    seen = []
    return [(seen if x >= 0 else []).append(x) or len(seen) for x in range(99)]


@same_here
def test_an_alias_by_a_comparison_or_subscript_of_literals():
    seen = []
    return [[seen][0].append(x) or len(seen) for x in range(99)]


@same_here
def test_an_alias_by_attribute():
    class Box:
        pass

    box = Box()
    box.items = []

    def put(x):
        box.items.append(x)
        return len(box.items)

    return [put(x) for x in range(99)]


@same_here
def test_an_object_of_ones_own_that_holds_what_others_see():
    seen = []

    class Box:
        def __init__(self, items):
            self.items = items

        def put(self, x):
            self.items.append(x)
            return len(self.items)

    return [Box(seen).put(x) for x in range(99)]


@same_here
def test_a_constructor_that_changes_its_argument():
    seen = []

    class Put:
        def __init__(self, items, x):
            items.append(x)
            self.n = len(items)

    return [Put(seen, x).n for x in range(99)]


@same_here
def test_a_constructor_that_changes_its_class():
    class Counted:
        made = 0

        def __init__(self):
            Counted.made += 1
            self.number = Counted.made

    return [Counted().number for x in range(99)]


@same_here
def test_a_constructor_that_changes_its_class_by_type():
    class Counted:
        made = 0

        def __init__(self):
            type(self).made += 1
            self.number = self.made

    return [Counted().number for x in range(99)]


@same_here
def test_a_new_that_counts():
    made = []

    class Counted:
        def __new__(cls):
            made.append(1)
            return object.__new__(cls)

    return [(Counted(), len(made))[1] for x in range(99)]


@same_here
def test_a_class_method_that_counts():
    class Counted:
        made = 0

        @classmethod
        def next(cls):
            cls.made += 1
            return cls.made

    return [Counted.next() for x in range(99)]


@same_here
def test_a_post_init_that_counts():
    made = []

    @dataclasses.dataclass
    class Counted:
        x: int

        def __post_init__(self):
            made.append(self.x)

    return [(Counted(x), len(made))[1] for x in range(99)]


@same_here
def test_a_default_factory_that_counts():
    numbers = itertools.count()

    @dataclasses.dataclass
    class Counted:
        x: int = dataclasses.field(default_factory=lambda: next(numbers))

    return [Counted().x for x in range(99)]


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


class Watched:
    def __init__(self, seen):
        self.seen = seen

    def note(self):
        self.seen.append(1)
        return len(self.seen)


@same_here
def test_iter_that_counts():
    class Counting(Watched):
        def __iter__(self):
            return iter([self.note()])

    counting = Counting([])
    return [sum(counting) for x in range(99)], [y for x in range(9) for y in counting]


@same_here
def test_getitem_len_bool_contains_eq_hash_and_call_that_count():
    class Counting(Watched):
        def __getitem__(self, i):
            return self.note()

        def __len__(self):
            return self.note()

        def __bool__(self):
            return self.note() % 2 == 0

        def __contains__(self, x):
            return self.note() % 3 == 0

        def __eq__(self, other):
            return self.note() % 5 == 0

        def __hash__(self):
            return self.note()

        def __call__(self, x):
            return self.note()

        def __format__(self, spec):
            return str(self.note())

    c = Counting([])
    return (
        [c[x] for x in range(40)],
        [len(c) for x in range(40)],
        [1 if c else 0 for x in range(40)],
        [x in c for x in range(40)],
        [c == x for x in range(40)],
        [hash(c) for x in range(40)],
        [c(x) for x in range(40)],
        [f"{c}" for x in range(40)],
    )


@same_here
def test_a_context_manager_that_counts():
    class Counting(Watched):
        def __enter__(self):
            return self.note()

        def __exit__(self, *problem):
            return None

    c = Counting([])

    def enter(x):
        with c as n:
            return n

    return [enter(x) for x in range(99)]


@same_here
def test_descriptors_and_attribute_hooks_that_count():
    class Field:
        def __init__(self, seen):
            self.seen = seen

        def __get__(self, owner, cls):
            self.seen.append(1)
            return len(self.seen)

    class Thing:
        field = Field([])

        def __init__(self):
            self.seen = []

        def __getattr__(self, name):
            if name.startswith("_"):
                raise AttributeError(name)
            self.seen.append(name)
            return len(self.seen)

    thing = Thing()
    return [thing.field for x in range(99)], [thing.other for x in range(99)]


@same_here
def test_a_setter_that_counts():
    seen = []

    class Thing:
        @property
        def x(self):
            return 1

        @x.setter
        def x(self, value):
            seen.append(value)

    def put(n):
        thing = Thing()
        thing.x = n
        return len(seen)

    return [put(x) for x in range(99)]


@same_here
def test_an_inherited_method_that_counts():
    class Base:
        seen = []

        def put(self, x):
            self.seen.append(x)
            return len(self.seen)

    class Derived(Base):
        def put(self, x):
            return super().put(x)

    return [Derived().put(x) for x in range(99)]


@same_here
def test_key_functions_that_count():
    seen = []

    def key(x):
        seen.append(x)
        return len(seen)

    return [max([1, 2, x], key=key) for x in range(99)], [sorted([3, x], key=lambda v: seen.append(v) or len(seen)) for x in range(9)]


@same_here
def test_filters_that_count():
    seen = []
    return [x for x in range(99) if not seen.append(x) and len(seen) % 2], [
        list(filter(lambda v: seen.append(v) or len(seen) % 2, [x])) for x in range(9)
    ]


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
