"""Machine code on the driver's own cores: Python's answers, nothing sent, and what it cannot do goes to the worker's interpreters."""

import ctypes
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import Any
from unittest import mock

import numpy
import pytest

from tests.parity.same import run_here
from tests.ufora.runtime.here import Here
from ufora.compile.flag import NOW, StopFlag
from ufora.compile.result import LoopRun
from ufora.compile.spec import Consumer
from ufora.engine.contract import TaskFailed
from ufora.engine.in_process import InProcessCluster, InProcessTaskEngine
from ufora.protocol.pulse import COMPILED
from ufora.runtime.lease_run import LeaseGivenUp
from ufora.runtime.nearby import NearbyEngine
from ufora.runtime.own_cores import LateCommon, OwnCores
from ufora.runtime.pieces import Kind, Piece
from ufora.runtime.policy import When
from ufora.runtime.processes.child import ErrandFailed
from ufora.runtime.tasks import Died, Interpret, Lease, MachineCode, SliceDone, Tell, pack_task, unpack_task

CODE = MachineCode("key", "cpu", b"", ())


class Channel:
    """The test answers what is asked of the worker."""

    def __init__(self) -> None:
        self.asked: list[object] = []
        self.given_up: list[int] = []
        self.answer: Callable[[object, Future[bytes]], None] = lambda asked, answer: None

    def begin_errand(self, payload: bytes) -> tuple[int, "Future[bytes]"]:
        self.asked.append(unpack_task(payload))
        answer: Future[bytes] = Future()
        self.answer(self.asked[-1], answer)
        return len(self.asked) - 1, answer

    def give_up_errand(self, number: int) -> None:
        self.given_up.append(number)


class Doubling:
    """Machine code that doubles numbers, but cannot do `hard`."""

    def __init__(self, hard: int = -1) -> None:
        self._hard = hard

    def run(self, source: range, start: int, stop: int, values: tuple[Any, ...], flag: StopFlag) -> LoopRun:
        end = self._hard if start <= self._hard < stop else stop
        return LoopRun(2 * numpy.array(source[start:end], dtype=numpy.int64), end)


class Endless:
    """Machine code that runs until it is stopped."""

    def __init__(self) -> None:
        self.is_running = threading.Event()

    def run(self, source: range, start: int, stop: int, values: tuple[Any, ...], flag: StopFlag) -> LoopRun:
        self.is_running.set()
        while ctypes.c_int64.from_address(flag.address).value != NOW:
            os.sched_yield()
        return LoopRun(numpy.zeros(0, dtype=numpy.int64), start, interrupted=True)


@pytest.fixture
def channel() -> Channel:
    return Channel()


@pytest.fixture
def cores(channel: Channel) -> Iterator[OwnCores]:
    cores = OwnCores(2, channel)
    yield cores
    cores.close()


def lease(count: int) -> Lease:
    return Lease(None, Consumer.LIST, range(count), 0, count, 60.0, opens=False, name="c/1")


def never() -> bytes:
    raise AssertionError("no Program is needed")


def items_of(done: Any) -> list[int]:
    return [item for piece in done.pieces if piece.kind is Kind.ARRAY for item in piece.data.tolist()]


def test_what_machine_code_can_do_needs_no_program_and_asks_nobody(cores, channel):
    done = cores.begin(lease(1000), LateCommon(CODE, never), Doubling()).answer.result(60)
    assert items_of(done) == [2 * number for number in range(1000)]
    assert {type(asked) for asked in channel.asked} == {Tell}


def test_the_worker_hears_what_the_cores_were_busy_with(cores, channel):
    cores.begin(lease(1000), LateCommon(CODE, never), Doubling()).answer.result(60)
    news = [told.news for told in channel.asked]
    slices = sum(each.slices.get(COMPILED, 0) for each in news)
    assert slices == sum(stretch.slices for each in news for stretch in each.stretches) > 1


def interpret(asked: object, answer: "Future[bytes]") -> None:
    """As an interpreter that has not seen the Program before."""
    if isinstance(asked, Interpret):
        task = unpack_task(asked.task)
        items = numpy.array([2 * number for number in task.source])
        done = SliceDone(Piece(task.start, task.stop, Kind.ARRAY, items)) if task.program else None
        answer.set_result(pack_task(pack_task(done)))


def test_what_it_cannot_do_the_workers_interpreters_do(cores, channel):
    channel.answer = interpret
    pack = mock.Mock(return_value=b"program")
    done = cores.begin(lease(1000), LateCommon(CODE, pack), Doubling(hard=70)).answer.result(60)
    assert items_of(done) == [2 * number for number in range(1000)]
    assert done.interpreted == 1
    assert pack.call_count == 1


def test_an_interpreter_that_dies_is_the_elements_error(cores, channel):
    def die(asked, answer):
        if isinstance(asked, Interpret):
            answer.set_result(pack_task(Died("it stepped on a mine")))

    channel.answer = die
    done = cores.begin(lease(1000), LateCommon(CODE, lambda: b"program"), Doubling(hard=70)).answer.result(60)
    (error,) = (piece for piece in done.pieces if piece.kind is Kind.ERROR)
    assert error.stop == 70 or error.start == 70
    assert b"it stepped on a mine" in error.data


def test_a_lease_that_is_given_up_stops_its_machine_code(cores, channel):
    kernel = Endless()
    begun = cores.begin(lease(1000), LateCommon(CODE, never), kernel)
    assert kernel.is_running.wait(60)
    begun.give_up()
    begun.give_up()
    assert isinstance(begun.answer.exception(60), LeaseGivenUp)


def test_nothing_is_left_when_an_evaluation_is_over(cores, channel):
    kernel = Endless()
    begun = cores.begin(lease(1000), LateCommon(CODE, never), kernel)
    assert kernel.is_running.wait(60)
    assert cores.list_leases() == {"c/1": (0, 0)}
    cores.give_up()
    assert isinstance(begun.answer.exception(60), LeaseGivenUp)


def test_a_lease_that_waits_for_an_interpreter_is_given_up_too(cores, channel):
    asked = threading.Event()
    answers: list[Future[bytes]] = []

    def wait_for_ever(what, answer):
        if isinstance(what, Interpret):
            answers.append(answer)
            asked.set()

    def give_up(number):
        channel.given_up.append(number)
        answers[0].cancel()
        answers[0].set_running_or_notify_cancel()

    channel.answer, channel.give_up_errand = wait_for_ever, give_up
    begun = cores.begin(lease(1000), LateCommon(CODE, lambda: b"program"), Doubling(hard=70))
    assert asked.wait(60)
    begun.give_up()
    assert isinstance(begun.answer.exception(60), LeaseGivenUp)


def test_the_engine_waits_for_them_as_for_tasks(cores, channel):
    engine = NearbyEngine(InProcessTaskEngine(InProcessCluster()), channel, "")
    kernel = Endless()
    done, endless = cores.begin(lease(10), LateCommon(CODE, never), Doubling()), cores.begin(lease(1), LateCommon(CODE, never), kernel)
    assert engine.wait_any([done, endless], 60) == [done]
    assert items_of(engine.fetch(done)) == [2 * number for number in range(10)]
    engine.cancel([endless])
    assert engine.wait_any([endless], 60) == [endless]
    with pytest.raises(TaskFailed, match="given up"):
        engine.fetch(endless)
    engine.close()


def test_a_worker_that_cannot_help_fails_the_task(cores, channel):
    def fail(asked, answer):
        answer.set_exception(ErrandFailed("PoolClosed: the worker is stopping"))

    channel.answer = fail
    engine = NearbyEngine(InProcessTaskEngine(InProcessCluster()), channel, "")
    begun = cores.begin(lease(1000), LateCommon(CODE, lambda: b"program"), Doubling(hard=70))
    with pytest.raises(TaskFailed, match=r"task own-0 failed: ErrandFailed: PoolClosed: the worker is stopping"):
        engine.fetch(begun)
    engine.close()


def weigh():
    weights = [number % 7 * 0.5 for number in range(3000)]
    rows = [[row * column % 5 for column in range(40)] for row in range(30)]
    total = sum(weight * place for place, weight in enumerate(weights))
    return total, max(weights), [sum(row) for row in rows], [number // 3 for number in range(500) if number % 3]


def overflow_now_and_then():
    return [number**9 for number in range(0, 3000, 97)], sum(3**number for number in range(60))


def divide():
    return [1000 // (number - 333) for number in range(1000)]


@pytest.mark.parametrize("program", [weigh, overflow_now_and_then, divide])
def test_the_answer_is_pythons(program, monkeypatch):
    here = Here(When.ALWAYS, When.ALWAYS, own=True)
    begin = mock.Mock(wraps=here.own.begin)
    monkeypatch.setattr(here.own, "begin", begin)
    try:
        assert here.run(program).bits == run_here(program)
    finally:
        here.close()
    assert begin.call_count > 0


class Waiting(Doubling):
    """Machine code whose later slices wait until the test lets them end."""

    def __init__(self) -> None:
        super().__init__()
        self.go_on = threading.Event()
        self.is_late = threading.Event()

    def run(self, source: range, start: int, stop: int, values: tuple[Any, ...], flag: StopFlag) -> LoopRun:
        if start > 100:
            self.is_late.set()
            assert self.go_on.wait(60)
        return super().run(source, start, stop, values, flag)


def test_what_is_not_begun_goes_back_when_others_have_come(cores, channel):
    kernel = Waiting()
    begun = cores.begin(lease(100_000), LateCommon(CODE, never), kernel)
    assert kernel.is_late.wait(60)
    cores.give_back()
    kernel.go_on.set()
    done = begun.answer.result(60)
    assert 100 < done.stop < 100_000
    assert items_of(done) == [2 * number for number in range(done.stop)]


class Joining:
    """A machine that comes as soon as the driver has given the lone one all there is."""

    def __init__(self, here: Here) -> None:
        self._here = here
        self._begin = here.own.begin
        self.leases: list[Lease] = []
        self.given_back = 0

    def begin(self, lease, common, kernel):
        self.leases.append(lease)
        begun = self._begin(lease, common, kernel)
        if len(self.leases) == 1:
            self._here.cluster.add_worker(*self._here.second)
        return begun

    def give_back(self) -> None:
        self.given_back += 1


def test_a_machine_that_joins_is_given_a_share(monkeypatch):
    here = Here(When.ALWAYS, When.ALWAYS, own=True)
    here.cluster.lose_worker("w1")
    joining = Joining(here)
    monkeypatch.setattr(here.own, "begin", joining.begin)
    monkeypatch.setattr(here.own, "give_back", joining.give_back)
    try:
        assert here.run(count_up).bits == run_here(count_up)
    finally:
        here.close()
    assert joining.given_back == 1


def count_up():
    return sum(number % 5 for number in range(10**6))


def test_a_lone_machine_is_given_all_in_one_lease():
    here = Here(When.ALWAYS, When.ALWAYS, own=True)
    here.cluster.lose_worker("w1")
    begin = mock.Mock(wraps=here.own.begin)
    with mock.patch.object(here.own, "begin", begin):
        assert here.run(count_up).bits == run_here(count_up)
    here.close()
    assert [(call.args[0].start, call.args[0].stop) for call in begin.call_args_list] == [(0, 10**6)]
