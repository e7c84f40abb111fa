import concurrent.futures

from pyfora.client.futures import ComputationFuture, when_done


def a_future(stopped: list[str] | None = None) -> ComputationFuture:
    return ComputationFuture(None, lambda: stopped.append("stopped") if stopped is not None else None)


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
