"""Arrays move from one worker to another, while somebody asks both of them small questions.

The questions keep their own time: one is due every PAUSE_SECONDS, whether or not those before it are answered, and its wait is counted from
then. Asked one after the other, few would fall into the very moments when a worker answers nothing, and the worse way would look better: of
all moments in which a message may come, those count most that keep it waiting longest.
"""

import asyncio
import subprocess
import sys
import threading
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import psutil
import uvloop

from benchmarks.channel.worker import HOST
from ufora.engine.contract import ManagerEngine, TaskEngine
from ufora.engine.on_dask import connect_task_engine, open_manager_engine
from ufora.engine.on_dask.settings import SETTINGS
from ufora.service.ports import find_free_ports

PAUSE_SECONDS = 0.005  #: between two questions to a worker
REST_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Exchanged:
    """One exchange."""

    seconds: float
    cpu_seconds: tuple[float, float]  #: of the worker that gave, and of the one that took
    answers: tuple[float, ...]  #: how long each question took, seconds; () without questions


class Exchange:
    """A manager in this process and two workers."""

    def __init__(self, way: str) -> None:
        """`way`: see `worker`."""
        SETTINGS["distributed.scheduler.work-stealing"] = False  # what is taken would be taken where it lies
        self._loop = uvloop.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self._open = AsyncExitStack()
        self._manager, address = asyncio.run_coroutine_threadsafe(self._start(), self._loop).result()
        command = [sys.executable, "-m", "benchmarks.channel.worker", address]
        ports = [find_free_ports(2, HOST) for _ in range(2)]
        self._workers = {
            port: subprocess.Popen([*command, str(port), way], stdin=subprocess.PIPE, start_new_session=True) for port in ports
        }
        while len(workers := self._manager.list_workers()) < len(ports):
            time.sleep(0.05)
        self._processes = {each.id: psutil.Process(self._workers[int(each.address.rpartition(":")[2])].pid) for each in workers}
        self._engine: TaskEngine = connect_task_engine(address)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._engine.close()
        for worker in self._workers.values():
            worker.communicate()
        asyncio.run_coroutine_threadsafe(self._open.aclose(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def run(self, count: int, nbytes: int, *, asking: bool) -> Exchanged:
        """`count` arrays of `nbytes` each; `asking`: with questions meanwhile."""
        here, there = self._processes
        made = [self._engine.submit(b"make %d" % nbytes, worker=here) for _ in range(count)]
        for each in made:
            self._engine.wait_any([each])
        questions = asyncio.run_coroutine_threadsafe(self._ask([here, there] if asking else []), self._loop)
        cpu_before = self._read_cpu(here), self._read_cpu(there)
        began = time.perf_counter()
        taken = [self._engine.submit(b"take", [each], worker=there) for each in made]
        if [self._engine.fetch(each) for each in taken] != [nbytes] * count:
            raise RuntimeError("not all that was made arrived")
        seconds = time.perf_counter() - began
        self._asking = False
        gave, took = self._read_cpu(here) - cpu_before[0], self._read_cpu(there) - cpu_before[1]
        return Exchanged(seconds, (gave, took), questions.result())

    def rest(self) -> tuple[float, ...]:
        """How long questions take when nothing moves, seconds."""
        questions = asyncio.run_coroutine_threadsafe(self._ask(list(self._processes)), self._loop)
        time.sleep(REST_SECONDS)
        self._asking = False
        return questions.result()

    def _read_cpu(self, worker: str) -> float:
        times = self._processes[worker].cpu_times()
        return float(times.user + times.system)

    async def _start(self) -> tuple[ManagerEngine, str]:
        engine = await self._open.enter_async_context(open_manager_engine(HOST, 0))
        return engine, engine.address

    async def _ask(self, workers: list[str]) -> tuple[float, ...]:
        self._asking, due, answers = True, time.perf_counter(), []
        while self._asking:
            answers += [asyncio.create_task(self._ask_one(worker, due)) for worker in workers]
            due += PAUSE_SECONDS
            await asyncio.sleep(due - time.perf_counter())
        return tuple(await asyncio.gather(*answers))

    async def _ask_one(self, worker: str, due: float) -> float:
        await self._manager.ask(worker, "session", b"?")
        return time.perf_counter() - due
