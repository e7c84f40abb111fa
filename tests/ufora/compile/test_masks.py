"""Lanes whose ways part must give what Python gives, wherever each of them goes, and whatever the others' numbers are by then."""

import math
import random
from typing import Any

import pytest

from tests.ufora.compile.programs import bits, check, kernel_of, parse, plain
from ufora.compile import ahead, masks
from ufora.compile.lanes import SUFFIX
from ufora.compile.vectors import Shape

ESCAPE = """
def f(a):
    x = 0.0
    y = 0.0
    for step in range(200):
        if x * x + y * y > 4.0:
            return step
        x, y = x * x - y * y + a, 2.0 * x * y + 0.3
    return 200
"""
NEWTON = "def f(a):\n    x = a + 1.5\n    while abs(x * x - a) > 1e-9 * a:\n        x = 0.5 * (x + a / x)\n    return x\n"
SIDES = """
def f(s):
    t = 0.0
    hits = 0
    for j in range(100):
        s = (s * 6364136223846793005 + 1442695040888963407) & 18446744073709551615
        x = (s >> 32) / 4294967296.0
        if x < 0.3:
            t += x * x
            hits += 1
        elif x > 0.9:
            continue
        else:
            t -= x
        if hits > 9:
            break
    return t, hits, j
"""
NESTED = """
def g(x, y):
    n = 0
    while x < y:
        x = x * 1.5 + 0.1
        n += 1
    return n
def f(a):
    t = 0.0
    j = 0
    while j < a:
        x = j + 0.5
        while x < 9.0:
            x = x * 1.3 + 0.1
            if x > 7.0 and t > 20.0:
                break
            t += x
        t += g(x, j * 2.0)
        j += 1
    return t
"""
GUARDED = """
def f(a):
    t = 1.0
    for j in range(90):
        if a > 3:
            t += 1.0 / (a - 60)
        t *= 0.5
    return t
"""
GROWING = """
def f(a):
    t = 0.5
    n = a
    while t < limit:
        n = n + n
        t = t + 1.0
        if a > 20 and t > 7.0:
            break
    return n
"""
UNBOUND = "def f(a):\n    t = 0.0\n    while t < 3.0:\n        t += 1.0\n        if t > a:\n            n = t\n    return n\n"
LAST = (
    "def f(x):\n    t = x\n    n = 0\n    while n < 9 and not t > 1e300:\n        t = t * t - x\n        n += 1\n    return t, n, t == t\n"
)
COLLATZ = """
def f(n):
    c = 0
    while n > 1:
        n = n >> 1 if n & 1 == 0 else 3 * n + 1
        c += 1
    return c
"""
READING = """
def f(n):
    t = 0.5
    while t < n:
        t += 1.0
        if n > 50:
            t += xs[0]
    return t
"""
NEAREST = """
def f(n):
    best = -1
    least = 1e300
    for k in range(few):
        d = n * 0.25 - xs[k]
        if d * d < least:
            least = d * d
            best = k
    return best
"""
FAR = """
def f(n):
    t = n * 0.5
    j = 10**15
    while t < 60.0:
        t = t * 1.25 + 1.0
        if t > 50.0 and n > 1000:
            t += xs[j]
            while t < xs[j + 1]:
                t += xs[j + 2]
    return t
"""
DIVIDING = """
def f(n):
    t = 0.5
    while t < n:
        t += 1.0 + 7 // (3 + len(xs))
    return t
"""
SKEWED = """
def f(i):
    x = 0.5
    n = 0
    while n < (5000 if i & 15 == 3 else 9):
        x = x * 3.7 * (1.0 - x)
        n += 1
    return x
"""
SPECIAL = [0.0, -0.0, math.inf, -math.inf, math.nan, 5e-324, -5e-324, 1.7e308, -1.7e308, 1.0, -1.0, 2.5, 1e154, 1.3e-154, -3.0, 0.1, 0.2]


@pytest.fixture(params=[(Shape(16, False), masks._WORTH), (Shape(16, True), 1000)], autouse=True, ids=["as it pays", "always"])
def _lanes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of either kind of processor; and also where they do not pay."""
    shape, worth = request.param
    monkeypatch.setattr(ahead, "find_shape", lambda: shape)
    monkeypatch.setattr(masks, "_WORTH", worth)


def agree(text: str, monkeypatch: pytest.MonkeyPatch, **values: Any) -> bool:
    """Also where an element stops the kernel: lanes must stop where one by one does, with the same elements. Were there lanes?"""
    program = parse(text, **values)
    kernel = kernel_of(program)
    with monkeypatch.context() as patch:
        patch.setattr(ahead, "find_shape", lambda: None)
        alone = kernel_of(program)
    start = 0
    while start < len(program.source):
        found, other = (each.run(program.source, start, len(program.source), program.values) for each in (kernel, alone))
        assert bits(plain(found.partial)) == bits(plain(other.partial))
        assert (found.stopped_at, found.site, found.interrupted) == (other.stopped_at, other.site, False)
        assert bits(plain(found.partial)) == bits(program.elements(start, found.stopped_at))
        start = found.stopped_at + 1
    return f'{SUFFIX}"(' in kernel.text


@pytest.mark.parametrize("function", [ESCAPE, NEWTON, SIDES, NESTED, GUARDED])
@pytest.mark.parametrize("count", [0, 16, 53])
def test_ways_that_part_come_together_again(function: str, count: int) -> None:
    check(f"{function}[f(i) for i in range(2, {count} + 2)]")


@pytest.mark.parametrize("function", [ESCAPE, NEWTON, SIDES, NESTED, GROWING, READING, NEAREST, FAR])
def test_there_are_lanes_for_them(function: str) -> None:
    assert f'{SUFFIX}"(' in kernel_of(parse(f"{function}[f(i) for i in range(9)]", limit=9.0, xs=[0.5], few=1)).text


@pytest.mark.parametrize("few", [0, 1, 7, 8])
def test_all_read_the_same_item_of_a_list(few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also one that is not there."""
    xs = [1.5, 2.5, 0.25, 9.0, 9.0, 7.0, 1.0]
    assert agree(f"{NEAREST}[f(i) for i in range(90)]", monkeypatch, xs=xs, few=few)
    assert agree(f"{READING}[f(i) for i in range(90)]", monkeypatch, xs=xs)


def test_an_address_is_none_where_no_lane_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    assert agree(f"{FAR}[f(i) for i in range(90)]", monkeypatch, xs=[0.5])
    assert agree(f"{FAR}[f(i) for i in range(950, 1050)]", monkeypatch, xs=[0.5])


def test_one_lane_that_stops_stops_at_its_element(monkeypatch: pytest.MonkeyPatch) -> None:
    assert agree(f"{GUARDED}[f(i) for i in range(70)]", monkeypatch)
    assert agree(f"{GROWING}[f(i) for i in range(70)]", monkeypatch, limit=61.5)
    assert agree(f"{UNBOUND}[f(i) for i in range(200)]", monkeypatch)


def test_numbers_that_are_none() -> None:
    check(f"{LAST}[f(x) for x in xs]", xs=SPECIAL * 5)
    check(f"{ESCAPE}[f(x) for x in xs]", xs=SPECIAL * 5)


@pytest.mark.parametrize("function", [COLLATZ, DIVIDING])
def test_what_does_not_pay_or_could_trap_is_computed_one_by_one(function: str) -> None:
    text = f"{function}[f(i) for i in range(90)]"
    program = parse(text, xs=[1.5, 2.5])
    assert f'{SUFFIX}"(' not in kernel_of(program).text
    check(text, xs=[1.5, 2.5])


def test_lanes_that_wait_for_one_leave_it_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    assert agree(f"{SKEWED}[f(i) for i in range(200)]", monkeypatch)


class _Maker:
    """Of random functions whose loops end."""

    def __init__(self, seed: int, *, reads: bool = False) -> None:
        self.random = random.Random(seed)
        self.depth = 0
        self.items = ["row[k]", "row[k * 5 % 8]", "row[0]", "row[-k - 1]"] if reads else []

    def number(self) -> str:
        return self.random.choice(["x", "y", "t", "0.5", "1.25", "-0.0", "3.0", "n * 0.25", "a * 0.1", "abs(y)", *self.items])

    def expression(self) -> str:
        a, b, c = (self.number() for _ in range(3))
        return self.random.choice(
            [
                f"{a} + {b}",
                f"{a} - {b} * {c}",
                f"{a} * {b}",
                f"({a} + {b}) * 0.5",
                f"math.sqrt(abs({a})) - {b}",
                f"{a} / (1.5 + abs({b}))",
                f"{a} / {b}",
                f"{a} if {self.test()} else {b}",
            ]
        )

    def whole(self) -> str:
        return self.random.choice(
            [
                "n + 1",
                "n * 2 + a",
                "n ^ k",
                "(n << 3) & 65535",
                "n - m",
                "n + n",
                "m + (n & 7)",
                "n >> 1",
                "-n",
                "k",
                "max(n, m)",
                "min(n, 9223372036854775807 - k)",
            ]
        )

    def test(self) -> str:
        a, b = self.number(), self.number()
        return self.random.choice(
            [
                f"{a} < {b}",
                f"{a} >= {b}",
                "n & 3 == 1",
                "n > m",
                "k > 3",
                "u > 4",
                "u & 1",
                f"{a} == {b}",
                f"{a} > 1.0 and n < 50",
                f"m & 1 or {b} < 0.25",
            ]
        )

    def statement(self, indent: str, in_loop: bool) -> str:
        kind = self.random.randrange(14 if len(indent) < 6 else 8)
        if kind < 5:
            return f"{indent}{self.random.choice('xyt')} = {self.expression()}\n"
        if kind < 6:
            return f"{indent}{self.random.choice('nm')} = {self.whole()}\n"
        if kind < 7:
            return f"{indent}u = {self.random.choice(['u + 1', 'u * 3 & 1023', 'k', '3', 'turns - u', 'm & 3'])}\n"
        if kind < 8:
            return f"{indent}x, y = y, {self.expression()}\n"
        if kind < 11 or self.depth > 2:
            text = f"{indent}if {self.test()}:\n{self.body(indent + ' ', in_loop)}"
            if self.random.random() < 0.4:
                text += f"{indent}else:\n{self.body(indent + ' ', in_loop)}"
            return text
        self.depth += 1
        turn = f"k{self.depth}"
        if self.random.random() < 0.5:
            head = f"{indent}for {turn} in range({self.random.choice(['4', '7', 'n & 7', 'turns'])}):\n"
            text = f"{head}{self.body(indent + ' ', True)}{indent} t += 0.125\n"
        else:
            head = f"{indent}{turn} = 0\n{indent}while {turn} < 9 and ({self.test()}):\n{indent} {turn} += 1\n{indent} t += 0.5\n"
            text = f"{head}{self.body(indent + ' ', True)}"
        self.depth -= 1
        if self.random.random() < 0.3:
            text += f"{indent}else:\n{self.body(indent + ' ', in_loop)}"
        return text

    def body(self, indent: str, in_loop: bool) -> str:
        text = "".join(self.statement(indent, in_loop) for _ in range(self.random.randrange(1, 4)))
        if self.random.random() < 0.3:
            text += indent + self.random.choice(["break", "continue", "return t"] if in_loop else ["return t", "t += 1.0"]) + "\n"
        return text

    def function(self) -> str:
        inside = "".join(self.statement("  ", True) for _ in range(5))
        head = "def f(a):\n x = a * 0.3\n y = 1.0\n t = 0.0\n n = a\n m = 3\n u = 2\n for k in range(turns):\n"
        result = self.random.choice(["t", "x + y + u", "(t, n, x, u)", "(u, m)"])
        return f"{head}{inside}  if {self.test()}:\n   y = y + t * 0.5\n return {result}\n"


@pytest.mark.parametrize("seed", [4, 11, 12, 13, 16, 19, 23, 27])
def test_random_functions(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    text = _Maker(seed).function()
    assert agree(f"{text}[f(i) for i in range(-20, 60)]", monkeypatch, turns=6)


@pytest.mark.parametrize("seed", [4, 31, 67, 110])
def test_random_functions_that_read_a_list(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    text = _Maker(seed, reads=True).function()
    row = [0.5, -1.25, 3.0, 0.0, 1e3, -0.75, 2.0, 0.1]
    assert agree(f"{text}[f(i) for i in range(-20, 60)]", monkeypatch, turns=6, row=row)
