"""`python -m benchmarks.channel.worker MANAGER PORT WAY`: a worker of the engine until its standard input closes.

WAY is "channel", or "dask": then results travel as Dask alone would send them, between the same workers with the same settings.
"""

import asyncio
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any

import numpy
import uvloop

from ufora import __version__
from ufora.engine.contract import WorkerSide
from ufora.engine.on_dask import WorkerSettings, run_worker, worker

HOST = "127.0.0.1"
MEMORY_BYTES = 8 * 2**30  #: nothing is to be spilled


class Side(WorkerSide):
    """Tasks: b"make N" gives N bytes, b"take" their number. Questions are answered by themselves."""

    def perform(self, payload: bytes, inputs: Sequence[Any], given_up: "Future[None]") -> Any:
        task, _, nbytes = payload.partition(b" ")
        return inputs[0].nbytes if task == b"take" else numpy.ones(int(nbytes), numpy.uint8)

    async def answer(self, session: str, message: bytes) -> bytes:
        return message

    async def end_session(self, session: str) -> None:
        pass

    def measure(self) -> bytes:
        return b""

    def children_bytes(self) -> int:
        return 0

    async def close(self) -> None:
        pass


async def work(manager: str, port: int) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_reader(sys.stdin.fileno(), stop.set)
    with tempfile.TemporaryDirectory(prefix="ufora-bench-") as scratch:
        settings = WorkerSettings(
            manager=manager,
            listen_host=HOST,
            own_address=HOST,
            base_port=port,
            task_threads=16,
            threads=2,
            memory_bytes=MEMORY_BYTES,
            scratch_directory=scratch,
            version=__version__,
            cpu="any",
        )
        await run_worker(Side(), settings, stop=stop, tell=lambda level, sentence: None)


if __name__ == "__main__":
    manager, port, way = sys.argv[1:]
    if way == "dask":
        worker.fetch_through = lambda channel: None  # type: ignore[attr-defined]
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(work(manager, int(port)))
