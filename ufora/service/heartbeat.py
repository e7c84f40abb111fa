"""A daemon's signs of life, from the event loop that does its work: while it hangs, none come."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from ufora.service.notify import Notifier

BEAT_SECONDS = 1.0
"""Between two signs of life. Guessed: a small part of any time in which a watchdog loses patience."""


@asynccontextmanager
async def show_signs_of_life(say_status: Callable[[], str]) -> AsyncIterator[None]:
    """Say that this daemon is ready, and from then on that it lives and how it is; at the end that it stops."""
    notifier = Notifier()
    notifier.tell({"READY": "1", "STATUS": say_status()})
    beating = asyncio.create_task(_beat(notifier, say_status))
    try:
        yield
    finally:
        beating.cancel()
        await asyncio.wait([beating])
        notifier.tell({"STOPPING": "1", "STATUS": "stopped"})


async def _beat(notifier: Notifier, say_status: Callable[[], str]) -> None:
    while True:
        await asyncio.sleep(BEAT_SECONDS)
        notifier.tell({"READY": "1", "WATCHDOG": "1", "STATUS": say_status()})  # ready again: the first word may have been lost
