import asyncio
import concurrent.futures

import pytest

from pyfora.client.callbacks import StatusCallback
from pyfora.client.futures import ComputationFuture, when_done
from pyfora.report.progress import Progress


def _call_now(callback: StatusCallback, progress: Progress) -> None:
    callback(progress)


def a_future(stopped: list[str] | None = None) -> ComputationFuture:
    return ComputationFuture(None, lambda: stopped.append("stopped") if stopped is not None else None, _call_now)


def test_cancelling_stops_the_computation_and_wakes_who_waits():
    stopped: list[str] = []
    future = a_future(stopped)
    assert future.cancel()
    assert stopped == ["stopped"]
    assert concurrent.futures.wait([future], timeout=0).done == {future}
    assert future.cancel()
    assert stopped == ["stopped"]


def test_an_end_after_cancelling_is_ignored():
    future = a_future()
    future.cancel()
    future.settle(1, None)
    assert future.cancelled()


def test_cancelling_after_the_end_is_refused():
    future = a_future()
    future.settle(1, None)
    assert not future.cancel()
    assert future.result() == 1


def test_something_follows_when_all_are_done():
    futures, calls = [a_future(), a_future()], []
    when_done(futures, lambda: calls.append("called"))
    futures[1].settle(1, None)
    assert calls == []
    futures[0].settle(None, ValueError())
    assert calls == ["called"]


def test_something_follows_at_once_when_there_is_nothing_to_wait_for():
    calls: list[str] = []
    when_done([], lambda: calls.append("called"))
    assert calls == ["called"]


def test_status_callbacks_hear_how_far_it_is_until_it_ends():
    future, told = a_future(), []
    assert future.progress is None
    assert future.withStatusCallback(told.append) is future
    half = Progress(0.5, 1, 2, 2, 3.0)
    future.take_progress(half)
    assert told == [half]
    assert future.progress is half


def test_its_repr_says_how_it_is():
    future = a_future()
    assert repr(future) == "<ComputationFuture of a value on its way home, running>"
    future.take_progress(Progress(0.5, 1, 2, 2, 3.0))
    assert repr(future) == "<ComputationFuture of a value on its way home, 50 %, 2 cores, about 3 s left>"
    future.settle(1, None)
    assert repr(future).endswith("done>")
    failed, cancelled = a_future(), a_future()
    failed.settle(None, ValueError("no"))
    cancelled.cancel()
    assert repr(failed).endswith("failed with ValueError>")
    assert repr(cancelled).endswith("cancelled>")


@pytest.mark.asyncio
async def test_it_is_awaited_through_asyncio():
    future = a_future()
    asyncio.get_running_loop().call_soon(future.settle, 7, None)
    assert await asyncio.wrap_future(future) == 7


@pytest.mark.asyncio
async def test_cancelling_what_awaits_it_cancels_it():
    stopped: list[str] = []
    future = a_future(stopped)
    awaited = asyncio.wrap_future(future)
    awaited.cancel()
    with pytest.raises(asyncio.CancelledError):
        await awaited
    await asyncio.sleep(0)  # it hears of it in the loop's next turn
    assert stopped == ["stopped"]
