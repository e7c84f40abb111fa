"""Both sides of the data channel for one process, in a thread with an event loop of its own."""

import asyncio
import threading
from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar

import uvloop
import zmq
import zmq.asyncio

from ufora.engine.on_dask.channel.curve import CurveKeys, admit_only
from ufora.engine.on_dask.channel.holder import Holder, ReadResults
from ufora.engine.on_dask.channel.reader import Reader

T = TypeVar("T")


class DataChannel:
    """Use from one event loop. `listen`: tcp://host:port where readers come; None for a process that only reads.
    `curve`: encrypt, and talk with nobody who has other keys."""

    def __init__(self, listen: str | None = None, curve: CurveKeys | None = None) -> None:
        """Raises OSError when the port cannot be had."""
        self._loop = uvloop.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="data channel", daemon=True)
        self._thread.start()
        self._lost: dict[str, set[asyncio.Future[None]]] = {}  #: by address; of the loop that uses this
        self._holder: Holder | None = None
        self._serving: asyncio.Task[None] | None = None
        try:
            self._run(self._open(listen, curve)).result()
        except BaseException:
            self.close()
            raise

    def serve(self, read: ReadResults | None) -> None:
        """Answer readers with what `read` gives in the calling event loop; None: tell them to come again."""
        if self._loop.is_closed():  # Dask may close a worker once more when all is over
            return
        home = asyncio.get_running_loop()

        async def read_at_home(keys: Sequence[str], under_way: int) -> dict[str, Any] | None:
            assert read is not None
            return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(read(keys, under_way), home))

        self._run(self._use(read_at_home if read else None))

    async def pull(self, address: str, keys: Sequence[str]) -> dict[str, Any] | None:
        """The results that the holder at tcp://host:port has; None when it is busy. Raises OSError when it is lost."""
        lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._lost.setdefault(address, set()).add(lost)
        work = asyncio.wrap_future(self._run(self._reader.pull(address, keys)))
        try:
            await asyncio.wait([work, lost], return_when=asyncio.FIRST_COMPLETED)
            if not work.done():
                raise ConnectionError(f"the worker with the data channel {address} is gone")
            found: dict[str, Any] | None = await work
            return found
        finally:
            work.cancel()
            self._lost[address].discard(lost)
            if not self._lost[address]:
                del self._lost[address]

    def fail(self, address: str) -> None:
        """The engine says that this holder is lost: whoever waits for it gets OSError."""
        for lost in self._lost.get(address, ()):
            if not lost.done():
                lost.set_result(None)
        if not self._loop.is_closed():
            self._run(self._drop(address))

    def close(self) -> None:
        self._run(self._close()).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _open(self, listen: str | None, curve: CurveKeys | None) -> None:
        self._context = zmq.asyncio.Context()
        self._reader = Reader(self._context, curve)
        self._authenticator = admit_only(self._context, curve) if curve else None
        if listen is not None:
            self._holder = Holder(self._context, listen, curve)
            self._serving = asyncio.create_task(self._holder.serve())

    async def _use(self, read: ReadResults | None) -> None:
        assert self._holder is not None
        self._holder.use(read)

    async def _drop(self, address: str) -> None:
        self._reader.drop(address)

    async def _close(self) -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        self._reader.close()
        if self._authenticator:
            self._authenticator.stop()
        self._context.term()  # returns when the sockets are closed: then the port is free

    def _run(self, coroutine: Coroutine[Any, Any, T]) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop)
