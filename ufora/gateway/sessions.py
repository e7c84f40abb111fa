"""All sessions: opened, placed on workers, ended.

A session ends when its client says so, or when its client has been away for the grace time: no socket, no request.
"""

import asyncio
import logging
import secrets
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pyfora.errors import PyforaError
from ufora.engine.contract import ManagerEngine, WorkerFacts
from ufora.gateway.computation import UNDER_WAY
from ufora.gateway.limits import Limits
from ufora.gateway.records import Records
from ufora.gateway.session import FindLeases, Session, Tell, find_none
from ufora.gateway.spool import Spool

log = logging.getLogger("ufora.gateway")


class TooManySessions(PyforaError):  # noqa: N818 - states a fact
    """The manager has as many sessions as it takes."""


@dataclass(slots=True, eq=False)
class _Entry:
    session: Session
    task: asyncio.Task[None]
    sockets: set[str]  #: Socket.IO connections of its client
    requests: int  #: under way
    away_since: float  #: the clock when its client was last heard of


class Sessions:
    """Session tasks are children of `tasks`; `clock` gives seconds."""

    def __init__(
        self,
        engine: ManagerEngine,
        spool: Spool,
        tell: Tell,
        tasks: asyncio.TaskGroup,
        clock: Callable[[], float],
        limits: Limits,
        records: Records | None = None,
        find_leases: FindLeases = find_none,
    ) -> None:
        self._engine = engine
        self._find_leases = find_leases
        self._spool = spool
        self._tell = tell
        self._tasks = tasks
        self._clock = clock
        self._limits = limits
        self._records = records or Records()
        self._entries: dict[str, _Entry] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def count_on(self, worker: str) -> int:
        return sum(entry.session.worker == worker for entry in self._entries.values())

    def set_limits(self, limits: Limits) -> None:
        self._limits = limits

    def open(self, owner: str = "") -> Session:
        """`owner`: whose it is, as the client says."""
        if len(self._entries) >= self._limits.sessions:
            raise TooManySessions(f"the manager has {self._limits.sessions} open sessions and takes no more; close some executors")
        name = secrets.token_urlsafe(18)
        session = Session(
            name,
            self._engine,
            self._choose_worker,
            self._tell,
            self._spool,
            self._records,
            owner,
            find_leases=self._find_leases,
            find_limits=lambda: self._limits,
        )
        task = self._tasks.create_task(self._run(session))
        self._entries[name] = _Entry(session, task, set(), 0, self._clock())
        log.info("session opened", extra={"session": session.label})
        return session

    async def _run(self, session: Session) -> None:
        while True:
            try:
                await session.run()
            except Exception:
                log.exception("the session failed", extra={"session": session.label})
                await session.fail("something went wrong inside the manager: please report it, with the manager's log")

    def count(self) -> tuple[int, int]:
        """(sessions, computations under way)."""
        sessions = [entry.session for entry in self._entries.values()]
        return len(sessions), sum(each.state in UNDER_WAY for session in sessions for each in session.computations.values())

    def find(self, name: str) -> Session | None:
        entry = self._entries.get(name)
        return entry.session if entry else None

    def request_began(self, name: str) -> None:
        if name in self._entries:
            self._entries[name].requests += 1

    def request_ended(self, name: str) -> None:
        if name in self._entries:
            self._entries[name].requests -= 1
            self._entries[name].away_since = self._clock()

    def client_joined(self, name: str, socket: str) -> None:
        self._entries[name].sockets.add(socket)

    def client_left(self, name: str, socket: str) -> None:
        if name in self._entries:
            self._entries[name].sockets.discard(socket)
            self._entries[name].away_since = self._clock()

    async def end_forsaken(self) -> None:
        """End the sessions whose clients have been away for too long."""
        now = self._clock()
        for name, entry in list(self._entries.items()):
            if not entry.sockets and not entry.requests and now - entry.away_since >= self._limits.grace_seconds:
                log.info("the client has been away for %.0f seconds", now - entry.away_since, extra={"session": entry.session.label})
                await self.end(name)

    async def end(self, name: str) -> None:
        entry = self._entries.pop(name, None)
        if entry is not None:
            entry.task.cancel()
            await asyncio.wait([entry.task])
            await entry.session.end()
            log.info("session ended", extra={"session": entry.session.label})

    async def end_all(self) -> None:
        for name in list(self._entries):
            await self.end(name)

    async def take_workers(self, workers: Sequence[WorkerFacts]) -> None:
        """Workers joined, left, or began to leave."""
        leaving = self._engine.list_leaving()
        present = {worker.id for worker in workers}
        for entry in list(self._entries.values()):
            worker = entry.session.worker
            if worker is None:
                entry.session.wake()
            elif worker in leaving:
                entry.session.prepare_to_move()
            elif worker not in present:
                await entry.session.leave_worker()

    def _choose_worker(self) -> str | None:
        """The worker with the fewest sessions."""
        load = Counter(entry.session.worker for entry in self._entries.values())
        workers = [worker.id for worker in self._engine.list_workers()]
        return min(workers, key=lambda worker: load[worker], default=None)
