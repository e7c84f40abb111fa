"""One client's session: its computations, and the driver that evaluates them.

A session lives on one worker at a time. When that worker leaves, the session finishes what it computes, starts nothing more, and moves to
another with all it holds. When the worker is lost, or there is no other, what the client still uses is computed again elsewhere, in order
(see `computation.py`).
"""

import asyncio
import hashlib
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager, suppress

from pyfora.errors import PyforaError
from ufora.engine.contract import ManagerEngine, WorkerGone, WorkerLost
from ufora.gateway.computation import UNDER_WAY, Computation, Event, State
from ufora.gateway.driver import Driver
from ufora.gateway.limits import Limits
from ufora.gateway.line import Line
from ufora.gateway.records import Records
from ufora.gateway.results import Results
from ufora.gateway.spool import Spool, StoredProgram
from ufora.protocol.explanation import Explanation
from ufora.protocol.messages import Cancelled, Finished

log = logging.getLogger("ufora.gateway")

Tell = Callable[[str, Computation], Awaitable[None]]  #: tells the client of a session how a computation is
FindLeases = Callable[[str], Mapping[str, tuple[int, int]]]  #: of a computation, by its public name; see `Members.find_leases`
WATCH_SECONDS = 0.25  # between two looks at how far a computation is. Guessed: a bar that moves so often seems to move steadily
LABEL_LENGTH = 10  # hexadecimal digits: a thousand sessions share none
ENDED = (State.DONE, State.FAILED, State.CANCELLED)


def find_none(computation: str) -> Mapping[str, tuple[int, int]]:
    """Where nobody listens to workers."""
    return {}


class Session:
    def __init__(
        self,
        name: str,
        engine: ManagerEngine,
        choose_worker: Callable[[], str | None],
        tell: Tell,
        spool: Spool,
        records: Records | None = None,
        owner: str = "",
        watch_seconds: float = WATCH_SECONDS,
        find_leases: FindLeases = find_none,
        find_limits: Callable[[], Limits] = Limits,
    ) -> None:
        self.name = name  #: a secret between client and manager: whoever knows it may use the session
        self.label = hashlib.sha256(name.encode()).hexdigest()[:LABEL_LENGTH]  #: its name in logs and for everybody else
        self.owner = owner
        self.computations: dict[str, Computation] = {}
        self._readers: dict[str, asyncio.Task[object]] = {}  # by computation: who sends its result to the client
        self._waiters: dict[str, set[asyncio.Future[None]]] = {}  # by computation: requests that its end answers
        self._engine = engine
        self._choose_worker = choose_worker
        self._tell = tell
        self._spool = spool
        self._records = records or Records()
        self._watch_seconds = watch_seconds
        self._find_leases = find_leases
        self._line = Line(self.computations)
        self._results = Results(lambda: find_limits().results_bytes)
        self._driver: Driver | None = None
        self._remade: list[Computation] = []  # of these, dropped values were made again
        self._forgotten: list[str] = []  # computations that the driver is still to hear of
        self._changed = asyncio.Event()
        self._is_leaving = False  # its worker
        self._moving_to: Driver | None = None
        self._staying = asyncio.Lock()  # held while it moves: what is dropped then is dropped where it moved to

    @property
    def worker(self) -> str | None:
        """The worker it lives on; None when it needs none yet or none is there."""
        return self._driver.worker if self._driver else None

    def _ids(self, computation: Computation | None = None) -> dict[str, str]:
        """For log lines."""
        about = {"session": self.label, "worker": self._driver.worker if self._driver else ""}
        return about | ({"computation": computation.id} if computation else {})

    def name_publicly(self, computation: Computation) -> str:
        """Its name among those of all sessions."""
        return f"{self.label}.{computation.id}"

    async def explain(self, computation: Computation) -> Explanation | None:
        """What happened in it so far, while it runs; None when it does not. Raises WorkerLost."""
        if self._driver is None or computation.state not in UNDER_WAY or not isinstance(computation.work, StoredProgram):
            return None
        return await self._driver.explain(computation.id)

    def add(self, computation: Computation, source: str = "") -> None:
        """`source`: where in the user's code it comes from, as the client says."""
        self.computations[computation.id] = computation
        self._records.add(self, computation, source)
        self._queue(computation)
        log.info("computation accepted", extra=self._ids(computation))

    def wake(self) -> None:
        """Look again whether something can start."""
        self._changed.set()

    async def run(self) -> None:
        """Start what can start, until the session is ended (by cancelling this)."""
        async with asyncio.TaskGroup() as tasks:
            while True:
                await self._changed.wait()
                self._changed.clear()
                if self._is_leaving and self._driver is not None:
                    if self._is_movable():
                        await self._move(self._driver)
                    continue
                driver = self._place()
                if driver is not None:
                    for computation in self._line.take_startable_nowait():
                        computation.handle(Event.STARTED)
                        self._records.note(self, computation)
                        tasks.create_task(self._perform(computation, driver))
                    if self._remade and self._line.is_idle:
                        tasks.create_task(self._drop_remade(driver))

    def _is_movable(self) -> bool:
        """Nothing runs, and no result is to be read there any more."""
        return not self._readers and not any(
            computation.state in UNDER_WAY or (computation.state is State.DONE and not computation.has_result)
            for computation in self.computations.values()
        )

    async def _move(self, driver: Driver) -> None:
        """Take all it holds along to another worker."""
        worker = self._choose_worker()
        if worker is None:
            await self._abandon(driver, "it leaves, and no other is there yet")
            return
        moved = self._moving_to = Driver(self._engine, worker, self.name)
        async with self._staying:
            try:
                await moved.take_over(driver)
            except PyforaError as error:
                await self._abandon(driver, f"it leaves, and what the session holds there could not be handed over: {error}")
            left = moved
            if self._driver is driver:  # and was not lost meanwhile
                left, self._driver, self._is_leaving = driver, moved, False
                log.info("session %s moved from worker %s to %s", self.label, driver.worker, worker)
            self._moving_to = None
        self._changed.set()
        with suppress(WorkerLost):
            await self._engine.end_session(left.worker, self.name)

    def _place(self) -> Driver | None:
        if self._driver is None:
            worker = self._choose_worker()
            if worker is not None:
                self._driver = Driver(self._engine, worker, self.name)
                log.info("the session is placed on a worker", extra=self._ids())
        return self._driver

    async def _perform(self, computation: Computation, driver: Driver) -> None:
        try:
            async with self._watching(computation, driver):
                try:
                    answer = await driver.perform(computation, self.name_publicly(computation))
                finally:
                    told_before = computation.has_result  # not earlier: while it runs again the client may ask for its result again
        except WorkerLost as loss:
            computation.lose_worker(str(loss), isinstance(loss, WorkerGone))
            await self._abandon(driver, str(loss))
        except PyforaError as error:
            log.error("the computation could not be made: %s", error, extra=self._ids(computation))
            computation.give_up(str(error))
        else:
            await self._take_answer(computation, driver, answer)
        await self._settle(computation, told_before)

    @asynccontextmanager
    async def _watching(self, computation: Computation, driver: Driver) -> AsyncIterator[None]:
        """While this lasts the client is told how far it is, unless it is a fetch."""
        if not isinstance(computation.work, StoredProgram):
            yield
            return
        watching = asyncio.create_task(self._watch(computation, driver))
        try:
            yield
        finally:
            watching.cancel()
            await asyncio.wait([watching])
            computation.progress = None

    async def _watch(self, computation: Computation, driver: Driver) -> None:
        with suppress(WorkerLost):  # whoever waits for the result hears of it too
            while True:
                await asyncio.sleep(self._watch_seconds)
                progress = await driver.observe(computation.id, self._find_leases(self.name_publicly(computation)))
                if progress != computation.progress:
                    computation.progress = progress
                    if not computation.has_result:
                        await self._tell(self.name, computation)

    async def _take_answer(self, computation: Computation, driver: Driver, answer: Finished | Cancelled) -> None:
        if isinstance(answer, Cancelled):
            computation.handle(Event.STOPPED)
            return
        computation.finish(answer)
        self._results.keep(computation)
        if self._driver is not driver:  # the session moved while the answer was on its way: the values stayed behind
            computation.lose_worker("the session moved")
        elif computation.dropped:
            self._remade.append(computation)

    async def _drop_remade(self, driver: Driver) -> None:
        """Runs for the values of computations made the dropped ones too; later runs may have needed them, now nothing does."""
        remade, self._remade = self._remade, []
        with suppress(WorkerLost):
            await driver.drop((computation.id, name) for computation in remade for name in sorted(computation.dropped))

    async def _settle(self, computation: Computation, told_before: bool) -> None:
        """Carry out what its new state asks for."""
        self._records.note(self, computation)
        log.info("computation %s", computation.state.value, extra=self._ids(computation))
        if computation.state is State.WAITING:
            self._queue(computation)
        elif computation.state is State.GONE:
            self._remove(computation)
            if isinstance(computation.work, StoredProgram):
                await self._forget(computation)
        elif computation.state in ENDED and not told_before and not self._answer_waiters(computation):
            await self.tell_end(computation)
        self._changed.set()

    async def tell_end(self, computation: Computation) -> None:
        """To whoever listens for the session's events."""
        await self._tell(self.name, computation)

    async def wait_for_end(self, computation: Computation, seconds: float) -> None:
        """At most so long, and only when it is its turn already. The end that comes meanwhile is told by whoever waits here, not as an
        event."""
        if computation.state in ENDED or not self._line.is_next(computation):
            return
        waiter = asyncio.get_running_loop().create_future()
        self._waiters.setdefault(computation.id, set()).add(waiter)
        try:
            await asyncio.wait([waiter], timeout=seconds)
        finally:
            waiters = self._waiters.get(computation.id, set())
            waiters.discard(waiter)
            if not waiters:
                self._waiters.pop(computation.id, None)

    def _answer_waiters(self, computation: Computation) -> bool:
        """Whether there were any."""
        waiters = self._waiters.pop(computation.id, set())
        for waiter in waiters:
            waiter.set_result(None)
        return bool(waiters)

    async def _forget(self, computation: Computation) -> None:
        """What gathers while one message is on its way goes with the next: a client forgets many at once."""
        self._forgotten.append(computation.id)
        async with self._staying:
            forgotten, self._forgotten = self._forgotten, []
            if forgotten and self._driver is not None:
                with suppress(WorkerLost):
                    await self._driver.forget(forgotten)

    def _queue(self, computation: Computation) -> None:
        self._line.add(computation)
        self._changed.set()

    def _remove(self, computation: Computation) -> None:
        self.computations.pop(computation.id, None)
        self._answer_waiters(computation)
        self._records.remove(self, computation)
        self._line.leave(computation)
        self._results.forget(computation)
        if isinstance(computation.work, StoredProgram):
            self._spool.remove(computation.work)
        if computation.checkpoint is not None:
            self._spool.remove(computation.checkpoint)

    async def _abandon(self, driver: Driver, reason: str) -> None:
        """Leave a driver whose values are lost. Does nothing when the session left it before."""
        if self._driver is not driver:
            return
        self._driver, self._is_leaving = None, False
        log.warning("the session lost its worker: %s", reason, extra=self._ids() | {"worker": driver.worker})
        for computation in list(self.computations.values()):
            if computation.state is State.DONE and computation.lose_worker(reason):
                self._queue(computation)
        self._changed.set()
        with suppress(WorkerLost):
            await self._engine.end_session(driver.worker, self.name)

    def prepare_to_move(self) -> None:
        """Its worker is leaving: nothing more is started there."""
        self._is_leaving = True
        self._changed.set()

    async def leave_worker(self) -> None:
        """Its worker is no longer in the cluster."""
        if self._driver is not None:
            await self._abandon(self._driver, "it left the cluster")

    async def cancel(self, computation: Computation) -> None:
        if computation.told_state is State.DONE:
            return
        await self._stop(computation, Event.CANCEL_ASKED)

    async def forget(self, computation: Computation) -> None:
        """The client needs neither its result nor its values."""
        await self._stop(computation, Event.FORGOTTEN)

    async def _stop(self, computation: Computation, event: Event) -> None:
        was_running = computation.state is State.RUNNING
        was_ended = computation.state in ENDED
        computation.handle(event)
        if was_running and self._driver is not None:
            with suppress(WorkerLost):  # its own question raises it too
                await self._driver.cancel(computation.id)
        if computation.state not in UNDER_WAY:
            await self._settle(computation, told_before=was_ended)

    def keep_checkpoint(self, computation: Computation, program: StoredProgram) -> None:
        """When its values are lost they are made by this one."""
        if computation.checkpoint is not None:
            self._spool.remove(computation.checkpoint)
        computation.checkpoint = program

    async def drop(self, values: Iterable[tuple[str, str]]) -> None:
        """No proxy names these values any more."""
        held = []
        for name, value in values:
            computation = self.computations.get(name)
            if computation is not None:
                computation.dropped.add(value)
                held.append((name, value))
        async with self._staying:
            if held and self._driver is not None:
                with suppress(WorkerLost):
                    await self._driver.drop(held)

    async def read_result(self, computation: Computation) -> AsyncGenerator[bytes]:
        """The pieces of a result that is not in the manager's memory. When they end early it is computed again."""
        driver, finished, reader = self._driver, computation.finished, asyncio.current_task()
        assert driver is not None
        assert finished is not None
        assert reader is not None
        self._readers[computation.id] = reader
        try:
            async for piece in driver.read(finished):
                yield piece
            computation.take_result()
        finally:
            del self._readers[computation.id]
            if computation.finished is finished and computation.lose_result():
                self._queue(computation)
            self._changed.set()

    def is_readable(self, computation: Computation) -> bool:
        """Whether its stream can be read. One that is read, or has been, went to a connection that broke: it is computed again."""
        reader = self._readers.get(computation.id)
        if reader is not None:
            reader.cancel()
            return False
        if computation.has_result:
            computation.has_result = False
            if computation.lose_result():
                self._queue(computation)
            return False
        return computation.state is State.DONE

    async def end(self) -> None:
        """Free all it holds; its task must have ended."""
        drivers = [driver for driver in (self._driver, self._moving_to) if driver is not None]
        self._driver = self._moving_to = None
        for computation in list(self.computations.values()):
            self._remove(computation)
        for driver in drivers:
            with suppress(WorkerLost):
                await self._engine.end_session(driver.worker, self.name)

    async def fail(self, problem: str) -> None:
        """Our own fault: nothing that has not ended will."""
        for computation in list(self.computations.values()):
            if computation.state in UNDER_WAY or computation.state is State.WAITING:
                told_before = computation.has_result
                computation.give_up(problem)
                await self._settle(computation, told_before)
