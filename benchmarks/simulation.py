"""The splitting policy on clusters that do not exist: `python -m benchmarks.simulation`.

    the driver's own splitter (ufora.runtime.split) ─► leases ─► an engine in virtual time ─► machines in virtual time

The leases, their lengths and what becomes of given-back ends are the product's code. Simulated are the engine, with the costs measured on
Dask, and the machines: slice by slice on small clusters, on large ones a lease takes its work over its cores and the slice that ends last.
Nothing is random that is not seeded: the same table every time.

Efficiency is the work over cores × time. The manager is busy so many seconds of each as it has leases to hand out.
"""

import argparse
import heapq
import itertools
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

import numpy

from pyfora.program.nodes import Source
from ufora.compile.spec import Consumer
from ufora.engine.contract import TaskEngine, TaskFuture, WorkerFacts
from ufora.runtime.comprehensions import Comprehension
from ufora.runtime.consume import Rest
from ufora.runtime.environment import PackedBody
from ufora.runtime.explain import Recorder
from ufora.runtime.lease_run import FIRST_INTERPRETED_SLICE, LONG_SECONDS, SLICE_LIMIT, SLICE_SECONDS, next_step
from ufora.runtime.pieces import Kind, Piece
from ufora.runtime.policy import Cutting
from ufora.runtime.progress import Counts
from ufora.runtime.split import LeaseSplitter
from ufora.runtime.tasks import Lease, LeaseDone, unpack_task

MANAGER_SECONDS = 0.0013
"""What one task costs the manager. Measured: at most 770 tasks a second."""
LATENCY_SECONDS = 0.0063
"""One way between driver and worker. Measured: half the round trip of an empty task."""
SUBMIT_SECONDS = 0.0005
"""What handing in one task costs the driver. Guessed: a pickle and a message."""
FINE_CORES = 64  #: up to so many cores, machines are simulated slice by slice
TEXT = Source("<simulation>", 1, "(x for x in xs)\n")
SEED = 20

Costs = numpy.ndarray[Any, numpy.dtype[numpy.float64]]


@dataclass(frozen=True, slots=True)
class Shape:
    """How the work is spread over the elements."""

    name: str
    make: Callable[[int], Costs]  #: relative costs of so many elements
    nested: int = 0  #: elements inside the longest element, when that can be cut


def _last_carry_all(count: int) -> Costs:
    costs = numpy.full(count, 1e-6)
    costs[-50:] = 1.0
    return costs


def _one_is_big(count: int) -> Costs:
    costs = numpy.full(count, 0.2 / count)
    costs[count // 2] = 1.0
    return costs


SHAPES = (
    Shape("uniform", numpy.ones),
    Shape("growing", lambda count: numpy.sqrt(numpy.arange(1.0, count + 1))),
    Shape("heavy tail", lambda count: numpy.minimum(numpy.random.default_rng(SEED).pareto(1.5, count) + 0.1, 100.0)),
    Shape("last tenth has 90 %", lambda count: numpy.where(numpy.arange(count) < 0.9 * count, 0.1 / 0.9, 9.0)),
    Shape("last 50 have all", _last_carry_all),
    Shape("one big, nested", _one_is_big, 100_000),
)


class Work:
    """The elements of one comprehension, and what each costs."""

    def __init__(self, costs: Costs) -> None:
        self.costs = costs
        self._sums = numpy.concatenate([[0.0], numpy.cumsum(costs)])

    def seconds(self, start: int, stop: int) -> float:
        return float(self._sums[stop] - self._sums[start])

    def find_stop(self, start: int, seconds: float) -> int:
        """Where work begun at `start` is after so long: behind the element under way."""
        return min(len(self.costs), max(start + 1, int(numpy.searchsorted(self._sums, self._sums[start] + seconds))))


@dataclass(eq=False, slots=True)
class _Task:
    key: str
    done: LeaseDone
    at: float  #: when the driver hears of it


@dataclass(slots=True)
class _Machine:
    facts: WorkerFacts
    free: list[float] = field(default_factory=list)  #: when each core is idle, a heap; of a coarse machine only the first counts

    def run(self, lease: Lease, work: Work, arrived: float, *, is_fine: bool) -> tuple[float, LeaseDone]:
        return self._run_slices(lease, work, arrived) if is_fine else self._run_whole(lease, work, arrived)

    def _run_whole(self, lease: Lease, work: Work, arrived: float) -> tuple[float, LeaseDone]:
        threads = self.facts.threads
        began = max(arrived, self.free[0])
        stop = min(lease.stop, max(lease.start + threads, work.find_stop(lease.start, lease.seconds * threads)))
        seconds = work.seconds(lease.start, stop)
        self.free[0] = began + seconds / threads  # the next lease fills the cores that wait for the last slice
        longest = float(work.costs[lease.start : stop].max())
        ended = began + max(seconds / threads, longest) + min(max(longest, SLICE_SECONDS), seconds / threads) / 2
        return ended, _done(lease, stop, seconds)

    def _run_slices(self, lease: Lease, work: Work, arrived: float) -> tuple[float, LeaseDone]:
        threads = self.facts.threads
        at, step, spent, ended = lease.start, FIRST_INTERPRETED_SLICE, 0.0, arrived
        big: list[int] = []
        began = max(arrived, self.free[0])
        while at < lease.stop:
            start = max(arrived, heapq.heappop(self.free))
            if at > lease.start and start > began + lease.seconds:
                heapq.heappush(self.free, start)
                break
            stop = min(lease.stop, at + step, work.find_stop(at, SLICE_LIMIT * SLICE_SECONDS))
            seconds = work.seconds(at, stop)
            if seconds > 2 * LONG_SECONDS and lease.opens:  # stopped: its elements one by one, an only one goes back
                seconds, stop, step = LONG_SECONDS, at + (stop == at + 1), 1
                big += range(at, stop)
            heapq.heappush(self.free, start + seconds)
            spent, ended = spent + seconds, max(ended, start + seconds)
            step = next_step(step, (stop - at) / max(seconds, 1e-6), lease.stop - stop, threads) if stop > at else 1
            at = stop
        return ended, _done(lease, at, spent, big)


def _done(lease: Lease, stop: int, seconds: float, big: Sequence[int] = ()) -> LeaseDone:
    return LeaseDone((*(Piece(at, at + 1, Kind.BIG, None) for at in big), Piece(lease.start, stop, Kind.SUM, (0, None))), stop, seconds, 0)


class SimulatedEngine(TaskEngine):
    """See the contract. Its time passes only while the driver waits, and for what the driver does."""

    def __init__(self, workers: int, threads: int) -> None:
        self._machines = {f"w{n}": _Machine(WorkerFacts(f"w{n}", "", threads, 0, "", ""), [0.0] * threads) for n in range(workers)}
        self._is_fine = workers * threads <= FINE_CORES
        self._manager_free = 0.0
        self.work: list[Work] = []  #: of the comprehensions under way, the innermost last
        self.now = 0.0
        self.tasks = 0

    def list_workers(self) -> list[WorkerFacts]:
        return [machine.facts for machine in self._machines.values()]

    def submit(
        self, payload: bytes, inputs: Sequence[TaskFuture] = (), *, worker: str | None = None, priority: int = 0, brief: bool = False
    ) -> TaskFuture:
        lease: Lease = unpack_task(payload)
        self.now += SUBMIT_SECONDS
        self.tasks += 1
        self._manager_free = max(self._manager_free, self.now) + MANAGER_SECONDS
        assert worker is not None
        ended, done = self._machines[worker].run(lease, self.work[-1], self._manager_free + LATENCY_SECONDS, is_fine=self._is_fine)
        return _Task(f"task-{self.tasks}", done, ended + LATENCY_SECONDS)

    def is_near(self, worker: str) -> bool:
        return False

    def wait_any(self, futures: Sequence[TaskFuture], timeout: float | None = None, wake: "Future[None] | None" = None) -> list[TaskFuture]:
        tasks = [future for future in futures if isinstance(future, _Task)]
        self.now = max(self.now, min((task.at for task in tasks), default=self.now))
        return [task for task in tasks if task.at <= self.now]

    def fetch(self, future: TaskFuture) -> Any:
        assert isinstance(future, _Task)
        return future.done

    def cancel(self, futures: Sequence[TaskFuture]) -> None: ...

    def find_worker(self, future: TaskFuture) -> str | None:
        return None

    def adopt(self, key: str) -> TaskFuture:
        raise AssertionError("the simulation keeps nothing")

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Outcome:
    workers: int
    threads: int
    shape: str
    seconds: float  #: until the driver has the answer
    efficiency: float
    leases: int
    manager_busy: float  #: share of the time

    def as_line(self) -> str:
        cells = (f"{self.workers:,} × {self.threads}", self.shape, f"{self.seconds:.2f} s", f"{self.efficiency:.2f}", f"{self.leases:,}")
        return "{:>11}  {:<19} {:>9} {:>10} {:>8} {:>13}".format(*cells, f"{self.manager_busy:.0%}")


HEAD = "{:>11}  {:<19} {:>9} {:>10} {:>8} {:>13}".format("cluster", "work", "time", "efficiency", "leases", "manager busy")


def simulate(workers: int, threads: int, shape: Shape, seconds: float, count: int, cutting: Cutting) -> Outcome:
    """A comprehension of so many elements that would keep all cores busy for so many seconds."""
    engine = SimulatedEngine(workers, threads)
    total = seconds * workers * threads
    costs = shape.make(count)
    work = Work(costs * (total / costs.sum()))
    splitter = LeaseSplitter(engine, lambda *_: PackedBody(b"", []), _nothing, _nothing, Recorder(), Counts(), lambda: None, cutting)

    def run_part(elements: range) -> list[int]:
        """The driver opens an element: what is in it is one more comprehension."""
        for element in elements:
            inside = float(work.costs[element])
            _compute(splitter, engine, Work(numpy.full(shape.nested, inside / shape.nested)), opens=False)
        return [0]

    _compute(splitter, engine, work, opens=bool(shape.nested), body=run_part)
    return Outcome(
        workers,
        threads,
        shape.name,
        engine.now,
        total / (workers * threads * engine.now),
        engine.tasks,
        engine.tasks * MANAGER_SECONDS / engine.now,
    )


def _compute(splitter: LeaseSplitter, engine: SimulatedEngine, work: Work, *, opens: bool, body: Any = None) -> None:
    count = len(work.costs)
    comprehension = Comprehension(TEXT, 0, range(count), body, (0, 0))
    engine.work.append(work)
    splitter.compute(Rest(comprehension, Consumer.SUM, None, 0, count, 0.0, opens, lambda _: None))
    engine.work.pop()


def _nothing(*_: object) -> Any:
    raise AssertionError("the simulation has no values")


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.simulation", description="Run the splitting policy in virtual time.")
    parser.add_argument("--quick", action="store_true", help="no large cluster")
    is_quick = parser.parse_args(argv).quick
    print(HEAD)
    for shape in SHAPES:
        print(simulate(1, 2, shape, 10.0, 100_000, Cutting()).as_line())
    for workers, count in ((20, 400_000),) if is_quick else ((20, 400_000), (1000, 4_000_000)):
        for shape in SHAPES[:4]:
            print(simulate(workers, 32, shape, 60.0, count, Cutting()).as_line(), flush=True)
    print("\nOther constants, one at a time:")
    for name, values in CHOICES.items():
        for value, shape in itertools.product(values, (SHAPES[1], SHAPES[2])):
            chosen = "*" if getattr(Cutting(), name) == value else " "
            line = simulate(20, 32, shape, 60.0, 400_000, Cutting(**{name: value})).as_line()
            print(f"{name + ' = ' + str(value):>24}{chosen} {line}", flush=True)
    return 0


CHOICES: dict[str, tuple[Any, ...]] = {
    "lease_seconds": (0.1, 0.4, 1.0),
    "lease_limit": (1.5, 2.5, 5.0),
    "leases_ahead": (1, 2, 4, 6),
    "share": (1, 3, 6),
}

if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
