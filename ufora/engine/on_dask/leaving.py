"""How a worker leaves: what it holds goes to others first.

    worker                                     manager
      ufora-leaving ────────────────────────►  places no session here; drivers lease to others
      … its sessions finish what they compute, then move …
             ◄──────────────────── ufora-end
      ufora-retire ─────────────────────────►  starts no task here, has the results copied to others
      … its tasks finish …
      ufora-retire ─────────────────────────►  has what they gave copied too

Dask's own `close_gracefully` was rejected: it moves results but abandons the tasks under way, which then run again.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

from ufora.engine.on_dask import messages

SESSIONS_SHARE = 0.7
"""Of the time to leave in, for sessions to finish and move. The rest is for results; it goes unused when there are none. Guessed."""

_log = logging.getLogger("ufora.engine")


@dataclass(frozen=True, slots=True)
class Leaver:
    """What leaving needs to know of a worker."""

    send: Callable[[dict[str, str]], None]  #: on the stream to the manager
    heard: asyncio.Event  #: the manager knows
    no_sessions: asyncio.Event
    no_tasks: asyncio.Event  #: under way
    retired: "asyncio.Queue[bool]"  #: the manager's answers: whether results were moved

    async def leave(self, seconds: float) -> None:
        """Until nothing of value is left here, or the time is up."""
        deadline = asyncio.get_running_loop().time() + seconds
        self.send({"op": messages.LEAVING})
        if not await _in_time(self._wait_for_sessions(), SESSIONS_SHARE * seconds):
            _log.warning("leaving: some sessions compute for longer than there is time, they start again elsewhere")
        left = deadline - asyncio.get_running_loop().time()
        if not await _in_time(self._hand_over_results(), left):
            _log.warning("leaving: not all results could be handed over in time, they are computed again where they are needed")

    async def _wait_for_sessions(self) -> None:
        await self.heard.wait()
        await self.no_sessions.wait()

    async def _hand_over_results(self) -> None:
        while True:
            is_last = self.no_tasks.is_set()
            self.send({"op": messages.RETIRE})
            has_moved = await self.retired.get()
            if is_last or not has_moved:
                return
            await self.no_tasks.wait()


async def _in_time(work: Awaitable[None], seconds: float) -> bool:
    with suppress(TimeoutError):
        await asyncio.wait_for(work, max(seconds, 0))
        return True
    return False
