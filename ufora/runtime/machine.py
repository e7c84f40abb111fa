"""One machine's share of the work: leases cut into slices for its cores.

All leases on the machine share one pool of threads, a slice each in turn, so two users' leases advance side by side. A slice of machine
code runs in its thread with the GIL released; an interpreted slice waits in its thread for one of the interpreter processes.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import numpy

from pyfora.errors import InternalError
from ufora.compile.kernel import Kernel, load_kernel
from ufora.compile.keys import cpu_key
from ufora.runtime.activity import Activity
from ufora.runtime.cores import Cores
from ufora.runtime.lease_run import Interpreters, LeaseRun, Shared
from ufora.runtime.packing import Columns
from ufora.runtime.pieces import Kind, Piece, sum_array
from ufora.runtime.processes.interpreters import InterpreterDied, PoolClosed
from ufora.runtime.sorting import sort_array
from ufora.runtime.tasks import (
    BoundsOf,
    Common,
    Describe,
    Description,
    Died,
    Hold,
    Interpret,
    Lease,
    LeaseDone,
    MachineCode,
    SortOf,
    Stretch,
    SumOf,
    Take,
    Tell,
    unpack_task,
)


def _tell_nobody(activity: Activity, *, is_over: bool) -> None:
    """A worker is asked what its cores do."""


class Machine:
    """Carries out tasks; one per worker process."""

    def __init__(self, threads: int, interpreters: Interpreters, tell: Callable[..., None] = _tell_nobody) -> None:
        """`tell(activity, is_over=…)` is called every few moments of a lease, and when it is over."""
        self._tell = tell
        self._threads = threads
        self._cores = Cores(threads)
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="slice")
        self._interpreters = interpreters
        self._kernels: dict[str, Kernel] = {}
        self._runs: dict[str, LeaseRun] = {}  #: leases under way, by name
        self.activity = Activity()

    def perform(self, payload: bytes, inputs: Sequence[Any], given_up: "Future[None]") -> Any:
        """One engine task. Called from the engine's threads."""
        task = unpack_task(payload)
        match task:
            case Lease():
                return self._perform_lease(task, inputs, given_up)
            case Interpret(task=packed):
                return self._interpret(packed, given_up)
            case Tell(news=news):
                return self.activity.hear(news)
            case Hold(common=common):
                return common
            case Describe():
                return Description.of(inputs[0])
            case Take(start=start, stop=stop, dtype=dtype):
                items = _items_of(inputs[0], start, stop)
                return Piece(start, stop, Kind.ARRAY, items.astype(dtype) if dtype else items.copy())
            case BoundsOf(start=start, stop=stop):
                items = _items_of(inputs[0], start, stop)
                return items.min().item(), items.max().item()
            case SumOf(start=start, stop=stop):
                return sum_array(_items_of(inputs[0], start, stop))
            case SortOf(start=start, stop=stop, reverse=reverse):
                run = sort_array(_items_of(inputs[0], start, stop), reverse)
                return LeaseDone((Piece(0, len(run), Kind.ARRAY, run),), len(run), 0.0, 0)
        raise InternalError(f"an unknown task {type(task).__name__}")

    def list_leases(self) -> dict[str, tuple[int, int]]:
        """How far those under way are: elements and slices done, by name."""
        return {name: run.count_done() for name, run in self._runs.copy().items()}

    def give_back(self) -> None:
        """Of all leases under way what is not begun."""
        for run in self._runs.copy().values():
            run.give_back()

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _perform_lease(self, lease: Lease, inputs: Sequence[Any], given_up: "Future[None]") -> LeaseDone:
        common: Common = lease.common or inputs[-1]
        source = _find_source(lease.source, inputs)
        kernel = None if common.code is None else self._load(common.code)
        return self.compute(lease, common, source, kernel, given_up)

    def compute(self, lease: Lease, common: Shared, source: Any, kernel: Kernel | None, given_up: "Future[None]") -> LeaseDone:
        """All of a lease, or what is done of it when its time is over."""
        run = LeaseRun(lease, common, source, kernel, self._interpreters, self._threads)
        given_up.add_done_callback(lambda _: run.give_up())
        with self._telling(lease.name, run):
            while not run.finished.is_set():
                for _ in range(run.count_missing()):
                    self._pool.submit(self._work_on, run)
                run.wait_for_change()
                if self._cores.has_idle():
                    run.stop_long_slices()
                self._tell(self.activity, is_over=False)
        self._tell(self.activity, is_over=True)
        return run.result()

    @contextmanager
    def _telling(self, name: str, run: "LeaseRun") -> Iterator[None]:
        if name:
            self._runs[name] = run
        try:
            yield
        finally:
            self._runs.pop(name, None)

    def _interpret(self, packed: bytes, given_up: "Future[None]") -> bytes | Died:
        try:
            return self._interpreters.run(packed, given_up)
        except PoolClosed:
            raise
        except InterpreterDied as death:
            return Died(str(death))

    def _work_on(self, run: "LeaseRun") -> None:
        """One slice; then to the end of the queue, behind other leases' slices."""
        with self._cores.one_busy():
            is_done = run.compute_slice(self.activity)
        if not is_done:
            self._pool.submit(self._work_on, run)

    def _load(self, code: MachineCode) -> Kernel | None:
        """None for another processor's code: its lease runs interpreted."""
        if code.cpu != cpu_key():
            return None
        if code.key not in self._kernels:
            self._kernels[code.key] = load_kernel(code.data)
        return self._kernels[code.key]


def _find_source(source: Any, inputs: Sequence[Any]) -> Any:
    """What a lease goes through."""
    match source:
        case Stretch(number, start, stop):
            return _items_of(inputs[number], start, stop)
        case Columns(parts):
            return Columns(tuple(_find_source(part, inputs) for part in parts)).join()
    return source


def _items_of(done: LeaseDone, start: int, stop: int) -> "numpy.ndarray[Any, Any]":
    array: numpy.ndarray[Any, Any] = done.pieces[0].data
    if len(done.pieces) != 1 or len(array) < stop:
        raise InternalError(f"a list of {len(array)} items in {len(done.pieces)} pieces is there where {stop} items were kept")
    return array[start:stop]
