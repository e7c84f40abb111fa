"""Executors against real gateways over loopback; the workers are fakes that speak a tiny language."""

import concurrent.futures
import gc
import operator
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import pyfora.errors
from pyfora.client.executor import Executor
from pyfora.client.opening import open_executor
from pyfora.errors import ComputationCancelled, ComputationError, InvalidPyforaOperation, PythonToForaConversionError
from pyfora.program.nodes import Program
from tests.pyfora.client.tiny import Gate, TinyLanguage, TinyWorkers
from tests.ufora.gateway.fakes import RunningGateway, running_gateway
from ufora.protocol.messages import Drop, Evaluate, Fetch


def add(left, right):
    return left + right


def divide(left, right):
    return left / right


def forbid():
    raise InvalidPyforaOperation("open() is not pure")


def make_bytes(count):
    return bytes(count)


class Cluster:
    def __init__(self, gateway: RunningGateway, workers: TinyWorkers, gate: Gate) -> None:
        self.gateway = gateway
        self.workers = workers
        self.gate = gate

    def open_gate(self) -> None:
        self.gateway.call(self.gate.opened.set)

    def connect(self) -> Executor:
        return open_executor(TinyLanguage, self.gateway.address, 10)


@contextmanager
def a_cluster(tmp_path: Path, workers: int = 1) -> Iterator[Cluster]:
    gate = Gate()
    tiny = TinyWorkers(add, divide, forbid, make_bytes, gate.pass_through)
    with running_gateway(tiny.evaluate, tmp_path, workers) as gateway:
        yield Cluster(gateway, tiny, gate)


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    with a_cluster(tmp_path) as running:
        yield running


@pytest.fixture
def executor(cluster: Cluster) -> Iterator[Executor]:
    with cluster.connect() as connected:
        yield connected


def a_block(executor: Executor, function, *args) -> Program:
    return TinyLanguage(executor._find_remote).capture_call(function, args, {})


def test_a_call_gives_a_proxy_and_the_proxy_gives_the_value(executor: Executor):
    proxy = executor.submit(add, 3, right=4).result()
    assert repr(proxy) == f"<RemotePythonObject int on {executor.address}>"
    assert proxy.toLocal().result() == 7


def test_a_value_is_defined_and_used(executor: Executor):
    three = executor.define(3).result()
    assert executor.submit(add, three, 4).result().toLocal().result() == 7


def test_a_future_is_used_before_it_is_done(executor: Executor, cluster: Cluster):
    three = executor.submit(cluster.gate.pass_through, 3)
    seven = executor.submit(add, three, 4)
    cluster.open_gate()
    assert seven.result().toLocal().result() == 7


def test_a_proxy_is_called(executor: Executor):
    assert executor.submit(add, "ab", "cd").result().toLocal().result() == "abcd"
    with pytest.raises(ComputationError):
        executor.submit(divide, 1, executor.define(0)).result()


def test_a_block_brings_its_values_home(executor: Executor):
    assert executor.run_block(a_block(executor, add, 1, 2), "all", 0).values == {"": 3}


def test_a_block_waits_for_the_futures_it_uses(executor: Executor):
    program = a_block(executor, add, executor.submit(add, 1, 2), 3)
    assert executor.run_block(program, "all", 0).values == {"": 6}


def test_large_values_go_and_come_whole(executor: Executor):
    large = bytes(range(256)) * 40_000
    proxy = executor.submit(add, executor.define(large), b"end").result()
    assert proxy.toLocal().result() == large + b"end"


def test_a_future_holds_the_genuine_exception_and_its_trace(executor: Executor):
    error = executor.submit(divide, 1, 0).exception()
    assert isinstance(error, ComputationError)
    assert isinstance(error.remoteException, ZeroDivisionError)
    assert error.trace == "line 1"
    with pytest.raises(ComputationError, match="ZeroDivisionError: division by zero"):
        executor.submit(divide, 1, 0).result()


def test_a_block_gives_the_genuine_exception(executor: Executor):
    assert isinstance(executor.run_block(a_block(executor, divide, 1, 0), "all", 0).error, ZeroDivisionError)


def test_errors_of_pyfora_itself_are_not_wrapped(executor: Executor):
    with pytest.raises(InvalidPyforaOperation, match="open"):
        executor.submit(forbid).result()


def test_a_call_that_needs_a_failed_one_fails_like_it(executor: Executor):
    failed = executor.submit(divide, 1, 0)
    assert executor.submit(add, failed, 1).exception() is failed.exception()


def test_a_running_computation_can_be_cancelled(executor: Executor, cluster: Cluster):
    future = executor.submit(cluster.gate.pass_through)
    after = executor.submit(add, future, 1)
    cluster.gate.reached.wait()
    assert future.running()
    assert future.cancel()
    assert future.cancelled()
    with pytest.raises(concurrent.futures.CancelledError):
        future.result()
    with pytest.raises(ComputationCancelled):
        after.result()
    assert executor.submit(add, 1, 2).result().toLocal().result() == 3


def test_what_has_ended_cannot_be_cancelled(executor: Executor):
    future = executor.submit(add, 1, 2)
    future.result()
    assert not future.cancel()


def test_futures_work_with_concurrent_futures(executor: Executor, cluster: Cluster):
    blocked, quick = executor.submit(cluster.gate.pass_through), executor.define(1)
    called = threading.Event()
    quick.add_done_callback(lambda future: called.set())
    cluster.gate.reached.wait()
    blocked.cancel()
    done, waiting = concurrent.futures.wait([blocked, quick], timeout=60)
    assert (done, waiting) == ({blocked, quick}, set())
    assert called.wait(60)
    assert {future.result().toLocal().result() for future in concurrent.futures.as_completed([quick])} == {1}


def test_a_callback_may_wait_for_another_future(executor: Executor):
    answers: list[object] = []
    done = threading.Event()

    def follow(future):
        answers.append(executor.submit(add, future.result(), 1).result().toLocal().result())
        done.set()

    executor.submit(add, 1, 2).add_done_callback(follow)
    assert done.wait(60)
    assert answers == [4]


def test_ctrl_c_cancels_the_block_and_the_executor_stays_usable(executor: Executor, cluster: Cluster):
    program = a_block(executor, cluster.gate.pass_through)

    def press() -> None:
        cluster.gate.reached.wait()
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

    presser = threading.Thread(target=press)
    presser.start()
    with pytest.raises(KeyboardInterrupt):
        executor.run_block(program, "all", 0)
    presser.join()
    assert executor.run_block(a_block(executor, add, 1, 2), "all", 0).values == {"": 3}


def dropped(cluster: Cluster) -> set[tuple[str, str]]:
    return {value for _, asked in cluster.gateway.engine.asked if isinstance(asked, Drop) for value in asked.values}


def test_values_nobody_names_are_dropped(executor: Executor, cluster: Cluster):
    one = executor.define(1).result()
    two = executor.submit(add, one, 1).result()
    del one
    executor._session.releases.close()
    assert dropped(cluster) == {("c1", "")}
    session = next(iter(cluster.gateway.gateway.sessions._entries.values())).session
    assert set(session.computations) == {"c1", "c2"}, "the Program of c1 is kept: c2 was made from it"
    assert two.toLocal().result() == 2


def test_what_came_home_is_forgotten(executor: Executor, cluster: Cluster):
    executor.run_block(a_block(executor, add, 1, 2), "all", 0)
    executor.submit(add, 1, 2).result()
    gc.collect()
    executor._session.releases.close()
    session = next(iter(cluster.gateway.gateway.sessions._entries.values())).session
    assert session.computations == {}


def test_a_lost_worker_is_not_noticed(tmp_path: Path):
    with a_cluster(tmp_path, workers=2) as cluster, cluster.connect() as executor:
        three = executor.define(3).result()
        blocked = executor.submit(cluster.gate.pass_through, three)
        cluster.gate.reached.wait()
        cluster.gate.reached.clear()
        cluster.gateway.call(lambda: cluster.gateway.engine.set_workers("w2"))
        cluster.gate.reached.wait()
        cluster.open_gate()
        assert blocked.result().toLocal().result() == 3
        evaluated = [(worker, asked.computation) for worker, asked in cluster.gateway.engine.asked if isinstance(asked, Evaluate)]
        assert evaluated == [("w1", "c1"), ("w1", "c2"), ("w2", "c1"), ("w2", "c2")]


def test_proxies_of_another_executor_are_refused(executor: Executor, cluster: Cluster):
    with cluster.connect() as other:
        proxy, future = other.define(1).result(), other.define(2)
        with pytest.raises(PythonToForaConversionError, match="another executor"):
            executor.submit(add, proxy, 1)
        with pytest.raises(PythonToForaConversionError, match="another executor"):
            executor.submit(add, future, 1)


def test_workers_are_counted_as_they_come_and_go(executor: Executor, cluster: Cluster):
    assert executor.getWorkerCount() == 1
    changed = executor._session._counted
    changed.clear()
    cluster.gateway.call(lambda: cluster.gateway.engine.set_workers("w1", "w2"))
    assert changed.wait(60)
    assert executor.getWorkerCount() == 2


def test_a_closed_executor_says_so(cluster: Cluster):
    executor = cluster.connect()
    future = executor.submit(cluster.gate.pass_through)
    assert not executor.isClosed()
    executor.close()
    executor.close()
    assert executor.isClosed()
    assert isinstance(future.exception(), ComputationCancelled)
    with pytest.raises(pyfora.errors.ConnectionError, match="has been closed: connect again"):
        executor.submit(add, 1, 2)


def test_the_session_ends_with_the_executor(cluster: Cluster):
    with cluster.connect() as executor:
        executor.define(1).result()
    assert [worker for worker, _ in cluster.gateway.engine.ended] == ["w1"]


def test_an_executor_that_is_garbage_closes_itself(cluster: Cluster):
    executor = cluster.connect()
    executor.define(1).result()
    del executor
    gc.collect()
    assert [worker for worker, _ in cluster.gateway.engine.ended] == ["w1"]


def test_waiting_without_a_worker_is_said_once(tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("pyfora.client.session.NO_WORKER_SECONDS", 0.01)
    with a_cluster(tmp_path, workers=0) as cluster, cluster.connect() as executor:
        assert executor.getWorkerCount() == 0
        futures = [executor.define(1), executor.define(2)]
        while "no worker" not in caplog.text:
            threading.Event().wait(0.01)
        cluster.gateway.call(lambda: cluster.gateway.engine.set_workers("w1"))
        assert [future.result().toLocal().result() for future in futures] == [1, 2]
    assert caplog.text.count("no worker has joined the cluster at http") == 1


def test_operators_of_the_standard_library_are_just_functions(executor: Executor, cluster: Cluster):
    cluster.workers.functions["mul"] = operator.mul
    assert executor.submit(operator.mul, 6, 7).result().toLocal().result() == 42


def test_a_value_that_came_along_is_not_asked_for(executor: Executor, cluster: Cluster):
    cluster.gateway.engine.plain = {"": 7, "other": 8}
    proxy = executor.submit(add, 3, right=4).result()
    assert [proxy.toLocal().result() for _ in range(2)] == [7, 7]
    assert proxy.toLocal().done()
    assert not any(isinstance(asked, Fetch) for _, asked in cluster.gateway.engine.asked)
    executor.close()
    with pytest.raises(pyfora.errors.ConnectionError, match="has been closed"):
        proxy.toLocal()


def test_what_is_done_at_once_costs_no_event(executor: Executor, cluster: Cluster):
    told = []
    emit = cluster.gateway.gateway.sessions._tell

    async def tell(session: str, computation: object) -> None:
        told.append(computation)
        await emit(session, computation)

    session = next(iter(cluster.gateway.gateway.sessions._entries.values())).session
    session._tell = tell
    assert executor.run_block(a_block(executor, add, 1, 2), "all", 0).values == {"": 3}
    assert told == []
    future = executor.submit(cluster.gate.pass_through, 3)
    cluster.gate.reached.wait()
    assert not future.done()
    cluster.open_gate()
    assert future.result(60).toLocal().result() == 3
    assert [computation.id for computation in told] == [future.lineage.name]
