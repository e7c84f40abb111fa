"""What a driver has its own worker do: leases for the machine it lives on, which need no engine to find their way.

    driver                            worker, event loop             a thread
      ERRAND 3  payload ───────────►  begin ───────────────────────► perform(payload, given up)
      GIVE_UP 3 ───────────────────►  given up is done                   │
             ◄── ANSWER 3, or FAILED 3 ◄─────────────────────────────────┘

When the driver dies all its errands are given up.
"""

import asyncio
import logging
import traceback
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress

from ufora.runtime.processes.framing import ANSWER, FAILED, pack_frame

_log = logging.getLogger("ufora.worker")

Perform = Callable[[bytes, "Future[None]"], bytes]
"""Called in a thread with the payload and what is done as soon as nobody wants the answer any more."""


class Errands:
    """Those of one driver. Made and used in one event loop."""

    def __init__(self, pool: ThreadPoolExecutor, perform: Perform, send: Callable[[list[bytes]], None]) -> None:
        self._pool = pool
        self._perform = perform
        self._send = send
        self._given_up: dict[int, Future[None]] = {}
        self._running: set[asyncio.Task[None]] = set()

    def begin(self, number: int, payload: bytes) -> None:
        given_up = self._given_up[number] = Future()
        task = asyncio.create_task(self._run(number, payload, given_up))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    def give_up(self, number: int) -> None:
        """Nothing happens when it is over already."""
        given_up = self._given_up.pop(number, None)
        if given_up is not None:
            given_up.set_result(None)

    def give_up_all(self) -> None:
        for number in list(self._given_up):
            self.give_up(number)

    async def _run(self, number: int, payload: bytes, given_up: "Future[None]") -> None:
        kind = ANSWER
        try:
            answer = await asyncio.get_running_loop().run_in_executor(self._pool, self._perform, payload, given_up)
        except Exception as error:  # noqa: BLE001 - whoever asked is told; silence would make it wait for ever
            kind, answer = FAILED, f"{type(error).__name__}: {error}".encode()
            if not given_up.done():
                _log.error("an errand failed\n%s", "".join(traceback.format_exception(error)))
        if self._given_up.pop(number, None) is not None:
            with suppress(ConnectionError):  # the driver is just dying
                self._send(pack_frame(number, kind, answer))
