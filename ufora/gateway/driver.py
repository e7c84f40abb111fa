"""A session's driver on one worker, asked through the engine."""

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
        """The pieces of a result that is a stream, each asked for when the one before it has been taken."""
        offset = 0
        while offset < finished.nbytes:
            answer = await self._ask(Read(finished.stream, offset, min(PIECE_BYTES, finished.nbytes - offset)), Data)
            if not answer.data:
                raise InternalError(f"stream {finished.stream} ended at byte {offset} of {finished.nbytes}")
            yield answer.data
            offset += len(answer.data)

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
