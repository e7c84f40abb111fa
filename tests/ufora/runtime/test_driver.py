"""A session's driver: what it keeps, what it has lost, and that it can be stopped."""

import cProfile
import logging
import multiprocessing
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pyfora.program.nodes import Remote
from pyfora.wire import program_bytes
from tests.fuzz.product import Way, run_way
from tests.fuzz.python import load
from tests.ufora.runtime.here import Here
from ufora.protocol.explanation import Explanation
from ufora.protocol.messages import (
    Cancel,
    Cancelled,
    Data,
    Done,
    Drop,
    Evaluate,
    Explain,
    Explained,
    Fetch,
    Finished,
    Lost,
    Message,
    Observe,
    Read,
    Upload,
)
from ufora.protocol.progress import Progress
from ufora.runtime.guard.stopping import CancelledInside
from ufora.runtime.policy import When


@pytest.fixture
def driver() -> Iterator[Here]:
    here = Here(When.NEVER, When.NEVER)
    yield here
    here.close()


def give() -> object:
    return list(range(7))


def test_a_value_is_kept_until_it_is_dropped(driver: Here) -> None:
    proxied = driver.read(driver.evaluate(driver.capture(give), "remote", "c1"))
    assert proxied.values == {"": Remote("c1", "", "list")}
    assert driver.read(driver.ask(Fetch("c1", ""))).bits == driver.run(give).bits
    assert driver.run(len, Remote("c1", "", "list")).values[""] == 7
    assert driver.ask(Drop((("c1", ""),))) == Done()
    assert driver.ask(Fetch("c1", "")) == Lost("value", "c1/")
    assert driver.evaluate(driver.capture(len, Remote("c1", "", "list"))) == Lost("value", "c1/")


def test_a_small_plain_value_that_stays_goes_along(driver: Here) -> None:
    finished = driver.evaluate(driver.capture(len, "abc"), "remote", "c1")
    assert isinstance(finished, Finished)
    assert (finished.plain, driver.read(finished).values) == ({"": 3}, {"": Remote("c1", "", "int")})
    at_home, large = driver.evaluate(driver.capture(len, "abc"), "all"), driver.evaluate(driver.capture(give), "remote")
    assert isinstance(at_home, Finished)
    assert isinstance(large, Finished)
    assert (at_home.plain, large.plain) == ({}, {})


def test_a_program_may_come_in_pieces(driver: Here) -> None:
    data = program_bytes(driver.capture(give))
    assert driver.ask(Evaluate("c1", "p", b"", "all", 0)) == Lost("program", "p")
    assert driver.ask(Upload("p", 0, data[:10], False)) == Done()
    assert isinstance(driver.ask(Upload("p", 11, data[11:], True)), Lost)
    assert driver.ask(Upload("p", 10, data[10:], True)) == Done()
    assert driver.read(driver.ask(Evaluate("c1", "p", b"", "all", 0))).values[""] == list(range(7))


def test_a_large_result_is_read_in_order_and_once(driver: Here) -> None:
    finished = driver.evaluate(driver.capture(lambda: "x" * 400_000))
    assert isinstance(finished, Finished)
    assert finished.result == b""
    assert isinstance(driver.ask(Read(finished.stream, 5, 10)), Lost)
    first = driver.ask(Read(finished.stream, 0, 100))
    assert isinstance(first, Data)
    assert len(first.data) == 100
    assert isinstance(driver.ask(Read(finished.stream, 100, finished.nbytes)), Data)
    assert driver.ask(Read(finished.stream, finished.nbytes, 1)) == Lost("stream", finished.stream)


def test_what_is_cancelled_before_it_begins_does_not_run(driver: Here) -> None:
    assert driver.ask(Cancel("c1")) == Done()
    assert driver.evaluate(driver.capture(give), computation="c1") == Cancelled("c1")
    assert driver.run(give).values[""] == list(range(7))


def test_others_can_log_after_a_cancellation_that_came_while_loggings_lock_was_taken(driver: Here) -> None:
    """As CPython up to 3.12 leaves it when an exception comes between taking it and the `try` that releases it."""
    driver.ask(Cancel("c1"))
    logging._lock.acquire()  # type: ignore[attr-defined]
    with pytest.raises(CancelledInside), driver.driver._running_as("c1"):
        raise AssertionError("it was cancelled before")
    with ThreadPoolExecutor(1) as other:
        logger = logging.getLogger("never asked before")
        assert other.submit(logger.isEnabledFor, logging.ERROR).result(60)


def test_a_loop_without_end_is_cancelled(driver: Here) -> None:
    def forever() -> None:
        while True:
            try:
                sum(x for x in range(9))
            except Exception:  # noqa: BLE001 - what users write must not keep it alive
                continue

    canceller = threading.Timer(0.2, lambda: driver.ask(Cancel("c1")))
    canceller.start()
    assert driver.evaluate(driver.capture(forever), computation="c1") == Cancelled("c1")
    canceller.join()
    assert driver.run(give).values[""] == list(range(7))


@pytest.mark.parametrize("turns", ["loop", "function", "comprehension"])
def test_machine_code_that_runs_for_ever_is_cancelled_and_the_driver_lives(turns: str) -> None:
    def spin(n: int) -> int:
        while n >= 0:
            n = n ^ 1
        return n

    def forever() -> object:
        texts: list[object] = []
        if turns == "function":
            return texts, spin(0)
        if turns == "comprehension":
            return texts, sum(spin(i) for i in range(10))
        n = 0
        while n >= 0:
            n = n ^ 1
        return texts

    compiling = Here(When.AUTO, When.NEVER)
    canceller = threading.Timer(0.3, lambda: compiling.ask(Cancel("c1")))
    canceller.start()
    assert compiling.evaluate(compiling.capture(forever), computation="c1") == Cancelled("c1")
    canceller.join()
    assert compiling.run(give).values[""] == list(range(7))
    compiling.close()


def test_an_error_shows_the_users_lines_only(driver: Here) -> None:
    def inverse(x: int) -> float:
        return 1 / x

    answer = driver.run(lambda: sum(inverse(x) for x in range(50)))
    assert isinstance(answer.error, ZeroDivisionError)
    assert [frame.function for frame in answer.trace] == ["<lambda>", "<genexpr>", "inverse"]
    assert answer.trace[-1].text == "return 1 / x"


def test_what_happened_is_told(driver: Here) -> None:
    def count() -> int:
        seen: list[int] = []
        return len([seen.append(x) for x in range(50)])  # type: ignore[func-returns-value]

    (line,) = driver.run(count).explanation.lines
    assert line.text == "return len([seen.append(x) for x in range(50)])  # type: ignore[func-returns-value]"
    assert (line.tier, line.cut, line.interpreted) == ("interpreted", False, 50)
    assert line.why_not_cut.startswith("`.append(…)` may change")


def test_how_far_it_is_is_told_for_what_runs_only(driver: Here) -> None:
    assert driver.ask(Observe("c1")) == Progress(None, 0, 0, 0, None)
    told: list[Message] = []

    def forever() -> None:
        while True:
            pass

    def observe_and_cancel() -> None:
        told.extend([driver.ask(Observe("c1")), driver.ask(Observe("c2")), driver.ask(Cancel("c1"))])

    canceller = threading.Timer(0.2, observe_and_cancel)
    canceller.start()
    assert driver.evaluate(driver.capture(forever), computation="c1") == Cancelled("c1")
    canceller.join()
    assert told == [Progress(None, 0, 0, 1, None), Progress(None, 0, 0, 0, None), Done()]


def test_what_happened_so_far_is_told_while_it_runs(driver: Here) -> None:
    told: list[Message] = []

    def long() -> int:
        first = len([str(x) for x in range(50)])
        return first + len([x + 1 for x in forever()])

    def forever() -> Iterator[int]:
        while True:
            yield from []

    def explain_and_cancel() -> None:
        told.extend([driver.ask(Explain("c1")), driver.ask(Explain("c2")), driver.ask(Cancel("c1"))])

    canceller = threading.Timer(0.2, explain_and_cancel)
    canceller.start()
    assert driver.evaluate(driver.capture(long), computation="c1") == Cancelled("c1")
    canceller.join()
    facts, nothing, _ = told
    assert nothing == Explained({})
    assert isinstance(facts, Explained)
    lines = {line.text: line for line in Explanation.from_plain(facts.facts).lines}
    assert lines["first = len([str(x) for x in range(50)])"].times == 1
    assert lines["return first + len([x + 1 for x in forever()])"].times == 0
    assert lines["return first + len([x + 1 for x in forever()])"].seconds > 0


def run_traced(folder: Path) -> None:
    program = load(folder / "traced.py", "def program():\n    return [abs(x) for x in range(50)]\n")
    cProfile.Profile().runcall(run_way, program, Way(When.NEVER, 0), folder)


def test_an_evaluation_ends_under_a_tracer(tmp_path: Path) -> None:
    """In a process of its own, where nothing was ever cancelled."""
    process = multiprocessing.get_context("spawn").Process(target=run_traced, args=(tmp_path,))
    process.start()
    process.join(60)
    process.kill()
    process.join()
    assert process.exitcode == 0
