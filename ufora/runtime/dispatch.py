"""A comprehension's leases on their way to the cores that compute them, along the shortest way there is.

machine code, what it reads is here, the driver's own machine    in this process: nothing is sent (`own_cores`)
what is needed is small, so is what comes back, its own machine  an errand (`nearby`)
all else                                                         a task of the engine, whose result stays where it was computed
"""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from ufora.compile.spec import Consumer
from ufora.engine.contract import TaskEngine, TaskFuture, WorkerFacts
from ufora.runtime.comprehensions import Comprehension
from ufora.runtime.consume import Rest
from ufora.runtime.environment import PackedBody
from ufora.runtime.lease_source import LeaseSource, machine_code
from ufora.runtime.own_cores import LateCommon, OwnCores
from ufora.runtime.policy import TRAVEL_RATE
from ufora.runtime.tasks import Common, Describe, Hold, Lease, MachineCode, pack_task

BRIEF_ITEMS = 2**17  #: lists up to this come straight back: 1 MiB of numbers
MOST_REPEATED = 256 * 1024
"""Bytes that leases share and that travel with each; more is sent once, to whom it concerns. Guessed: a millisecond of copying."""
MOST_CARRIED = 4 * 2**20
"""The same for leases on the driver's own machine. Guessed: some milliseconds of copying, where an engine task costs ten."""


@dataclass(slots=True)
class Under:
    """A lease under way."""

    start: int
    stop: int
    work: TaskFuture
    worker: str  #: the machine it is meant for
    told: TaskFuture  #: the future that is waited for: `work`, or its description where `work` stays remote
    body: PackedBody | None  #: its own Program; None: that of all leases
    name: str
    packing: float  #: how long packing it took here, seconds


class Dispatch:
    """Of one comprehension's rest."""

    def __init__(self, engine: TaskEngine, own: OwnCores | None, pack_body: Callable[[Comprehension, Any], PackedBody], rest: Rest) -> None:
        self.source = LeaseSource(rest)
        self._engine = engine
        self._own = own
        self._pack_body = pack_body
        self._rest = rest
        self._held: list[TaskFuture] | None = None  #: what all leases share, where that is large; None: nobody needed it yet

    @cached_property
    def body(self) -> PackedBody:
        """What all leases share. Raises CannotTravel."""
        return self._pack_body(self._rest.comprehension, None)

    @cached_property
    def _common(self) -> Common:
        return Common.of(self.body.program, machine_code(self._rest))

    @cached_property
    def _late_common(self) -> LateCommon:
        assert self._rest.kernel is not None
        kernel = self._rest.kernel.kernel
        return LateCommon(MachineCode(kernel.key, kernel.cpu, b"", self._rest.kernel.values), lambda: self.body.program)

    def is_own(self, worker: str, *, stays: bool) -> bool:
        """Are leases for that machine computed in this process?"""
        can = self._own is not None and self._rest.kernel is not None and self.source.is_here and not stays
        return can and self._engine.is_near(worker)

    def choose(self, workers: list[WorkerFacts], seconds: float, *, stays: bool) -> list[WorkerFacts]:
        """Those that shall compute what takes one core so long: all, or where what the kernel reads would be as long on its way to the
        others, its own."""
        kernel = self._rest.kernel
        if len(workers) == 1 or kernel is None or seconds > kernel.count_bytes() / TRAVEL_RATE:
            return workers
        return [worker for worker in workers if self.is_own(worker.id, stays=stays)] or workers

    def send(self, lease: Lease, worker: str) -> Under:
        """The lease says what is to be done, without what it needs for that. Raises CannotTravel."""
        began, start, stop = time.perf_counter(), lease.start, lease.stop
        if self.is_own(worker, stays=lease.stays):
            assert self._own is not None
            assert self._rest.kernel is not None
            part, _ = self.source.cut(start, stop)
            work: TaskFuture = self._own.begin(replace(lease, source=part), self._late_common, self._rest.kernel.kernel)
            return Under(start, stop, work, worker, work, None, lease.name, 0.0)
        brief = self._is_brief(lease) and self._engine.is_near(worker)
        held = [] if brief else self._hold()
        lease, inputs, body = self._fill(lease, is_whole=not held)
        payload = pack_task(lease)
        packing = time.perf_counter() - began
        where = None if inputs else worker  # with inputs: where those lie
        work = self._engine.submit(payload, [*inputs, *held], worker=where, brief=brief)
        told = self._engine.submit(pack_task(Describe()), [work], priority=1) if lease.stays else work
        return Under(start, stop, work, worker, told, body, lease.name, packing)

    def _is_brief(self, lease: Lease) -> bool:
        """Is what it gives small, and what it needs not too large to travel with each?"""
        gives_little = lease.consumer is not Consumer.LIST or (self._rest.kernel is not None and lease.stop - lease.start <= BRIEF_ITEMS)
        return not lease.stays and gives_little and sys.getsizeof(self._common) <= MOST_CARRIED

    def _hold(self) -> list[TaskFuture]:
        """What all leases share, sent to the cluster once where it is large."""
        if self._held is None:
            hold = pack_task(Hold(self._common)) if self.source.is_apart else b""
            self._held = [self._engine.submit(hold, priority=1)] if len(hold) > MOST_REPEATED else []
        return self._held

    def _fill(self, lease: Lease, *, is_whole: bool) -> tuple[Lease, list[TaskFuture], PackedBody | None]:
        """`is_whole`: what all leases share travels in it."""
        if self.source.is_apart:
            part, inputs = self.source.cut(lease.start, lease.stop)
            return replace(lease, common=self._common if is_whole else None, source=part), inputs, None
        body = self._pack_body(self._rest.comprehension, self.source.take(lease.start, lease.stop))
        return replace(lease, common=Common.of(body.program, None)), [], body
