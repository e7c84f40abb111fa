"""Dask's transfers pass through the channel: a contract with a function of Dask's that is not public."""

import inspect

import distributed.worker
import pytest
from distributed import Client, Scheduler, Worker

from ufora.engine.on_dask.channel import fetch_through, find_data_address
from ufora.engine.on_dask.ports import NoHttp
from ufora.engine.on_dask.settings import apply_settings


class RecordingChannel:
    """Stands for the channel; has the results of no worker, so it is told what to give."""

    def __init__(self, results):
        self.results = results
        self.pulled = []

    async def pull(self, address, keys):
        self.pulled.append((address, list(keys)))
        return {key: self.results[key] for key in keys}


class QuietWorker(NoHttp, Worker):
    pass


class QuietScheduler(NoHttp, Scheduler):
    pass


@pytest.fixture
def unhooked():
    """Dask's own function, put back afterwards."""
    own = distributed.worker.get_data_from_worker
    yield own
    distributed.worker.get_data_from_worker = own


def test_dask_transfers_by_the_function_that_is_replaced(unhooked):
    assert list(inspect.signature(unhooked).parameters)[:4] == ["rpc", "keys", "worker", "who"]


@pytest.mark.asyncio
async def test_workers_and_clients_fetch_through_the_channel(unhooked):
    apply_settings()
    channel = RecordingChannel({"one": 10, "two": 20})
    fetch_through(channel)
    async with (
        QuietScheduler(host="127.0.0.1", port=0, dashboard=False) as scheduler,
        QuietWorker(scheduler.address, host="127.0.0.1", name="a") as first,
        QuietWorker(scheduler.address, host="127.0.0.1", name="b"),
        Client(scheduler.address, asynchronous=True, direct_to_workers=True, set_as_default=False) as client,
    ):
        one = client.submit(int, "1", key="one", workers=["a"])
        two = client.submit(sum, [one, 5], key="two", workers=["b"])
        assert await client.gather(two) == 20  # as the channel says
        data_address = find_data_address(first.address)
        assert channel.pulled[0] == (data_address, ["one"])
        assert channel.pulled[1][1] == ["two"]


@pytest.mark.parametrize(
    ("control", "data"),
    [
        ("tcp://127.0.0.1:30009", "tcp://127.0.0.1:30010"),
        ("tls://worker.example:1", "tcp://worker.example:2"),
        ("tcp://[::1]:5", "tcp://[::1]:6"),
    ],
)
def test_the_data_channel_is_at_the_next_port(control, data):
    assert find_data_address(control) == data
