"""Functions with loops and branches, run whole and compared with Python."""

import ast
from dataclasses import replace

import pytest

from tests.ufora.compile.programs import check, check_elements, parse, plain, refusal_of
from ufora.compile.kernel import Kernel, compile_loop
from ufora.compile.spec import Code, Given, Scalar

IS_PRIME = """
def isPrime(p):
    x = 2
    while x*x <= p:
        if p % x == 0: return 0
        x = x + 1
    return 1
"""


def test_primes() -> None:
    check(IS_PRIME + "sum(isPrime(x) for x in range(20000))")
    check(IS_PRIME + "[x for x in range(2, 2000) if isPrime(x)]")


def test_collatz() -> None:
    check("""
def steps(n):
    count = 0
    while n != 1:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        count += 1
    return count
max(steps(n) for n in range(1, 3000))
""")


def test_a_generator_of_random_numbers() -> None:
    check("""
def draw(seed):
    state = seed
    for _ in range(20):
        state = (state * 1103515245 + 12345) % 2**31
        state ^= state >> 7
    return state
[draw(i) for i in range(500)]
""")


def test_a_walk_that_overflows_stops_and_python_goes_on() -> None:
    stopped = check_elements("""
def factorial(n):
    product = 1
    for k in range(2, n + 1):
        product *= k
    return product
[factorial(n) for n in range(30)]
""")
    assert stopped == list(range(21, 30))


@pytest.mark.parametrize("step", [1, 2, 7, -1, -3])
def test_ranges_of_any_step(step: int) -> None:
    check(
        """
def total(a, b, s):
    found = 0
    for k in range(a, b, s):
        found = found * 3 % 1000003 + k
    return found
[total(i % 11 - 5, i // 11 - 5, s) for i in range(121)]
""",
        s=step,
    )


def test_ranges_at_the_ends_of_the_machine() -> None:
    program = """
def last(a, b, s):
    found = 0
    for k in range(a, b, s):
        found = k
    return found
[last(A[i], B[i], S[i]) for i in range(len(A))]
"""
    top = 2**63 - 1
    starts = [top - 5, -top - 1, top, -top - 1, 0]
    stops = [top, top, -top - 1, -top, -top - 1]
    steps = [3, 2**62, -(2**62), 2, -top - 1]
    check(program.replace("len(A)", "5"), A=starts, B=stops, S=steps)


def test_a_range_with_step_zero_stops() -> None:
    program = """
def f(s):
    n = 0
    for k in range(0, 5, s):
        n += 1
    return n
[f(s) for s in range(-2, 3)]
"""
    assert check_elements(program) == [2]


def test_break_continue_and_else() -> None:
    check("""
def f(n):
    found = 0
    for k in range(n):
        if k % 3 == 1:
            continue
        if k * k > 50:
            break
        found += k
    else:
        found -= 1000
    while found > 10:
        found -= 7
        if found == 13:
            break
    else:
        found = -found
    return found
[f(n) for n in range(40)]
""")


def test_endless_loops_that_are_left() -> None:
    check("""
def f(n):
    k = 0
    while True:
        k += 1
        while 1:
            k += 1
            if k % 5 == 0:
                break
        if k * k > n:
            return k
[f(n) for n in range(200)]
""")


def test_a_loop_variable_keeps_its_last_value() -> None:
    check("""
def f(n):
    for k in range(n):
        k = k * 2
    return k
[f(n) for n in range(1, 10)]
""")


def test_a_variable_without_a_value_stops() -> None:
    program = """
def f(n):
    for k in range(n):
        y = k
    if n > 5:
        del_me = 1
    return k + y
[f(n) for n in range(10)]
"""
    assert check_elements(program) == [0]
    assert check_elements("def f(n):\n    if n % 2:\n        y = n\n    return y\n[f(n) for n in range(6)]") == [0, 2, 4]


def test_raise_and_assert_stop() -> None:
    assert check_elements(
        "def f(n):\n    if n == 3:\n        raise ValueError(n)\n    assert n != 5, n\n    return n\n[f(n) for n in range(8)]"
    ) == [3, 5]


def test_falling_off_the_end_stops() -> None:
    stopped = check_elements("def f(n):\n    if n != 4:\n        return n\n[n for n in range(8) if f(n) == n]")
    assert stopped == [4]


def test_tuples_are_built_unpacked_swapped_and_returned() -> None:
    check("""
def fibonacci(n):
    a, b = 0, 1
    for _ in range(n):
        a, b = b, a + b
    return a, (b, n * 0.5)
def f(n):
    a, (b, half) = fibonacci(n)
    pair = (a, b) + (n,)
    return pair[0] * 2 + pair[-1] - b
[f(n) for n in range(60)]
""")


def test_assignments_of_every_form() -> None:
    check("""
def f(n):
    a = b = n
    a += 1
    b **= 2
    c: int = a - b
    d: float
    a //= 2
    c <<= 3
    c |= 1
    if (e := c + a) > 5:
        return e
    [x, y] = a, b
    return x * y
[f(n) for n in range(30)]
""")


def test_an_int_that_becomes_a_float() -> None:
    program = """
def f(n):
    total = 0
    for k in range(n):
        total += k * 0.5
    return total
[f(n) for n in range(6)]
"""
    assert check_elements(program) == [0]  # there Python gives the int 0
    check("""
def mean(n):
    total = 0
    for k in range(n + 1):
        total = total + math.sqrt(k)
        if total > 3:
            total = total - 1
    return total / 2.0 * 2 - (total == 0.5)
[mean(n) for n in range(50)]
""")


def test_arguments_by_place_name_and_default() -> None:
    check("""
def f(a, b=10, c=0.5):
    return (a * b) * c
[f(i) + f(i, 2) + f(i, c=2.0) + f(b=i, a=1) for i in range(5)]
""")


def test_a_function_for_ints_and_for_floats() -> None:
    check("def square(x):\n    return x * x\n[square(i) + square(i * 0.1) for i in range(9)]")


def test_functions_that_call_themselves() -> None:
    check("""
def fibonacci(n):
    return n if n < 2 else 1
def fib(n):
    if n < 2:
        return n
    return fib(n - 1) + fib(n - 2)
[fib(n) + fibonacci(n) for n in range(20)]
""")
    check("""
def ackermann(m, n):
    if m == 0:
        return n + 1
    if n == 0:
        return ackermann(m - 1, 1)
    return ackermann(m - 1, ackermann(m, n - 1))
[ackermann(i % 3, i) for i in range(20)]
""")
    check("""
def even(n):
    if n == 0:
        return True
    return odd(n - 1)
def odd(n):
    if n == 0:
        return False
    return even(n - 1)
[even(n) for n in range(100)]
""")


def test_a_function_that_calls_itself_with_a_variable_that_widens() -> None:
    check("""
def other(n):
    total = 0
    total += f(n - 1) * 0.5
    return total
def f(n):
    total = 1
    if n <= 0:
        return 0.25
    for k in range(n % 3 + 1):
        total += other(n - k)
    return total
[f(n) for n in range(12)]
""")


def test_deep_recursion_is_left_to_python() -> None:
    program = """
def f(n):
    if n == 0:
        return 0
    return 1 + f(n - 1)
[f(n) for n in range(450)]
"""
    assert check_elements(program) == list(range(400, 450))


def test_a_lambda() -> None:
    tree = ast.parse("lambda x, y=2: x * y + k", mode="eval").body
    assert isinstance(tree, ast.Lambda)
    program = parse("[i for i in range(5)]")
    names = {"f": Code("<lambda>", "p", tree, {"k": Given(Scalar.FLOAT)}, (Given(Scalar.INT),))}
    comprehension = ast.parse("[f(i) for i in range(5)]", mode="eval").body
    assert isinstance(comprehension, ast.ListComp)
    kernel = compile_loop(replace(program.loop, tree=comprehension, names=names), None)
    assert isinstance(kernel, Kernel)
    assert plain(kernel.run(range(5), 0, 5, (0.5, 3)).partial) == [0.5, 3.5, 6.5, 9.5, 12.5]


def test_functions_are_values() -> None:
    check("""
def double(x):
    return 2 * x
def twice(f, x):
    g = f
    return g(f(x))
[twice(double, i) for i in range(5)]
""")


def test_lists_are_read_with_pythons_indexes() -> None:
    program = "[A[i - 5] for i in range(11)]"
    assert check_elements(program, A=[1.5, 2.5, 3.5]) == [0, 1, 8, 9, 10]
    check(
        """
def f(n):
    total = n
    for x in A:
        total += x
        if x > n:
            break
    return total + len(A)
[f(n) for n in range(8)]
""",
        A=[3, 1, 4, 1, 5, 9, 2, 6],
    )
    check("[x * 2 for x in A if x]", A=[True, False, True])
    check("sum(x for x in A)", A=[0.1] * 3000)


def test_given_values_of_every_type() -> None:
    check(
        """
def f(x):
    return (x + t[0]) * t[1][0] if flag else x
[f(i * scale) + A[n] for i in range(5)]
""",
        t=(1, (0.5, True)),
        flag=True,
        scale=0.25,
        A=[1.0, 2.0],
        n=1,
    )


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ("    x = 1\n    x = n < 2\n    return x", "`x` is an int first and a bool later"),
        ("    if n: return 1\n    return n > 2", "returns an int here and a bool there"),
        ("    return", "None"),
        ("    x = f'{n}'\n    return 1", "not compiled"),
        ("    return f(n - 1)", "calls itself before its first `return`"),
        ("    try:\n        return n\n    finally:\n        pass", "`try:`"),
        ("    def g(): return 1\n    return g()", "inside a function"),
        ("    global q\n    q = 1\n    return q", "global"),
        ("    return n + y\n    y = 1", "before it is assigned"),
        ("    a, b = n\n    return a", "unpacking"),
        ("    a, b = 1, 2, 3\n    return a", "3 values"),
        ("    for x in n: pass\n    return 1", "loop over an int"),
        ("    for x in range(0.5): pass\n    return 1", "an int is needed"),
        ("    raise ValueError", "never returns"),
        ("    with n: return 1", "with n"),
        ("    return f(1, 2, 3)", "do not fit"),
    ],
)
def test_what_is_not_compiled_says_why(body: str, word: str) -> None:
    refusal = refusal_of(f"def f(n):\n{body}\n[f(n) for n in range(5)]")
    assert word in refusal.reason
    assert refusal.path == "program.py"
    assert 1 <= refusal.line <= 5
