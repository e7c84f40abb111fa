import asyncio
import threading
from collections.abc import AsyncIterator
from concurrent.futures import Future
from contextlib import asynccontextmanager

import psutil
import pytest
from process_watching import wait_until_dead

from pyfora.errors import InternalError
from ufora.engine.contract import WorkerLost
from ufora.runtime.processes.drivers import DriverHost
from ufora.runtime.processes.nursery import Nursery


@asynccontextmanager
async def open_host(nursery: Nursery, entry: str = "two_minds", **options) -> AsyncIterator[DriverHost]:
    host = DriverHost(nursery, f"process_entries:{entry}", b"the settings", **options)
    try:
        yield host
    finally:
        await host.close()


async def pid_of(host: DriverHost, session: str) -> int:
    return int((await host.answer(session, b"pid")).removeprefix(b"main: "))


@pytest.mark.asyncio
async def test_a_session_keeps_its_driver_and_another_has_its_own(nursery):
    async with open_host(nursery) as host:
        first = await pid_of(host, "a")
        assert await pid_of(host, "a") == first
        assert await pid_of(host, "b") != first


@pytest.mark.asyncio
async def test_a_driver_sees_its_settings(nursery):
    async with open_host(nursery) as host:
        assert await host.answer("a", b"settings") == b"main: the settings"


@pytest.mark.asyncio
async def test_a_busy_driver_answers_at_once_what_it_can(nursery):
    async with open_host(nursery) as host:
        busy = asyncio.create_task(host.answer("a", b"wait"))
        assert await host.answer("a", b"how are you") == b"at once: how are you"
        assert not busy.done()
        assert await host.answer("a", b"go on") == b"at once: go on"
        assert await busy == b"main: wait"


@pytest.mark.asyncio
async def test_many_questions_are_in_flight_and_each_gets_its_own_answer(nursery):
    questions = [str(number).encode() * 50_000 for number in range(20)]
    async with open_host(nursery) as host:
        answers = await asyncio.gather(*[host.answer("a", question) for question in questions])
    assert answers == [b"main: " + question for question in questions]


@pytest.mark.asyncio
async def test_a_driver_that_dies_loses_all_questions_and_a_new_one_takes_the_next(nursery):
    async with open_host(nursery) as host:
        first = await pid_of(host, "a")
        waiting = asyncio.create_task(host.answer("a", b"wait"))
        await host.answer("a", b"how are you")
        psutil.Process(first).kill()
        with pytest.raises(WorkerLost, match="died"):
            await waiting
        assert await pid_of(host, "a") != first


@pytest.mark.asyncio
async def test_a_driver_can_be_killed_while_it_keeps_the_gil(nursery):
    async with open_host(nursery) as host:
        first = await pid_of(host, "a")
        holding = asyncio.create_task(host.answer("a", b"hold"))
        await asyncio.sleep(0)  # the question is sent
        host.kill_driver("a")
        with pytest.raises(WorkerLost):
            await holding
        wait_until_dead(first)
        assert await pid_of(host, "a") != first


@pytest.mark.asyncio
async def test_an_error_in_our_own_code_is_told_and_the_driver_lives_on(nursery):
    async with open_host(nursery) as host:
        first = await pid_of(host, "a")
        with pytest.raises(InternalError, match="as the test asked"):
            await host.answer("a", b"fail")
        assert await pid_of(host, "a") == first


@pytest.mark.asyncio
async def test_a_driver_that_cannot_start_is_a_lost_worker(nursery):
    async with open_host(nursery, "nothing") as host:
        for _ in range(2):
            with pytest.raises(WorkerLost):
                await host.answer("a", b"pid")


@pytest.mark.asyncio
async def test_a_nursery_that_is_killed_again_and_again_is_a_lost_worker():
    async with open_host(Nursery(warm_up="process_entries:die_while_loading"), "work") as host:
        with pytest.raises(WorkerLost, match="was killed again"):
            await host.answer("a", b"pid")


@pytest.mark.asyncio
async def test_a_cancelled_question_harms_no_other(nursery):
    async with open_host(nursery) as host:
        cancelled = asyncio.create_task(host.answer("a", b"wait"))
        await host.answer("a", b"how are you")
        cancelled.cancel()
        await host.answer("a", b"go on")
        assert await host.answer("a", b"x") == b"main: x"


@pytest.mark.asyncio
async def test_a_hundred_sessions_come_and_go_and_leave_no_process(nursery):
    async with open_host(nursery) as host:
        pids = []
        for start in range(0, 100, 10):
            sessions = [f"s{number}" for number in range(start, start + 10)]
            pids += await asyncio.gather(*[pid_of(host, session) for session in sessions])
            await asyncio.gather(*[host.end_session(session) for session in sessions])
        assert len(set(pids)) == 100
        wait_until_dead(*pids)
        await host.end_session("never seen")


@pytest.mark.asyncio
async def test_a_closed_host_has_no_children_and_refuses_questions(nursery):
    async with open_host(nursery) as host:
        pid = await pid_of(host, "a")
        parent = psutil.Process(pid).parent()
    assert parent is not None
    wait_until_dead(pid, *[child.pid for child in parent.children()])
    with pytest.raises(WorkerLost, match="stopping"):
        await host.answer("a", b"pid")


class Worker:
    """Does errands: gives them back in capitals, fails, or waits until it is given up."""

    def __init__(self) -> None:
        self.began = threading.Event()
        self.given_up = threading.Event()

    def perform(self, payload: bytes, given_up: "Future[None]") -> bytes:
        if payload == b"fail":
            raise ValueError("as the test asked")
        if payload == b"wait":
            self.began.set()
            given_up.result(60)
            self.given_up.set()
        return payload.upper()


@pytest.mark.asyncio
async def test_a_driver_has_its_worker_do_things(nursery):
    async with open_host(nursery, "run_errands", perform=Worker().perform, errands=2) as host:
        assert await host.answer("a", b"ask something") == b"SOMETHING"
        assert await host.answer("a", b"ask fail") == b"ValueError: as the test asked"
        large = b"x" * 3_000_000
        assert await host.answer("a", b"ask " + large) == large.upper()


@pytest.mark.asyncio
@pytest.mark.parametrize("gives_up_all", [False, True])
async def test_what_a_driver_no_longer_wants_is_given_up(nursery, gives_up_all: bool):
    worker = Worker()
    async with open_host(nursery, "run_errands", perform=worker.perform, errands=2) as host:
        number = await host.answer("a", b"begin wait")
        assert await asyncio.to_thread(worker.began.wait, 60)
        assert await host.answer("a", b"give up " + (b"all" if gives_up_all else number)) == b"given up"
        assert await asyncio.to_thread(worker.given_up.wait, 60)
        assert await host.answer("a", b"ask something") == b"SOMETHING"


@pytest.mark.asyncio
async def test_what_a_dead_driver_wanted_is_given_up(nursery):
    worker = Worker()
    async with open_host(nursery, "run_errands", perform=worker.perform, errands=2) as host:
        await host.answer("a", b"begin wait")
        assert await asyncio.to_thread(worker.began.wait, 60)
        host.kill_driver("a")
        assert await asyncio.to_thread(worker.given_up.wait, 60)
