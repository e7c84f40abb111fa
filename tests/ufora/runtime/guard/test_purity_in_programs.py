"""Programs whose elements change something on the quiet: they must run in order, and give what Python gives."""

import dataclasses
import itertools

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
