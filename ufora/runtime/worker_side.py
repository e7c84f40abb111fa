"""A worker's processes, put together: the machine's cores, the interpreters, the drivers."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import Future
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from ufora.runtime.driver import DriverSettings
from ufora.runtime.interpreter import InterpreterSettings
from ufora.runtime.machine import Machine
from ufora.runtime.processes.drivers import DriverHost
from ufora.runtime.processes.interpreters import InterpreterPool
from ufora.runtime.processes.nursery import Nursery

PRELOAD = ("ufora.runtime.driver", "ufora.runtime.interpreter")


@dataclass(frozen=True, slots=True)
class RuntimeSide:
    """The engine's WorkerSide."""

    machine: Machine
    drivers: DriverHost
    interpreters: InterpreterPool
    nursery: Nursery

    def perform(self, payload: bytes, inputs: Sequence[Any], given_up: "Future[None]") -> Any:
        return self.machine.perform(payload, inputs, given_up)

    async def answer(self, session: str, message: bytes) -> bytes:
        return await self.drivers.answer(session, message)

    async def end_session(self, session: str) -> None:
        await self.drivers.end_session(session)

    async def close(self) -> None:
        self.machine.close()
        await self.drivers.close()
        await asyncio.to_thread(self.interpreters.close)
        await asyncio.to_thread(self.nursery.close)


@asynccontextmanager
async def open_worker_side(settings: DriverSettings, threads: int, process_bytes: int = 0) -> AsyncIterator[RuntimeSide]:
    """Start a worker's child processes. `threads`: cores to use; `process_bytes`: most memory a process that runs users' code may take."""
    nursery = Nursery(PRELOAD, "ufora.compile.kernel:warm_up", process_bytes)
    await asyncio.to_thread(nursery.start)
    drivers = DriverHost(nursery, "ufora.runtime.driver:main", settings.pack())
    for_interpreters = InterpreterSettings(settings.cache_dir, settings.compile).pack()
    interpreters = InterpreterPool(nursery, "ufora.runtime.interpreter:main", threads, for_interpreters)
    side = RuntimeSide(Machine(threads, interpreters), drivers, interpreters, nursery)
    drivers.prepare()
    try:
        yield side
    finally:
        await side.close()
