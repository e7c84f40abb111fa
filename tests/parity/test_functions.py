"""Functions: closures, recursion, decorators, functools, generators; and what is captured of them."""

import functools
import itertools
from collections.abc import Callable
from functools import lru_cache, partial, reduce, wraps

from tests.parity.same import purely_numeric, same_as_python


def logged(function):
    @wraps(function)
    def inner(*args, **options):
        """Not the text that shows."""
        return "logged", function(*args, **options)

    inner.level = "debug"
    return inner


@logged
def area(width: int, height: "float" = 2.0, *, unit: str = "m") -> float:
    """Width times height."""
    return width * height


@lru_cache(maxsize=None)
def fibonacci(n):
    return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)


@functools.cache
def stirling(n, k):
    return int(n == k == 0) if n == 0 or k == 0 else k * stirling(n - 1, k) + stirling(n - 1, k - 1)


def annotated(a: int, b: "list[int]", *c: float, d: Callable[[int], str] = str, **e: None) -> dict[str, int]:
    return {}


def make_counter(start):
    count = start

    def step(by=1):
        nonlocal count
        count += by
        return count

    def peek():
        return count

    return step, peek


def make_pair():
    value = 10

    def double():
        return value * 2

    def triple():
        return value * 3

    return double, triple


DOUBLE, TRIPLE = make_pair()
ADD_FIVE = partial(lambda a, b, c=0: (a, b, c), 5, c=1)


def tree_sum(lo, hi):
    if hi - lo < 4:
        return sum(range(lo, hi))
    mid = (lo + hi) // 2
    return tree_sum(lo, mid) + tree_sum(mid, hi)


def ackermann(m, n):
    return n + 1 if m == 0 else ackermann(m - 1, 1 if n == 0 else ackermann(m, n - 1))


def is_even(n):
    if n == 0:
        return True
    return is_odd(n - 1)


def is_odd(n):
    if n == 0:
        return False
    return is_even(n - 1)


def walk(tree):
    if isinstance(tree, list):
        for branch in tree:
            yield from walk(branch)
    else:
        yield tree


@same_as_python
def test_a_wrapped_function():
    return area(3), area.__name__, area.__doc__, area.level


@same_as_python
def test_what_wraps_keeps():
    @logged
    def f(x):
        """Text of f."""
        return x

    return f(1), f.__name__, f.__doc__, f.level


@same_as_python
def test_an_annotated_function():
    def f(x: int, y: "str" = "") -> "nothing of that name": ...  # noqa: F722

    return annotated(1, [2], 3.0, e=None), f(1)


@same_as_python
def test_a_cached_function():
    return [fibonacci(n) for n in range(60)], stirling(10, 4)


@same_as_python
def test_a_cache_inside():
    @functools.lru_cache(maxsize=2)
    def slow(n):
        return n * n

    return [slow(x % 3) for x in range(9)], slow.__name__


@same_as_python
def test_captured_closures_of_one_function():
    return DOUBLE(), TRIPLE(), [DOUBLE() + x for x in range(40)]


@same_as_python
def test_closures_made_inside_share_their_cell():
    step, peek = make_counter(5)
    other, _ = make_counter(100)
    return step(), step(10), peek(), other(), peek()


@same_as_python
def test_closures_over_a_loop_variable():
    late = [lambda: i for i in range(3)]
    early = [lambda i=i: i for i in range(3)]
    return [f() for f in late], [f() for f in early]


@same_as_python
def test_a_closure_three_levels_deep():
    def a(x):
        def b(y):
            def c(z):
                nonlocal x
                x += z
                return x + y

            return c

        return b

    c = a(1)(10)
    return c(100), c(1000)


@same_as_python
def test_an_unbound_closure_variable():
    def f():
        return later

    try:
        f()
    except NameError as error:
        text = str(error)
    later = 1
    return text, f()


@same_as_python
def test_an_unbound_local():
    def f(flag):
        if flag:
            x = 1
        return x

    return [f(True), f(False)]


@same_as_python
def test_partial():
    power = partial(pow, 2)
    return ADD_FIVE(6), ADD_FIVE(6, c=7), power(10), power.args, power.func is pow, partial(ADD_FIVE, 1)(), list(map(power, range(5)))


@same_as_python
def test_reduce():
    return (
        reduce(lambda a, b: a * 10 + b, (x % 10 for x in range(1, 30))),
        reduce(max, [3, 1, 4], 9),
        reduce(lambda a, b: f"({a}{b})", "abcd"),
    )


@same_as_python
def test_reduce_of_nothing():
    return reduce(lambda a, b: a + b, [])


@same_as_python
def test_a_stack_of_decorators():
    def tag(name):
        def decorate(function):
            @wraps(function)
            def inner(*args):
                return f"<{name}>{function(*args)}</{name}>"

            return inner

        return decorate

    @tag("b")
    @tag("i")
    def text(x):
        return f"{x}"

    return [text(x) for x in range(3)], text.__name__


@same_as_python
def test_a_decorator_that_is_a_class():
    class Counted:
        def __init__(self, function):
            self.function, self.count = function, 0

        def __call__(self, *args):
            self.count += 1
            return self.function(*args)

    @Counted
    def f(x):
        return -x

    values = [f(1), f(2)]
    return values, f.count


@same_as_python
def test_total_ordering_and_cmp_to_key():
    @functools.total_ordering
    class Version:
        def __init__(self, text):
            self.parts = text.split(".")

        def __eq__(self, other):
            return self.parts == other.parts

        def __lt__(self, other):
            return self.parts < other.parts

    a, b = Version("1.2"), Version("1.10")
    return a >= b, a > b, a <= b, sorted([3, 1, 2], key=functools.cmp_to_key(lambda x, y: y - x))


@same_as_python
def test_singledispatch():
    @functools.singledispatch
    def show(x):
        return "object"

    @show.register(int)
    def _(x):
        return "int"

    @show.register(list)
    def _(x):
        return [show(each) for each in x]

    return show([1, "a", [2.5, True]])


@same_as_python
def test_singledispatch_by_annotations():
    @functools.singledispatch
    def show(x):
        return "object"

    @show.register
    def _(x: int, more: str = ""):
        return "int"

    @show.register
    def of_list(x: list) -> list:
        return [show(each) for each in x]

    class Shape:
        @functools.singledispatchmethod
        def scale(self, by):
            return by

        @scale.register
        def _(self, by: float):
            return by * 2

    return show([1, "a", [2.5, True]]), of_list([1]), Shape().scale(1.5), Shape().scale("a")


@same_as_python
def test_cached_property_and_partialmethod():
    class Circle:
        def __init__(self, r):
            self.r, self.computed = r, 0

        @functools.cached_property
        def area(self):
            self.computed += 1
            return 3 * self.r**2

        def scale(self, by, offset=0):
            return self.r * by + offset

        double = functools.partialmethod(scale, 2)

    c = Circle(2)
    return c.area + c.area, c.computed, c.double(), c.double(offset=1)


@same_as_python
def test_recursion_over_divide_and_conquer():
    return tree_sum(0, 500), ackermann(2, 3), [is_even(x) for x in range(6)]


@purely_numeric
def test_recursion_in_machine_code():
    def fib(n):
        if n < 2:
            return n
        return fib(n - 1) + fib(n - 2)

    return [fib(x) for x in range(12)]


@purely_numeric
def test_mutual_recursion_in_machine_code():
    return sum(is_even(x) for x in range(40))


@purely_numeric
def test_a_closure_in_machine_code():
    def make(scale, offset):
        def line(x):
            return x * scale + offset

        return line

    line = make(3, 0.5)
    return sum(line(x) for x in range(100))


@purely_numeric
def test_running_sums_of_names_and_calls_in_machine_code():
    def step(x):
        return x * 0.5

    def total(n, start):
        whole, half = start, 0.0
        for k in range(n):
            whole += k
            half += step(k)
        return whole + half

    return [total(n, 1) for n in range(40)], total(5, 2.5)


@purely_numeric
def test_lambdas_in_machine_code():
    square = lambda x: x * x  # noqa: E731
    return [square(x) - square(x - 1) for x in range(60)]


@purely_numeric
def test_default_arguments_in_machine_code():
    def f(x, factor=3, offset=0.25):
        return x * factor + offset

    return [f(x) + f(x, 2) + f(x, 2, 1.0) for x in range(50)]


@same_as_python
def test_higher_order_functions():
    def compose(*functions):
        return reduce(lambda f, g: lambda x: g(f(x)), functions)

    return [compose(str, len, float)(10**x) for x in range(5)], list(map(compose(abs, str), (-1, 2)))


@same_as_python
def test_a_generator_function():
    def count(n):
        received = []
        for i in range(n):
            got = yield i
            if got:
                received.append(got)
        return received

    g = count(4)
    out = [next(g), g.send("a"), g.send(None), g.send("b")]
    try:
        next(g)
    except StopIteration as stop:
        return out, stop.value


@same_as_python
def test_yield_from_passes_everything_on():
    def inner():
        try:
            x = yield 1
            yield x
        except KeyError as error:
            yield f"caught {error}"
        return "inner done"

    def outer():
        result = yield from inner()
        yield result

    g, h = outer(), outer()
    first = next(g), g.send("sent"), next(g)
    next(h)
    return first, h.throw(KeyError("k")), next(h), list(walk([1, [2, [3, 4], []], 5]))


@same_as_python
def test_closing_a_generator():
    log = []

    def g():
        try:
            yield 1
            yield 2
        finally:
            log.append("closed")

    a = g()
    next(a)
    a.close()
    return log, list(a)


@same_as_python
def test_an_endless_generator():
    def naturals():
        n = 0
        while True:
            yield n
            n += 1

    return list(itertools.islice((n * n for n in naturals() if n % 3), 10)), next(x for x in naturals() if x > 7)


@same_as_python
def test_a_pipeline_of_generators():
    numbers = (x for x in range(100))
    even = (x for x in numbers if x % 2 == 0)
    squares = (x * x for x in even)
    return next(squares), next(numbers), sum(squares), list(numbers)


@same_as_python
def test_a_generator_that_raises_in_the_middle():
    g = (10 // (3 - x) for x in range(6))
    seen = []
    try:
        for value in g:
            seen.append(value)
    except ZeroDivisionError:
        seen.append("zero")
    return seen, list(g)


@same_as_python
def test_any_and_all_leave_the_rest_of_a_generator():
    g = (x > 3 for x in range(10))
    h = (x < 5 for x in range(10))
    k = (x for x in range(6))
    return any(g), list(g), all(h), list(h), 2 in k, list(k)


@same_as_python
def test_a_generator_whose_consumer_raises():
    g = ("a" if x == 3 else x for x in range(6))
    try:
        return sum(g)
    except TypeError as error:
        return str(error), list(g)


@same_as_python
def test_a_generator_whose_largest_cannot_be_found():
    g = ("a" if x == 3 else x for x in range(6))
    try:
        return max(g)
    except TypeError as error:
        return str(error), list(g)


@same_as_python
def test_a_generator_in_order_whose_consumer_raises():
    seen = []
    g = (seen.append(x) or ("a" if x == 3 else x) for x in range(6))
    h = (seen.append(x) or ("a" if x == 2 else x) for x in range(5))
    k = (seen.append(x) or 6 // (2 - x) for x in range(5))
    for consume, generator in ((max, g), (sum, h), (min, k)):
        try:
            consume(generator)
        except (TypeError, ZeroDivisionError) as error:
            seen.append(type(error))
    return seen, list(g), list(h), list(k), seen


@same_as_python
def test_a_generator_held_while_it_is_summed():
    g = (x * x for x in range(10))
    first = sum(g)
    return first, sum(g), list(g), next(g, "empty")


@same_as_python
def test_a_generator_that_returns():
    def g():
        yield 1
        return "value"

    def outer():
        return (yield from g()), "after"

    o = outer()
    next(o)
    try:
        next(o)
    except StopIteration as stop:
        return stop.value


@same_as_python
def test_iterators_of_the_users_own():
    class Countdown:
        def __init__(self, n):
            self.n = n

        def __iter__(self):
            return self

        def __next__(self):
            if self.n == 0:
                raise StopIteration
            self.n -= 1
            return self.n

    c = Countdown(3)
    return list(c), list(c), sum(x * x for x in Countdown(5)), max(Countdown(4)), dict(enumerate(Countdown(2)))


@same_as_python
def test_iter_with_a_sentinel():
    items = [3, 2, 1, 0, 9]
    return list(iter(lambda: items.pop(0), 0)), items


@same_as_python
def test_attributes_of_functions():
    def f(a, b=2, *, c=3):
        """Text."""

    f.tag = [1]
    return f.__name__, f.__doc__, f.tag, callable(f), hasattr(f, "nothing")


@same_as_python
def test_functions_as_keys_and_values():
    table = {"double": lambda x: x * 2, len: "length"}
    return table["double"](4), table[len], sorted(["bb", "a", "ccc"], key=len), max([3, -5], key=abs)


@same_as_python
def test_a_function_called_by_name_of_itself():
    def countdown(n):
        return [n, *countdown(n - 1)] if n else []

    rebound = countdown
    countdown = lambda n: ["other"]  # noqa: E731
    return rebound(3)


@same_as_python
def test_a_recursive_lambda_and_a_fixpoint():
    fact = lambda n: 1 if n < 2 else n * fact(n - 1)  # noqa: E731
    y = lambda f: (lambda x: x(x))(lambda x: f(lambda *a: x(x)(*a)))  # noqa: E731
    return [fact(n) for n in range(25)], y(lambda me: lambda n: 1 if n < 2 else n * me(n - 1))(10)


@same_as_python
def test_print_in_order():
    print("first", 1, 2.5, sep="|")
    for x in range(3):
        print(x, end=" ")
    print()
    values = [print("in a comprehension", x) for x in range(3)]
    print(*values, flush=True)
    return values


@same_as_python
def test_print_of_unicode_and_nothing():
    print("äöü €", [1, "a"], {"k": None}, None, sep="\n", end="")
    print()
    print(end="")


@same_as_python
def test_print_before_an_exception():
    print("before")
    raise ValueError("after printing")
