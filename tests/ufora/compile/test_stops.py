"""Every way to stop says why and on which line, whichever function the line is in."""

import ast
from dataclasses import replace
from typing import Any

import pytest

from tests.ufora.compile.programs import kernel_of, parse, source_of
from ufora.compile.kernel import load_kernel
from ufora.compile.spec import Code
from ufora.compile.stops import NO_SITE, UNFIT, Stop, find_stop, list_owners

BIG = 2**62
NAN, INFINITY = float("nan"), float("inf")
#  what one element is, its values, why it stops
EXPRESSIONS: list[tuple[str, dict[str, Any], str]] = [
    ("x + n", {"n": 2**63 - 1}, "the result of `+` exceeds 64 bits"),
    ("-x - n - 1", {"n": 2**63 - 1}, "the result of `-` exceeds 64 bits"),
    ("x * n * 4", {"n": BIG}, "the result of `*` exceeds 64 bits"),
    ("abs(n)", {"n": -(2**63)}, "the result of `abs` exceeds 64 bits"),
    ("math.gcd(n, 3)", {"n": -(2**63)}, "the result of `math.gcd` exceeds 64 bits"),
    ("x // n", {"n": 0}, "`//` divides by zero"),
    ("x % n", {"n": 0}, "`%` divides by zero"),
    ("x / n", {"n": 0}, "`/` divides by zero"),
    ("n // m", {"n": -(2**63), "m": -1}, "the result of `//` exceeds 64 bits"),
    ("divmod(x, n)[0]", {"n": 0}, "`//` divides by zero"),
    ("1.5 / n", {"n": 0.0}, "`/` divides by zero"),
    ("1.5 % n", {"n": 0.0}, "`%` divides by zero"),
    ("1.5 // n", {"n": 0.0}, "`//` divides by zero"),
    ("x << n", {"n": 64}, "`<<` shifts by a negative count or by more than 63"),
    ("3 << n", {"n": 62}, "the result of `<<` exceeds 64 bits"),
    ("x >> n", {"n": -1}, "`>>` shifts by a negative count"),
    ("n ** 2", {"n": BIG}, "the result of `**` exceeds 64 bits"),
    ("x ** n", {"n": -1}, "the result of `**` exceeds 64 bits, or its exponent is negative"),
    ("pow(x, n, 7)", {"n": -1}, "the exponent of `pow` is negative"),
    ("pow(x, 3, n)", {"n": 0}, "the modulus of `pow` is not from 1 to 2**32 - 1"),
    ("math.isqrt(n)", {"n": -1}, "`math.isqrt` is asked of a negative number"),
    ("math.sqrt(n)", {"n": -1.0}, "`math.sqrt` is asked of a negative number or a NaN"),
    ("math.log(n)", {"n": 0.0}, "the result of `math.log` is not finite"),
    ("math.atan2(n, 1.0)", {"n": INFINITY}, "`math.atan2` is asked of an infinity or a NaN"),
    ("n ** 0.5", {"n": -1.0}, "`**` takes a root of a negative number"),
    ("n ** 2.0", {"n": 1e200}, "the result of `**` is not finite"),
    ("n ** 2.0", {"n": INFINITY}, "`**` has an infinity or a NaN beside it"),
    ("int(n)", {"n": 1e19}, "a float that becomes an int exceeds 64 bits, or is a NaN"),
    ("n / 3", {"n": 2**53 + 1}, "`/` divides ints beyond 2**53"),
    ("n < 0.5", {"n": 2**53 + 1}, "an int beyond 2**53 is compared with a float"),
    ("(n, x) < (n, 2)", {"n": NAN}, "tuples with a NaN in them are compared"),
    ("ys[x]", {"ys": [1]}, "an index is out of range"),
    ("min(n, 1.0)", {"n": NAN}, "`min` or `max` meets a NaN"),
    ("max(y for y in range(n))", {"n": 0}, "`min` or `max` has no elements"),
    ("sum(y for y in (n, n, n))", {"n": BIG}, "the result of `sum` exceeds 64 bits"),
    ("sum(y * 0.5 for y in range(n))", {"n": 0}, "`sum` of no floats is the int 0"),
    ("sum(y for y in (n, 1.0))", {"n": INFINITY}, "`sum` meets an infinity or a NaN"),
    ("sum(y for y in range(0, 9, n))", {"n": 0}, "the step of `range` is zero"),
    ("sum(a + b for a, b in zip(range(n), range(4), strict=True))", {"n": 2}, "`zip` with `strict` has lists of different lengths"),
    ("sum(a + b for a, b in enumerate(range(2), n))", {"n": 2**63 - 1}, "the result of `enumerate` exceeds 64 bits"),
]

#  a function's body, whose line the comment marks, and why it stops there
BODIES = [
    ("if x:\n  raise ValueError  # here\n return x", "an exception is raised"),
    ("y = x\n assert y < 1  # here\n return x", "an assertion fails"),
    ("if x < 1:\n  y = 2\n return (1 +\n  y)  # here", "`y` has no value"),
    ("y = 1\n y += (  # here\n  n)\n return y", "the result of `+` exceeds 64 bits"),
    ("y = (x  # here\n  * n\n  - 1)\n return y", "the result of `*` exceeds 64 bits"),
    ("if x < 1:\n  return 1", "`f` ends without `return`"),
    ("if x < -9:\n  return 0\n return f(  # here\n  x)", "more than 400 calls stand within each other"),
    ("t = 0\n if x < 0:\n  t = 0.5\n return t + 1  # here", "a variable of floats and ints holds an int where machine code needs a float"),
    ("t = 0.5\n if x:\n  t = n  # here\n return t * 0.5", "an int beyond 2**53 is put where floats are, too"),
]


def stop_of(text: str, **values: Any) -> tuple[int, Stop]:
    """Which element stops, and what is told of it."""
    program = parse(text, **values)
    kernel = kernel_of(program)
    run = kernel.run(source_of(program), 0, len(program.source), program.values)
    assert run.stopped_at < len(program.source)
    assert load_kernel(kernel.to_bytes()).sites == kernel.sites
    return run.stopped_at, find_stop(kernel.sites, program.loop, run.site)


@pytest.mark.parametrize(("expression", "values", "why"), EXPRESSIONS, ids=[expression for expression, _, _ in EXPRESSIONS])
def test_an_operation_says_why_it_stops(expression: str, values: dict[str, Any], why: str) -> None:
    assert stop_of(f"\n[({expression}) for x in range(1, 3)]", **values) == (0, Stop("program.py", 2, why))


@pytest.mark.parametrize(("body", "why"), BODIES, ids=[why for _, why in BODIES])
def test_a_statement_says_on_which_line_it_stops(body: str, why: str) -> None:
    lines = f"def f(x):\n {body}".splitlines()
    here = next((number for number, line in enumerate(lines, 1) if "# here" in line), len(lines))
    _, stop = stop_of("\n".join([*lines, "[f(x) for x in range(3)]"]), n=2**63 - 1)
    assert (stop.why, stop.path) == (why, "program.py")
    assert stop.line == here


def test_the_function_that_stops_is_named_not_the_one_that_calls_it() -> None:
    text = "def f(x):\n  return x * n\n\ndef g(x):\n  y = f(x)\n  return y\n[g(x) +\n 1 for x in range(9)]"
    assert stop_of(text, n=2**61) == (4, Stop("program.py", 2, "the result of `*` exceeds 64 bits"))


def test_the_same_text_elsewhere_has_the_same_machine_code_and_its_own_lines() -> None:
    text = "def f(x):\n  return x * n\n[f(x) for x in range(9)]"
    near, far = parse(text, n=2**61), parse("\n\n\n\n\n" + text, n=2**61)
    kernel = kernel_of(near)
    assert kernel.key == kernel_of(far).key
    run = kernel.run(range(9), 0, 9, near.values)
    assert find_stop(kernel.sites, near.loop, run.site).line == 2
    assert find_stop(kernel.sites, far.loop, run.site).line == 7
    codes = [owner for owner in list_owners(far.loop) if isinstance(owner, Code)]
    elsewhere = replace(far.loop, names={"f": replace(codes[0], path="helpers.py")})
    assert find_stop(kernel.sites, elsewhere, run.site).path == "helpers.py"


def test_a_later_run_says_its_own_reason() -> None:
    program = parse("[(x // (x - 2)) * (x - 3) * n for x in range(9)]", n=2**62)
    kernel = kernel_of(program)
    runs = [kernel.run(range(9), start, stop, program.values) for start, stop in ((2, 9), (3, 9), (3, 4))]
    assert [run.stopped_at for run in runs] == [2, 4, 4]
    assert runs[2].site == NO_SITE
    whys = [find_stop(kernel.sites, program.loop, run.site).why for run in runs[:2]]
    assert whys == ["`//` divides by zero", "the result of `*` exceeds 64 bits"]


def test_what_does_not_fit_is_told_without_a_site() -> None:
    program = parse("[x for x in range(9)]")
    run = kernel_of(program).run(range(2**63, 2**63 + 9), 0, 9, program.values)
    assert (run.stopped_at, run.site) == (0, NO_SITE)
    assert find_stop((), program.loop, run.site) == Stop("program.py", 1, UNFIT)


def test_every_line_of_a_program_is_found_again_though_owners_refer_to_each_other() -> None:
    program = parse("def f(x):\n return g(x - 1) if x > 0 else 1\ndef g(x):\n return f(x - 1) if x > 0 else 0\n[f(x) for x in range(9)]")
    assert [type(owner.tree) for owner in list_owners(program.loop)] == [ast.ListComp, ast.FunctionDef, ast.FunctionDef]
