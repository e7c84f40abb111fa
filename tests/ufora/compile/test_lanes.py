"""Elements computed several at a time must be what they are alone: on odd counts, where one of them stops, when the kernel is asked to."""

import threading
from typing import Any

import pytest

from tests.ufora.compile.programs import bits, check, kernel_of, parse, plain, run
from ufora.compile import ahead, vectors
from ufora.compile.flag import NOW, SOON, StopFlag
from ufora.compile.kernel import Kernel
from ufora.compile.lanes import SUFFIX
from ufora.compile.vectors import Shape, find_shape

WIDTH = 16
MASK = 2**64 - 1
HITS = f"""
def f(seed):
    state = seed
    hits = 0
    for _ in range(turns):
        state = (state * 6364136223846793005 + 1442695040888963407) & {MASK}
        x = (state >> 32) / 4294967296.0
        state = (state * 6364136223846793005 + 1442695040888963407) & {MASK}
        y = (state >> 32) / 4294967296.0
        if x * x + y * y < 1.0:
            hits += 1
    return hits
"""
MAP = "def f(i):\n    x = i / 1001.0\n    for _ in range(turns):\n        x = 3.7 * x * (1.0 - x)\n    return x\n"
ROOTS = "def f(x):\n    for j in range(turns):\n        x = math.sqrt(x * x + j) - abs(x) * 0.5\n    return x\n"
PAIR = "def f(i):\n    a, b = i, 1\n    for j in range(turns):\n        a, b = b, (a + b * 3) & 1048575\n    return a, b * 0.5, a > b\n"
DOT = "def f(x):\n    t = 0.0\n    for w in ws:\n        t += w * x\n    return t\n"
INNER = """
def g(i, j):
    return (i ^ j) & 255
def f(i):
    t = 0
    for j in range(turns):
        t += g(i, j) - j
    return t
"""
GROWING = "def f(i):\n    x = i\n    for _ in range(turns):\n        x = x + x\n    return x\n"
POLES = "def f(i):\n    t = 0.0\n    for j in range(turns):\n        t += 1.0 / (i - pole)\n    return t\n"


@pytest.fixture(params=[Shape(WIDTH, True), Shape(WIDTH, False)], autouse=True, ids=["converting", "by bits"])
def shape(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Shape:
    """Of whatever processor: LLVM makes something of wide vectors on each."""
    monkeypatch.setattr(ahead, "find_shape", lambda: request.param)
    found: Shape = request.param
    return found


def lanes_of(text: str, **values: Any) -> bool:
    return f'{SUFFIX}"(' in kernel_of(parse(text, **values)).text


def alone(text: str, monkeypatch: pytest.MonkeyPatch, **values: Any) -> Kernel:
    """The kernel as it is on a processor without the vectors."""
    with monkeypatch.context() as patch:
        patch.setattr(ahead, "find_shape", lambda: None)
        return kernel_of(parse(text, **values))


@pytest.mark.parametrize("function", [HITS, MAP, PAIR, INNER, POLES])
@pytest.mark.parametrize("count", [0, 1, WIDTH - 1, WIDTH, WIDTH + 1, 3 * WIDTH + 5, 1100])
def test_any_count_of_elements_gives_what_python_gives(function: str, count: int) -> None:
    check(f"{function}[f(i) for i in range(2, {count} + 2)]", turns=9, pole=1)


@pytest.mark.parametrize("turns", [0, 1, 2, 70])
@pytest.mark.parametrize("call", ["sum(f(i) for i in range(50))", "min(f(i) for i in range(50))", "[f(i * 3) for i in range(70, 3, -1)]"])
@pytest.mark.parametrize("function", [HITS, MAP, INNER])
def test_loops_of_few_turns_or_none(function: str, call: str, turns: int) -> None:
    check(function + call, turns=turns)


@pytest.mark.parametrize("call", ["any(f(i) > 7 for i in range(60))", "all(f(i) < 10 for i in range(60))", "max(f(i) for i in range(60))"])
def test_consumers_that_decide_early(call: str) -> None:
    check(HITS + call, turns=10)


CLAUSES = [
    "[f(i + j) for i in range(7) for j in range(40)]",
    "sum(f(i * j) for i in range(5) for j in range(3, 100, 2))",
    "max(f(i + j) for i in range(3) for j in range(50))",
    "any(f(i) > 7 for k in range(3) for i in range(60))",
    "[f(j) - i for i in range(12) if i & 1 for j in range(9 * i, 60)]",
    "[f(i + j + k) for i in range(3) for j in range(i) for k in range(33)]",
    "[(i, f(j)) for i in range(5) for j in reversed(range(20 * i))]",
    "[f(i + j + k) for i in range(3) for j, k in zip(ys, range(40))]",
    "[f(y) for i in range(3) for y in ys]",
    "[f(y + k) for i in range(3) for k, y in enumerate(ys)]",
    "[[f(i * j) for j in range(i)] for i in range(40)]",
    "[[f(i + y) for y in ys] for i in range(20)]",
    "[[f(i + j + k) for j in range(30) for k in range(20)] for i in range(4)]",
]


@pytest.mark.parametrize("call", CLAUSES)
@pytest.mark.parametrize("function", [HITS, INNER])
def test_elements_of_an_inner_clause(function: str, call: str) -> None:
    text = f"{function}{call}"
    values: dict[str, Any] = {"turns": 70, "ys": [5 * i for i in range(45)]}
    assert lanes_of(text, **values)
    check(text, **values)


def test_rows_too_short_for_lanes_are_computed_one_by_one() -> None:
    check(f"{HITS}[f(i + j) for i in range(40) for j in range({WIDTH} - 1)]", turns=70)
    check(f"{HITS}[[f(i + j) for j in range(i % 3)] for i in range(40)]", turns=70)


@pytest.mark.parametrize("pole", [0, 5, 33, 77])
@pytest.mark.parametrize(
    "call", ["[f(i * 40 + j) for i in range(4) for j in range(40)]", "[[f(i * 40 + j) for j in range(40)] for i in range(4)]"]
)
def test_what_stops_in_an_inner_clause_stops_its_element(call: str, pole: int, monkeypatch: pytest.MonkeyPatch) -> None:
    program = parse(f"{POLES}{call}", turns=70, pole=pole)
    other = alone(f"{POLES}{call}", monkeypatch, turns=70, pole=pole)
    start = 0
    while start < 4:
        found, expected = (kernel.run(program.source, start, 4, program.values) for kernel in (kernel_of(program), other))
        assert bits(plain(found.partial)) == bits(plain(expected.partial))
        assert (found.stopped_at, found.site) == (expected.stopped_at, expected.site)
        start = found.stopped_at + 1


def test_elements_of_lists() -> None:
    check(f"{DOT}[f(x) for x in xs]", xs=[0.1 * i - 2.0 for i in range(77)], ws=[1e300, -0.1, 3.5, 1e-300])
    check(f"{ROOTS}[f(x) for x in xs]", xs=[1.1 * i - 20.0 for i in range(77)], turns=30)
    check(f"{DOT}sum(f(x) for x in xs)", xs=[0.1 * i - 2.0 for i in range(77)], ws=[1e300, -0.1, 3.5, -1e300])


def test_what_stops_stops_at_its_element_whatever_lane_it_is_in(monkeypatch: pytest.MonkeyPatch) -> None:
    for pole in (0, 5, WIDTH, WIDTH + 1, 39):
        text = f"{POLES}[f(i) for i in range(40)]"
        program = parse(text, turns=3, pole=pole)
        result = run(program)
        assert (plain(result.partial), result.stopped_at) == (program.elements(0, pole), pole)
        other = alone(text, monkeypatch, turns=3, pole=pole).run(program.source, 0, 40, program.values)
        assert bits(plain(result.partial)) == bits(plain(other.partial))
        assert (result.stopped_at, result.site, result.interrupted) == (other.stopped_at, other.site, False)
        after = run(program, pole + 1)
        assert after.stopped_at == 40
        assert bits(plain(after.partial)) == bits(program.elements(pole + 1, 40))


def test_an_overflow_in_one_lane_is_an_overflow() -> None:
    program = parse(f"{GROWING}sum(f(i) for i in range(64))", turns=57)
    result = run(program)
    assert result.stopped_at == 64
    assert result.partial == program.expected()
    program = parse(f"{GROWING}[f(i) for i in range(100)]", turns=57)
    result = run(program)
    assert result.stopped_at == 64
    assert plain(result.partial) == program.elements(0, 64)


def test_elements_beyond_32_bits() -> None:
    check(f"{HITS}[f(i) for i in range(2**40, 2**40 + 40)]", turns=20)


@pytest.mark.parametrize("element", ["f(i)", "f(i) >> 3", "f(i) % 1000", "f(i) // 3 + 1", "-(f(i) >> 1)"])
@pytest.mark.parametrize("call", ["[{} for i in range(100)]", "sum({} for i in range(100))", "max({} for i in range(100))"])
def test_words_without_a_sign(call: str, element: str) -> None:
    function = f"def f(x):\n    for j in range(turns):\n        x = (x ^ (x >> 7)) * 6364136223846793005 + j & {MASK}\n    return x\n"
    check(function + call.format(element), turns=7)


def test_a_run_that_is_asked_before_goes_on_one_by_one() -> None:
    program = parse(f"{HITS}[f(i) for i in range(50)]", turns=20)
    kernel, flag = kernel_of(program), StopFlag()
    flag.ask(SOON)
    first = kernel.run(program.source, 0, 50, program.values, flag)
    assert (first.stopped_at, first.interrupted) == (1, True)
    flag.clear()
    rest = kernel.run(program.source, 1, 50, program.values, flag)
    assert [*plain(first.partial), *plain(rest.partial)] == program.expected()


@pytest.mark.parametrize("how", [NOW, SOON])
def test_what_is_asked_while_lanes_run_gives_whole_elements(how: int) -> None:
    program = parse(f"{HITS}sum(f(i) for i in range(10**9))", turns=100)
    flag = StopFlag()
    asking = threading.Timer(0.05, flag.ask, [how])
    asking.start()
    result = kernel_of(program).run(program.source, 0, 10**9, program.values, flag)
    asking.join()
    assert result.interrupted
    assert result.stopped_at < 10**9
    again = run(program, 0, result.stopped_at)
    assert (again.partial, again.stopped_at) == (result.partial, result.stopped_at)


def test_lanes_without_end_stop_at_once() -> None:
    program = parse(f"{MAP}sum(f(i) for i in range(40))", turns=10**15)
    flag = StopFlag()
    asking = threading.Timer(0.05, flag.ask, [NOW])
    asking.start()
    result = kernel_of(program).run(program.source, 0, 40, program.values, flag)
    asking.join()
    assert (result.partial, result.stopped_at, result.interrupted) == (0, 0, True)


@pytest.mark.parametrize("function", [HITS, MAP, PAIR, INNER, POLES])
def test_there_are_lanes_where_all_take_the_same_turns(function: str) -> None:
    assert lanes_of(f"{function}[f(i) for i in range(9)]", turns=9, pole=1)


@pytest.mark.parametrize(
    ("features", "found"),
    [("+sse2,+avx2,+fma", Shape(16, False)), ("+avx2,+avx512f,+avx512dq,+avx512vl", Shape(16, True)), ("+sse2,-avx2", None)],
)
def test_the_shape_is_the_processors(features: str, found: Shape | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vectors, "describe_processor", lambda: ("any", features))
    assert find_shape() == found


SIGNED = sorted(
    {s * (b + d) for b in (0, 1, 2**31, 2**32, 2**51, 2**52, 2**53, 2**54, 3 * 2**53, 2**62) for d in range(-5, 6) for s in (1, -1)}
)
SIGNED += [2**63 - 1 - d for d in (0, 1, 511, 512, 513, 1023, 1024, 1025)] + [-(2**63) + d for d in (0, 1, 511, 512, 513, 1024, 1536)]


@pytest.mark.parametrize("turns", [1, 2])
def test_floats_of_ints_are_rounded_as_pythons(turns: int) -> None:
    of_all = "def f(x):\n    t = 0.0\n    for j in range(turns):\n        t = (x ^ j) * 1.0\n    return t\n"
    check(f"{of_all}[f(x) for x in xs]", xs=SIGNED, turns=turns)
    without_sign = f"def f(x):\n    t = 0.0\n    for j in range(turns):\n        t = (x * 1 + j & {MASK}) / 2.0\n    return t\n"
    check(f"{without_sign}[f(x) for x in xs]", xs=SIGNED, turns=turns)
    for bits_left in (31, 51, 52, 53, 54, 63):
        of_few = (
            f"def f(x):\n    t = 0.0\n    for j in range(turns):\n        t = ((x + j & {MASK}) >> {64 - bits_left}) * 1.0\n    return t\n"
        )
        check(f"{of_few}[f(x) for x in xs]", xs=SIGNED, turns=turns)


def test_ints_of_floats_are_made_one_by_one_where_the_processor_does(shape: Shape) -> None:
    text = "def f(x):\n    t = 0\n    for j in range(turns):\n        t += int(x * j)\n    return t\n[f(x) for x in xs]"
    xs = [0.37 * i - 9.0 for i in range(50)]
    assert lanes_of(text, turns=9, xs=xs) == shape.converts
    check(text, turns=9, xs=xs)


@pytest.mark.parametrize(
    "text",
    [
        "def f(n):\n    d = 2\n    while d * d <= n:\n        d += 1\n    return d\n[f(i) for i in range(90)]",  # turns of their own
        "def f(n):\n    t = 0\n    for j in range(9):\n        t += xs[(n + j) % 9]\n    return t\n[f(i) for i in range(90)]",
        "def f(n):\n    for j in range(9):\n        n = n * 7 % 1000003\n    return n\n[f(i) for i in range(90)]",
        "def f(n):\n    t = 0.0\n    for j in range(9):\n        t += math.sin(n + j)\n    return t\n[f(i) for i in range(90)]",
        "def g(j):\n    return j & 5\ndef f(n):\n    for j in range(9):\n        n += g(j)\n    return n\n[f(i) for i in range(90)]",
        "def f(n):\n    return sum(n / (j + 1) for j in range(9))\n[f(i) for i in range(90)]",
    ],
)
def test_what_is_different_in_each_lane_is_computed_one_by_one(text: str) -> None:
    assert not lanes_of(text, xs=list(range(9)))
    check(text, xs=list(range(9)))
