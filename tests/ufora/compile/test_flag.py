"""Machine code that is asked to stop."""

import threading

import pytest

from tests.ufora.compile.programs import kernel_of, parse
from ufora.compile.flag import NOW, SOON, StopFlag

FOR_EVER = 10**15  #: turns


def run_with(text: str, flag: StopFlag, stop: int) -> tuple[object, int, bool]:
    program = parse(text)
    kernel = kernel_of(program)
    run = kernel.run(range(stop), 0, stop, tuple(program.values), flag)
    return run.partial, run.stopped_at, run.interrupted


@pytest.mark.parametrize(
    "text",
    [
        "def f(n):\n    while n >= 0:\n        n = n ^ 1\n    return n\nsum(f(i) for i in range(10))",
        f"def f(n):\n    for i in range({FOR_EVER}):\n        n = (n * 31 + i) % 1000003\n    return n\nsum(f(i) for i in range(10))",
        f"sum(sum(i * j % 7 for j in range({FOR_EVER})) for i in range(10))",
        "def f(n):\n    if n > 40:\n        return 1\n    return f(n + 1) | f(n + 1)\nsum(f(-15) for i in range(10))",
    ],
)
def test_a_loop_without_end_stops_when_it_is_asked(text: str) -> None:
    flag = StopFlag()
    asking = threading.Timer(0.05, flag.ask, [NOW])
    asking.start()
    assert run_with(text, flag, 10) == (0, 0, True)
    asking.join()


@pytest.mark.parametrize(
    ("text", "done"), [("sum(i for i in range(5000))", 1024), ("sum(sum(j for j in range(i)) for i in range(5000))", 1)]
)
def test_between_elements_what_is_done_is_kept(text: str, done: int) -> None:
    flag = StopFlag()
    flag.ask(SOON)
    partial, stopped_at, interrupted = run_with(text, flag, 5000)
    assert (stopped_at, interrupted) == (done, True)
    assert partial == sum(range(done)) if done > 1 else partial == 0


def test_a_list_that_is_given_away_half_done_goes_on_where_it_stopped() -> None:
    program = parse("[i * 2 for i in range(3000)]")
    kernel = kernel_of(program)
    flag = StopFlag()
    flag.ask(SOON)
    first = kernel.run(range(3000), 0, 3000, (), flag)
    flag.clear()
    rest = kernel.run(range(3000), first.stopped_at, 3000, (), flag)
    assert [*first.partial, *rest.partial] == list(range(0, 6000, 2))
    assert not rest.interrupted


def test_an_end_that_was_reached_is_no_interruption() -> None:
    flag = StopFlag()
    assert run_with("sum(i for i in range(10))", flag, 10) == (45, 10, False)
