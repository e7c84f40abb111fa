"""`pyfora.connect_async`. A module of its own, because asyncio takes longer to load than the rest of pyfora."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pyfora.client.connect import connect
from pyfora.client.executor import Executor


@asynccontextmanager
async def connect_async(
    url: str | None = None, timeout: float = 30.0, progress: bool = True, token: str | None = None
) -> AsyncIterator[Executor]:
    """`async with pyfora.connect_async(url) as executor:`: connects and closes without blocking the event loop.

    Futures are awaited with `await asyncio.wrap_future(executor.submit(…))`. A with-block waits where it stands, as everywhere: in a
    coroutine it holds up the event loop, so call the function that holds it with `asyncio.to_thread`. The rest is as for `connect`.
    Raises pyfora.ConnectionError.
    """
    executor = await asyncio.to_thread(connect, url, timeout, progress, token)
    try:
        yield executor
    finally:
        await asyncio.to_thread(executor.close)
