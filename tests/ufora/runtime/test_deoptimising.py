"""Where machine code gives up: nothing hangs on what an overflow left behind, the record says how often, where and why, and asking ends."""

from collections.abc import Callable, Iterator
from types import FunctionType

import pytest

from tests.parity.same import run_here
from tests.ufora.runtime.here import Here
from ufora.runtime.policy import When

pytestmark = pytest.mark.timeout(60)
CALLS = 5000


@pytest.fixture(scope="module", params=[When.NEVER, When.ALWAYS], ids=["in order", "cut"])
def compiling(request: pytest.FixtureRequest) -> Iterator[Here]:
    here = Here(When.ALWAYS, request.param)
    yield here
    here.close()


def grow(n):
    steps = 0
    while n < 10**30:
        n = n * 3 + 1
        steps += 1
    return n, steps


def until_zero(n):
    """Wrapped around at 64 bits, n would be zero soon or never."""
    steps = 0
    while n and steps < 200:
        n = n * 2
        steps += 1
    return n, steps


def until_negative(n):
    while n >= 0:
        n = n * n + 1
        if n > 10**40:
            return n
    return -1


def count_to_an_overflow(n):
    total = 0
    for i in range(n * n * n):
        if i > 100:
            break
        total += i
    return total


def step_by_an_overflow(n):
    return [i + 1 for i in range(0, n**3 * 4, n**3)], sum(range(0, n**3 * 4, n**3))


def index_by_an_overflow(n):
    items = (1, 2, 3)
    total = 0
    for i in range(5):
        total += items[(n * n * n + i) % 3]
    return total


def divide_by_what_overflowed(n):
    total = 0
    for i in range(1, 4):
        total += 10**30 // (n * n * n * i)
    return total


def shift_far(n):
    total = 0
    for i in range(n):
        total += 1 << i
    return total


def power_up(n):
    total = 1
    for i in range(n):
        total += i**i
    return total


def collatz_beyond(n):
    steps = 0
    while n != 1:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        steps += 1
    return steps


def nested(n):
    total = 0
    for i in range(n, n + 3):
        k = i
        while k < 2**70:
            k = k * k
            total += k
    return total


def comprehend(n):
    return sum(x * x * x for x in range(n, n + 50)), max(x**5 for x in range(n, n + 5))


def float_beyond(n):
    x = 1.5
    while x < 1e400:
        x = x * x
        n -= 1
        if n < -2000:
            break
    return x, n


PROGRAMS = [
    lambda: grow(5), lambda: until_zero(3), lambda: until_negative(2), lambda: count_to_an_overflow(2**30),
    lambda: step_by_an_overflow(2**22), lambda: index_by_an_overflow(2**40), lambda: divide_by_what_overflowed(2**31),
    lambda: shift_far(100),
    lambda: power_up(40), lambda: collatz_beyond(2**60 + 7), lambda: nested(2**20), lambda: comprehend(2**22), lambda: float_beyond(0),
    lambda: [grow(n) for n in range(1, 300)], lambda: sum(shift_far(n) for n in range(120)),
    lambda: [collatz_beyond(2**61 + n) for n in range(1, 40)],
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(PROGRAMS)))
def test_what_overflows_ends_as_python_does(compiling: Here, number: int) -> None:
    program: Callable[[], object] = PROGRAMS[number]
    assert isinstance(program, FunctionType)
    assert compiling.run(program).bits == run_here(program)


def big(n):
    total = 0
    for i in range(3):
        total += n * n * n + i
    return total


def call_often():
    out = []
    for n in range(CALLS):
        out += [big(2**40 + n)]
    return len(out), out[-1]


def test_a_function_that_deoptimises_often_stops_being_tried(compiling: Here) -> None:
    answer = compiling.run(call_often)
    assert answer.bits == run_here(call_often)
    told = [each for line in answer.explanation.lines for each in line.deoptimisations if "def big" in line.text]
    assert 0 < sum(each.times for each in told) < CALLS / 100


def some_beyond(n):
    if n < 0:
        return 0
    return n * n * n if n % 500 == 77 else n


def some_uneven(n):
    return 7 // (n % 1000 - 5)


def sum_with_exceptions():
    return sum(some_beyond(2**21 + n) for n in range(3000))


def sum_that_raises():
    return [some_uneven(n) for n in range(3000)]


def line_of(function: Callable[..., object], after: int) -> tuple[str, int]:
    return function.__code__.co_filename, function.__code__.co_firstlineno + after


def test_the_record_says_how_often_where_and_why(compiling: Here) -> None:
    answer = compiling.run(sum_with_exceptions)
    assert answer.bits == run_here(sum_with_exceptions)
    (line,) = [line for line in answer.explanation.lines if line.text.startswith("return sum(")]
    (only,) = line.deoptimisations
    assert ((only.path, only.line), only.why) == (line_of(some_beyond, 3), "the result of `*` exceeds 64 bits")
    beyond = [n for n in range(3000) if (2**21 + n) % 500 == 77]
    assert only.first == beyond[0]
    assert len(beyond) <= only.times < 10 * len(beyond)  # on a cluster those behind a second one go along
    assert line.compiled + line.interpreted == 3000
    assert f"of 3,000 elements left machine code, first element {beyond[0]}, line {only.line}: {only.why}" in str(answer.explanation)


def test_an_exception_is_told_with_the_line_that_raises(compiling: Here) -> None:
    answer = compiling.run(sum_that_raises)
    assert answer.bits == run_here(sum_that_raises)
    (line,) = [line for line in answer.explanation.lines if line.text.startswith("return [")]
    (only,) = line.deoptimisations
    assert ((only.path, only.line), only.why, only.first) == (line_of(some_uneven, 1), "`//` divides by zero", 5)


def keep_going(n, limit):
    total = 0
    for i in range(n):
        total += i
        assert total < limit, total
    return total


def test_a_call_is_told_with_the_line_that_stopped_it(compiling: Here) -> None:
    answer = compiling.run(keep_going, 10_000, 10**6)
    assert isinstance(answer.error, AssertionError)
    (line,) = [line for line in answer.explanation.lines if line.text.startswith("def keep_going")]
    (only,) = line.deoptimisations
    assert ((only.path, only.line), only.why, only.first) == (line_of(keep_going, 4), "an assertion fails", None)
    assert f"1 of 1 calls left machine code, line {only.line}: an assertion fails" in str(answer.explanation)
