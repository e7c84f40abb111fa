"""All pure builtins, and the methods of the builtin types."""

import math
from fractions import Fraction

from tests.parity.helpers import tried
from tests.parity.same import purely_numeric, same_as_python

HUGE = 10**400


@same_as_python
def test_abs_divmod_pow_and_round():
    return (
        abs(-5),
        abs(3 + 4j),
        divmod(-7, 2),
        divmod(7.5, -2),
        pow(2, 100, 17),
        pow(2, -1),
        round(2.5),
        round(-3.5),
        round(2.675, 2),
        round(1234, -2),
        round(1e300),
        tried(round, math.nan),
    )


@purely_numeric
def test_abs_min_and_max_in_machine_code():
    return [abs(x - 50) + min(x, 30) + max(x, 70, 2 * x) for x in range(100)]


@purely_numeric
def test_divmod_by_hand_in_machine_code():
    return sum(x // 7 * 1000 + x % 7 for x in range(-300, 300))


@same_as_python
def test_int():
    return (
        int("  -42 "),
        int("ff", 16),
        int(2.99),
        int(-2.99),
        int("1_000"),
        int(True),
        int(b"12"),
        tried(int, "x"),
        tried(int, math.inf),
        tried(int, "9" * 10, 5),
        int("0b11", 0),
    )


@same_as_python
def test_methods_of_int():
    return (
        (255).bit_length(),
        (5).bit_count(),
        (1000).to_bytes(2, "big"),
        int.from_bytes(b"\x01\x02", "little"),
        (3).conjugate(),
        (6).as_integer_ratio(),
        (-7).__floordiv__(2),
    )


@same_as_python
def test_float():
    return (
        float("1e3"),
        float(" inf "),
        float("-nan"),
        float(10**300),
        tried(float, HUGE),
        tried(float, "x"),
        (0.1).as_integer_ratio(),
        (2.5).is_integer(),
        (0.1).hex(),
        float.fromhex("0x1.8p1"),
    )


@purely_numeric
def test_conversions_in_machine_code():
    return [int(x / 3) + float(x) + bool(x) + int(x > 5) for x in range(-50, 50)]


@purely_numeric
def test_rounding_in_machine_code():
    return [round(x / 4) + math.floor(x / 4) + math.ceil(x / 4) + math.trunc(x / 4) for x in range(-50, 50)]


@same_as_python
def test_texts_of_numbers():
    return (
        [str(x) for x in (1e16, 1e-5, 123456789.123456789, 1e22, -0.0, 5e-324, 1j, True, 10**20)],
        repr(0.1 + 0.2),
        bin(-5),
        oct(64),
        hex(255),
        format(1e10, "n"),
    )


@same_as_python
def test_chr_ord_ascii_and_repr():
    return chr(8364), ord("ä"), ascii("ä€"), repr('it\'s "q"\n'), tried(chr, -1), tried(ord, "ab"), repr(b"\x00a")


@same_as_python
def test_bool_and_callable():
    return [bool(x) for x in (0, 0.0, "", [], {}, None, "0", [0], 0j, range(0))], callable(len), callable(5)


@same_as_python
def test_all_any_of_lists():
    return all([]), any([]), all([1, "a", [0]]), any([0, "", None]), any({}), all({1: 0})


@purely_numeric
def test_all_and_any_in_machine_code():
    return (
        all(x * x >= 0 for x in range(100)),
        any(x == 77 for x in range(100)),
        any(x < 0 for x in range(100)),
        all(x < 50 for x in range(100)),
    )


@same_as_python
def test_enumerate_zip_and_reversed():
    return (
        list(enumerate("ab", 5)),
        list(zip("ab", [1, 2, 3])),
        tried(list, zip("ab", [1], strict=True)),
        list(reversed([1, 2, 3])),
        list(reversed(range(5))),
        list(zip()),
        dict(zip("ab", range(2))),
    )


@same_as_python
def test_map_and_filter_are_iterators():
    m = map(lambda x, y: x * y, [1, 2, 3], [4, 5])
    f = filter(None, [0, 1, "", "a"])
    return next(m), list(m), list(m), list(f), list(map(str, filter(lambda x: x % 2, range(9)))), sum(map(int, "123"))


@same_as_python
def test_iter_and_next():
    it = iter([1, 2])
    return next(it), next(it), next(it, "end"), tried(next, it), list(it), tried(iter, 5), next(iter({7: 1}))


@same_as_python
def test_len_hash_and_id():
    x = []
    return (
        len("äö"),
        len({1, 1}),
        len(range(0, 10, 3)),
        tried(len, 5),
        hash(1) == hash(1.0) == hash(True),
        hash((1, 2)) == hash((1, 2)),
        tried(hash, []),
        x is x,
    )


@same_as_python
def test_min_and_max():
    return (
        min(3, 1, 2),
        max("abc"),
        min([[2], [1, 5]]),
        max([1, 2.0, 2]),
        min([], default="none"),
        tried(max, []),
        max(["a", "bbb", "cc"], key=len),
        min(1, 1.0),
        max({"a": 1, "b": 0}),
        tried(min, 1, "a"),
    )


@same_as_python
def test_min_and_max_keep_the_first_of_equals():
    return (
        min([1, 1.0, True]),
        max([1.0, 1, True]),
        max(x / 2 for x in range(9)),
        min((0.0, -0.0)),
        max([(1, "a"), (1, "b")], key=lambda p: p[0]),
        min(-x for x in [0.0]),
    )


@same_as_python
def test_min_and_max_with_nan():
    nan = math.nan
    return min([nan, 1.0]), min([1.0, nan]), max(nan, 2.0), max(x if x != 2 else nan for x in [1.0, 2, 3.0]), min([3.0, nan, 1.0])


@purely_numeric
def test_min_and_max_over_elements_in_machine_code():
    return max((x * 37) % 101 for x in range(100)), min((x * 0.37) % 1.01 for x in range(100)), max(x for x in range(10) if x < 5)


@same_as_python
def test_range():
    r = range(10, 0, -3)
    return (
        list(r),
        r[1],
        r[-1],
        r[1:],
        len(r),
        4 in r,
        5 in r,
        r.index(7),
        r == range(10, -2, -3),
        tried(range, 1, 2, 0),
        range(3).count(1),
        (r.start, r.stop, r.step),
        sum(range(10**6)),
    )


@same_as_python
def test_sorted_is_stable():
    words = ["bb", "a", "cc", "d", "A"]
    return (
        sorted(words, key=len),
        sorted(words, key=str.lower, reverse=True),
        sorted({3, 1, 2}),
        sorted("hello"),
        tried(sorted, [1, "a"]),
        sorted([(1, "b"), (1, "a")]),
    )


@same_as_python
def test_sums_of_ints_and_floats():
    return (
        sum([]),
        sum([1, 2]),
        sum([0.1] * 10),
        sum([1, 2.5]),
        sum([True, True]),
        sum([0.1, 0.2, 0.3]),
        sum((1, 2), 10),
        sum([], 2.5),
        sum([1e308, 1e308, -1e308]),
        sum([math.inf, 1.0]),
    )


@same_as_python
def test_sums_with_a_start_that_is_a_bool():
    return (
        sum([], True),
        sum([], start=False),
        sum([1], True),
        sum([True], False),
        sum([0.5], True),
        sum((x for x in range(0)), True),
        sum((x for x in range(40)), True),
    )


@same_as_python
def test_sums_of_signed_zeros():
    return sum([-0.0]), sum([-0.0, -0.0], -0.0), sum([], -0.0), sum([0.0, -0.0]), sum(-0.0 for _ in range(40))


@same_as_python
def test_sums_with_ints_beyond_floats():
    return (
        tried(sum, [1.0, HUGE, -HUGE]),
        tried(sum, [HUGE, -HUGE, 1.0]),
        tried(sum, [HUGE, 1.0]),
        tried(sum, [1.0, -HUGE]),
        sum([HUGE, -HUGE]),
        tried(sum, [2**1023, 2**1023, 1.0]),
    )


@same_as_python
def test_sums_with_ints_beyond_floats_over_slices():
    def value(x):
        return 0.5 if x == 1 else HUGE if x == 30 else x

    return sum(value(x) for x in range(40))


@same_as_python
def test_sums_with_ints_beyond_floats_before_the_first_float():
    def value(x):
        return HUGE if x == 3 else -HUGE if x == 17 else 0.25 if x == 30 else x

    return sum(value(x) for x in range(40))


@same_as_python
def test_sums_of_other_things():
    return (
        sum([[1], [2]], []),
        sum([1j, 2]),
        sum([(1,), (2,)], ()),
        tried(sum, ["a"], ""),
        tried(sum, [1, "a"]),
        tried(sum, ["a", "b"]),
        sum([1.5, 2j, 3]),
    )


@purely_numeric
def test_a_float_sum_in_machine_code():
    return sum(x * 0.1 for x in range(1000)), sum(1 / (x + 1) for x in range(1000)), sum(1e16 if x % 2 else -1e16 + x for x in range(100))


@same_as_python
def test_type_conversions_between_containers():
    return (
        list("ab"),
        tuple([1, 2]),
        set("aab"),
        frozenset([1]),
        dict([("a", 1)]),
        dict(a=1),
        dict({"x": 1}, y=2),
        list({"k": 1}),
        list(range(3)),
        tuple(x for x in "ab"),
        bytes([1, 2]),
        bytearray(b"ab"),
    )


@same_as_python
def test_conversions_that_fail():
    return [tried(kind, 5) for kind in (list, tuple, set, dict, frozenset)], tried(dict, [1]), tried(bytes, [300]), tried(dict, [(1, 2, 3)])


@same_as_python
def test_methods_of_list():
    items = [3, 1, 2]
    items.append(4)
    items.extend("ab")
    items.insert(1, 9)
    popped = items.pop(), items.pop(0)
    items.remove(2)
    items.reverse()
    copied = items.copy()
    items.clear()
    copied.sort(key=str, reverse=True)
    return items, copied, popped, copied.index(9), copied.count(4), tried(copied.index, 100), tried([].pop), tried([1].remove, 2)


@same_as_python
def test_methods_of_dict():
    d = {"a": 1}
    d.update(b=2, c=3)
    gone = d.pop("b"), d.pop("zz", None), d.setdefault("e", []), d.popitem()
    return (
        d,
        gone,
        d.get("q"),
        d.get("a"),
        list(d.keys()),
        list(d.values()),
        list(d.items()),
        dict.fromkeys("ab", 0),
        tried(d.pop, "nope"),
        tried({}.popitem),
        tried(lambda: d["zz"]),
    )


@same_as_python
def test_methods_of_set():
    s = {1, 2}
    s.add(3)
    s.discard(9)
    s.remove(1)
    s.update([4], (5,))
    s.intersection_update({2, 3, 4})
    return (
        s,
        s.union([9]),
        s.difference([2]),
        s.symmetric_difference({2, 10}),
        s.issubset(range(9)),
        s.issuperset([3]),
        tried(s.remove, 100),
        s.copy() == s,
    )


@same_as_python
def test_methods_of_str():
    t = "  Hello, World  "
    return (
        t.strip(), t.lower(), t.upper(), t.title(), t.swapcase(), t.replace("l", "L", 1), t.split(","), "a-b-c".rsplit("-", 1), "a\nb".splitlines(), t.find("W"),
        "-".join("abc"), "abc".center(7, "*"), "abc".ljust(5) + "|", "42".zfill(5), "abc".startswith(("x", "a")), "abc".endswith("c"), "a1".isalnum(), "12".isdigit(),
        "abc".partition("b"), "abc".rpartition("x"), "abcabc".count("bc"), "ß".casefold(), "a\tb".expandtabs(4), "abc".translate({97: "X", 98: None}), "prefix-x".removeprefix("prefix-"),
        "äé".encode("utf-8"), "A".isupper(), " ".isspace(), "ab".isidentifier(), "abc".index("c"), tried("abc".index, "z"), "x".join([]), str.maketrans("a", "b"), "abc"[::-1], "%d" % 5,
    )  # fmt: skip


@same_as_python
def test_methods_of_bytes():
    b = b"ab,cd"
    changed = bytearray(b)
    changed[0] = 120
    changed += b"!"
    return (
        b.split(b","),
        b.hex(),
        bytes.fromhex("00ff"),
        b.upper(),
        b[0],
        b[1:3],
        b.decode(),
        b.find(b"c"),
        list(b),
        changed,
        bytes(changed),
        b"a" in b,
        tried(b"\xff".decode),
    )


@same_as_python
def test_methods_of_tuple_and_complex():
    return (
        (1, 2, 1).count(1),
        (1, 2).index(2),
        (1 + 2j).real,
        (1 + 2j).imag,
        (3 + 4j).conjugate(),
        (1, [2]) + (3,),
        hash((1, "a")) == hash((1, "a")),
    )


@same_as_python
def test_slices_of_everything():
    return (
        [kind("abcdef")[1:5:2] if kind is not list else list("abcdef")[-2::-2] for kind in (str, list, tuple)],
        b"abc"[::-1],
        range(10)[2:8:3],
        tried(lambda: [1][5]),
        tried(lambda x: "a"[x], 0.5),
    )


@same_as_python
def test_isinstance_and_issubclass():
    return (
        isinstance(1, (str, int)),
        issubclass(bool, int),
        isinstance([], list),
        isinstance([x for x in range(50)], list),
        tried(isinstance, 1, 5),
        issubclass(KeyError, LookupError),
        isinstance(None, type(None)),
    )


@same_as_python
def test_object_and_super_and_type():
    class A:
        def f(self):
            return "A"

    class B(A):
        def f(self):
            return super().f() + "B"

        def g(self):
            return super(B, self).f()

    return B().f(), B().g(), type(B()).__name__, object() == object(), type("x") is str


@same_as_python
def test_not_implemented_and_ellipsis():
    class A:
        def __eq__(self, other):
            return NotImplemented

        __hash__ = None

    return A() == A(), A() != 1, ... is Ellipsis, repr(...), [1, 2, 3][slice(None)]


@same_as_python
def test_memory_is_not_shared_between_elements():
    rows = [[0] * 3 for _ in range(40)]
    rows[0][0] = 1
    return rows[1], rows[0], rows[2] is rows[3]


@same_as_python
def test_list_identity_across_slices():
    shared = [0]
    made = [shared if x % 2 else [x] for x in range(40)]
    return made[1] is made[39], made[0] is made[2], made


@same_as_python
def test_strings_compare_and_sort_by_code_points():
    return sorted(["b", "B", "ä", "a", "aa", ""]), "a" < "b" < "ä", max("Zebra"), "abc" < "abd", min(["x", "y"])


@same_as_python
def test_recursion_of_containers():
    a = [1]
    a.append(a)
    d = {}
    d["self"] = d
    return repr(a), repr(d), a[1] is a


@same_as_python
def test_big_numbers():
    return (
        2**1000,
        str(3**200)[:20],
        (10**50) // 7,
        -(10**30) % 13,
        hash(10**30) == hash(10**30),
        (1 << 200).bit_length(),
        10**400 > 1e308,
        float(2**1023),
        tried(lambda: 2.0 * HUGE),
        math.log(HUGE),
    )


@same_as_python
def test_subscripting_what_cannot_be():
    return [tried(lambda x=x: x[0]) for x in (5, None, len, 2.5, {1}, math, lambda: 1, object())]


@same_as_python
def test_calling_what_cannot_be():
    return (
        [tried(x) for x in (5, "a", [], None)],
        tried(len),
        tried(lambda x: x),
        tried(abs, "a"),
        tried(math.sqrt, -1),
        tried(math.sqrt, "a"),
        tried(math.sin),
    )


@same_as_python
def test_exceptions_builtins_raise():
    calls = [
        lambda: {}["k"],
        lambda: [][0],
        lambda: 1 / 0,
        lambda: int("z"),
        lambda: None.x,
        lambda: "a" + 1,
        lambda: next(iter([])),
        lambda: 2.0**10000,
        lambda: b"a" + "a",
        lambda: len(2),
    ]
    return [tried(call) for call in calls]


@same_as_python
def test_exception_classes_and_their_order():
    kinds = [
        ZeroDivisionError,
        KeyError,
        UnicodeDecodeError,
        StopIteration,
        RecursionError,
        NotImplementedError,
        OverflowError,
        IndentationError,
    ]
    return [
        [
            base.__name__
            for base in (ArithmeticError, LookupError, ValueError, RuntimeError, Exception, SyntaxError)
            if issubclass(kind, base)
        ]
        for kind in kinds
    ]


@same_as_python
def test_key_errors_keep_their_key():
    return [{x: x}[x * 2 // 2 if x < 30 else ("tuple", x)] for x in range(50)]


POWERS = [4611686018427387904, 9007199254740991, -3, 2147483647, 13, -9007199254740993, 5, 10] * 5


@same_as_python
def test_sums_that_become_complex_or_exact_on_the_way():
    fractions = sum((Fraction(1, x) if x % 7 == 0 else 0.1 * x for x in range(1, 60)), Fraction(1, 3))
    return sum(x**0.5 for x in POWERS), sum(0.1 * x if x % 9 else Fraction(1, x + 1) for x in range(60)), fractions


def key_that_refuses(x):
    return 1 // x


@same_as_python
def test_a_key_that_raises_comes_before_an_element_that_raises_later():
    return (
        tried(lambda: max((1 // (5 - x) + (x == 2) * -1 for x in range(20)), key=lambda y: math.sqrt(y - 0.25))),
        tried(lambda: min((x - 3 if x < 9 else [][x] for x in range(20)), key=key_that_refuses)),
    )


class Odd:
    def __init__(self, number):
        self.number = number

    def __hash__(self):
        return 1 // (self.number - 4)


@same_as_python
def test_a_hash_that_raises_comes_before_an_element_that_raises_later():
    return tried(lambda: set(Odd(x) if x < 9 else [][x] for x in range(20))), tried(lambda: len({Odd(x) for x in range(20)}))


def said(word, x):
    print(word, x)
    return x


@same_as_python
def test_keys_run_between_the_elements():
    best = max((said("element", x) for x in range(4)), key=lambda x: said("key", -x))
    return best, len(frozenset(said("one", x % 2) for x in range(3)))


def positive(row):
    if row[0] < 0:
        raise ValueError("negative", row)
    return row[0]


@same_as_python
def test_what_fails_within_an_iterator_leaves_it_where_python_does():
    rows = zip([3.0, 1.0, -2.0, 5.0, 4.0])
    return (
        tried(lambda: set(positive(row) for row in rows)),
        list(rows),
        tried(lambda: max((positive(row) for row in zip([1, -1, 2])), key=abs, default=None)),
        tried(lambda: sum((positive(row) for row in map(list, [(1,), (-1,)])), 1.5 + 0j)),
    )
