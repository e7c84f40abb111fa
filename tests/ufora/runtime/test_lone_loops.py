"""Loops in the block itself, or in functions that machine code cannot do as a whole."""

import math
from collections.abc import Callable, Iterator
from types import FunctionType

import pytest

from tests.parity.same import run_here
from tests.ufora.runtime.here import Here
from ufora.runtime.policy import When


@pytest.fixture
def compiling() -> Iterator[Here]:
    here = Here(compile=When.AUTO, cut=When.AUTO)
    yield here
    here.close()


def swapping():
    texts = []
    a, b, turns = 0, 1, 0
    while turns < 90:
        a, b = b, a + b
        turns += 1
    texts.append((a, b, turns))
    return texts


def an_int_that_becomes_a_float():
    texts = []
    total = 0
    for k in range(1000):
        total += 0.5 * k
    texts.append((total, k))
    count = 0
    for _ in range(len(texts) - 1):
        count += 0.5
    return texts, count


def leaving_by_break_and_not():
    texts = []
    for limit in (100, 10**9):
        for x in range(200):
            if x * x > limit:
                found = x
                break
        else:
            texts.append("never")
        texts.append((x, found))
    return texts


def names_without_a_value():
    texts = []
    for number in range(len(texts)):
        last = number
    try:
        texts.append(last)
    except NameError as error:
        texts.append(str(error))
    while len(texts) > 5:
        value = 1
    try:
        texts.append(value)
    except NameError as error:
        texts.append(str(error))
    return texts


def a_name_that_held_something_else():
    texts = ["a"]
    i = "text"
    for i in range(100):
        square = i * i
    texts.append((i, square))
    last = "kept"
    for i in range(70):
        if i > 100:
            last = i
    texts.append(last)
    return texts


def beyond_64_bits():
    texts = []
    factorial = 1
    for factor in range(1, 100):
        factorial *= factor
    texts.append(factorial)
    return texts


def an_exception_in_the_middle():
    texts = []
    left = 1000
    try:
        while True:
            left -= 1
            quotient = 1000 // left
    except ZeroDivisionError as error:
        texts.append((str(error), left, quotient))
    return texts


def a_function_that_reads_what_the_loop_changes():
    texts = []
    scale = 1

    def scaled(x):
        return x * scale

    total = 0
    for k in range(100):
        scale = k
        total += scaled(k)
    texts.append((total, scale))
    return texts


def loops_within_loops():
    texts, total = [], 0
    for k in range(20):
        for j in range(k):
            total += j * k
        while total > 1000:
            total //= 3
        texts.append(total)
    return texts


def functions_and_modules():
    texts, total = [], 0.0

    def step(x, by=0.25):
        return math.sin(x) + by

    for k in range(500):
        total += step(k) * math.pi
    texts.append(total)
    return texts


@pytest.mark.parametrize(
    "program",
    [
        swapping,
        an_int_that_becomes_a_float,
        leaving_by_break_and_not,
        names_without_a_value,
        a_name_that_held_something_else,
        beyond_64_bits,
        an_exception_in_the_middle,
        a_function_that_reads_what_the_loop_changes,
        loops_within_loops,
        functions_and_modules,
    ],
)
def test_a_loop_that_stands_alone_gives_what_python_gives(compiling: Here, program: Callable[[], object]) -> None:
    assert isinstance(program, FunctionType)
    assert compiling.run(program).bits == run_here(program)


def test_a_loop_runs_as_machine_code_and_says_so(compiling: Here) -> None:
    answer = compiling.run(swapping)
    (line,) = answer.explanation.lines
    assert (line.compiled, line.interpreted) == (1, 0)


def test_a_loop_that_machine_code_cannot_finish_says_so(compiling: Here) -> None:
    (line,) = [line for line in compiling.run(beyond_64_bits).explanation.lines if line.text.startswith("for ")]
    (deoptimisation,) = line.deoptimisations
    assert (line.compiled, deoptimisation.why) == (0, "the result of `*` exceeds 64 bits")


def test_the_traceback_of_a_loop_names_the_users_line(compiling: Here) -> None:
    def program():
        left, texts = 1000, []
        while left >= 0:
            quotient = 1000 // left
            left -= 1
        return texts, quotient

    answer = compiling.run(program)
    assert isinstance(answer.error, ZeroDivisionError)
    assert [frame.text for frame in answer.trace] == ["quotient = 1000 // left"]
