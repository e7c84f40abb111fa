# mypy: disable-error-code="no-untyped-call"
"""One Dask worker after another, as managers come and go.

    ┌─► make a Worker ─► it waits for the manager and registers ─► works ─► the connection breaks ─┐
    └──────────────── end the sessions the manager had here, it has forgotten them ◄───────────────┘

A Dask worker cannot register twice, so each turn makes a new one, on the same ports, with a new id.
"""

import ast
import asyncio
import dataclasses
import logging
import secrets
import traceback
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, cast

import psutil
from distributed import Worker
from distributed.core import Status
from tornado.ioloop import PeriodicCallback

from pyfora.hosts import write_address
from ufora.engine.contract import WorkerFacts, WorkerLost, WorkerSide
from ufora.engine.on_dask import messages
from ufora.engine.on_dask.acquaintance import find_refusal
from ufora.engine.on_dask.channel import DataChannel, fetch_through, find_data_address
from ufora.engine.on_dask.given_up import GivenUp
from ufora.engine.on_dask.keys import ClusterKey, make_security, scheme
from ufora.engine.on_dask.leaving import Leaver
from ufora.engine.on_dask.ports import NoHttp, name_listener
from ufora.engine.on_dask.reach import REACH_SECONDS
from ufora.engine.on_dask.settings import apply_settings
from ufora.engine.on_dask.spilling import Spill, return_large_memory

_log = logging.getLogger("ufora.engine")

PATIENCE_SECONDS = 2.0
"""After so long without the manager the worker says that it waits. Guessed: registering takes 0.7 s."""
LOOK_SECONDS = 2 * REACH_SECONDS
"""A manager that refused may take so long for the next answer: it tries both ports."""
BACK_OFF_SECONDS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
"""Pauses between attempts to register that the manager refused; the last one repeats."""

Tell = Callable[[int, str], None]
"""Takes a level of logging and a sentence."""


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """What a worker must know; facts about itself that it tells the manager among them."""

    manager: str  #: host:port of the manager's registry
    listen_host: str  #: address to listen on, e.g. 0.0.0.0
    own_address: str  #: address under which the manager and other workers reach it
    base_port: int  #: control channel; the data channel is the next port
    task_threads: int  #: tasks under way at once; many more than cores, because most of them wait for cores
    threads: int  #: compute threads
    memory_bytes: int  #: most memory to use
    scratch_directory: str  #: where results go that do not fit into memory
    version: str
    cpu: str
    key: ClusterKey | None = None  #: the cluster's; None: no encryption, and no stranger is refused
    leave_seconds: float = 0.0  #: for handing over what it holds when it is told to stop; 0: at once


async def run_worker(
    side: WorkerSide, settings: WorkerSettings, *, stop: asyncio.Event, tell: Tell, stop_now: asyncio.Event | None = None
) -> None:
    """Work until `stop` is set, then leave; when `stop_now` is set too, at once. `tell` gets a sentence whenever its standing changes.

    Raises OSError when a port cannot be had. `side` is left open."""
    apply_settings()
    return_large_memory()
    data_address = f"tcp://{write_address(settings.listen_host, settings.base_port + 1)}"
    channel = await asyncio.to_thread(DataChannel, data_address, settings.key.curve if settings.key else None)
    fetch_through(channel)
    tell = _tell_news_only(tell)
    stopping = asyncio.create_task(stop.wait())
    hurrying = asyncio.create_task((stop_now or asyncio.Event()).wait())
    refusals = 0
    try:
        while not stop.is_set():
            worker = _make_worker(side, channel, settings)
            try:
                patience = PATIENCE_SECONDS + (LOOK_SECONDS if refusals else 0)
                refusals = 0 if await _work(worker, settings, stopping, hurrying, tell, patience) else refusals + 1
            finally:
                await worker.close(reason="the worker is stopping")
                await worker.forget_sessions()
            if worker.drain_asked.is_set() and not stop.is_set():
                tell(logging.INFO, f"drained: it stays out of the cluster of {settings.manager} until it is started again")
                await asyncio.wait([stopping])
            if refusals:
                await asyncio.wait([stopping], timeout=BACK_OFF_SECONDS[min(refusals, len(BACK_OFF_SECONDS)) - 1])
    finally:
        stopping.cancel()
        hurrying.cancel()
        await asyncio.to_thread(channel.close)


def _tell_news_only(tell: Tell) -> Tell:
    """What was told last is not told again: it goes on trying."""
    last = ""

    def tell_news(level: int, sentence: str) -> None:
        nonlocal last
        if sentence != last:
            last = sentence
            tell(level, sentence)

    return tell_news


async def _work(
    worker: "_Worker",
    settings: WorkerSettings,
    stopping: asyncio.Task[Any],
    hurrying: asyncio.Task[Any],
    tell: Tell,
    patience: float,
) -> bool:
    """From registering to the loss of the manager or the stop. Whether it could register."""
    refusal = await find_refusal(settings.manager, settings.key)
    if refusal:
        tell(logging.WARNING, f"the manager at {settings.manager} did not take this worker: {refusal}; trying again")
        return False
    starting = asyncio.create_task(_start(worker))
    done, _ = await asyncio.wait([starting, stopping], timeout=patience, return_when=asyncio.FIRST_COMPLETED)
    if not done:
        tell(logging.INFO, f"waiting for the manager at {settings.manager}")
        await asyncio.wait([starting, stopping], return_when=asyncio.FIRST_COMPLETED)
    if not starting.done():
        starting.cancel()
        await asyncio.wait([starting])
        return True
    refusal = await starting
    if refusal:
        tell(logging.WARNING, f"the manager at {settings.manager} did not take this worker: {refusal}; trying again")
        return False
    tell(logging.INFO, f"registered with the manager at {settings.manager} as {worker.name}")
    finished = asyncio.create_task(_wait_until_finished(worker))
    draining = asyncio.create_task(worker.drain_asked.wait())
    await asyncio.wait([finished, stopping, draining], return_when=asyncio.FIRST_COMPLETED)
    draining.cancel()
    if stopping.done() or worker.drain_asked.is_set():
        await _leave(worker, settings, [finished, hurrying], tell)
    else:
        tell(logging.WARNING, f"the connection to the manager at {settings.manager} broke")
    finished.cancel()
    return True


async def _leave(worker: "_Worker", settings: WorkerSettings, ends: list[asyncio.Task[Any]], tell: Tell) -> None:
    """Hand over what it holds, unless one of `ends` comes first."""
    if not settings.leave_seconds:
        return
    tell(logging.INFO, f"leaving the manager at {settings.manager}; handing over what is here for up to {settings.leave_seconds:g} s")
    leaving = asyncio.create_task(worker.leaver.leave(settings.leave_seconds))
    await asyncio.wait([leaving, *ends], return_when=asyncio.FIRST_COMPLETED)
    leaving.cancel()
    await asyncio.wait([leaving])


async def _start(worker: "_Worker") -> str:
    """Listen and register; why it was refused, or "". Raises OSError when a port cannot be had."""
    try:
        await worker
    except RuntimeError as error:  # Dask wraps whatever went wrong
        if isinstance(error.__cause__, OSError):
            raise error.__cause__ from error
        return _find_sentence(str(error.__cause__ or error))
    return ""


def _find_sentence(said: str) -> str:
    """What the manager answered, without the words that Dask puts around it."""
    _, is_answer, answer = said.partition("Unexpected response from register: ")
    return str(ast.literal_eval(answer).get("message", said)) if is_answer else said


async def _wait_until_finished(worker: "_Worker") -> None:
    await worker.finished()


def _make_worker(side: WorkerSide, channel: DataChannel, settings: WorkerSettings) -> "_Worker":
    address = write_address(settings.own_address, settings.base_port)
    facts = WorkerFacts(
        id=f"{address}-{secrets.token_hex(3)}",  # not host:port alone: Dask would look the name of a lost worker up in the DNS
        address=address,
        threads=settings.threads,
        memory_bytes=settings.memory_bytes,
        version=settings.version,
        cpu=settings.cpu,
    )
    return _Worker(
        f"{scheme(settings.key)}://{settings.manager}",
        side=side,
        facts=facts,
        channel=channel,
        host=name_listener(settings.listen_host),
        port=settings.base_port,
        contact_address=f"{scheme(settings.key)}://{address}",
        protocol=scheme(settings.key),
        security=make_security(settings.key),
        name=facts.id,
        nthreads=settings.task_threads,
        memory_limit=settings.memory_bytes,
        local_directory=settings.scratch_directory,
        dashboard=False,
    )


class _Worker(NoHttp, Worker):
    """A Dask worker that also answers the manager's questions. Tasks find `ufora_side` and `ufora_given_up` on it."""

    def __init__(self, manager: str, *, side: WorkerSide, facts: WorkerFacts, channel: DataChannel, **rest: Any) -> None:
        self.ufora_given_up = GivenUp()
        store = (Spill, {"limit_bytes": facts.memory_bytes, "own_bytes": psutil.Process().memory_info().rss})
        super().__init__(manager, data=store, startup_information={messages.FACTS: _tell_facts}, plugins=(self.ufora_given_up,), **rest)
        self._spill = cast(Spill, self.data)
        self.ufora_side = side
        self.ufora_facts = dataclasses.asdict(facts)
        self._channel = channel
        self._sessions: set[str] = set()
        self._no_sessions = asyncio.Event()
        self._no_sessions.set()
        self._heard = asyncio.Event()
        self.drain_asked = asyncio.Event()
        self._retired: asyncio.Queue[bool] = asyncio.Queue()
        self._answering: set[asyncio.Task[None]] = set()
        self.batched_stream.interval = messages.STREAM_SECONDS
        self.periodic_callbacks[messages.PULSE] = PeriodicCallback(self._tell_pulse, 1000 * messages.PULSE_SECONDS)
        self.stream_handlers[messages.ASK] = self._start_answer
        self.stream_handlers[messages.END] = self._start_end
        self.stream_handlers[messages.HEARD] = self._heard.set
        self.stream_handlers[messages.DRAIN] = self.drain_asked.set
        self.stream_handlers[messages.RETIRED] = lambda moved: self._retired.put_nowait(moved)

    @property
    def leaver(self) -> Leaver:
        return Leaver(self.batched_send, self._heard, self._no_sessions, self.ufora_given_up.idle, self._retired)

    async def start_unsafe(self) -> "_Worker":
        self._channel.serve(self._read_results)
        await super().start_unsafe()
        return self

    async def close(  # type: ignore[override]
        self, timeout: float = 5, executor_wait: bool = False, nanny: bool = True, reason: str = ""
    ) -> str | None:
        """Never waits for running tasks: the manager gives them to others."""
        for task in self._answering:
            task.cancel()
        self.ufora_given_up.give_up_all()
        self._channel.serve(None)
        return await super().close(timeout=timeout, executor_wait=False, nanny=nanny, reason=reason)

    async def forget_sessions(self) -> None:
        """End all drivers that this manager had here."""
        for session in self._sessions:
            await self.ufora_side.end_session(session)
        self._sessions.clear()

    def _tell_pulse(self) -> None:
        if self.status in (Status.running, Status.paused):
            self.batched_send({"op": messages.PULSE, "name": self.name, "body": self.ufora_side.measure()})
            self.memory_manager.memory_limit = self._spill.leave_room(self.ufora_side.children_bytes())

    async def _read_results(self, keys: Sequence[str], under_way: int) -> dict[str, Any] | None:
        """What others may fetch. One reader at a time has results brought back from disk: they take memory while they are read."""
        if under_way and any(key in self._spill.disk for key in keys):
            return None
        return {key: self.data[key] for key in keys if key in self.data}

    def _handle_remove_worker(self, worker: str, stimulus_id: str) -> None:
        """The manager says that a peer is lost."""
        self._channel.fail(find_data_address(worker))
        super()._handle_remove_worker(worker, stimulus_id)

    def _start_answer(self, number: int, session: str, message: bytes) -> None:
        if session:
            self._sessions.add(session)
            self._no_sessions.clear()
        self._start_request(number, self.ufora_side.answer(session, message))

    def _start_end(self, number: int, session: str) -> None:
        self._sessions.discard(session)
        if not self._sessions:
            self._no_sessions.set()
        self._start_request(number, self.ufora_side.end_session(session))

    def _start_request(self, number: int, request: Coroutine[Any, Any, bytes | None]) -> None:
        task = asyncio.create_task(self._answer(number, request))
        self._answering.add(task)
        task.add_done_callback(self._answering.discard)

    async def _answer(self, number: int, request: Coroutine[Any, Any, bytes | None]) -> None:
        try:
            outcome, body = messages.ANSWERED, await request or b""
        except WorkerLost as loss:
            outcome, body = messages.LOST, str(loss).encode()
        except Exception as error:  # noqa: BLE001 - whoever asked is told; silence would make it wait for ever
            outcome, body = messages.FAILED, "".join(traceback.format_exception(error)).encode()
        self.batched_send({"op": messages.ANSWER, "number": number, "outcome": outcome, "body": body})


async def _tell_facts(worker: Worker) -> dict[str, Any]:
    facts: dict[str, Any] = worker.ufora_facts  # type: ignore[attr-defined]
    return facts
