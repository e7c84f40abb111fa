"""A session's driver on one worker, asked through the engine."""

import asyncio
import itertools
from collections import deque
from collections.abc import AsyncIterator, Iterable, Mapping
from typing import TypeVar

from pyfora.errors import InternalError
from ufora.engine.contract import ManagerEngine, WorkerLost
from ufora.gateway.computation import Computation, ValueOf
from ufora.gateway.spool import StoredProgram
from ufora.protocol.explanation import Explanation
from ufora.protocol.messages import (
    PIECE_BYTES,
    Cancel,
    Cancelled,
    Data,
    Done,
    Drop,
    Evaluate,
    Explain,
    Explained,
    Fetch,
    Finished,
    Forget,
    HandOver,
    Lost,
    Message,
    Observe,
    Read,
    TakeOver,
    Upload,
    pack_message,
    unpack_message,
)
from ufora.protocol.progress import Progress

Answer = TypeVar("Answer", bound=Message)
READ_AHEAD = 3
"""Pieces of a stream that are asked for at once. Guessed: a driver, its worker and the manager have one each."""
HANDED_OVER = "handed over"  #: as the name of an upload; no Program's hash looks so


class Driver:
    """Every question raises WorkerLost when the worker, the driver process or what it held is gone."""

    def __init__(self, engine: ManagerEngine, worker: str, session: str) -> None:
        self.worker = worker
        self._engine = engine
        self._session = session

    async def perform(self, computation: Computation, label: str) -> Finished | Cancelled:
        """Evaluate its Program, or fetch its value. `label`: its name among those of all sessions."""
        work = computation.work
        if isinstance(work, ValueOf):
            return await self._ask(Fetch(work.computation, work.name), Finished, Cancelled)
        work = computation.checkpoint or work
        if work.path is not None:
            await self._upload(work)
        question = Evaluate(computation.id, work.hash, work.data, computation.want_now, computation.limit, label)
        return await self._ask(question, Finished, Cancelled)

    async def _upload(self, program: StoredProgram) -> None:
        async for offset, piece in program.pieces():
            await self._ask(Upload(program.hash, offset, piece, offset + len(piece) >= program.nbytes), Done)

    async def read(self, finished: Finished) -> AsyncIterator[bytes]:
        """The pieces of a result that is a stream. READ_AHEAD of them are asked for before they are wanted: while one is made, others are
        on their way."""
        asked: deque[tuple[int, asyncio.Task[Data]]] = deque()
        starts = iter(range(0, finished.nbytes, PIECE_BYTES))
        try:
            for start in itertools.islice(starts, READ_AHEAD):
                asked.append(self._start_read(finished, start))
            while asked:
                nbytes, answer = asked.popleft()
                piece = (await answer).data
                if len(piece) < nbytes:
                    raise InternalError(f"stream {finished.stream} ended before byte {finished.nbytes}")
                asked.extend(self._start_read(finished, start) for start in itertools.islice(starts, 1))
                yield piece
        finally:
            for _, answer in asked:
                answer.cancel()
            await asyncio.gather(*(answer for _, answer in asked), return_exceptions=True)

    def _start_read(self, finished: Finished, start: int) -> tuple[int, "asyncio.Task[Data]"]:
        """How many bytes it will be, and the answer. Questions reach the driver in the order in which they are asked."""
        nbytes = min(PIECE_BYTES, finished.nbytes - start)
        return nbytes, asyncio.create_task(self._ask(Read(finished.stream, start, nbytes), Data))

    async def drop(self, values: Iterable[tuple[str, str]]) -> None:
        await self._ask(Drop(tuple(values)), Done)

    async def forget(self, computations: Iterable[str]) -> None:
        await self._ask(Forget(tuple(computations)), Done)

    async def cancel(self, computation: str) -> None:
        await self._ask(Cancel(computation), Done)

    async def take_over(self, other: "Driver") -> None:
        """All that the session holds in another driver. That one still holds it too."""
        handed = await other._ask(HandOver(), Finished)
        if handed.stream:
            offset = 0
            async for piece in other.read(handed):
                await self._ask(Upload(HANDED_OVER, offset, piece, offset + len(piece) >= handed.nbytes), Done)
                offset += len(piece)
        await self._ask(TakeOver(HANDED_OVER, handed.result), Done)

    async def observe(self, computation: str, leases: Mapping[str, tuple[int, int]]) -> Progress:
        return await self._ask(Observe(computation, leases), Progress)

    async def explain(self, computation: str) -> Explanation | None:
        """What happened in it so far; None when it does not run."""
        facts = (await self._ask(Explain(computation), Explained)).facts
        return Explanation.from_plain(facts) if facts else None

    async def _ask(self, question: Message, *expected: type[Answer]) -> Answer:
        answer = unpack_message(await self._engine.ask(self.worker, self._session, pack_message(question)))
        if isinstance(answer, Lost):
            raise WorkerLost(f"its driver lost a {answer.what}: {answer.detail}")
        if not isinstance(answer, expected):
            raise InternalError(f"a driver answered {type(question).__name__} with {type(answer).__name__}")
        return answer
