"""Errands to the driver's own worker beside tasks of an engine."""

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

import pytest

from ufora.engine.contract import TaskFailed, WorkerFacts
from ufora.engine.in_process import InProcessCluster, InProcessTaskEngine
from ufora.runtime.nearby import Errand, NearbyEngine
from ufora.runtime.processes.child import ErrandFailed
from ufora.runtime.tasks import pack_task


@dataclass(frozen=True, slots=True)
class Side:
    """A worker whose tasks wait until the test lets them go."""

    go: threading.Event

    def perform(self, payload: bytes, inputs: Sequence[Any], given_up: "Future[None]") -> Any:
        self.go.wait(60)
        return payload.decode()

    async def answer(self, session: str, message: bytes) -> bytes:
        raise AssertionError("there is no driver here")

    def measure(self) -> bytes:
        return b""

    async def end_session(self, session: str) -> None: ...

    async def close(self) -> None: ...


class Channel:
    """The test answers the errands."""

    def __init__(self) -> None:
        self.errands: list[tuple[bytes, Future[bytes]]] = []

    def begin_errand(self, payload: bytes) -> tuple[int, "Future[bytes]"]:
        self.errands.append((payload, Future()))
        return len(self.errands) - 1, self.errands[-1][1]

    def give_up_errand(self, number: int) -> None:
        if self.errands[number][1].cancel():
            self.errands[number][1].set_running_or_notify_cancel()

    def answer(self, number: int, value: object) -> None:
        self.errands[number][1].set_result(pack_task(value))  # type: ignore[arg-type]


class Machine:
    def __init__(self) -> None:
        self.go = threading.Event()
        self.channel = Channel()
        cluster = InProcessCluster()
        for number in range(2):
            cluster.add_worker(Side(self.go), WorkerFacts(f"w{number}", f"host{number}:1", 1, 2**30, "", ""))
        self.engine = NearbyEngine(InProcessTaskEngine(cluster), self.channel, "host1:1")
        assert [worker.id for worker in self.engine.list_workers()] == ["w1", "w0"]

    def submit_brief(self, worker: str = "w1") -> Any:
        return self.engine.submit(b"brief", worker=worker, brief=True)


@pytest.fixture
def machine() -> Iterator[Machine]:
    machine = Machine()
    yield machine
    machine.go.set()
    machine.engine.close()


def test_only_brief_tasks_for_its_own_worker_are_errands(machine: Machine) -> None:
    machine.go.set()
    engine = machine.engine
    far = engine.submit(b"far", worker="w1")
    others = [machine.submit_brief("w0"), engine.submit(b"anywhere", brief=True), engine.submit(b"", [far], worker="w1", brief=True)]
    assert not any(isinstance(future, Errand) for future in [far, *others])
    assert engine.fetch(far) == "far"
    errand = machine.submit_brief()
    machine.channel.answer(0, None)
    assert engine.fetch(errand) is None
    assert (engine.is_near("w1"), engine.is_near("w0")) == (True, False)


def test_waiting_gives_whichever_are_done(machine: Machine) -> None:
    near, other, far = machine.submit_brief(), machine.submit_brief(), machine.engine.submit(b"far")
    wait_any = machine.engine.wait_any
    assert wait_any([near, far], 0) == wait_any([near, other], 0.01) == wait_any([near, far], 0.01) == []
    threading.Timer(0.01, machine.channel.answer, [0, None]).start()
    assert wait_any([near, other, far]) == [near]
    threading.Timer(0.01, machine.channel.answer, [1, None]).start()
    assert wait_any([other]) == [other]
    threading.Timer(0.01, machine.go.set).start()
    assert wait_any([machine.submit_brief(), far]) == [far]
    assert wait_any([near, far]) == [near, far]
    assert wait_any([far]) == [far]


def test_whoever_waits_can_be_woken(machine: Machine) -> None:
    near, far = machine.submit_brief(), machine.engine.submit(b"far")
    for futures in ([near], [near, far], [far]):
        wake: Future[None] = Future()
        threading.Timer(0.01, wake.set_result, [None]).start()
        assert machine.engine.wait_any(futures, 60, wake) == []


def test_an_errand_that_is_cancelled_is_over(machine: Machine) -> None:
    near, far = machine.submit_brief(), machine.engine.submit(b"far")
    machine.engine.cancel([near, far])
    assert machine.engine.wait_any([near, far]) == [near, far]
    for future in (near, far):
        with pytest.raises(TaskFailed, match="was cancelled"):
            machine.engine.fetch(future)


def test_an_errand_that_failed_says_why(machine: Machine) -> None:
    near = machine.submit_brief()
    machine.channel.errands[0][1].set_exception(ErrandFailed("ValueError: as the test asked"))
    with pytest.raises(TaskFailed, match=r"task errand-0 failed: ValueError: as the test asked"):
        machine.engine.fetch(near)
