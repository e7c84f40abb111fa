"""`pyfora.connect` and `pyfora.connect_async`."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pyfora.client.executor import Executor
from pyfora.client.opening import open_executor
from pyfora.client.plain_language import PlainLanguage


def connect(url: str | None = None, timeout: float = 30.0, progress: bool = True, token: str | None = None) -> Executor:
    """An executor on the cluster whose manager is at `url`, such as "http://localhost:30000".

    Without a url a private cluster is started on this machine; it ends with this process, or when the executor is closed.
    `timeout` (seconds) is how long to wait for the manager: now, and later when it goes away.
    `progress`: show a bar on a terminal or in a notebook while a block runs for longer than a second; PYFORA_PROGRESS=0 in the environment
    shows none either.
    `token`: for a cluster that asks for one; without it PYFORA_TOKEN, or the file that PYFORA_TOKEN_FILE names, is taken.
    Raises pyfora.ConnectionError.
    """
    return open_executor(PlainLanguage, url, timeout, progress, token)


@asynccontextmanager
async def connect_async(
    url: str | None = None, timeout: float = 30.0, progress: bool = True, token: str | None = None
) -> AsyncIterator[Executor]:
    """`async with pyfora.connect_async(url) as executor:`: connects and closes without blocking the event loop.

    Futures are awaited with `await asyncio.wrap_future(executor.submit(…))`. A with-block waits where it stands, as everywhere: in a
    coroutine it holds up the event loop, so call the function that holds it with `asyncio.to_thread`. The rest is as for `connect`.
    """
    executor = await asyncio.to_thread(connect, url, timeout, progress, token)
    try:
        yield executor
    finally:
        await asyncio.to_thread(executor.close)
