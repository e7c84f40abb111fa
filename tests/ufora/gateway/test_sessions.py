import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from pyfora.wire import hash_of
from tests.ufora.gateway.fakes import Clock, FakeEngine, a_program, echo
from ufora.gateway.computation import Computation
from ufora.gateway.limits import Limits
from ufora.gateway.sessions import Sessions, TooManySessions
from ufora.gateway.spool import Spool, StoredProgram


class House:
    """Sessions with a clock in hand."""

    def __init__(self, engine: FakeEngine, sessions: Sessions, clock: Clock, ended: asyncio.Queue[str]) -> None:
        self.engine = engine
        self.sessions = sessions
        self.clock = clock
        self.ended = ended

    async def place(self, name: str) -> str | None:
        """Make a session compute something; the worker it then lives on."""
        session = self.sessions.find(name)
        session.add(Computation("c1", PROGRAM, "all", 0))
        await self.ended.get()
        return session.worker


PROGRAM = StoredProgram(hash_of(a_program()), len(a_program()), a_program(), None)


@asynccontextmanager
async def a_house(tmp_path: Path, workers: int = 2, most: int = 10) -> AsyncIterator[House]:
    engine, clock = FakeEngine(echo, workers), Clock()
    ended: asyncio.Queue[str] = asyncio.Queue()

    async def tell(session: str, computation: Computation) -> None:
        ended.put_nowait(session)

    async with asyncio.TaskGroup() as tasks:
        sessions = Sessions(engine, Spool(tmp_path, Limits()), tell, tasks, clock, Limits(sessions=most, grace_seconds=60))
        yield House(engine, sessions, clock, ended)
        await sessions.end_all()


@pytest.mark.asyncio
async def test_sessions_spread_over_the_workers(tmp_path: Path):
    async with a_house(tmp_path) as house:
        names = [house.sessions.open().name for _ in range(4)]
        assert sorted([await house.place(name) for name in names]) == ["w1", "w1", "w2", "w2"]


@pytest.mark.asyncio
async def test_names_of_sessions_cannot_be_guessed(tmp_path: Path):
    async with a_house(tmp_path) as house:
        names = {house.sessions.open().name for _ in range(10)}
        assert len(names) == 10
        assert all(len(name) >= 22 for name in names)


@pytest.mark.asyncio
async def test_a_session_ends_when_its_client_has_been_away_for_the_grace(tmp_path: Path):
    async with a_house(tmp_path) as house:
        name = house.sessions.open().name
        worker = await house.place(name)
        house.sessions.client_joined(name, "socket")
        house.clock.now = 1000
        await house.sessions.end_forsaken()
        assert house.sessions.find(name)
        house.sessions.client_left(name, "socket")
        house.clock.now = 1059
        await house.sessions.end_forsaken()
        assert house.sessions.find(name)
        house.clock.now = 1060
        await house.sessions.end_forsaken()
        assert house.sessions.find(name) is None
        assert house.engine.ended == [(worker, name)]


@pytest.mark.asyncio
async def test_a_session_whose_client_came_back_goes_on(tmp_path: Path):
    async with a_house(tmp_path) as house:
        name = house.sessions.open().name
        house.sessions.client_joined(name, "first")
        house.sessions.client_left(name, "first")
        house.sessions.client_joined(name, "second")
        house.clock.now = 1000
        await house.sessions.end_forsaken()
        assert house.sessions.find(name)


@pytest.mark.asyncio
async def test_a_session_does_not_end_under_a_request(tmp_path: Path):
    async with a_house(tmp_path) as house:
        name = house.sessions.open().name
        house.sessions.request_began(name)
        house.clock.now = 1000
        await house.sessions.end_forsaken()
        house.sessions.request_ended(name)
        await house.sessions.end_forsaken()
        assert house.sessions.find(name)
        house.clock.now = 1060
        await house.sessions.end_forsaken()
        assert house.sessions.find(name) is None


@pytest.mark.asyncio
async def test_a_session_moves_when_its_worker_leaves(tmp_path: Path):
    async with a_house(tmp_path) as house:
        name = house.sessions.open().name
        assert await house.place(name) == "w1"
        house.engine.set_workers("w2")
        await house.sessions.take_workers(house.engine.list_workers())
        session = house.sessions.find(name)
        session.add(Computation("c2", PROGRAM, "all", 0))
        await house.ended.get()
        assert session.worker == "w2"


@pytest.mark.asyncio
async def test_there_are_no_more_sessions_than_allowed(tmp_path: Path):
    async with a_house(tmp_path, most=2) as house:
        house.sessions.open()
        house.sessions.open()
        with pytest.raises(TooManySessions, match="2 open sessions"):
            house.sessions.open()


@pytest.mark.asyncio
async def test_a_fault_of_ours_in_one_session_does_not_end_it(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    async with a_house(tmp_path) as house:
        name = house.sessions.open().name
        session = house.sessions.find(name)
        session.add(Computation("broken", None, "all", 0))  # no driver can make anything of this
        await house.ended.get()
        assert session.computations["broken"].problem.startswith("something went wrong inside the manager")
        assert await house.place(name) == "w1"
    assert "failed" in caplog.text
