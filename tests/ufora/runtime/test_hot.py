"""Functions with loops, called: machine code where it can give Python's value, CPython where not."""

from collections.abc import Iterator

import pytest

from tests.parity.same import run_here
from tests.ufora.runtime.here import Here
from ufora.runtime import hot
from ufora.runtime.hot import ENDLESS, History
from ufora.runtime.policy import When


@pytest.fixture
def compiling() -> Iterator[Here]:
    here = Here(compile=When.AUTO, cut=When.AUTO)
    yield here
    here.close()


def steps(n):
    count = 0
    while n > 1:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        count += 1
    return count


def product(n):
    result = 1
    for factor in range(2, n + 1):
        result *= factor
    return result


def test_a_call_runs_as_machine_code_and_says_so(compiling: Here) -> None:
    answer = compiling.run(steps, 27)
    assert answer.values[""] == steps(27)
    (line,) = answer.explanation.lines
    assert (line.text, line.tier, line.compiled) == ("def steps(n):", "compiled", 1)
    assert line.why_not_cut == "statements run one after the other"


def test_a_value_beyond_64_bits_is_pythons_and_the_reason_is_told(compiling: Here) -> None:
    answer = compiling.run(product, 30)
    assert answer.values[""] == product(30)
    (line,) = [line for line in answer.explanation.lines if line.text == "def product(n):"]
    (deoptimisation,) = line.deoptimisations
    assert (line.tier, deoptimisation.times, deoptimisation.first) == ("interpreted", 1, None)
    assert deoptimisation.why == "the result of `*` exceeds 64 bits"
    assert compiling.run(product, 20).values[""] == product(20)


def count_asked(history: History, calls: int, was_done: bool, seconds: float, in_all: float) -> int:
    asked = 0
    for _ in range(calls):
        if history.skip:
            history.skip -= 1
        else:
            asked += 1
            history.judge(was_done, seconds, in_all)
    return asked


@pytest.mark.parametrize("machine", [1, 10], ids=["fast", "slow"])
def test_a_function_that_gains_nothing_is_asked_about_less_and_less(machine: int) -> None:
    assert count_asked(History(), 1000, True, machine * 1e-6, machine * 40e-6) < 10
    assert count_asked(History(), 1000, False, 0.0, machine * 40e-6) < 10
    assert count_asked(History(), 1000, True, machine * 10e-6, machine * 50e-6) == 1000
    assert count_asked(History(), 1000, False, ENDLESS, 0.1) == 1000, "what was opened is no failure"


def test_calls_that_are_not_asked_about_have_the_same_value(compiling: Here) -> None:
    def many():
        total = []
        for n in range(1000):
            total.append(steps(n % 2))
        return sum(total)

    assert compiling.run(many).values[""] == many()


def test_closures_of_one_text_keep_their_own_values(compiling: Here) -> None:
    def program():
        def make(step):
            def count(n):
                total = 0
                for _ in range(n):
                    total += step
                return total

            return count

        one, half = make(1), make(0.5)
        return one(3), half(3), one(4), half(0)

    assert compiling.run(program).bits == run_here(program)


def fill_up(xs, last):
    for k in range(last):
        xs[k] += 2**60
    return xs


OUTSIDE = [1, 2, 3]


def test_items_that_are_assigned_go_back_into_the_list(compiling: Here) -> None:
    def program():
        xs = list(range(100))
        return fill_up(xs, 90) is xs, xs

    answer = compiling.run(program)
    assert answer.bits == run_here(program)
    assert [line.compiled for line in answer.explanation.lines if line.text == "def fill_up(xs, last):"] == [1]


def test_a_call_that_stops_leaves_the_list_to_python(compiling: Here) -> None:
    def program():
        xs = [2**62] * 100
        for k in range(5):
            fill_up(xs, 20 * k)
        return xs

    assert compiling.run(program).bits == run_here(program)


def test_a_list_from_outside_is_not_assigned(compiling: Here) -> None:
    answer = compiling.run(fill_up, OUTSIDE, 3)
    assert "changes" in str(answer.error)
    assert OUTSIDE == [1, 2, 3]


def test_a_long_comprehension_of_a_called_function_is_cut(compiling: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hot, "PASS_SECONDS", 0.0002)

    def totals():
        found = []
        for k in range(2):
            found.append(sum(steps(n + 1) for n in range(80000 + k)))
        return found

    answer = compiling.run(totals)
    assert answer.values[""] == totals()
    lines = {line.text: line for line in answer.explanation.lines}
    assert hot.FOR_ALL_CORES in lines["def totals():"].why_interpreted
    assert lines["found.append(sum(steps(n + 1) for n in range(80000 + k)))"].tier == "compiled"
