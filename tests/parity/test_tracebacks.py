"""Exceptions with their tracebacks and chains: what Python itself gives, whatever the tier and the split were."""

import functools
import itertools
import traceback
from collections.abc import Callable, Iterator
from types import FunctionType, TracebackType

import pytest

import pyfora
from tests.parity import assertions

COUNT = 3000


class Broken(Exception):
    def __init__(self, code, reason="none"):
        super().__init__(code, reason)
        self.code = code

    def __str__(self):
        return f"broken by {self.code}"


class Line:
    def __init__(self, n):
        self.n = n

    @property
    def share(self):
        return 100 / self.n

    def __add__(self, other):
        return self.share + other.share


def invert(n):
    return 1 / (n - COUNT + 1)


def deeply(n):
    if n == COUNT - 1:
        return invert(n)
    return n


def check(n):
    try:
        return invert(n)
    except ZeroDivisionError as error:
        raise Broken(n) from error


def check_without_cause(n):
    try:
        return invert(n)
    except ZeroDivisionError:
        raise Broken(n, "late")  # noqa: B904 - that it says nothing of the cause is what is tried


def check_from_none(n):
    try:
        return invert(n)
    except ZeroDivisionError:
        raise Broken(n) from None


def note(n):
    try:
        return invert(n)
    except ZeroDivisionError as error:
        error.add_note(f"at {n}")
        error.add_note("and so on")
        raise


def loop(n):
    total = 0
    for i in range(n):
        total += 10 // (COUNT - 2 - i)
    return total


def generate(n):
    for i in range(n):
        yield invert(i)


def in_a_sum():
    return sum(deeply(n) for n in range(COUNT))


def in_a_list():
    return [deeply(n) for n in range(COUNT)]


def in_a_list_of_many_lines():
    return [
        (
            n
            +
            deeply(n)
        )
        for n in range(COUNT)
        if n % 2
    ]  # fmt: skip


def in_an_expression():
    return 1 + sum(1.5 / (n - COUNT + 1) * 2 for n in range(COUNT)) + 2


def in_an_expression_of_many_lines():
    return max(
        len("abc"),
        *[
            deeply(n) * 2
            for n in range(COUNT)
        ],
    )  # fmt: skip


def in_a_nested_comprehension():
    return [sum(deeply(a + b) for b in range(2)) for a in range(COUNT)]


def in_a_condition():
    return [n for n in range(COUNT) if deeply(n) >= 0]


def in_a_call_by_map():
    return list(map(deeply, range(COUNT)))


def in_a_lambda():
    return sorted(range(COUNT), key=lambda n: 1 / (n - COUNT + 1))


def in_a_reduction():
    return functools.reduce(lambda a, n: a + invert(n), range(COUNT), 0)


def in_a_generator():
    return sum(generate(COUNT))


def in_a_generator_of_a_generator():
    return sum(n for n in generate(COUNT))


def in_a_loop():
    return loop(COUNT)


def in_loops_of_slices():
    return [loop(n) for n in (1, 2, 3) * COUNT + (COUNT,)]


def in_a_property():
    return [Line(n).share for n in range(5, -1, -1)]


def in_an_operator():
    return [Line(n) + Line(n + 1) for n in range(COUNT - 1, -1, -1)]


def in_a_dictionary():
    return {n: {"one": 1}["one" if n < COUNT - 1 else "two"] for n in range(COUNT)}


def in_another_file():
    return [assertions.check_small(n % 7) for n in range(COUNT)]


def in_a_recursion():
    def down(n):
        return down(n - 1) + 1 if n else 1 // n

    return [down(n % 5) for n in range(COUNT)]


def with_a_cause():
    return [check(n) for n in range(COUNT)]


def with_a_context():
    return [check_without_cause(n) for n in range(COUNT)]


def with_no_context():
    return [check_from_none(n) for n in range(COUNT)]


def with_notes():
    return [note(n) for n in range(COUNT)]


def while_another_is_handled():
    try:
        return {}["missing"]
    except KeyError:
        return [check_without_cause(n) for n in range(COUNT)]


def the_first_of_many():
    return [1 // (n % 1000 - 500) + int("x" if n > 2000 else "1") for n in range(COUNT)]


def caught_and_raised_again():
    try:
        return sum(deeply(n) for n in range(COUNT))
    except ZeroDivisionError as error:
        raise Broken("outside") from error


def in_a_finally():
    try:
        return [deeply(n) for n in range(COUNT)]
    finally:
        [][0]


def by_assert():
    return [assertions.check_small(n) for n in itertools.repeat(9, 3)]


PROGRAMS = [
    in_a_sum, in_a_list, in_a_list_of_many_lines, in_an_expression, in_an_expression_of_many_lines, in_a_nested_comprehension,
    in_a_condition, in_a_call_by_map, in_a_lambda, in_a_reduction, in_a_generator, in_a_generator_of_a_generator, in_a_loop,
    in_loops_of_slices, in_a_property, in_an_operator, in_a_dictionary, in_another_file, in_a_recursion, with_a_cause, with_a_context,
    with_no_context, with_notes, while_another_is_handled, the_first_of_many, caught_and_raised_again, in_a_finally, by_assert,
]  # fmt: skip


def frames_of(trace: TracebackType | None) -> Iterator[tuple[object, ...]]:
    while trace is not None:
        code = trace.tb_frame.f_code
        _, end_line, column, end_column = next(itertools.islice(code.co_positions(), trace.tb_lasti // 2, None))
        yield code.co_filename, trace.tb_lineno, code.co_name, end_line, column, end_column
        trace = trace.tb_next


def description(error: BaseException, program: str) -> list[object]:
    """The exception and all it follows on, with their frames from the program's own on."""
    told: list[object] = []
    todo: list[BaseException | None] = [error]
    while todo:
        one = todo.pop()
        if one is None:
            told.append(None)
            continue
        frames = list(frames_of(one.__traceback__))
        names = [frame[2] for frame in frames]
        frames = frames[names.index(program) :] if program in names else frames
        told += [type(one), one.args, str(one), getattr(one, "__notes__", []), one.__suppress_context__, frames]
        todo += [one.__context__, one.__cause__]
    return told


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__)
def test_an_exception_is_pythons_own(executor: pyfora.Executor, program: Callable[[], object]) -> None:
    assert isinstance(program, FunctionType)
    name = program.__name__
    with pytest.raises(Exception) as here:
        program()
    there = executor.submit(program).exception(60)
    assert isinstance(there, pyfora.ComputationError)
    assert description(there.remoteException, name) == description(here.value, name)


def test_the_text_is_pythons_own(executor: pyfora.Executor) -> None:
    with pytest.raises(Broken) as here:
        with_a_cause()
    there = executor.submit(with_a_cause).exception(60)
    assert isinstance(there, pyfora.ComputationError)
    trace = here.value.__traceback__
    assert trace is not None
    text = "".join(traceback.format_exception(here.value.with_traceback(trace.tb_next)))
    assert there.trace + "\n" == text
    assert "The above exception was the direct cause" in text


def test_a_block_raises_what_python_raises_at_the_line_where_it_failed(executor: pyfora.Executor) -> None:
    with pytest.raises(ZeroDivisionError, match="division by zero") as raised, executor.remotely.downloadAll():
        sum(
            deeply(n)
            for n in range(COUNT)
        )  # fmt: skip
    names = [frame.name for frame in traceback.extract_tb(raised.value.__traceback__)]
    assert names[-3:] == ["<genexpr>", "deeply", "invert"]
    lines = [frame.line for frame in traceback.extract_tb(raised.value.__traceback__)]
    assert lines[-4:] == ["sum(", "deeply(n)", "return invert(n)", "return 1 / (n - COUNT + 1)"]


def test_a_class_of_the_users_own_is_caught_as_such(executor: pyfora.Executor) -> None:
    with pytest.raises(Broken, match="broken by") as raised, executor.remotely.downloadAll():
        in_vain = [check(n) for n in range(COUNT)]  # noqa: F841 - it is never assigned
    assert type(raised.value) is Broken
    assert raised.value.code == COUNT - 1
    assert type(raised.value.__cause__) is ZeroDivisionError
