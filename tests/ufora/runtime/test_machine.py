"""A lease on one machine: every element is computed once, whatever its slices do, and no core waits for one that could be cut."""

import ctypes
import math
import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future

import numpy
import pytest

from pyfora.errors import InternalError
from ufora.compile.flag import NOW, StopFlag
from ufora.compile.result import LoopRun
from ufora.compile.spec import Consumer
from ufora.runtime import lease_run
from ufora.runtime.lease_run import FIRST_SHARE, LEAST_SECONDS, SLICE_SECONDS, TAIL_SECONDS, LeaseGivenUp, next_step
from ufora.runtime.machine import Machine
from ufora.runtime.pieces import Kind, Piece
from ufora.runtime.processes.interpreters import InterpreterDied, PoolClosed, Stopped
from ufora.runtime.tasks import Common, Lease, LeaseDone, MachineCode, Slice, SliceDone, Take, pack_task, unpack_task

CORES = 2


class Scripted:
    """Interpreters whose slices end where `end` says, or raise."""

    def __init__(self, end: Callable[[Slice, "Future[None]"], int | Piece]) -> None:
        self._end = end
        self.seen: list[tuple[int, int]] = []

    def run(self, payload: bytes, stop: "Future[None]") -> bytes:
        task: Slice = unpack_task(payload)
        self.seen.append((task.start, task.stop))
        end = self._end(task, stop)
        if isinstance(end, Piece):
            return pack_task(SliceDone(end))
        return pack_task(SliceDone(Piece(task.start, end, Kind.ARRAY, numpy.array(task.source)[: end - task.start])))


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., LeaseDone]]:
    """Leases whose last elements are shared by both cores, however fast the first ones were."""
    monkeypatch.setattr(lease_run, "TAIL_SECONDS", 0.0)
    machines = []

    def perform(
        script: Scripted,
        count: int,
        *,
        seconds: float = 60.0,
        opens: bool = False,
        rate: float = 0.0,
        code: MachineCode | None = None,
        stays: bool = False,
        given_up: "Future[None] | None" = None,
    ):
        machines.append(Machine(CORES, script))
        lease = Lease(Common.of(b"program", code), Consumer.LIST, range(count), 0, count, seconds, opens, rate=rate, stays=stays)
        return machines[-1].perform(pack_task(lease), [], given_up or Future())

    yield perform
    for machine in machines:
        machine.close()


def elements(done: LeaseDone) -> list[int]:
    return [item for piece in done.pieces if piece.kind is Kind.ARRAY for item in piece.data.tolist()]


def wait_until_stopped(stop: "Future[None]") -> None:
    stop.result(30)
    raise Stopped("as the test wants it")


def test_slices_together_give_every_element_once(run):
    done = run(Scripted(lambda task, stop: task.stop), 1000)
    assert elements(done) == list(range(1000))
    assert done.stop == 1000


def test_few_elements_are_begun_on_all_cores(run):
    script = Scripted(lambda task, stop: task.stop)
    assert elements(run(script, 3)) == [0, 1, 2]
    assert sorted(script.seen) == [(0, 1), (1, 2), (2, 3)]


def test_the_first_slice_is_as_long_as_the_speed_of_other_leases_lets_expect(run):
    script = Scripted(lambda task, stop: task.stop)
    run(script, 10**6, rate=1000 / SLICE_SECONDS)
    first = min(script.seen)
    assert first == (0, 1000 // FIRST_SHARE)


def test_the_last_slices_are_not_ever_smaller():
    rate = 10_000 / LEAST_SECONDS
    assert next_step(20_000, rate, left=5000, threads=2) == 2500
    assert next_step(20_000, rate, left=int(rate * TAIL_SECONDS), threads=2) == rate * TAIL_SECONDS
    assert next_step(20_000, 10.0, left=1000, threads=2) == 1


def test_what_a_slice_leaves_is_cut_anew(run):
    done = run(Scripted(lambda task, stop: task.start + 1), 200)
    assert elements(done) == list(range(200))


def test_a_slice_that_does_not_end_is_cut_into_elements_for_the_idle_core(run):
    def end(task, stop):
        if task.start <= 70 < task.stop and task.stop - task.start > 1:
            wait_until_stopped(stop)
        return task.stop

    script = Scripted(end)
    assert elements(run(script, 100)) == list(range(100))
    assert (70, 71) in script.seen


def test_one_long_element_goes_back_when_it_can_be_cut(run, monkeypatch):
    monkeypatch.setattr(lease_run, "TOO_LATE_SECONDS", math.inf)  # whenever it is looked at

    def end(task, stop):
        if task.start <= 70 < task.stop:
            wait_until_stopped(stop)
        return task.stop

    done = run(Scripted(end), 100, opens=True)
    assert elements(done) == [number for number in range(100) if number != 70]
    assert [piece for piece in done.pieces if piece.kind is Kind.BIG] == [Piece(70, 71, Kind.BIG, None)]


class SlowKernel:
    """Machine code that looks at its flag while it is at element 70, as loops do, and makes a list of the numbers of elements."""

    def __init__(self) -> None:
        self.seen: list[tuple[int, int]] = []

    def run(self, source: range, start: int, stop: int, values: tuple[object, ...], flag: StopFlag) -> LoopRun:
        self.seen.append((start, stop))
        is_held_up = start <= 70 < stop
        while is_held_up and ctypes.c_int64.from_address(flag.address).value != NOW:
            os.sched_yield()
        end = 70 if is_held_up else stop
        return LoopRun(numpy.arange(start, end), end, interrupted=is_held_up)


def test_an_element_that_holds_up_machine_code_goes_back_without_a_second_try(run, monkeypatch):
    kernel = SlowKernel()
    monkeypatch.setattr(Machine, "_load", lambda self, code: kernel)
    code = MachineCode("key", "cpu", b"", ())
    done = run(Scripted(lambda task, stop: task.stop), 100, opens=True, rate=1e6, code=code)
    assert elements(done) == [number for number in range(100) if number != 70]
    assert [piece for piece in done.pieces if piece.kind is Kind.BIG] == [Piece(70, 71, Kind.BIG, None)]
    assert sum(start <= 70 < stop for start, stop in kernel.seen) == 1


class LateKernel:
    """Machine code that stays with the first element of the last slice, until somebody asks it to end with that."""

    def __init__(self) -> None:
        self.seen: list[tuple[int, int]] = []
        self._is_asked = False

    def run(self, source: range, start: int, stop: int, values: tuple[object, ...], flag: StopFlag) -> LoopRun:
        self.seen.append((start, stop))
        if stop < 100 or self._is_asked:
            return LoopRun(numpy.arange(start, stop), stop)
        asked, deadline = ctypes.c_int64.from_address(flag.address), time.monotonic() + 30
        while asked.value == 0:
            assert time.monotonic() < deadline
            os.sched_yield()
        self._is_asked = True
        return LoopRun(numpy.arange(start, start + 1), start + 1, interrupted=True)


def test_what_is_heavier_than_all_before_it_is_shared_at_once_however_slow_other_leases_were(run, monkeypatch):
    monkeypatch.setattr(lease_run, "SLICE_SECONDS", 10.0**6)  # no slice is too long but beside those before it
    monkeypatch.setattr(lease_run, "LONG_SECONDS", math.inf)
    monkeypatch.setattr(lease_run, "TAIL_SECONDS", math.inf)  # one slice is all that the first ones leave
    kernel = LateKernel()
    monkeypatch.setattr(Machine, "_load", lambda self, code: kernel)
    code = MachineCode("key", "cpu", b"", ())
    done = run(Scripted(lambda task, stop: task.stop), 100, rate=1.0, code=code)
    assert elements(done) == list(range(100))
    first = next(start for start, stop in kernel.seen if stop == 100)
    assert len([start for start, _ in kernel.seen if start > first]) > 1
    assert done.interpreted == 0


def test_one_long_element_in_which_nothing_can_be_cut_goes_on(run):
    def end(task, stop):
        if task.start == 7:
            with pytest.raises(TimeoutError):
                stop.result(0.5)
        return task.stop

    assert elements(run(Scripted(end), 8)) == list(range(8))


def test_two_long_elements_on_two_cores_are_left_alone(run, monkeypatch):
    monkeypatch.setattr(lease_run, "TOO_LATE_SECONDS", 0.4)  # the one that ends last is left alone too
    meeting = threading.Barrier(2)

    def end(task, stop):
        meeting.wait(30)
        with pytest.raises(TimeoutError):
            stop.result(0.5)
        meeting.wait(30)
        return task.stop

    assert elements(run(Scripted(end), 2, opens=True)) == [0, 1]


def test_a_lease_whose_time_is_over_gives_back_what_is_not_begun(run):
    done = run(Scripted(lambda task, stop: task.stop), 1000, seconds=0.0)
    assert 0 < done.stop < 1000
    assert elements(done) == list(range(done.stop))


def test_a_list_that_has_become_shorter_is_an_error_and_no_shorter_answer(run):
    done = run(Scripted(lambda task, stop: task.stop), 1000, stays=True)
    machine = Machine(CORES, Scripted(lambda task, stop: task.stop))
    assert machine.perform(pack_task(Take(990, 1000)), [done], Future()).data.tolist() == list(range(990, 1000))
    with pytest.raises(InternalError, match="1000 items in 1 pieces is there where 1001 items were kept"):
        machine.perform(pack_task(Take(990, 1001)), [done], Future())
    machine.close()


def test_what_lies_behind_an_error_does_not_matter(run):
    def end(task, stop):
        return Piece(task.start, task.stop, Kind.ERROR, b"error") if task.start <= 70 < task.stop else task.stop

    done = run(Scripted(end), 10**6)
    (error,) = [piece for piece in done.pieces if piece.kind is Kind.ERROR]
    assert elements(done)[: error.start] == list(range(error.start))
    assert len(elements(done)) < 10**5


def test_an_interpreter_that_dies_by_chance_costs_nothing(run):
    deaths = [InterpreterDied("by chance"), InterpreterDied("again")]

    def end(task, stop):
        if task.start == 0 and deaths:
            raise deaths.pop()
        return task.stop

    assert elements(run(Scripted(end), 100)) == list(range(100))


def test_code_that_always_kills_its_interpreter_is_an_error_where_it_stands(run):
    def end(task, stop):
        if task.stop > 50:
            raise InterpreterDied("always")
        return task.stop

    done = run(Scripted(end), 100)
    assert [piece.kind for piece in done.pieces if piece.start > 50 or piece.kind is Kind.ERROR][:1] == [Kind.ERROR]


def test_a_worker_that_stops_is_no_fault_of_the_code(run):
    def end(task, stop):
        raise PoolClosed("the worker is stopping")

    with pytest.raises(PoolClosed):
        run(Scripted(end), 100)


def test_a_lease_that_is_given_up_stops_its_interpreters(run):
    given_up: Future[None] = Future()

    def end(task, stop):
        if not given_up.done():
            given_up.set_result(None)
        wait_until_stopped(stop)

    with pytest.raises(LeaseGivenUp):
        run(Scripted(end), 100, given_up=given_up)


def test_a_lease_under_way_tells_how_far_it_is():
    at_the_end = threading.Event()
    go_on = threading.Event()

    def end(task, stop):
        if task.start <= 99 < task.stop:
            at_the_end.set()
            assert go_on.wait(60)
        return task.stop

    machine = Machine(1, Scripted(end))
    lease = Lease(Common.of(b"program", None), Consumer.LIST, range(100), 0, 100, 60.0, opens=False, name="session.c1/7")
    thread = threading.Thread(target=lambda: machine.perform(pack_task(lease), [], Future()))
    thread.start()
    try:
        assert at_the_end.wait(60)
        ((name, (elements_done, slices)),) = machine.list_leases().items()
        assert name == "session.c1/7"
        assert 0 < elements_done < 100
        assert slices > 0
    finally:
        go_on.set()
        thread.join()
        machine.close()
    assert machine.list_leases() == {}
