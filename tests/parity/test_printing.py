"""What remote code prints arrives at the client in program order, whatever ran where."""

from collections.abc import Callable

import pytest

import pyfora

COUNT = 500


def show(n):
    if n % 100 == 0:
        print("at", n)
    return n


def in_statements():
    for n in range(3):
        print(n, n * n, sep="|", end=";")
    print(flush=True)


def in_a_comprehension():
    print("first")
    total = [print(n) for n in range(COUNT)]
    print("last", len(total))


def in_a_called_function():
    print(sum(show(n) for n in range(COUNT)))


def in_a_generator_of_functions():
    print(max(map(show, range(COUNT))), min(show(n) for n in range(COUNT)))


def beside_work_that_is_cut():
    print("before")
    print(sum(n * n for n in range(COUNT)))
    print("after")


def in_methods():
    class Meter:
        def __init__(self, n):
            self.n = n

        def __lt__(self, other):
            print("compared", self.n, other.n)
            return self.n < other.n

    print([meter.n for meter in sorted(Meter(n) for n in (3, 1, 2))])


def as_a_value():
    for say in (print, lambda text: print("<", text, ">")):
        list(map(say, "ab"))


def before_it_fails():
    print("so far")
    return [show(n) // (n - 250) for n in range(COUNT)]


PROGRAMS = [
    in_statements, in_a_comprehension, in_a_called_function, in_a_generator_of_functions, beside_work_that_is_cut, in_methods, as_a_value,
    before_it_fails,
]  # fmt: skip


def run_plainly(program: Callable[[], object]) -> None:
    try:
        program()
    except ZeroDivisionError:
        print("it failed")


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__)
def test_the_text_is_pythons_own(executor: pyfora.Executor, capsys: pytest.CaptureFixture[str], program: Callable[[], object]) -> None:
    run_plainly(program)
    here = capsys.readouterr().out
    try:
        executor.submit(program).result(60)
    except pyfora.ComputationError:
        print("it failed")
    assert capsys.readouterr().out == here


def test_the_text_is_there_when_the_block_is_over(executor: pyfora.Executor, capsys: pytest.CaptureFixture[str]) -> None:
    with executor.remotely.downloadAll():
        print("inside")
        show(100)
    print("outside")
    assert capsys.readouterr().out == "inside\nat 100\noutside\n"


def test_printing_elsewhere_is_refused(executor: pyfora.Executor) -> None:
    kept: list[str] = []
    with pytest.raises(pyfora.InvalidPyforaOperation, match="leave out `file`"):
        executor.submit(lambda: print("x", file=kept)).result(60)  # type: ignore[call-overload]
