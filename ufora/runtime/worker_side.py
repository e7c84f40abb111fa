"""A worker's processes, put together: the machine's cores, the interpreters, the drivers."""

import asyncio
import logging
import os
import platform
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import Future
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pyfora.errors import InternalError
from ufora.protocol.messages import Kernels, ShowKernels, pack_message, unpack_message
from ufora.protocol.pulse import TIERS, Pulse, pack_pulse
from ufora.runtime.driver import DriverSettings
from ufora.runtime.interpreter import InterpreterSettings
from ufora.runtime.kernels import show_kernels
from ufora.runtime.machine import Machine
from ufora.runtime.processes.confine import find_version
from ufora.runtime.processes.drivers import DriverHost
from ufora.runtime.processes.interpreters import InterpreterPool
from ufora.runtime.processes.nursery import Nursery
from ufora.runtime.tasks import pack_task
from ufora.runtime.usage import Usage

_log = logging.getLogger("ufora.worker")
ERRANDS_PER_THREAD = 8
"""Leases of the worker's own drivers under way at once for each compute thread; most of them wait for cores. Guessed."""
PRELOAD = ("ufora.runtime.driver", "ufora.runtime.interpreter")


@dataclass(frozen=True, slots=True)
class RuntimeSide:
    """The engine's WorkerSide."""

    machine: Machine
    drivers: DriverHost
    interpreters: InterpreterPool
    nursery: Nursery
    usage: Usage
    take_lines: Callable[[], Sequence[str]]  #: new lines of the worker's log
    cache: Path | None  #: where machine code is kept

    def perform(self, payload: bytes, inputs: Sequence[Any], given_up: "Future[None]") -> Any:
        return self.machine.perform(payload, inputs, given_up)

    async def answer(self, session: str, message: bytes) -> bytes:
        if session:
            return await self.drivers.answer(session, message)
        return await asyncio.to_thread(self._answer_itself, message)

    def _answer_itself(self, message: bytes) -> bytes:
        match unpack_message(message):
            case ShowKernels(keys=keys):
                return pack_message(Kernels(show_kernels(self.cache, keys)))
            case other:
                raise InternalError(f"a worker itself was asked to {type(other).__name__}")

    async def end_session(self, session: str) -> None:
        await self.drivers.end_session(session)

    def measure(self) -> bytes:
        used, activity = self.usage.read(), self.machine.activity
        stretches = activity.take()
        slices = {tier: activity.slices[tier] for tier in TIERS}
        seconds = {tier: float(activity.seconds[tier]) for tier in TIERS}
        lines = tuple(self.take_lines())
        leases = self.machine.list_leases()
        return pack_pulse(Pulse(platform.python_version(), used.cores, used.memory_bytes, slices, seconds, stretches, lines, leases))

    def children_bytes(self) -> int:
        return self.usage.last.children_bytes

    async def close(self) -> None:
        self.machine.close()
        await self.drivers.close()
        await asyncio.to_thread(self.interpreters.close)
        await asyncio.to_thread(self.nursery.close)


@asynccontextmanager
async def open_worker_side(
    settings: DriverSettings, threads: int, take_lines: Callable[[], Sequence[str]] = tuple, process_bytes: int = 0
) -> AsyncIterator[RuntimeSide]:
    """Start a worker's child processes. `threads`: cores to use; `take_lines`: gives the lines logged since it was asked last;
    `process_bytes`: most memory a process that runs users' code may take, 0 for any amount."""
    if not find_version():
        _log.warning("this kernel has no Landlock: nothing but Python itself keeps remote code from files. Use Linux 5.13 or later")
    nursery = Nursery(PRELOAD, "ufora.runtime.namespace:warm_up", process_bytes)
    await asyncio.to_thread(nursery.start)
    for_interpreters = InterpreterSettings(settings.cache_dir, settings.compile).pack()
    interpreters = InterpreterPool(nursery, "ufora.runtime.interpreter:main", threads, for_interpreters)
    cache = Path(settings.cache_dir) if settings.cache_dir else None
    machine = Machine(threads, interpreters)

    def perform(payload: bytes, given_up: "Future[None]") -> bytes:
        return pack_task(machine.perform(payload, (), given_up))

    drivers = DriverHost(
        nursery, "ufora.runtime.driver:main", replace(settings, threads=threads).pack(), perform, ERRANDS_PER_THREAD * threads
    )
    side = RuntimeSide(machine, drivers, interpreters, nursery, Usage(os.getpid()), take_lines, cache)
    drivers.prepare()
    try:
        yield side
    finally:
        await side.close()
