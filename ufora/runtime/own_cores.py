"""The cores of the driver's own machine, used from within its process: nothing is sent to them, and what they give is where it is wanted.

    driver   main thread     cuts, waits, joins
             watchers        look after a lease each
             slices          machine code with the GIL released ── what it cannot do exactly ──┐
    worker   interpreters   ◄──────────────────────────────────────────────── an errand each ──┘
             activity       ◄──────────────────── what the cores were busy with, for the page ──

Two drivers on a machine share its cores as the system shares them between processes.
"""

import itertools
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

from ufora.compile.kernel import Kernel
from ufora.engine.contract import TaskFuture
from ufora.runtime.activity import Activity
from ufora.runtime.machine import Machine
from ufora.runtime.processes.interpreters import InterpreterDied, Stopped
from ufora.runtime.tasks import Common, Died, Interpret, Lease, LeaseDone, MachineCode, Tell, pack_task, unpack_task

MOST_LEASES = 8
"""Under way at once. Guessed: twice what one comprehension has where there are several machines."""
TELL_SECONDS = 0.5  #: how often the worker hears of a long lease; it is itself asked as often


class Errands(Protocol):
    """A driver's channel."""

    def begin_errand(self, payload: bytes) -> tuple[int, "Future[bytes]"]: ...

    def give_up_errand(self, number: int) -> None: ...


@dataclass(frozen=True, slots=True, eq=False)
class OwnLease(TaskFuture):
    """A lease under way, or done, in this process."""

    number: int
    answer: "Future[LeaseDone]"
    given_up: "Future[None]"

    @property
    def key(self) -> str:
        return f"own-{self.number}"

    def give_up(self) -> None:
        """Nothing happens when it is over already."""
        with suppress(InvalidStateError):
            self.given_up.set_result(None)


class LateCommon:
    """What the leases of a comprehension share (see Common); its Program is packed when an interpreter needs it, which is seldom."""

    def __init__(self, code: MachineCode, pack: Callable[[], bytes]) -> None:
        self.code = code
        self._pack = pack
        self._lock = threading.Lock()
        self._common: Common | None = None

    @property
    def program(self) -> bytes:
        return self._find().program

    @property
    def program_hash(self) -> str:
        return self._find().program_hash

    def _find(self) -> Common:
        with self._lock:
            if self._common is None:
                self._common = Common.of(self._pack(), self.code)
            return self._common


class OwnCores:
    """Those of one driver."""

    def __init__(self, threads: int, errands: Errands) -> None:
        self._errands = errands
        self._machine = Machine(threads, _WorkersInterpreters(errands), self._tell)
        self._watchers = ThreadPoolExecutor(MOST_LEASES, thread_name_prefix="own lease")
        self._numbers = itertools.count()
        self._begun: list[OwnLease] = []
        self._told = time.monotonic()

    def begin(self, lease: Lease, common: LateCommon, kernel: Kernel) -> OwnLease:
        """Compute it, for whoever waits for its answer. Its source is here."""
        given_up: Future[None] = Future()
        self._begun = [each for each in self._begun if not each.answer.done()]
        answer = self._watchers.submit(self._machine.compute, lease, common, lease.source, kernel, given_up)
        self._begun.append(OwnLease(next(self._numbers), answer, given_up))
        return self._begun[-1]

    def give_up(self) -> None:
        """All that is under way."""
        for lease in self._begun:
            lease.give_up()
        self._begun = []

    def give_back(self) -> None:
        """See Machine."""
        self._machine.give_back()

    def list_leases(self) -> dict[str, tuple[int, int]]:
        """See Machine."""
        return self._machine.list_leases()

    def close(self) -> None:
        self.give_up()
        self._machine.close()
        self._watchers.shutdown(wait=False, cancel_futures=True)

    def _tell(self, activity: Activity, *, is_over: bool) -> None:
        now = time.monotonic()
        if is_over or now - self._told > TELL_SECONDS:
            self._told = now
            self._errands.begin_errand(pack_task(Tell(activity.take_news())))


@dataclass(frozen=True, slots=True)
class _WorkersInterpreters:
    """The interpreters of the driver's own worker, for slice threads."""

    errands: Errands

    def run(self, payload: bytes, stop: "Future[None]") -> bytes:
        """See InterpreterPool. Raises ErrandFailed where the worker cannot."""
        number, answer = self.errands.begin_errand(pack_task(Interpret(payload)))
        stop.add_done_callback(lambda _: self.errands.give_up_errand(number))
        wait([answer])
        if answer.cancelled():
            raise Stopped("the call was stopped")
        told: Any = unpack_task(answer.result())
        if isinstance(told, Died):
            raise InterpreterDied(told.how)
        return bytes(told)
