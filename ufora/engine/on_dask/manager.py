# mypy: disable-error-code="no-untyped-call"
"""The scheduler, embedded in the manager's event loop."""

import asyncio
import itertools
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import dask.config
from distributed import Scheduler
from distributed.core import Status
from distributed.diagnostics.plugin import SchedulerPlugin

from pyfora.errors import InternalError
from ufora.engine.contract import ManagerEngine, WorkerFacts, WorkerGone, WorkerLost
from ufora.engine.on_dask import messages
from ufora.engine.on_dask.keys import ClusterKey, make_security, scheme
from ufora.engine.on_dask.ports import NoHttp, name_listener
from ufora.engine.on_dask.reach import find_obstacle
from ufora.engine.on_dask.settings import apply_settings
from ufora.engine.seldom import Seldom

LOST_AFTER_SECONDS = 15.0
"""Heartbeats come every 0.5 to 2 s. Guessed: a machine that swaps or sleeps for a moment is not given up."""
LOOKS = 4
"""How often, in that time, workers are looked at. Dask looks once, so that it takes up to twice the time to notice."""

_log = logging.getLogger("ufora.engine")


@asynccontextmanager
async def open_manager_engine(
    host: str,
    port: int,
    lost_after_seconds: float = LOST_AFTER_SECONDS,
    key: ClusterKey | None = None,
    find_refusal: Callable[[WorkerFacts], str] = lambda facts: "",
) -> AsyncIterator["DaskManagerEngine"]:
    """Listen for workers and drivers on `host`:`port`, and on no other port; 0 takes a free one, see `engine.address`.

    A worker without a sign of life for `lost_after_seconds` is lost; Dask's own least is 5. With a `key`, only those that have it too
    can connect. `find_refusal` says why a worker may not join, or ""; the worker is told the same. Nor may one that cannot be reached."""
    apply_settings()
    dask.config.set({"distributed.scheduler.worker-ttl": lost_after_seconds})
    way = {"host": name_listener(host), "port": port, "protocol": scheme(key), "security": make_security(key)}
    scheduler = _Scheduler(lost_after_seconds, find_refusal, dashboard=False, **way)
    engine = DaskManagerEngine(scheduler)
    await scheduler
    try:
        yield engine
    finally:
        await engine.close()


class DaskManagerEngine(ManagerEngine):
    """See the contract."""

    def __init__(self, scheduler: "_Scheduler") -> None:
        self._scheduler = scheduler
        self._numbers = itertools.count()
        self._waiting: dict[int, tuple[str, asyncio.Future[bytes]]] = {}
        self._told: tuple[list[WorkerFacts], list[str]] = ([], [])
        self._leaving: set[str] = set()  # addresses
        self._retiring: set[asyncio.Task[None]] = set()
        self._is_closing = False
        self._listeners: list[Callable[[list[WorkerFacts]], None]] = []
        self._pulse_listeners: list[Callable[[str, bytes], None]] = []
        scheduler.stream_handlers[messages.ANSWER] = self._take_answer
        scheduler.stream_handlers[messages.PULSE] = self._take_pulse
        scheduler.stream_handlers[messages.LEAVING] = self._take_leaving
        scheduler.stream_handlers[messages.RETIRE] = self._take_retire
        scheduler.handlers["ufora_workers"] = self._describe_workers
        scheduler.handlers["ufora_find_worker"] = self._find_holder
        scheduler.add_plugin(_Watch(self._worker_joined, self._worker_left), name="ufora")
        scheduler.status_changed = self._tell

    @property
    def address(self) -> str:
        """host:port where workers and drivers connect."""
        return self._scheduler.address.partition("://")[2]

    def list_workers(self) -> list[WorkerFacts]:
        return [WorkerFacts(**facts) for facts in self._find_facts(staying=True)]

    def list_leaving(self) -> list[str]:
        return sorted(str(state.name) for address, state in self._scheduler.workers.items() if address in self._leaving)

    def drain(self, worker: str) -> None:
        address = self._scheduler.aliases.get(worker)
        if address is None:
            raise WorkerGone(f"there is no worker {worker} (any more)")
        self._scheduler.stream_comms[address].send({"op": messages.DRAIN})

    def on_change(self, tell: Callable[[list[WorkerFacts]], None]) -> None:
        self._listeners.append(tell)

    def on_pulse(self, tell: Callable[[str, bytes], None]) -> None:
        self._pulse_listeners.append(tell)

    async def ask(self, worker: str, session: str, message: bytes) -> bytes:
        return await self._request(worker, {"op": messages.ASK, "session": session, "message": message})

    async def end_session(self, worker: str, session: str) -> None:
        with suppress(WorkerLost):  # then the session is gone with it
            await self._request(worker, {"op": messages.END, "session": session})

    async def close(self) -> None:
        self._is_closing = True
        for task in self._retiring:
            task.cancel()
        self._lose(lambda _: True, "the manager is stopping")
        await self._scheduler.close(reason="the manager is stopping")

    async def _request(self, worker: str, request: dict[str, Any]) -> bytes:
        address = self._scheduler.aliases.get(worker)
        if address is None:
            raise WorkerGone(f"there is no worker {worker} (any more)")
        number = next(self._numbers)
        answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._waiting[number] = (address, answer)
        try:
            self._scheduler.stream_comms[address].send({**request, "number": number})
            return await answer
        except OSError as error:
            raise WorkerGone(f"the connection to worker {worker} broke") from error
        finally:
            del self._waiting[number]

    def _take_answer(self, number: int, outcome: str, body: bytes, worker: str) -> None:
        _, answer = self._waiting.get(number, ("", None))
        if answer is None or answer.done():  # whoever asked was cancelled
            return
        match outcome:
            case messages.ANSWERED:
                answer.set_result(body)
            case messages.LOST:
                answer.set_exception(WorkerLost(body.decode()))
            case _:
                answer.set_exception(InternalError(f"worker {worker} failed to answer:\n{body.decode()}"))

    def _take_pulse(self, name: str, body: bytes, worker: str) -> None:
        """`worker` is the address it came from, as Dask says; a name that is not that one's is nobody's."""
        if self._scheduler.aliases.get(name) == worker:
            for tell in self._pulse_listeners:
                tell(name, body)

    def _worker_joined(self, address: str) -> None:
        self._scheduler.stream_comms[address].interval = messages.STREAM_SECONDS

    def _take_leaving(self, worker: str) -> None:
        self._leaving.add(worker)
        self._scheduler.stream_comms[worker].send({"op": messages.HEARD})
        _log.info("the worker at %s is leaving", worker.partition("://")[2])
        self._tell()

    def _take_retire(self, worker: str) -> None:
        task = asyncio.create_task(self._retire(worker))
        self._retiring.add(task)
        task.add_done_callback(self._retiring.discard)

    async def _retire(self, worker: str) -> None:
        moved = await self._scheduler.retire_workers(workers=[worker], close_workers=False, remove=False)
        if worker in self._scheduler.stream_comms:
            self._scheduler.stream_comms[worker].send({"op": messages.RETIRED, "moved": bool(moved)})

    def _worker_left(self, address: str) -> None:
        host = address.partition("://")[2]
        if address in self._leaving:
            self._leaving.discard(address)
            _log.info("the worker at %s has left", host, extra={"worker": host})
        elif not self._is_closing:
            sentence = "the worker at %s is lost: others compute again what was computed and kept there, as soon as it is needed"
            _log.warning(sentence, host, extra={"worker": host})
        self._lose(lambda asked: asked == address, f"the worker at {host} is gone")
        self._tell()

    def _lose(self, is_lost: Callable[[str], bool], why: str) -> None:
        for address, answer in self._waiting.values():
            if is_lost(address) and not answer.done():
                answer.set_exception(WorkerGone(why))

    def _tell(self) -> None:
        workers = self.list_workers()
        if (workers, self.list_leaving()) == self._told:
            return
        if workers != self._told[0]:
            _log.info("workers: %d%s", len(workers), "".join(f", {worker.id}" for worker in workers))
        self._told = (workers, self.list_leaving())
        for tell in self._listeners:
            tell(workers)

    async def _describe_workers(self) -> list[dict[str, Any]]:
        """For drivers: one on the last worker goes on while that worker leaves."""
        return self._find_facts(staying=True) or self._find_facts(staying=False)

    def _find_facts(self, staying: bool) -> list[dict[str, Any]]:
        """Of the workers that can take work: one that has just registered cannot yet."""
        states = [state for state in self._scheduler.workers.values() if state.status in (Status.running, Status.paused)]
        if staying:
            states = [state for state in states if state.address not in self._leaving]
        return [state.extra[messages.FACTS] for state in states if messages.FACTS in state.extra]

    async def _find_holder(self, key: str) -> str | None:
        """The id of a worker that holds the result."""
        task = self._scheduler.tasks.get(key)
        holders = [str(state.name) for state in task.who_has or ()] if task else []
        return holders[0] if holders else None


class _Scheduler(NoHttp, Scheduler):
    """A scheduler that tells when a worker begins or ceases to take work."""

    status_changed: Callable[[], None]

    def __init__(self, lost_after_seconds: float, find_refusal: Callable[[WorkerFacts], str], **settings: Any) -> None:
        super().__init__(**settings)
        self._find_refusal = find_refusal
        self._refused = Seldom()
        self.periodic_callbacks["worker-ttl"].callback_time = 1000 * lost_after_seconds / LOOKS

    async def add_worker(self, comm: Any, *, extra: dict[str, Any], **about: Any) -> None:
        """Workers say who they are in `extra`; one without facts is a stranger's, and does not get work from us either way."""
        facts = extra.get(messages.FACTS)
        worker = WorkerFacts(**facts) if facts else None
        refusal = await self._find_reason_against(worker) if worker else ""
        if worker is None or not refusal:
            await super().add_worker(comm, extra=extra, **about)
            return
        if self._refused.is_due(worker.address, refusal):  # it goes on trying
            _log.warning("a worker is not taken: %s", refusal, extra={"worker": worker.address})
        await comm.write({"status": "error", "message": refusal, "time": time.time()})

    async def _find_reason_against(self, worker: WorkerFacts) -> str:
        refusal = self._find_refusal(worker)
        if not refusal and any(state.extra.get(messages.FACTS, {}).get("address") == worker.address for state in self.workers.values()):
            refusal = f"a worker at {worker.address} is registered already; if it is dead or cut off, that will soon be noticed"
        return refusal or await find_obstacle(worker.address)

    def handle_worker_status_change(self, *about: Any, **more: Any) -> None:
        super().handle_worker_status_change(*about, **more)
        self.status_changed()


class _Watch(SchedulerPlugin):
    """Passes on who joins and who leaves."""

    def __init__(self, joined: Callable[[str], None], left: Callable[[str], None]) -> None:
        self._joined = joined
        self._left = left

    def add_worker(self, scheduler: Scheduler, worker: str) -> None:
        self._joined(worker)

    def remove_worker(self, scheduler: Scheduler, worker: str, **_kwargs: Any) -> None:
        self._left(worker)
