"""Statements and expressions: loops, unpacking, comprehensions, match, try, with, f-strings."""

import contextlib

from tests.parity import assertions
from tests.parity.same import purely_numeric, same_as_python


@same_as_python
def test_for_with_else():
    def find(items, wanted):
        for index, item in enumerate(items):
            if item == wanted:
                break
        else:
            return "nowhere"
        return index

    return [find([5, 6, 7], x) for x in range(4, 9)]


@same_as_python
def test_while_with_else_break_and_continue():
    seen, n = [], 0
    while n < 10:
        n += 1
        if n % 3 == 0:
            continue
        if n == 8:
            break
        seen.append(n)
    else:
        seen.append("else")
    while n:
        n -= 1
    else:
        seen.append("done")
    return seen, n


@purely_numeric
def test_for_with_else_in_machine_code():
    def smallest_divisor(n):
        for d in range(2, n):
            if n % d == 0:
                break
        else:
            return n
        return d

    return [smallest_divisor(n) for n in range(2, 100)]


@purely_numeric
def test_while_with_continue_in_machine_code():
    def odd_sum(n):
        total = k = 0
        while True:
            k += 1
            if k > n:
                break
            if k % 2 == 0:
                continue
            total += k
        return total

    return sum(odd_sum(n) for n in range(60))


@same_as_python
def test_nested_loops_and_the_last_value_of_their_variables():
    for i in range(3):
        for j in range(i):
            pass
    return i, j


@same_as_python
def test_changing_a_list_while_looping_over_it():
    items, seen = [1, 2, 3, 4], []
    for item in items:
        seen.append(item)
        if item < 3:
            items.append(item * 10)
    return items, seen


@same_as_python
def test_changing_a_dictionary_while_looping_over_it():
    table = {"a": 1}
    for key in table:
        table[key + "x"] = 1
    return table


@same_as_python
def test_unpacking():
    (a, b), *c, d = [(1, 2), 3, 4, 5]
    [e, (f, *g)] = "x", "yz!"
    h = i = (j := 5) + 1
    return a, b, c, d, e, f, g, h, i, j


@same_as_python
def test_unpacking_the_wrong_number():
    texts = []
    for items in ([], [1, 2, 3]):
        try:
            a, b = items
        except ValueError as error:
            texts.append(str(error))
    try:
        a, *b, c = [1]
    except ValueError as error:
        texts.append(str(error))
    return texts


@same_as_python
def test_swapping_and_multiple_targets():
    items = [0, 1, 2]
    i = 0
    i, items[i] = 1, 9
    items[1], items[2] = items[2], items[1]
    return i, items


@same_as_python
def test_star_expressions_in_calls_and_displays():
    def f(*args, **options):
        return args, options

    a, d = [1, 2], {"x": 1}
    return f(*a, 3, *a, **d, y=2), [*a, *"ab"], {*a, 3}, (*a,), {**d, "x": 5, **{"z": 0}}


@same_as_python
def test_the_same_keyword_twice():
    def f(**options):
        return options

    try:
        return f(**{"a": 1}, **{"a": 2})
    except TypeError as error:
        return str(error).rpartition(".")[2]


@same_as_python
def test_comprehensions_of_every_kind():
    return (
        [x for x in range(10) if x % 2 if x > 3],
        {x % 4 for x in range(10)},
        {k: v for k, v in zip("abc", range(3), strict=True)},
        list(x * y for x in range(4) for y in range(x) if x + y != 3),
        [[y for y in range(x)] for x in range(4)],
        [x for row in [[1, 2], [], [3]] for x in row],
    )


@same_as_python
def test_a_comprehension_has_its_own_scope():
    x = "outside"
    squares = [x * x for x in range(5)]
    return x, squares, [(lambda: y)() for y in range(3)], [f() for f in [lambda: z for z in range(3)]]


@same_as_python
def test_a_comprehension_unpacks():
    return [a + sum(rest) for a, *rest in [(1, 2, 3), (4,), (5, 6)]], [k for (k, _), v in {("a", 1): 2}.items()]


@same_as_python
def test_a_walrus_inside_a_comprehension():
    total = 0
    running = [total := total + x for x in range(10)]
    return running, total, any((found := x) > 6 for x in range(10)), found


@same_as_python
def test_conditions_that_call():
    def keep(x):
        return x % 3 == 1

    return [str(x) for x in range(30) if keep(x)], sum(x for x in range(100) if keep(x))


@purely_numeric
def test_three_clauses():
    return sum(x * y + z for x in range(8) for y in range(x) if y % 2 for z in range(3))


@purely_numeric
def test_a_list_of_several_clauses():
    return [x * 100 + y for x in range(20) if x % 3 for y in range(x) if (x + y) % 4 == 0]


@same_as_python
def test_match_of_literals_and_guards():
    def name(x):
        match x:
            case 0 | 1:
                return "bit"
            case int() if x < 0:
                return "negative"
            case -1.5 | "a" | b"b" | None | True:
                return "literal"
            case _ if callable(x):
                return "callable"
            case _:
                return "other"

    return [name(x) for x in (0, 1, -5, -1.5, "a", b"b", None, True, len, 99, 1.0)]


@same_as_python
def test_match_of_sequences():
    def shape(x):
        match x:
            case []:
                return "empty"
            case [a]:
                return a
            case (1, *rest, 9):
                return "1…9", rest
            case [[a, b], *_]:
                return a, b
            case [_, _]:
                return "two"
            case _:
                return "no"

    return [shape(x) for x in ([], [5], (1, 2, 3, 9), [[1, 2], 3], (4, 5), "ab", range(1), {1})]


@same_as_python
def test_match_of_mappings():
    def read(x):
        match x:
            case {"kind": "point", "at": (a, b), **rest}:
                return a, b, rest
            case {"kind": str(kind)}:
                return kind
            case {}:
                return "mapping"
            case _:
                return None

    return [read(x) for x in ({"kind": "point", "at": (1, 2), "c": 3}, {"kind": "line"}, {"kind": 5}, [])]


@same_as_python
def test_match_of_classes():
    class Point:
        __match_args__ = ("x", "y")

        def __init__(self, x, y):
            self.x, self.y = x, y

    def where(p):
        match p:
            case Point(0, 0):
                return "origin"
            case Point(x=0) as q:
                return "axis", q.y
            case Point(x, y) if x == y:
                return "diagonal", x
            case Point():
                return "anywhere"
            case int(n) | float(n):
                return n

    return [where(p) for p in (Point(0, 0), Point(0, 3), Point(2, 2), Point(1, 2), 5, 2.5, "x")]


@same_as_python
def test_try_in_all_its_parts():
    log = []

    def run(x):
        try:
            log.append("try")
            value = 10 / x
        except ZeroDivisionError as error:
            log.append(str(error))
            return "zero"
        except (TypeError, ValueError):
            log.append("type")
            raise
        else:
            log.append("else")
            return value
        finally:
            log.append("finally")

    found = []
    for x in (0, 4, "a"):
        try:
            found.append(run(x))
        except TypeError as error:
            found.append(str(error))
    return found, log


@same_as_python
def test_finally_may_return_something_else():
    def f():
        for _ in range(3):
            try:
                return "try"
            finally:
                continue
        return "after"

    def g():
        try:
            raise KeyError("lost")
        finally:
            return "finally"  # noqa: B012

    return f(), g()


@same_as_python
def test_nested_handlers_and_bare_raise():
    def inner(x):
        try:
            return [1, 2][x]
        except IndexError:
            try:
                raise KeyError(x)
            except KeyError:
                pass
            raise

    try:
        return inner(0), inner(5)
    except LookupError as error:
        return type(error), error.args, error.__context__ is None


@same_as_python
def test_the_name_of_a_caught_exception_is_gone_afterwards():
    error = "before"
    try:
        raise ValueError
    except ValueError as error:
        kept = error
    try:
        return error
    except UnboundLocalError as gone:
        return str(gone), type(kept)


@same_as_python
def test_raise_from():
    try:
        try:
            {}["k"]
        except KeyError as error:
            raise ValueError("no such key") from error
    except ValueError as error:
        return repr(error.__cause__), error.__suppress_context__


@same_as_python
def test_an_exception_with_a_cause_comes_home():
    def look_up(x):
        try:
            return {0: 1}[x]
        except KeyError as error:
            raise LookupError(f"nothing at {x}") from error

    return [look_up(x) for x in range(5)]


@same_as_python
def test_an_exception_raised_from_none():
    try:
        raise KeyError("inner")
    except KeyError:
        raise ValueError("outer") from None


@same_as_python
def test_notes_of_an_exception():
    def check(x):
        try:
            return 1 // (3 - x)
        except ZeroDivisionError as error:
            error.add_note(f"while checking {x}")
            error.add_note("second")
            raise

    return [check(x) for x in range(10)]


@same_as_python
def test_assertions():
    texts = []
    for x in (1, 7):
        try:
            texts.append(assertions.check_small(x))
        except AssertionError as error:
            texts.append(error.args)
    return texts


@same_as_python
def test_an_assertion_with_no_text():
    return [assertions.check_positive(30 - x) for x in range(50)]


@same_as_python
def test_a_context_manager_of_the_users_own():
    log = []

    class Step:
        def __init__(self, name, swallow=False):
            self.name, self.swallow = name, swallow

        def __enter__(self):
            log.append(f"enter {self.name}")
            return self

        def __exit__(self, kind, error, trace):
            log.append(f"exit {self.name} {kind and kind.__name__}")
            return self.swallow

    with Step("a") as a, Step("b", swallow=True):
        log.append(a.name)
        raise ValueError("inside")
    with Step("c"), Step("d") as d:
        log.append(d.name)
    return log


@same_as_python
def test_a_context_manager_that_fails():
    class Failing:
        def __enter__(self):
            return 1

        def __exit__(self, *details):
            raise KeyError("leaving")

    try:
        with Failing() as x:
            x / 0
    except KeyError as error:
        return repr(error), repr(error.__context__)


@same_as_python
def test_an_exit_stack():
    said = []

    @contextlib.contextmanager
    def noting(name):
        said.append(f"in {name}")
        try:
            yield name
        finally:
            said.append(f"out {name}")

    def swallow(kind, error, trace):
        said.append(kind.__name__)
        return kind is KeyError

    with contextlib.ExitStack() as stack:
        names = [stack.enter_context(noting(name)) for name in "abc"]
        stack.callback(said.append, "called back")
        stack.push(swallow)
        raise KeyError("x")
    try:
        with contextlib.ExitStack() as stack:
            stack.push(swallow)
            stack.enter_context(noting("d"))
            kept = stack.pop_all()
            raise ValueError(1)
    except ValueError as error:
        said.append(str(error))
    kept.close()
    return said, names


@same_as_python
def test_contextlib_suppress_and_nullcontext():
    found = []
    with contextlib.suppress(KeyError), contextlib.nullcontext("x") as x:
        found.append(x)
        {}["missing"]
    return found


@same_as_python
def test_a_generator_as_a_context_manager():
    log = []

    @contextlib.contextmanager
    def step(name):
        log.append("in " + name)
        try:
            yield name.upper()
        finally:
            log.append("out " + name)

    with step("a") as a:
        log.append(a)
    return log


@same_as_python
def test_f_strings_of_every_form():
    x, width, text = 1234.5678, 12, "äö"
    table = {"a": [1, 2]}
    return (
        f"{x:.2f}|{x:>{width}.1f}|{x:,.0f}|{x:e}|{x:%}|{x!r}|{text!a}|{text!s:*^8}",
        f"{{}} {table['a'][1]} {x if x > 0 else -x:g} {(lambda n: n * 2)(4)}",
        f"{x=:.1f} {text = } {width=}",
        f"{255:#x} {255:08b} {-5:+d} {5: d} {1_000_000:_} {3.0:n}",
        f"""{x:{">"}{width}}""" f"{None}{True}{[1.0]}",
    )


@same_as_python
def test_formatting_the_older_ways():
    return (
        "%s %r %05.1f %x %%" % ("a", "b", 3.14159, 255),
        "%(a)s" % {"a": 1},
        "{} {1} {0}".replace("{} ", "").format(1, 2),
        "{:>{w}}".format("a", w=4),
    )


@same_as_python
def test_format_methods():
    class Money:
        def __init__(self, cents):
            self.cents = cents

        def __format__(self, spec):
            return f"{self.cents / 100:{spec or '.2f'}} €"

    return [f"{Money(x)} {Money(x):.0f}" for x in (5, 1250)], format(3.14159, ".3"), format("a", "^5")


@same_as_python
def test_a_bad_format():
    return [f"{x:d}" for x in (1, 2, 2.5)]


@same_as_python
def test_local_imports():
    import math as m
    from itertools import chain

    return m.floor(2.5), list(chain("a", "b"))


@same_as_python
def test_del():
    a, b, c = [1, 2, 3], {"x": 1, "y": 2}, 5
    del a[1], b["x"]
    del c
    try:
        return a, b, c
    except UnboundLocalError as error:
        return a, b, str(error)


@same_as_python
def test_pass_ellipsis_and_docstrings():
    def documented():
        """What it does."""
        ...

    class Empty: ...

    return documented(), documented.__doc__, Empty.__doc__, Empty.__name__


@same_as_python
def test_global_constants_and_conditional_expressions():
    return [("even" if x % 2 == 0 else "odd") + ("!" if x > 2 else "") for x in range(5)]


@same_as_python
def test_lambda_with_every_kind_of_parameter():
    f = lambda a, /, b=2, *c, d, e=5, **g: (a, b, c, d, e, g)  # noqa: E731
    return f(1, d=4), f(1, 3, 4, 5, d=6, z=7)


@same_as_python
def test_wrong_calls():
    def f(a, /, b, *, c):
        return a, b, c

    texts = []
    for args, options in (((), {}), ((1, 2, 3), {"c": 1}), ((1,), {"a": 2, "b": 3, "c": 4}), ((1, 2), {})):
        try:
            f(*args, **options)
        except TypeError as error:
            texts.append(str(error))
    return texts


@same_as_python
def test_default_values_are_made_once():
    def collect(x, into=[]):  # noqa: B006
        into.append(x)
        return len(into)

    return collect(1), collect(2), collect(3, [])


@same_as_python
def test_long_numbers_and_strings_in_source():
    return 0xFF_FF, 0b1010, 0o17, 1_000.5e-3, 1e400, 10**30, "a\tb\u00e4\N{EURO SIGN}\\", r"\n", b"\x00\xff", "ab"


@same_as_python
def test_annotations_of_locals_do_nothing():
    x: int = "text"
    y: "nonsense"  # noqa: F821
    return x


@same_as_python
def test_nested_functions_see_later_assignments():
    def show():
        return value

    value = 1
    first = show()
    value = 2
    return first, show()
