"""Status callbacks, explanations and reprs of an executor, against real gateways over loopback."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

import pyfora
from pyfora.client.callbacks import StatusCalls
from pyfora.client.executor import Executor
from pyfora.report.progress import Progress
from tests.pyfora.client.test_executor import Cluster, a_block, a_cluster, add, divide
from tests.ufora.gateway.fakes import EXPLANATION

HALF = Progress(0.5, 1, 2, 2, 3.0, "a.py", 3)


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    with a_cluster(tmp_path) as running:
        running.gateway.engine.progress = HALF
        yield running


@pytest.fixture
def executor(cluster: Cluster) -> Iterator[Executor]:
    with cluster.connect() as connected:
        yield connected


def test_a_blocks_callback_is_called_while_it_runs_in_the_thread_that_waits(executor: Executor, cluster: Cluster):
    told: list[tuple[Progress, int]] = []

    def take(progress: Progress) -> None:
        told.append((progress, threading.get_ident()))
        cluster.open_gate()

    executor.withStatusCallback(take).run_block(a_block(executor, cluster.gate.pass_through, 3), "all", 0)
    assert told == [(HALF, threading.get_ident())]


def test_what_a_blocks_callback_raises_cancels_the_block(executor: Executor, cluster: Cluster):
    def refuse(progress: Progress) -> None:
        raise KeyError(progress.line)

    with pytest.raises(KeyError, match="3"):
        executor.withStatusCallback(refuse).run_block(a_block(executor, cluster.gate.pass_through, 3), "all", 0)
    assert executor.run_block(a_block(executor, add, 1, 2), "all", 0).values == {"": 3}


def test_a_futures_callback_is_called_while_it_runs(executor: Executor, cluster: Cluster):
    first, second = threading.Event(), threading.Event()
    future = executor.withStatusCallback(lambda progress: first.set()).submit(cluster.gate.pass_through, 3)
    future.withStatusCallback(lambda progress: second.set())
    assert first.wait(30)
    assert future.progress == HALF
    cluster.gateway.call(lambda: setattr(cluster.gateway.engine, "progress", Progress(1.0, 2, 2, 2, 0.0)))
    assert second.wait(30)
    cluster.open_gate()
    assert future.result().toLocal().result() == 3


def test_values_go_between_an_executor_and_its_like_with_a_callback(executor: Executor):
    like = executor.withStatusCallback(print)
    assert like.submit(add, executor.define(1).result(), like.define(2)).result().toLocal().result() == 3


def test_what_a_futures_callback_raises_is_logged_and_nothing_else(caplog: pytest.LogCaptureFixture):
    calls, done = StatusCalls(), threading.Event()
    calls.put(lambda progress: 1 / 0, HALF)
    calls.put(lambda progress: done.set(), HALF)
    assert done.wait(30)
    calls.close()
    assert "a status callback raised" in caplog.text


def test_a_block_is_explained_with_the_time_it_took_here(executor: Executor):
    with pytest.raises(pyfora.PyforaError, match="nothing has been computed"):
        executor.explain()
    executor.run_block(a_block(executor, add, 1, 2), "all", 0)
    explanation = executor.explain()
    assert explanation.lines == EXPLANATION.lines
    assert explanation.seconds["run"] == EXPLANATION.seconds["run"]
    assert list(explanation.seconds) == ["capture", "transfer", "wait", "run", "bring home"]
    assert min(explanation.seconds.values()) >= 0
    assert "a.py, line 3: f(x)" in repr(explanation)


def test_futures_and_proxies_are_explained(executor: Executor, cluster: Cluster):
    future = executor.submit(add, 1, 2)
    proxy = future.result()
    assert executor.explain(future).lines == executor.explain(proxy).lines == EXPLANATION.lines
    assert executor.explain(executor.submit(divide, 1, 0).exception() and future) is executor.explain(proxy)
    running = executor.submit(cluster.gate.pass_through)
    with pytest.raises(pyfora.PyforaError, match=r"^explain takes a future or a RemotePythonObject, not an object of type int; without"):
        executor.explain(12)
    with pytest.raises(pyfora.PyforaError, match="nothing to explain"):
        executor.explain(running)
    with pytest.raises(pyfora.PyforaError, match="nothing to explain"):
        executor.explain(proxy.toLocal())
    cluster.open_gate()


def test_an_executor_says_what_it_is(cluster: Cluster):
    executor = cluster.connect()
    assert repr(executor) == f"<Executor of {cluster.gateway.address}, 1 worker>"
    assert repr(executor.withStatusCallback(print)) == repr(executor)
    assert repr(executor.define(1)).startswith("<ComputationFuture of computation c1, ")
    executor.close()
    assert repr(executor) == f"<Executor of {cluster.gateway.address}, closed>"


@pytest.mark.asyncio
async def test_an_executor_is_opened_and_closed_in_an_event_loop(cluster: Cluster):
    async with pyfora.connect_async(cluster.gateway.address, timeout=60) as executor:
        assert executor.getWorkerCount() == 1
    assert executor.isClosed()
    with pytest.raises(pyfora.ConnectionError):
        async with pyfora.connect_async("nonsense"):
            raise AssertionError
    await asyncio.sleep(0)
