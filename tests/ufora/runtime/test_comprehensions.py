"""Comprehensions and generators mean what they mean in Python, however their elements are computed."""

import functools
import itertools
import json

from tests.ufora.runtime.here import same_here


@same_here
def test_a_source_that_changes_between_making_and_consuming():
    items = [1, 2, 3]
    squares = (x * x for x in items)
    items.append(4)
    items[0] = 10
    return sum(squares)


@same_here
def test_a_source_that_was_rebound_meanwhile():
    items = [1, 2, 3]
    squares = (x * x for x in items)
    items = [5]
    return sum(squares), items


@same_here
def test_a_name_that_is_rebound_meanwhile():
    factor = 2
    products = (factor * x for x in range(50))
    factor = 3
    return list(products)


@same_here
def test_a_generator_that_was_begun():
    squares = (x * x for x in range(50))
    first = next(squares)
    for second in squares:
        break
    return first, second, sum(squares), sum(squares), list(squares)


@same_here
def test_a_generator_that_was_consumed_is_empty():
    squares = (x * x for x in range(50))
    return sum(squares), sum(squares), list(squares), max(squares, default=None), next(squares, "end")


@same_here
def test_any_leaves_what_lies_behind():
    squares = (x * x for x in range(50))
    return any(x > 100 for x in squares), next(squares), any(x > 500 for x in squares), list(squares)


@same_here
def test_any_of_a_generator_leaves_the_generator_behind_the_deciding_element():
    found = (x > 10 for x in range(50))
    decided = any(found)
    return decided, list(found)


@same_here
def test_all_of_a_generator_leaves_the_generator_behind_the_deciding_element():
    found = (x < 10 for x in range(50))
    decided = all(found)
    return decided, list(found)


@same_here
def test_an_error_ends_a_generator():
    inverse = (1 // (x - 3) for x in range(50))
    try:
        sum(inverse)
    except ZeroDivisionError as error:
        return str(error), list(inverse)


@same_here
def test_an_error_behind_the_deciding_element_is_never_met():
    return any(1 // (5 - x) for x in range(50)), all(x < 3 or 1 // 0 for x in range(3))


@same_here
def test_an_error_before_the_deciding_element():
    return any(x == 40 or 1 // (20 - x) > 5 for x in range(50))


@same_here
def test_a_generator_over_a_generator():
    inner = (x + 1 for x in range(50))
    outer = (x * 2 for x in inner)
    return sum(outer), list(inner), list(outer)


@same_here
def test_a_generator_over_a_begun_generator():
    inner = (x + 1 for x in range(50))
    outer = (x * 2 for x in inner)
    next(inner)
    return sum(outer), next(inner, "end")


@same_here
def test_generators_passed_on():
    def total(numbers):
        return sum(numbers)

    squares = (x * x for x in range(50))
    return (
        total(squares),
        total(squares),
        list(zip((x for x in range(5)), (x * x for x in range(9)))),
        list(map(str, (x for x in range(4)))),
    )


@same_here
def test_unpacking_a_generator():
    first, *rest = (x * x for x in range(40))
    return first, rest, [*(x + 1 for x in range(3))], {*(x for x in range(3))}, max(*(x for x in range(9)))


@same_here
def test_an_iterator_as_a_source():
    iterator = iter(range(60))
    return [x for x in iterator if x % 2], list(iterator)


@same_here
def test_a_list_with_an_order_of_its_own():
    class Backwards(list):
        def __iter__(self):
            return reversed(list(self[:]))

    items = Backwards(range(5))
    return [x for x in items], sum(x * i for i, x in enumerate(items))


@same_here
def test_a_list_that_grows_while_it_is_gone_through():
    items = [1, 2, 3]
    return [items.append(x) or x for x in items if len(items) < 9 or x > 99], items


@same_here
def test_a_comprehension_over_itself_in_a_loop():
    rows = [[1]]
    for _ in range(40):
        row = rows[-1]
        rows.append([1] + [row[i] + row[i + 1] for i in range(len(row) - 1)] + [1])
    return rows[-1]


@same_here
def test_comprehensions_in_class_bodies():
    class Table:
        width = 3
        cells = [x * x for x in range(width)]
        total = sum(x for x in range(width))

    return Table.cells, Table.total


@same_here
def test_class_names_are_not_seen_inside_comprehensions():
    class Table:
        width = 3
        cells = [width * x for x in range(40)]

    return Table.cells


@same_here
def test_variables_of_comprehensions_stay_inside():
    x = "outer"
    squares = [x * x for x in range(40)]
    return x, len(squares), [x for x in [x + "!"] for x in x]


@same_here
def test_functions_made_in_comprehensions_share_their_variable():
    functions = [lambda: x for x in range(40)]
    bound = [lambda x=x: x for x in range(40)]
    return [f() for f in functions], [f() for f in bound]


@same_here
def test_functions_made_in_a_generator_share_their_variable():
    return [f() for f in list(lambda: x for x in range(40))]


@same_here
def test_a_walrus_inside():
    last = None
    tripled = [last := x * 3 for x in range(40)]
    return last, tripled


@same_here
def test_a_walrus_in_an_inner_condition():
    return [y for x in range(40) if (y := x * 7 % 11) > 5], y


@same_here
def test_star_arguments():
    return max(*[x % 7 for x in range(40)]), min(*[x for x in range(3)], *[7, 8]), sum([[x] for x in range(4)], [])


@same_here
def test_several_clauses():
    return [(x, y) for x in range(12) if x % 2 for y in range(x) if (x + y) % 3], sum(y for x in range(40) for y in range(x))


@same_here
def test_clauses_over_lists_of_lists():
    table = [[x * y for x in range(5)] for y in range(40)]
    return [x for row in table for x in row], [sum(row) for row in table], [list(column) for column in zip(*table)]


@same_here
def test_mutable_elements_keep_their_identity():
    shared = []
    rows = [shared for _ in range(40)]
    rows[0].append(1)
    return rows[39], all(row is shared for row in rows)


@same_here
def test_equal_elements_of_a_source_stay_the_same_objects():
    class Thing:
        pass

    things = [Thing() for _ in range(40)]
    again = [thing for thing in things]
    again[3].mark = 1
    return (
        all(one is other for one, other in zip(things, again)),
        hasattr(things[3], "mark"),
        max(things, key=lambda t: hasattr(t, "mark")).mark,
    )


@same_here
def test_identity_of_elements_found_by_a_function():
    box = [0]

    def pick(x):
        return box

    boxes = [pick(x) for x in range(40)]
    boxes[0][0] = 5
    return box, boxes[39]


@same_here
def test_attributes_and_items_of_elements():
    class Thing:
        def __init__(self, n):
            self.parts = [n]

    things = [Thing(n) for n in range(40)]
    parts = [thing.parts for thing in things]
    parts[0].append("x")
    firsts = list(t.parts for t in things)
    firsts[1].append("y")
    return things[0].parts, things[1].parts


@same_here
def test_values_of_a_dict_stay_the_same_objects():
    table = {n: [] for n in range(40)}
    rows = [table[n] for n in range(40)]
    rows[0].append(1)
    best = max((table[n] for n in range(40)), key=len)
    best.append(2)
    return table[0]


@same_here
def test_elements_that_are_not_data():
    checks = [functools.partial(max, x) for x in range(40)]
    return [check(20) for check in checks], [type(f).__name__ for f in [(lambda: x) for x in range(40)]]


@same_here
def test_iterators_as_elements():
    iterators = [iter([x, x + 1]) for x in range(40)]
    return [next(i) for i in iterators], [next(i) for i in iterators]


@same_here
def test_generators_as_elements():
    rows = [(y for y in range(x)) for x in range(40)]
    return [sum(row) for row in rows], [sum(row) for row in rows]


@same_here
def test_a_generator_over_strings_and_bytes_and_ranges():
    return [c.upper() for c in "hello world" * 10], [b + 1 for b in b"abc" * 20], sum(x for x in range(100, 0, -7))


@same_here
def test_a_dict_as_a_source():
    table = {str(n): n for n in range(40)}
    return [key + "!" for key in table], sum(value for value in table.values()), sorted((v, k) for k, v in table.items())


@same_here
def test_text_and_json_of_generators():
    return ",".join(str(x) for x in range(50)), json.dumps([x / 4 for x in range(50)]), dict((x, x * x) for x in range(40))


@same_here
def test_itertools_over_generators():
    return list(itertools.islice((x * x for x in itertools.count()), 5)), list(itertools.chain.from_iterable([x] * 2 for x in range(40)))
