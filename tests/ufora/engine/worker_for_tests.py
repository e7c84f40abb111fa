"""A WorkerSide that does what a test says, and the worker process that has it."""

import asyncio
import logging
import os
import sys
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import numpy
import uvloop

from ufora.engine.contract import WorkerLost, WorkerSide
from ufora.engine.on_dask import WorkerSettings, read_cluster_key, run_worker


class SideForTests(WorkerSide):
    def __init__(self) -> None:
        self.sessions: dict[str, asyncio.Event] = {}

    def perform(self, payload: bytes, inputs: Sequence[Any], given_up: "Future[None]") -> Any:
        word, *arguments = payload.decode().split()
        match word:
            case "text":
                return " ".join(arguments)
            case "sum":
                return sum(inputs) + sum(map(int, arguments))
            case "array":
                return numpy.arange(int(arguments[0]), dtype=numpy.float64)
            case "fail":
                raise ValueError(" ".join(arguments))
            case "process":
                return os.getpid(), threading.get_ident()
            case "until":  # … the file is there
                while not os.path.exists(arguments[0]):
                    time.sleep(0.005)
                return "seen"
            case "once":  # … tells so in the first file, waits for the second
                with open(arguments[0], "a") as file:
                    file.write("performed\n")
                while not os.path.exists(arguments[1]):
                    time.sleep(0.005)
                return arguments[0]
            case "given-up":  # … tells so in a file
                Path(arguments[0]).touch()
                given_up.result()
                Path(arguments[1]).touch()
                return "given up"
        raise AssertionError(payload)

    async def answer(self, session: str, message: bytes) -> bytes:
        released = self.sessions.setdefault(session, asyncio.Event())
        match message:
            case b"wait":
                await released.wait()
            case b"release":
                released.set()
            case b"lose":
                raise WorkerLost("the driver died, the test says")
            case b"fail":
                raise ValueError("as the test asked")
            case b"sessions":
                return " ".join(sorted(self.sessions)).encode()
        return session.encode() + b": " + message

    def measure(self) -> bytes:
        return b"fine"

    def children_bytes(self) -> int:
        return 0

    async def end_session(self, session: str) -> None:
        self.sessions.pop(session, None)

    async def close(self) -> None:
        self.sessions.clear()


def settings_for_tests(manager: str, base_port: int, scratch: str, key: str = "") -> WorkerSettings:
    return WorkerSettings(
        manager=manager,
        listen_host="127.0.0.1",
        own_address="127.0.0.1",
        base_port=base_port,
        task_threads=16,
        threads=2,
        memory_bytes=2**30,
        scratch_directory=scratch,
        version="1.2.3",
        cpu="a processor",
        key=read_cluster_key(key) if key else None,
        leave_seconds=20,
    )


def main() -> None:
    """Arguments: manager, base port, scratch directory, file of a cluster key or "".

    Stops when its standard input closes; says on standard output what it tells."""
    settings = settings_for_tests(sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4])
    uvloop.run(_run(settings))


async def _run(settings: WorkerSettings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_reader(0, stop.set)
    await run_worker(SideForTests(), settings, stop=stop, tell=lambda level, text: print(logging.getLevelName(level), text, flush=True))
    print("stopped", flush=True)


if __name__ == "__main__":
    main()
