import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from ufora.runtime.processes.errands import Errands
from ufora.runtime.processes.framing import ANSWER, FAILED, pack_frame


class Driver:
    """What it is sent."""

    def __init__(self, perform: Callable[[bytes, "Future[None]"], bytes]) -> None:
        self.told: asyncio.Queue[list[bytes]] = asyncio.Queue()
        self.pool = ThreadPoolExecutor(2)
        self.errands = Errands(self.pool, perform, self.told.put_nowait)


@pytest.mark.asyncio
async def test_an_errand_is_answered_under_its_number() -> None:
    driver = Driver(lambda payload, given_up: payload.upper())
    driver.errands.begin(7, b"abc")
    assert await driver.told.get() == pack_frame(7, ANSWER, b"ABC")


@pytest.mark.asyncio
async def test_what_it_raises_is_told_in_a_line() -> None:
    def fail(payload: bytes, given_up: "Future[None]") -> bytes:
        raise ValueError("as the test asked")

    driver = Driver(fail)
    driver.errands.begin(7, b"")
    assert await driver.told.get() == pack_frame(7, FAILED, b"ValueError: as the test asked")


@pytest.mark.asyncio
@pytest.mark.parametrize("gives_up_all", [False, True])
async def test_one_that_is_given_up_learns_it_and_is_not_answered(gives_up_all: bool) -> None:
    def perform(payload: bytes, given_up: "Future[None]") -> bytes:
        if payload == b"long":
            given_up.result(60)
        return payload

    driver = Driver(perform)
    driver.errands.begin(1, b"long")
    await asyncio.sleep(0)
    if gives_up_all:
        driver.errands.give_up_all()
    else:
        driver.errands.give_up(1)
        driver.errands.give_up(1)
    await asyncio.to_thread(driver.pool.shutdown)  # waits for it
    driver.pool = ThreadPoolExecutor(1)
    driver.errands._pool = driver.pool
    driver.errands.begin(2, b"short")
    assert await driver.told.get() == pack_frame(2, ANSWER, b"short")
    assert driver.told.empty()
