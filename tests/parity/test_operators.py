"""Every operator, on every kind of number, text and container that has it."""

import operator
from dataclasses import dataclass

from tests.parity.helpers import tried
from tests.parity.same import purely_numeric, same_as_python

INTS = [0, 1, -1, 7, -7, 2**31, -(2**31), 2**53 + 1, 2**62, -(2**63)]
FLOATS = [0.0, -0.0, 1.5, -2.5, 1e308, -1e308, 5e-324, 2.0**53, 1e16]


@dataclass(frozen=True)
class Vector:
    x: int
    y: int

    def __add__(self, other):
        return Vector(self.x + other.x, self.y + other.y) if isinstance(other, Vector) else NotImplemented

    def __radd__(self, other):
        return self if other == 0 else NotImplemented

    def __matmul__(self, other):
        return self.x * other.x + self.y * other.y

    def __rmul__(self, factor):
        return Vector(factor * self.x, factor * self.y)

    def __neg__(self):
        return Vector(-self.x, -self.y)

    def __getitem__(self, index):
        return (self.x, self.y)[index]

    def __bool__(self):
        return self.x != 0 or self.y != 0

    def __lt__(self, other):
        return self @ self < other @ other

    def __contains__(self, item):
        return item in (self.x, self.y)

    def __index__(self):
        return self.x

    def __divmod__(self, other):
        return self.x // other, self.y % other

    def __round__(self, digits=None):
        return digits

    def __invert__(self):
        return Vector(self.y, self.x)

    def __call__(self, *args, **options):
        return args, options


@same_as_python
def test_adding_and_multiplying_ints_of_any_size():
    return [(a + b, a - b, a * b) for a in INTS for b in INTS]


@same_as_python
def test_floor_division_and_remainder_of_ints():
    return [(tried(operator.floordiv, a, b), tried(operator.mod, a, b), tried(divmod, a, b)) for a in INTS for b in INTS]


@same_as_python
def test_true_division_of_ints():
    return [tried(operator.truediv, a, b) for a in INTS for b in INTS]


@same_as_python
def test_bitwise_operators():
    return [(a & b, a | b, a ^ b, ~a) for a in INTS for b in INTS]


@same_as_python
def test_shifts():
    return [(tried(operator.lshift, a, n), tried(operator.rshift, a, n)) for a in INTS for n in (0, 1, 31, 63, 64, 100, -1)]


@same_as_python
def test_powers_of_ints():
    return [tried(pow, a, b) for a in INTS for b in (0, 1, 2, 3, -1, -2)], [tried(pow, a, 3, 7) for a in INTS], tried(pow, 3, -1, 7)


@same_as_python
def test_operators_of_floats():
    return [(a + b, a - b, a * b, tried(operator.truediv, a, b)) for a in FLOATS for b in FLOATS]


@same_as_python
def test_floor_division_of_floats():
    return [(tried(operator.floordiv, a, b), tried(operator.mod, a, b), tried(divmod, a, b)) for a in FLOATS for b in FLOATS]


@same_as_python
def test_powers_of_floats():
    return [tried(pow, a, b) for a in FLOATS for b in (0.0, 0.5, -1.0, 2.0, 3, -2)]


@same_as_python
def test_ints_mixed_with_floats():
    return [(tried(operator.add, a, b), tried(operator.mul, b, a), a < b, a == b, a >= b) for a in INTS for b in FLOATS]


@same_as_python
def test_comparing_ints_with_floats_exactly():
    return [(a == b, a != b, a < b, a <= b) for a in INTS for b in (float("inf"), float("nan"), 2.0**63, -(2.0**63), 0.5)]


@same_as_python
def test_bools_are_ints():
    return [(a + b, a * b, a - b, a & b, a | b, a ^ b, a < b, -a, ~a, a << b) for a in (True, False) for b in (True, False)]


@same_as_python
def test_what_types_mixed_operators_give():
    values = (True, 2, 2.0, 2j)
    return [type(a + b) for a in values for b in values], [type(a**b) for a in values for b in values]


@same_as_python
def test_complex_numbers():
    values = [complex(a, b) for a in (-1.5, 0.0, 2) for b in (-2, 0, 1.25)]
    return [(a + b, a * b, tried(operator.truediv, a, b), a.conjugate(), abs(a), a == b) for a in values for b in values]


@same_as_python
def test_complex_powers_and_comparison():
    return (1 + 2j) ** 3, (1 + 2j) ** -1, (2j) ** 0.5, tried(operator.lt, 1j, 2j), complex("1+2j"), (1.5 + 0j).real


@same_as_python
def test_chained_comparison():
    calls = []

    def seen(x):
        calls.append(x)
        return x

    return 1 < seen(2) < 3, 3 > seen(1) > seen(5) > seen(9), 1 == 1.0 == True, calls  # noqa: PLR0133


@purely_numeric
def test_chained_comparison_of_elements():
    return sum(1 for x in range(100) if 10 < x * 2 <= 60 != x)


@same_as_python
def test_and_or_not_give_their_operands():
    return 0 or "a", "" and 1, not [], None or 0 or {}, 1 and [2] and "c", [x and -x or "zero" for x in range(3)]


@purely_numeric
def test_and_or_not_of_numbers():
    return sum((x % 3 and x) or 5 for x in range(100))


@same_as_python
def test_identity_and_membership():
    a, b = [1], [1]
    return a is b, a is not b, a is a, 1 in a, 2 not in a, "b" in "abc", 3 in range(0, 9, 3), "k" in {"k": 1}, None is None


@same_as_python
def test_operators_of_sequences():
    return [1] + [2], [0] * 3, 2 * (1, 2), "ab" * 2, b"x" + b"y", [1, 2] < [1, 3], (1,) == (1.0,), "b" > "a", [[]] * 2


@same_as_python
def test_a_repeated_list_holds_one_object():
    rows = [[0]] * 3
    rows[0].append(1)
    return rows, rows[0] is rows[2]


@same_as_python
def test_operators_of_sets():
    a, b = {1, 2, 3}, {3, 4}
    return a | b, a & b, a - b, a ^ b, a < b, {1} <= a, a.isdisjoint({9}), frozenset(a) | b, a | frozenset(b)


@same_as_python
def test_operators_of_dictionaries():
    a = {"x": 1, "y": 2} | {"y": 3}
    a |= {"z": 4}
    return a, a.keys() & {"x", "q"}, a.items() >= {("z", 4)}, list(reversed(a)), a == {"z": 4, "y": 3, "x": 1}


@same_as_python
def test_augmented_assignment_of_every_operator():
    a, b, c, d = 100, 7.5, [1], {1}
    a += 5
    a -= 2
    a *= 3
    a //= 4
    a %= 50
    a **= 2
    a <<= 3
    a >>= 1
    a |= 1
    a &= 0xFFF
    a ^= 0xF0
    b /= 2
    c += (2, 3)
    c *= 2
    d |= {2}
    d &= {2, 3}
    d ^= {5}
    d -= {9}
    return a, b, c, d


@same_as_python
def test_augmented_assignment_changes_lists_in_place():
    first = second = [1]
    first += [2]
    text = other = "a"
    text += "b"
    return first is second, second, text, other


@same_as_python
def test_augmented_assignment_to_items_and_attributes():
    class Box:
        total = 1

    box, table, turns = Box(), {"a": [1]}, []
    box.total += 5
    table["a"] += [2]
    table[turns.append("once") or "a"] *= 2
    return box.total, Box.total, table, turns


@same_as_python
def test_operator_methods_of_a_class():
    v, w = Vector(1, 2), Vector(3, -1)
    return v + w, sum([v, w]), v @ w, 3 * v, -v, v[1], bool(Vector(0, 0)), v < w, 2 in v, [10, 20][v], divmod(w, 2), round(v, 3), ~v


@same_as_python
def test_calling_an_object():
    return Vector(1, 1)(2, *[3], a=4, **{"b": 5})


@same_as_python
def test_operators_that_are_not_there():
    return [tried(operation, Vector(1, 2), 5) for operation in (operator.add, operator.sub, operator.mul, operator.gt, operator.floordiv)]


@same_as_python
def test_a_sum_of_objects_over_slices():
    return sum(Vector(x, -x) for x in range(50))


@same_as_python
def test_operand_type_errors_name_both_types():
    pairs = [(1, "a"), ([], ()), ({}, []), (None, 1), ("a", b"b")]
    return [tried(operator.add, a, b) for a, b in pairs], [tried(operator.lt, a, b) for a, b in pairs]


@same_as_python
def test_order_of_evaluation():
    order = []

    def at(x):
        order.append(x)
        return x

    value = at(1) + at(2) * at(3) ** at(2)
    found = {at("k"): at("v"), **{at("m"): at("n")}}
    return value, found, [at(4), *[at(5)]], (at(6) if at(7) else at(8)), order


@same_as_python
def test_unary_operators():
    return [(-x, +x, ~x, not x, abs(x)) for x in INTS], [(-x, +x, abs(x)) for x in FLOATS]


@purely_numeric
def test_unary_operators_of_elements():
    return [-x + +x - abs(-x) + ~x for x in range(-50, 50)]


@purely_numeric
def test_a_conditional_of_two_types():
    return [float(x) if x % 2 else x / 3 for x in range(50)]


@purely_numeric
def test_integer_arithmetic_of_elements():
    return [(x * 7 - 3) // 5 % 11 for x in range(-60, 60)]


@purely_numeric
def test_float_arithmetic_of_elements():
    return [(x * 0.7 - 3.1) / 5.3 + x for x in range(-60, 60)]


@purely_numeric
def test_bit_arithmetic_of_elements():
    return [((x << 5) ^ (x >> 1)) & 0x3FF | 1 for x in range(-60, 60)]


@purely_numeric
def test_powers_of_elements():
    return [x**3 + x**2 for x in range(-30, 30)]


@same_as_python
def test_slice_objects():
    middle = slice(1, -1, 2)
    return "abcdefg"[middle], middle.indices(5), middle.start, slice(3) == slice(None, 3), [range(20)[i] for i in (slice(2, 9, 3), -1)]


@same_as_python
def test_assigning_and_deleting_slices():
    items = list(range(10))
    items[2:5] = "ab"
    items[::4] = [-1, -2, -3]
    del items[-2:], items[0]
    return items


@same_as_python
def test_in_place_operators_of_the_operator_module():
    items = [1]
    same = operator.iadd(items, [2])
    return same is items, items, operator.concat("a", "b"), operator.index(True), operator.length_hint([1, 2])


@same_as_python
def test_functions_of_operator():
    pick, get, call = operator.itemgetter(1, -1), operator.attrgetter("real", "imag"), operator.methodcaller("split", "-")
    return [pick([x, x * 2, x * 3]) for x in range(5)], get(3 + 4j), call("a-b"), operator.countOf([1, 2, 1], 1), operator.truth([])
