import queue
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import psutil
import pytest
from process_watching import wait_until_dead

from pyfora.errors import InternalError
from ufora.runtime.processes.interpreters import InterpreterDied, InterpreterPool, Stopped
from ufora.runtime.processes.nursery import Nursery


@pytest.fixture
def pool(nursery: Nursery) -> Iterator[InterpreterPool]:
    pool = InterpreterPool(nursery, "process_entries:work", 2)
    yield pool
    pool.close()


def test_many_threads_each_get_their_own_answer(pool):
    payloads = [str(number).encode() * (number % 7 * 20_000 + 1) for number in range(200)]
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(pool.run, payloads)) == payloads


def test_a_dead_interpreter_costs_one_call_only(pool):
    with pytest.raises(InterpreterDied, match="died: it was ended from outside"):
        pool.run(b"die")
    assert [pool.run(b"x") for _ in range(4)] == [b"x"] * 4


def test_an_interpreter_that_died_idle_costs_nothing(pool):
    pid = int(pool.run(b"pid"))
    psutil.Process(pid).kill()
    wait_until_dead(pid)
    assert int(pool.run(b"pid")) != pid


def test_an_error_in_our_own_code_is_told(pool):
    with pytest.raises(InternalError, match="as the test asked"):
        pool.run(b"fail")
    assert pool.run(b"x") == b"x"


def test_a_call_that_is_stopped_ends_at_once_and_harms_no_other(pool):
    stop: Future[None] = Future()
    with ThreadPoolExecutor(1) as threads:
        call = threads.submit(pool.run, b"hold", stop)
        assert pool.run(b"x") == b"x"
        stop.set_result(None)
        with pytest.raises(Stopped):
            call.result()
    assert [pool.run(b"x") for _ in range(4)] == [b"x"] * 4


def test_a_call_stopped_before_it_began_costs_no_interpreter(pool):
    stop: Future[None] = Future()
    stop.set_result(None)
    with pytest.raises(Stopped):
        pool.run(b"x", stop)
    assert pool.run(b"x") == b"x"


def test_callers_are_served_in_the_order_they_came(nursery):
    pool = InterpreterPool(nursery, "process_entries:two_minds", 1)
    order: queue.SimpleQueue[int] = queue.SimpleQueue()

    def call(number: int) -> None:
        pool.run(b"x")
        order.put(number)

    with ThreadPoolExecutor(12) as threads:
        held = pool._take().result()
        turns = []
        for number in range(10):
            turns.append(threads.submit(call, number))
            wait_until_queued(pool, number + 1)
        pool._give_back(held)
        for turn in turns:
            turn.result()
    assert [order.get() for _ in range(10)] == list(range(10))
    pool.close()


def wait_until_queued(pool: InterpreterPool, count: int) -> None:
    pause = threading.Event()
    while len(pool._waiting) < count:
        pause.wait(0.001)


def test_closing_ends_calls_under_way_and_those_that_wait(nursery):
    pool = InterpreterPool(nursery, "process_entries:work", 1)
    pid = int(pool.run(b"pid"))
    with ThreadPoolExecutor(2) as threads:
        calls = [threads.submit(pool.run, b"hold") for _ in range(2)]
        wait_until_queued(pool, 1)
        pool.close()
        for call in calls:
            with pytest.raises(InterpreterDied):
                call.result()
    wait_until_dead(pid)
    with pytest.raises(InterpreterDied, match="stopping"):
        pool.run(b"x")
