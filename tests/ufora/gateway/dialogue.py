"""A session and fake workers in dialogue."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from pyfora.wire import hash_of
from tests.ufora.gateway.fakes import FakeEngine, a_program, echo
from ufora.gateway.computation import Computation, ValueOf
from ufora.gateway.limits import Limits
from ufora.gateway.session import Session
from ufora.gateway.spool import Spool, StoredProgram
from ufora.protocol.messages import Evaluate
from ufora.protocol.progress import Progress


class Dialogue:
    def __init__(self, engine: FakeEngine, spool: Path) -> None:
        self.engine = engine
        self.told: list[tuple[str, str]] = []
        self.progress: list[tuple[str, Progress]] = []
        self.session = Session(
            "s", engine, lambda: next(iter(engine.workers), None), self._tell, Spool(spool, Limits()), watch_seconds=0.001
        )
        self._news = asyncio.Condition()

    async def _tell(self, session: str, computation: Computation) -> None:
        if computation.progress is None:
            self.told.append((computation.id, computation.state.value))
        else:
            self.progress.append((computation.id, computation.progress))
        async with self._news:
            self._news.notify_all()

    def run(self, name: str, want: str = "remote", data: bytes = b"") -> Computation:
        program = data or a_program(name.encode())
        return self._add(Computation(name, StoredProgram(hash_of(program), len(program), program, None), want, 0))

    def fetch(self, name: str, computation: str, value: str) -> Computation:
        return self._add(Computation(name, ValueOf(computation, value), "all", 0))

    def _add(self, computation: Computation) -> Computation:
        self.session.add(computation)
        return computation

    async def until_told(self, name: str) -> str:
        async with self._news:
            await self._news.wait_for(lambda: any(told == name for told, _ in self.told))
        return next(state for told, state in self.told if told == name)

    async def until(self, holds: Callable[[], bool]) -> None:
        while not holds():
            await asyncio.sleep(0)

    async def lose(self, *left: str) -> None:
        """Only these workers are left."""
        self.engine.set_workers(*left)
        if self.session.worker not in left:
            await self.session.leave_worker()
        self.session.wake()

    def begin_to_leave(self, worker: str) -> None:
        self.engine.workers.remove(worker)
        self.engine.leaving.append(worker)
        self.session.prepare_to_move()

    def evaluated(self) -> list[tuple[str, str, str]]:
        return [(worker, asked.computation, asked.want) for worker, asked in self.engine.asked if isinstance(asked, Evaluate)]


@asynccontextmanager
async def a_dialogue(tmp_path: Path, evaluate=echo, workers: int = 2) -> AsyncIterator[Dialogue]:
    dialogue = Dialogue(FakeEngine(evaluate, workers), tmp_path)
    task = asyncio.create_task(dialogue.session.run())
    try:
        yield dialogue
    finally:
        task.cancel()
        await asyncio.wait([task])
        await dialogue.session.end()
