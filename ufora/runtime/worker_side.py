"""A worker's processes, put together: the machine's cores, the interpreters, the drivers."""

import asyncio
import logging
import os
import platform
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import Future
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from ufora.protocol.pulse import TIERS, Pulse, pack_pulse
from ufora.runtime.driver import DriverSettings
from ufora.runtime.interpreter import InterpreterSettings
from ufora.runtime.machine import Machine
from ufora.runtime.processes.confine import find_version
from ufora.runtime.processes.drivers import DriverHost
from ufora.runtime.processes.interpreters import InterpreterPool
from ufora.runtime.processes.nursery import Nursery
from ufora.runtime.usage import Usage

_log = logging.getLogger("ufora.worker")
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

    def perform(self, payload: bytes, inputs: Sequence[Any], given_up: "Future[None]") -> Any:
        return self.machine.perform(payload, inputs, given_up)

    async def answer(self, session: str, message: bytes) -> bytes:
        return await self.drivers.answer(session, message)

    async def end_session(self, session: str) -> None:
        await self.drivers.end_session(session)

    def measure(self) -> bytes:
        used, activity = self.usage.read(), self.machine.activity
        stretches = activity.take()
        slices = {tier: activity.slices[tier] for tier in TIERS}
        seconds = {tier: float(activity.seconds[tier]) for tier in TIERS}
        lines = tuple(self.take_lines())
        return pack_pulse(Pulse(platform.python_version(), used.cores, used.memory_bytes, slices, seconds, stretches, lines))

    async def close(self) -> None:
        self.machine.close()
        await self.drivers.close()
        await asyncio.to_thread(self.interpreters.close)
        await asyncio.to_thread(self.nursery.close)


@asynccontextmanager
async def open_worker_side(
    settings: DriverSettings, threads: int, take_lines: Callable[[], Sequence[str]] = tuple
) -> AsyncIterator[RuntimeSide]:
    """Start a worker's child processes. `threads`: cores to use; `take_lines`: gives the lines logged since it was asked last."""
    if not find_version():
        _log.warning("this kernel has no Landlock: nothing but Python itself keeps remote code from files. Use Linux 5.13 or later")
    nursery = Nursery(PRELOAD, "ufora.runtime.namespace:warm_up")
    await asyncio.to_thread(nursery.start)
    drivers = DriverHost(nursery, "ufora.runtime.driver:main", settings.pack())
    for_interpreters = InterpreterSettings(settings.cache_dir, settings.compile).pack()
    interpreters = InterpreterPool(nursery, "ufora.runtime.interpreter:main", threads, for_interpreters)
    side = RuntimeSide(Machine(threads, interpreters), drivers, interpreters, nursery, Usage(os.getpid()), take_lines)
    drivers.prepare()
    try:
        yield side
    finally:
        await side.close()
