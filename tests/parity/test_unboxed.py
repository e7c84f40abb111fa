"""Lists that machine code made are arrays until somebody looks: whoever looks, in whatever way, finds the list, and one list only."""

import bisect
import collections
import copy
import functools
import heapq
import itertools
import json
import operator
import random
import statistics
from collections.abc import Iterable, Sequence

import numpy

from tests.parity.helpers import tried
from tests.parity.same import same_as_python

N = 2500  #: items, more than are looked at one by one


def make(n):
    return [k * 7919 % 1009 for k in range(n)]


def make_floats(n):
    return [(k * 7919 % 1009) / 7 for k in range(n)]


def make_points(n):
    return [(k * 7919 % 1009, k / 8) for k in range(n)]


def make_rows(n):
    return [[i * j % 7 for j in range(n)] for i in range(n)]


@same_as_python
def test_every_method_that_changes_a_list():
    lists = [make(N) for _ in range(12)]
    lists[0].append(1)
    lists[1].extend([1, 2])
    lists[2].insert(3, "x")
    lists[3].remove(7919 % 1009)
    popped = [lists[4].pop(), lists[4].pop(0)]
    lists[5].clear()
    lists[6].sort()
    lists[7].sort(reverse=True, key=lambda x: x % 10)
    lists[8].reverse()
    lists[9][5] = None
    lists[10][1:4] = "abc"
    del lists[11][::2]
    return lists, popped


@same_as_python
def test_every_method_that_only_reads_one():
    return make(N).index(500), make(N).count(3), make(N).copy(), 500 in make(N), -1 in make(N), list(reversed(make(N)))[:5]


@same_as_python
def test_its_methods_as_functions_of_the_class():
    rows = [make(N), make(N)]
    list.append(rows[0], 5)
    return (
        list.index(make(N), 500),
        list.copy(make(N)),
        list.__len__(make(N)),
        list.__getitem__(make(N), 3),
        [row for row in map(list.pop, rows)],
        tried(list.append, (), 1),
    )


@same_as_python
def test_operators_with_other_lists_on_either_side():
    short = [1, 2]
    added = make(N) + short, short + make(N), make(N) * 2, 2 * make(N)
    first, second = make(N), make(N)
    same = first
    first += second
    same *= 2
    short += make(N)
    third = short
    third += (1,)
    return added, first, same is first, short, third is short, second


@same_as_python
def test_comparisons():
    return (
        make(N) == make(N),
        make(N) != make(N),
        make(N) == list(make(N)),
        list(make(N)) == make(N),
        make(N) < make(N)[:-1],
        [1] < make(N),
        make(N) <= make(N),
        make(N) > [],
        make(N) >= make(N) + [1],
        make(N) == tuple(make(N)),
        [make(N)] == [make(N)],
    )


@same_as_python
def test_what_is_no_sum_is_refused_in_the_same_words():
    return [
        tried(operator.add, make(N), 1),
        tried(operator.add, 1, make(N)),
        tried(operator.sub, make(N), make(N)),
        tried(operator.lt, make(N), 5),
        tried(hash, make(N)),
        tried(operator.getitem, make(N), "x"),
        tried(operator.getitem, make(N), N),
        tried(operator.getitem, make(N), -N - 1),
        tried(getattr, make(N), "array"),
        tried(getattr, make(N), "boxed"),
        tried(setattr, make(N), "x", 1),
        tried(int, make(N)),
    ]


@same_as_python
def test_what_it_is():
    items = make(N)
    kinds = type(items), items.__class__, isinstance(items, list), isinstance(items, (tuple, Sequence)), isinstance(items, Iterable)
    return kinds, type(items) is list, bool(items), len(items), callable(items), items is items, str(items) == repr(items), f"{items!r:.20}"


@same_as_python
def test_patterns():
    found = []
    for items in (make(N), make(N), make(N)):
        match items:
            case [0, second, *_] if len(found) == 0:
                found.append(second)
            case list(whole) if len(found) == 1:
                found.append(len(whole))
            case [*rest]:
                found.append(rest[-1])
    return found


@same_as_python
def test_unpacking_and_iterating():
    first, *rest, last = make(N)
    walk, items = iter(make(N)), make(N)
    taken = [next(walk), next(walk), len(list(walk)), next(walk, "over")]
    for at, item in enumerate(items):
        if at == 3:
            items.append(item)
        if len(items) > N + 1:
            break
    return first, rest, last, taken, [*make(N), *make(3)], items, (lambda *args: len(args))(*make(N)), {*make(N)} == set(make(N))


@same_as_python
def test_a_generator_over_a_list_that_changes_before_it_begins():
    items = make(N)
    doubled = (2 * item for item in items)
    items.append(1000)
    return sum(doubled), len(items)


@same_as_python
def test_library_functions_that_read():
    return (
        sorted(make(N)),
        tuple(make(N)),
        list(make(N)),
        min(make(N)),
        max(make(N), key=lambda x: -x),
        sum(make(N)),
        sum(make_floats(N)),
        any(make(N)),
        all(make(N)),
        ",".join(map(str, make(N))),
        bytes(item % 256 for item in make(N)),
        bytearray(make(200)),
        collections.Counter(make(N)).most_common(3),
        list(collections.deque(make(N), maxlen=3)),
        dict.fromkeys(make(N)),
        list(itertools.accumulate(make(N))),
        functools.reduce(operator.add, make(N)),
        json.dumps([make(N), {"a": make_floats(N)}]),
        heapq.nsmallest(3, make(N)),
        bisect.bisect(sorted(make(N)), 500),
        statistics.mean(make(N)),
        operator.itemgetter(3, 5)(make(N)),
        operator.indexOf(make(N), 500),
        random.Random(3).sample(make(N), 5),
        random.Random(3).choice(make(N)),
        numpy.array(make(N)).sum().item(),
        numpy.array(make_floats(N)).dtype.str,
        numpy.array(make_rows(40)).shape,
        sum([make(N), make(N)], []),
    )


@same_as_python
def test_sorting():
    zeros = [0.0 if k % 3 else -0.0 for k in range(N)]
    unordered = [float("nan") if k == 7 else -k / 2 for k in range(N)]
    return (
        sorted(make(N)),
        sorted(make_floats(N), reverse=True),
        sorted(zeros),
        sorted(zeros, reverse=True),
        sorted(unordered)[:20],
        sorted(make_points(N)),
        sorted(make(N), key=lambda x: x % 10),
        tried(sorted, make(N), reverse="x"),
        tried(sorted, make(N), wrong=1),
        [item + 1 for item in sorted(make(N))],
    )


@same_as_python
def test_library_functions_that_change():
    heap, ordered, mixed, added = make(N), [k for k in range(N)], make(N), make(N)
    heapq.heapify(heap)
    heapq.heappush(heap, 5)
    bisect.insort(ordered, 7)
    random.Random(1).shuffle(mixed)
    same = operator.iadd(added, make(N))
    operator.setitem(ordered, 0, -1)
    return heap, ordered, mixed, same is added, added


@same_as_python
def test_copies():
    items, rows, points = make(N), make_rows(60), make_points(N)
    nested = [items, items, (points, rows)]
    deep, flat = copy.deepcopy(nested), copy.copy(items)
    items[0] = rows[0][0] = "changed"
    return flat[0], deep[0] is deep[1], deep[0][0], deep[2][1][0][0], deep[2][0] == points, type(copy.copy(make(N)))


@same_as_python
def test_all_names_of_a_list_see_a_change():
    items = make(N)
    holder, pair, by_default = {"items": items}, (items, 1), lambda held=items: held
    items.append("end")
    return holder["items"][-1], pair[0][-1], by_default()[-1], pair[0] is items


@same_as_python
def test_an_item_is_one_object_however_it_is_reached():
    points = make_points(N)
    few, one, negative = points[2:6], points[3], points[-1]
    before = few[1] is one, points[3] is one, points[N - 1] is negative
    last_ones = points[-5:]
    points.append(0)
    return before, few[1] is points[3], one is points[3], last_ones[4] is negative, points[N - 1] is negative


@same_as_python
def test_an_item_that_goes_home_beside_its_list_is_one_object_there():
    points, flags = make_points(N), make_rows(70)
    return points[3], points, [points[3]], flags[2], flags


@same_as_python
def test_slices_of_all_kinds():
    items = make(N)
    few = [items[3:7], items[:2], items[-2:], items[5:5], items[9:4], items[N:], items[::-1][:3], items[10:30:5], items[True], items[-1]]
    ends = [items[k] for k in range(0, N, 100)]
    return few, ends, items[1:], items[:], items[:] is items


@same_as_python
def test_more_looks_than_are_taken_one_by_one():
    items, seen = make_floats(N), []
    for k in range(0, 60, 2):
        seen.append(items[k])
        items[k] = str(k)
    return seen, items


@same_as_python
def test_lists_of_lists():
    rows = make_rows(60)
    total = sum(sum(row) for row in rows)
    turned = [list(column) for column in zip(*rows)]
    first = rows[0]
    first.append("x")
    rows[1][0] = None
    return total, turned, rows[0] is first, rows


@same_as_python
def test_rows_that_are_changed_between_steps():
    rows, others = make_rows(60), make_rows(60)
    before = [sum(row[k] for row in rows) for k in range(60)]
    rows[3][5] = 1000
    first = others[0]
    first[1] = 2000
    after = [sum(row[k] for row in rows) for k in range(60)], [sum(row[k] for row in others) for k in range(60)]
    rows[0] = rows[1]
    rows[1][2] = -7
    return before, after, sum(sum(row) for row in rows), rows[0] is rows[1], max(max(row) for row in others)


@same_as_python
def test_one_step_after_the_other():
    points = make_points(N)
    nearest = [point[0] % 8 for point in points]
    means = [sum(point[1] for point, label in zip(points, nearest) if label == k) / nearest.count(k) for k in range(8)]
    points[0] = (0, 0.0)
    return means, sum(point[0] for point in points), [label + 1 for label in nearest if label > 6]


@same_as_python
def test_machine_code_that_assigns_items():
    items, kept = make(N), make_floats(N)
    for k in range(len(items)):
        items[k] = items[k] * 2 + 1
    for k in range(1, len(kept)):
        kept[k] = kept[k - 1] * 0.5 + kept[k]
    total = sum(items)
    other = items
    items[0] = -1
    return total, items, kept, other is items


@same_as_python
def test_nan_is_not_equal_to_itself_but_the_same_object():
    numbers = [float("nan") if k == 7 else k / 2 for k in range(N)]
    return numbers == numbers, numbers.count(numbers[7]), numbers[7] in numbers, numbers[7] is numbers[7], sum(n != n for n in numbers)


@same_as_python
def test_flags_and_large_numbers():
    flags, large = [k % 3 == 0 for k in range(N)], [2**63 + k for k in range(N)]
    return flags, type(flags[0]), sum(flags), large, sum(large), [not flag for flag in flags][:3]


class Box:
    def __init__(self, items):
        self.items = items


@same_as_python
def test_in_objects_and_closures():
    box = Box(make(N))
    before = sum(item * 2 for item in box.items)
    box.items[0] = 10**30

    def last():
        return box.items[-1]

    return before, sum(box.items), last(), len(box.items)


@same_as_python
def test_in_interpreted_elements():
    def count(k):
        items = [k * j % 11 for j in range(1200)]
        return str(items[k]), {j: item for j, item in enumerate(items) if item == k}, items

    return [count(k) for k in range(12)]
