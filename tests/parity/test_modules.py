"""The modules of the standard library that pure code may use, and numpy."""

import bisect
import cmath
import collections
import copy
import datetime
import decimal
import functools
import hashlib
import heapq
import itertools
import json
import math
import operator
import random
import re
import statistics
import string
import textwrap
import typing
from decimal import Decimal
from fractions import Fraction

import numpy as np

from tests.parity.helpers import tried
from tests.parity.same import purely_numeric, same_as_python

VALUES = [0.1 * x for x in range(-20, 21)]
RNG = random.Random(7)


@same_as_python
def test_math_constants_and_integer_functions():
    return (
        math.pi,
        math.e,
        math.tau,
        math.inf,
        math.gcd(12, 18, 8),
        math.lcm(4, 6),
        math.comb(60, 30),
        math.perm(10, 3),
        math.factorial(30),
        math.isqrt(10**30),
    )


@same_as_python
def test_math_functions_of_one_float():
    names = "acos acosh asin asinh atan atanh cbrt ceil cos cosh degrees erf erfc exp exp2 expm1 fabs floor gamma lgamma log log10 log1p log2 radians sin sinh sqrt tan tanh trunc ulp".split()
    return [(name, tried(getattr(math, name), x)) for name in names for x in (0.0, -0.5, 1.0, 2.5, 1e10, -1e300, math.inf, math.nan)]


@same_as_python
def test_math_functions_of_two_floats():
    functions = [math.atan2, math.copysign, math.fmod, math.hypot, math.ldexp, math.nextafter, math.pow, math.remainder]
    return [tried(function, a, b) for function in functions for a in (1.5, -0.0, 2) for b in (0, 3, -2, math.inf)]


@purely_numeric
def test_math_functions_of_elements():
    return [math.sin(x) + math.cos(x) * math.exp(-x) + math.atan(x) + math.floor(x / 3) + math.log(x + 1) for x in range(100)]


@purely_numeric
def test_math_of_two_arguments_in_machine_code():
    return [math.fabs(x - 3.0) + math.atan2(x, 2.0) + math.copysign(x, -1.0) + math.pow(x, 0.5) for x in range(1, 60)]


@purely_numeric
def test_math_constants_in_machine_code():
    return sum(math.pi * x + math.e / (x + 1) - math.tau for x in range(100))


@same_as_python
def test_classification_and_parts_of_floats():
    return [(math.frexp(x), math.modf(x), math.isfinite(x), math.isclose(x, 0.3), math.isnan(x)) for x in (0.1 * 3, -2.75, 1e300)]


@same_as_python
def test_fsum_prod_and_dist():
    return (
        math.fsum(VALUES * 100),
        math.prod(range(1, 30)),
        math.prod([0.5, 3, 2]),
        math.dist((1, 2), (4, 6)),
        math.fsum(x / 7 for x in range(50)),
        math.hypot(3, 4, 12),
    )


@same_as_python
def test_the_identity_of_nan():
    nan = math.nan
    return [math.nan] == [math.nan], nan in [1.0, nan], len({math.nan for _ in range(40)}), [x for x in [nan]][0] is nan, nan == nan


@same_as_python
def test_the_identity_of_nan_in_comprehensions():
    made = [math.nan for _ in range(50)]
    return made[0] is made[49], math.nan in made, made == [math.nan] * 50, len(set(made)), made.count(math.nan)


@same_as_python
def test_cmath():
    return [
        (cmath.sqrt(z), cmath.exp(z), cmath.polar(z), cmath.phase(z), cmath.isfinite(z)) for z in (-1, 1j, 2 - 3j, complex(-0.0, 1))
    ], cmath.rect(2, 1)


@same_as_python
def test_statistics():
    data = [x * x % 17 for x in range(40)]
    return (
        statistics.mean(data), statistics.median(data), statistics.mode(data), statistics.pstdev(data), statistics.variance(data),
        statistics.fmean(VALUES), statistics.quantiles(data, n=4), statistics.median_low(data), statistics.multimode("aabb"),
        statistics.harmonic_mean([1, 2, 4]), statistics.geometric_mean([1, 2, 4]), statistics.correlation(data, range(40)),
    )  # fmt: skip


@same_as_python
def test_statistics_over_elements():
    return (
        [statistics.fmean([x, x * 2, x + 1]) for x in range(40)],
        tried(statistics.mean, []),
        statistics.mean([Fraction(1, 3), Fraction(2, 3)]),
    )


@same_as_python
def test_itertools_that_combine():
    return (
        list(itertools.product("ab", range(2))), list(itertools.permutations([1, 2, 3], 2)), list(itertools.combinations("abcd", 2)),
        list(itertools.combinations_with_replacement("ab", 2)), list(itertools.zip_longest([1, 2], "a", fillvalue="-")),
    )  # fmt: skip


@same_as_python
def test_itertools_that_choose():
    return (
        list(itertools.takewhile(lambda x: x < 4, range(9))), list(itertools.dropwhile(lambda x: x < 4, range(9))),
        list(itertools.filterfalse(lambda x: x % 3, range(9))), list(itertools.compress("abcd", [1, 0, 1, 0])),
        list(itertools.islice(itertools.count(5, 2), 2, 8, 2)), list(itertools.islice(itertools.cycle("ab"), 5)),
    )  # fmt: skip


@same_as_python
def test_itertools_that_group_and_accumulate():
    grouped = [(key, list(items)) for key, items in itertools.groupby(sorted([3, 1, 2, 3, 1]), key=lambda x: x % 2)]
    a, b = itertools.tee(x * x for x in range(5))
    return (
        grouped,
        list(itertools.accumulate([1, 2, 3], operator.mul, initial=10)),
        next(a),
        list(b),
        list(a),
        list(itertools.pairwise("abc")),
        list(itertools.starmap(pow, [(2, 3), (3, 2)])),
    )


@same_as_python
def test_itertools_over_generators():
    return (
        list(itertools.chain.from_iterable([x] * x for x in range(5))),
        sum(itertools.accumulate(x for x in range(50))),
        list(itertools.repeat("x", 2)),
    )


@same_as_python
def test_counters_and_defaultdicts():
    counter = collections.Counter("abracadabra")
    table = collections.defaultdict(list)
    for x in range(6):
        table[x % 2].append(x)
    return (
        counter.most_common(2),
        counter + collections.Counter("az"),
        counter["zz"],
        table,
        dict(table),
        sum(counter.values()),
        list(counter.elements())[:3],
    )


@same_as_python
def test_deques_and_ordered_dicts():
    queue = collections.deque([1, 2, 3], maxlen=4)
    queue.appendleft(0)
    queue.append(9)
    queue.rotate(1)
    order = collections.OrderedDict(a=1, b=2)
    order.move_to_end("a")
    return list(queue), queue.popleft(), queue.maxlen, order, order == {"a": 1, "b": 2}, order.popitem(last=False)


@same_as_python
def test_chain_maps_and_user_containers():
    class Upper(collections.UserDict):
        def __setitem__(self, key, value):
            super().__setitem__(key.upper(), value)

    chain = collections.ChainMap({"a": 1}, {"a": 2, "b": 3})
    upper = Upper(x=1)
    upper["y"] = 2
    return chain["a"], chain["b"], sorted(chain), dict(upper), list(collections.UserList([2, 1]) + [3])


@same_as_python
def test_string():
    return string.ascii_lowercase, string.digits, string.capwords("ab cd"), string.punctuation[:3]


@same_as_python
def test_regular_expressions():
    pattern = re.compile(r"(?P<word>\w+)-(\d+)", re.IGNORECASE)
    match = pattern.search("see ab-12 and cd-3")
    return (
        match.groups(), match.group("word"), match.span(), match.groupdict(), pattern.findall("a-1 b-2"), re.sub(r"\d", lambda m: str(int(m[0]) + 1), "a1b2"),
        re.split(r"[,;]\s*", "a, b;c"), [m.start() for m in re.finditer("a", "banana")], re.fullmatch("a+", "aab"), bool(re.match("b", "ab")), re.escape("a.b"),
    )  # fmt: skip


@same_as_python
def test_a_regular_expression_over_many_texts():
    return [re.findall(r"\d+", f"a{x}b{x * x}") for x in range(40)], sum(bool(re.search("7", str(x))) for x in range(100))


@same_as_python
def test_fractions():
    total = sum((Fraction(1, x) for x in range(1, 30)), Fraction(0))
    return (
        total,
        total.limit_denominator(100),
        Fraction("0.125"),
        Fraction(0.5) ** 2,
        float(total),
        Fraction(7, 3) // 1,
        round(Fraction(7, 3)),
        tried(Fraction, 1, 0),
    )


@same_as_python
def test_a_sum_of_fractions_over_slices():
    return sum(Fraction(x, 7) for x in range(40)), max(Fraction(x % 5, 3) for x in range(40)), sorted(Fraction(1, x) for x in range(1, 9))


@same_as_python
def test_decimals():
    a, b = Decimal("1.10"), Decimal(3)
    return (
        a + b,
        a / b,
        a * b,
        b**2,
        round(Decimal("2.675"), 2),
        a.quantize(Decimal("0.1")),
        Decimal("NaN").is_nan(),
        a.as_tuple(),
        f"{a:.3f}",
        tried(operator.truediv, a, Decimal(0))[0],
    )


@same_as_python
def test_decimals_in_a_context():
    with decimal.localcontext() as context:
        context.prec = 5
        short = Decimal(1) / Decimal(7)
    return short, Decimal(1) / Decimal(7), Decimal("0.1") + Decimal("0.2"), sum(Decimal(x) / 10 for x in range(40)), Decimal(2).sqrt()


@same_as_python
def test_dates_and_times():
    start = datetime.date(2024, 2, 28)
    moment = datetime.datetime(2024, 5, 6, 7, 8, 9, 10, tzinfo=datetime.timezone.utc)
    return (
        [start + datetime.timedelta(days=x) for x in range(4)], start.isoformat(), start.weekday(), moment.isoformat(), moment.timestamp(),
        moment - datetime.timedelta(hours=30), moment.strftime("%Y/%m/%d"), datetime.datetime.fromisoformat("2024-01-02T03:04:05"),
        (datetime.date(2025, 1, 1) - start).days, datetime.time(1, 2) < datetime.time(3), moment.astimezone(datetime.timezone(datetime.timedelta(hours=2))),
    )  # fmt: skip


@same_as_python
def test_dates_over_slices():
    return [datetime.date(2024, 1, 1) + datetime.timedelta(days=x) for x in range(40)], max(datetime.timedelta(x % 7, x) for x in range(40))


@same_as_python
def test_seeded_random_numbers():
    rng = random.Random(42)
    items = list(range(10))
    rng.shuffle(items)
    return (
        rng.random(),
        rng.randint(1, 100),
        rng.choice("abc"),
        rng.sample(range(100), 5),
        rng.gauss(0, 1),
        items,
        rng.uniform(1, 2),
        rng.getrandbits(70),
        rng.choices([1, 2], k=4),
    )


@same_as_python
def test_a_generator_of_random_numbers_in_each_element():
    return [random.Random(x).random() for x in range(40)], sum(random.Random(x).randint(1, 6) for x in range(40))


@same_as_python
def test_random_numbers_drawn_in_order():
    rng = random.Random(1)
    return [rng.random() for _ in range(50)], sum(rng.randrange(10) for _ in range(50)), rng.random()


@same_as_python
def test_bisect_and_heapq():
    items = sorted(x * 7 % 31 for x in range(20))
    bisect.insort(items, 15)
    heap = [5, 1, 4]
    heapq.heapify(heap)
    heapq.heappush(heap, 0)
    return (
        items,
        bisect.bisect_left(items, 10),
        bisect.bisect(items, 10),
        [heapq.heappop(heap) for _ in range(4)],
        heapq.nlargest(3, items),
        heapq.nsmallest(2, items, key=lambda x: -x),
        list(heapq.merge([1, 4], [2, 3])),
    )


@same_as_python
def test_bisect_over_elements():
    table = [x * x for x in range(20)]
    return [bisect.bisect(table, x) for x in range(0, 400, 7)]


@same_as_python
def test_json():
    data = {"a": [1, 2.5, None, True], "b": {"c": "ä\n"}}
    return (
        json.dumps(data),
        json.dumps(data, indent=1, sort_keys=True),
        json.loads('[1, 2.0, "x", null, {"k": false}]'),
        json.loads(json.dumps(data)) == data,
        json.dumps("ä", ensure_ascii=False),
    )


@same_as_python
def test_json_of_comprehensions():
    return (
        json.dumps([x * x for x in range(50)]),
        json.dumps({"v": [x / 2 for x in range(50)]}),
        [json.loads(f"[{x}]") for x in range(40)],
        json.dumps(tuple(x for x in range(3))),
    )


@same_as_python
def test_json_errors():
    return tried(json.loads, "{bad}"), tried(json.dumps, {1, 2}), tried(json.dumps, {(1, 2): 3}), json.dumps(float("inf"))


@same_as_python
def test_hashes():
    return (
        [hashlib.sha256(str(x).encode()).hexdigest()[:12] for x in range(40)],
        hashlib.md5(b"a").hexdigest(),
        hashlib.blake2b(b"x", digest_size=4).digest(),
    )


@same_as_python
def test_textwrap():
    text = "The quick brown fox jumps over the lazy dog. " * 3
    return (
        textwrap.wrap(text, 30),
        textwrap.fill(text, 50),
        textwrap.shorten(text, 20),
        textwrap.dedent("  a\n   b\n"),
        textwrap.indent("a\nb", "> "),
    )


@same_as_python
def test_templates():
    letter = string.Template("Dear $name, ${count} of $$5")
    values = {"name": "Anna", "count": 3}
    return letter.substitute(values), letter.safe_substitute(name="Bob"), tried(letter.substitute, {"name": 1}), letter.template


@same_as_python
def test_what_a_type_is_made_of():
    kinds = [list[int], dict[str, list[float]], typing.Optional[int], tuple[int, ...], int, typing.Literal[1, "a"]]
    return [str(typing.get_origin(kind)) for kind in kinds], [str(typing.get_args(kind)) for kind in kinds]


@same_as_python
def test_a_wrapper_takes_over_names():
    def plain(x):
        """Doubles."""
        return 2 * x

    def wrapper(x):
        return plain(x) + 1

    updated = functools.update_wrapper(wrapper, plain)
    return updated is wrapper, wrapper.__name__, wrapper.__doc__, wrapper(4)


@same_as_python
def test_copies():
    nested = [[1], {"a": [2]}]
    shallow, deep = copy.copy(nested), copy.deepcopy(nested)
    nested[0].append(9)
    return shallow, deep, shallow[0] is nested[0], copy.copy((1, 2)), copy.deepcopy({"x": {1}})


@same_as_python
def test_typing():
    Vector = list[float]
    number = typing.Optional[int]

    def f(x: typing.Any, y: "Vector", *, z: typing.Union[int, str] = 1) -> typing.Callable[[int], str]:
        return typing.cast(str, x)

    class Named(typing.Protocol):
        name: str

    return f(1, []), number == int | None, str(Vector), str(typing.Dict[str, int]), Named.__name__


@same_as_python
def test_functools_over_slices():
    return functools.reduce(operator.xor, (x * 7 for x in range(100))), functools.reduce(lambda a, b: a + [b], (x for x in range(40)), [])


@same_as_python
def test_numpy_arrays():
    a = np.arange(12).reshape(3, 4)
    return a.sum(), a.T.tolist(), (a * 2 + 1)[1], a.mean(axis=0), a[a > 5], np.dot(a, a.T), a.dtype.name, a.shape, a[:, 1:3].copy()


@same_as_python
def test_numpy_functions():
    x = np.linspace(0, 1, 9)
    return (
        np.sqrt(x),
        np.where(x > 0.5, 1, 0),
        np.cumsum(x),
        np.concatenate([x[:2], x[-1:]]),
        np.sort(np.array([3, 1, 2])),
        np.unique([1, 1, 2]),
        float(np.max(x)),
        np.clip(x, 0.2, 0.4),
    )


@same_as_python
def test_numpy_linear_algebra():
    a = np.array([[2.0, 1.0], [1.0, 3.0]])
    return np.linalg.det(a), np.linalg.solve(a, np.array([1.0, 2.0])), np.eye(2) @ a, np.linalg.norm(a), np.outer([1, 2], [3, 4])


@same_as_python
def test_numpy_random_numbers_with_a_seed():
    old, new = np.random.RandomState(3), np.random.default_rng(5)
    return old.rand(3), old.randint(0, 10, 4), new.random(3), new.integers(0, 9, 5), new.normal(size=2), old.permutation(4)


@same_as_python
def test_numpy_scalars_among_elements():
    a = np.array([1.5, 2.5, 3.5])
    return [x * 2 for x in a], sum(a), max(x for x in a), [float(x) for x in a], [type(x).__name__ for x in np.array([1, 2])], list(a)


@same_as_python
def test_numpy_over_slices():
    return [np.arange(x).sum() for x in range(40)], [np.full(2, x) for x in range(9)], sum(np.float64(x) for x in range(40))


@same_as_python
def test_local_arrays_may_change():
    a = np.zeros(5)
    a[2] = 7
    a += 1
    b = a[1:3]
    b *= 2
    return a, b, a.tolist()


@same_as_python
def test_type_errors_of_numpy():
    return np.array([1, 2]) + np.array([1, 2, 3])
