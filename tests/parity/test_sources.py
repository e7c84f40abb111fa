"""What comprehensions go through beside ranges and lists: `zip`, `enumerate`, and what `map` and `filter` make of them."""

import itertools
from itertools import combinations, product

from tests.parity.same import same_as_python

NUMBERS = [k * 7919 % 1009 for k in range(1200)]
HALVES = [k * 0.5 - 200 for k in range(1100)]
NAMES = [f"name {k}" for k in range(300)]
PAIRS = [(k, k / 4) for k in range(1200)]


def half(number):
    return number / 2


def is_small(number):
    return number % 11 < 4


def weigh(one, other):
    return one * other + 1


def divide(number):
    return 1000 // (number - 500)


def stop_at(number):
    if number == 700:
        raise StopIteration
    return number


@same_as_python
def test_two_lists_beside_each_other():
    product = sum(x * y for x, y in zip(NUMBERS, HALVES))
    largest = max(x - y for x, y in zip(NUMBERS, HALVES))
    return product, largest, [x + y for x, y in zip(HALVES, NUMBERS)], any(x == y for x, y in zip(NUMBERS, HALVES))


@same_as_python
def test_lists_of_different_lengths_and_kinds():
    three = [a + b * c for a, b, c in zip(range(5, 5000, 3), NUMBERS, HALVES)]
    texts = [f"{number}{name}" for number, name in zip(NUMBERS, NAMES)]
    letters = [letter * count for letter, count in zip("abc" * 100, NUMBERS)]
    none = [x for x, y in zip([], NUMBERS)]
    return three, texts, letters, none, [pair for pair in zip(NUMBERS)][:3], sum(x for (x,) in zip(HALVES))


@same_as_python
def test_tuples_beside_numbers():
    return [a + c if b > c else b for (a, b), c in zip(PAIRS, NUMBERS)], [pair[0] * c for pair, c in zip(PAIRS, HALVES)]


@same_as_python
def test_strict_zip_of_equal_lengths():
    return sum(x * y for x, y in zip(NUMBERS, NUMBERS[::-1], strict=True)), [x for x, _ in zip(NAMES, NAMES, strict=0)][-1]


@same_as_python
def test_strict_zip_of_different_lengths():
    seen = []
    try:
        for total in [sum(x * y for x, y in zip(NUMBERS, HALVES, strict=True))]:
            seen.append(total)
    except ValueError as error:
        seen.append(str(error))
    return seen


@same_as_python
def test_elements_with_their_numbers():
    weighted = sum(at * number for at, number in enumerate(NUMBERS))
    later = [(at, half) for at, half in enumerate(HALVES, 10**6)]
    named = {name: at for at, name in enumerate(NAMES, start=1)}
    best = max((number, -at) for at, number in enumerate(NUMBERS))
    return weighted, later, named, best, [at for at, (a, b) in enumerate(PAIRS) if a > 1190], [at for at, _ in enumerate(NUMBERS, True)][:3]


@same_as_python
def test_numbers_beyond_64_bits():
    return [at - 2**64 + number for at, number in enumerate(NUMBERS, 2**64)], sum(at for at, _ in enumerate(NUMBERS, 2**63 - 600))


@same_as_python
def test_zips_inside_of_each_other():
    rows = [[k * j for j in range(40)] for k in range(60)]
    columns = list(zip(*rows))
    products = [sum(x * y for x, y in zip(row, column)) for row, column in zip(rows, rows[::-1])]
    return (
        products,
        [sum(column) for column in columns][:5],
        [(k, sum(row)) for k, row in enumerate(rows)],
        [x for x in enumerate(zip("ab", "cd"))],
    )


@same_as_python
def test_lists_that_change_while_they_are_gone_through():
    numbers, seen = [1, 2, 3], []
    _ = [seen.append((at, numbers.append(number * 10) if number < 100 else None)) for at, number in enumerate(numbers)]
    also = [number for number, _ in zip(numbers, [numbers.pop() for _ in range(2)])]
    return numbers, seen, also


@same_as_python
def test_a_generator_over_lists_that_change_before_it_is_used():
    numbers = list(NUMBERS)
    pairs = (x * y for x, y in zip(numbers, HALVES))
    counted = (at * x for at, x in enumerate(numbers))
    numbers[3:600] = [5] * 100
    return sum(pairs), sum(counted)


@same_as_python
def test_iterators_are_used_up_as_far_as_python_does():
    numbers = iter(NUMBERS)
    firsts = [x for x, _ in zip(range(5), numbers)]
    return firsts, next(numbers), [at for at, _ in enumerate(numbers)][-1], list(numbers)


@same_as_python
def test_names_of_the_users_own():
    def zip(one, other):  # noqa: A001 - that is the point
        return [(other, one)]

    return [x for x, _ in zip(1, 2)], [at for at, _ in enumerate([4, 5])]


@same_as_python
def test_an_element_that_fails():
    seen = []
    try:
        seen.append(sum(1 // (x - 500) for x, _ in zip(NUMBERS, HALVES)))
    except ZeroDivisionError as error:
        seen.append(str(error))
    return seen


@same_as_python
def test_functions_over_lists():
    halves = list(map(half, NUMBERS))
    return halves, sum(map(half, NUMBERS)), max(map(half, NUMBERS)), sorted(map(half, NUMBERS))[:9], set(map(is_small, NUMBERS))


@same_as_python
def test_functions_over_several_lists():
    lambdas = sum(map(lambda a, b, c: a - b * c, NUMBERS, HALVES, range(3000)))
    return list(map(weigh, NUMBERS, HALVES)), tuple(map(weigh, range(2000), NUMBERS)), lambdas, list(map(weigh, [], NUMBERS))


@same_as_python
def test_elements_that_pass():
    some = list(filter(is_small, NUMBERS))
    texts = list(filter(lambda name: name.endswith("7"), NAMES * 4))
    return (
        some,
        texts,
        len(list(filter(None, NUMBERS))),
        any(map(is_small, NUMBERS)),
        all(map(is_small, NUMBERS)),
        sum(filter(is_small, NUMBERS)),
    )


@same_as_python
def test_a_function_that_ends_the_elements():
    return list(map(stop_at, range(2000))), sum(map(stop_at, NUMBERS)), list(map(str, map(stop_at, range(690, 1800))))


@same_as_python
def test_a_function_that_fails():
    return list(map(divide, NUMBERS))


@same_as_python
def test_functions_that_change_something():
    seen = []

    def note(number):
        seen.append(number)
        return len(seen)

    counts = list(map(note, NUMBERS))
    return counts[-3:], seen[:3], list(filter(lambda number: seen.pop() > 500, NUMBERS))[:5], len(seen)


@same_as_python
def test_consumers_of_the_users_own():
    def sum(items):  # noqa: A001
        return next(items)

    return sum(map(half, NUMBERS)), list(map(int, ["5"] * 1200))[:2], min(map(abs, HALVES))


@same_as_python
def test_dicts_and_sets():
    counts = {f"word {k % 700}": k * k % 97 for k in range(3000)}
    some = {k * 31 % 2003 for k in range(1500)}
    weights = {k: k / 8 for k in range(1500)}
    longest = max(len(word) * count for word, count in counts.items())
    total = sum(count * 2 for count in counts.values()), sum(number * number for number in some), sum(k * weights[k] for k in weights)
    return (
        longest,
        total,
        [word.upper() for word in counts],
        [k - w for k, w in weights.items()],
        [number + 1 for number in frozenset(some)][:9],
    )


@same_as_python
def test_dicts_that_change_while_they_are_gone_through():
    counts, seen = {k: k for k in range(1200)}, []
    try:
        _ = [counts.pop(k) for k in counts]
    except RuntimeError as error:
        seen.append(str(error))
    try:
        _ = [counts.setdefault(-k) for k in counts.keys()]
    except RuntimeError as error:
        seen.append(str(error))
    return seen, len(counts)


@same_as_python
def test_ranges_longer_than_any_memory():
    return [a * b for a, b in zip(range(10**30), NUMBERS)][-3:], sum(map(weigh, range(10**30), NUMBERS))


@same_as_python
def test_products_and_choices():
    grid = [a * b for a, b in product(range(40), range(50))]
    names = [f"{name}{count}" for name, count in itertools.product(NAMES[:20], range(30))]
    pairs = sum(abs(a - b) for a, b in combinations(NUMBERS[:60], 2))
    orders = max(a * 100 + b * 10 + c for a, b, c in itertools.permutations(range(9), 3))
    twice = [a + b for a, b in itertools.combinations_with_replacement("abcdefgh", 2)]
    return (
        grid,
        names,
        pairs,
        orders,
        twice,
        [p for p in itertools.permutations([3, 1, 2])],
        [p for p in product([])],
        [p for p in product([1], [])],
    )


@same_as_python
def test_products_and_choices_beyond_what_is_made_at_once():
    first = next(a * b for a, b in product(range(1, 2000), range(1, 2000)) if a * b > 7)
    repeated = [a + b for a, b in product("ab", repeat=2)]
    return (
        first,
        repeated,
        any(a == b for a, b in combinations(range(5000), 2) if a > 2 or b > 9),
        [c for c in combinations(iter("abc"), 2)],
    )


@same_as_python
def test_choices_that_cannot_be_made():
    seen = []
    for choose in (lambda: [c for c in combinations("abc", -1)], lambda: [p for p in product(5)], lambda: [c for c in combinations("abc")]):
        try:
            seen.append(choose())
        except (TypeError, ValueError) as error:
            seen.append(str(error))
    return seen
