"""A manager engine in an event loop of its own and workers beside it, used from ordinary blocking tests."""

import asyncio
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from contextlib import AsyncExitStack, closing
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import uvloop
from worker_for_tests import SideForTests

from ufora.engine.contract import ManagerEngine, TaskEngine, WorkerFacts
from ufora.engine.in_process import InProcessCluster, InProcessManagerEngine, InProcessTaskEngine
from ufora.engine.on_dask import connect_task_engine, open_manager_engine, read_cluster_key

SECONDS = 60
T = TypeVar("T")


class LoopThread:
    """An event loop under uvloop, as in the manager."""

    def __init__(self) -> None:
        self.loop = uvloop.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, name="manager loop")
        self._thread.start()

    def start(self, coroutine: Coroutine[Any, Any, T]) -> "Future[T]":
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop)

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return self.start(coroutine).result(SECONDS)

    def close(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()


class Seen:
    """What the manager was told about workers coming and going."""

    def __init__(self) -> None:
        self.changes: list[list[str]] = []
        self._changed = threading.Condition()

    def note(self, workers: list[WorkerFacts]) -> None:
        with self._changed:
            self.changes.append([worker.id for worker in workers])
            self._changed.notify_all()

    def wait_for(self, count: int) -> list[str]:
        """Until so many workers are there; their ids."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.changes[-1:]) == 1 and len(self.changes[-1]) == count, SECONDS), self.changes
            return self.changes[-1]


class ClusterForTests:
    manager: ManagerEngine

    def __init__(self) -> None:
        self.loop = LoopThread()
        self.seen = Seen()

    def ask(self, worker: str, session: str, message: bytes) -> bytes:
        return self.loop.run(self.manager.ask(worker, session, message))

    def start_asking(self, worker: str, session: str, message: bytes) -> "Future[bytes]":
        return self.loop.start(self.manager.ask(worker, session, message))

    def end_session(self, worker: str, session: str) -> None:
        self.loop.run(self.manager.end_session(worker, session))

    def add_worker(self) -> str:
        """One more, by its id."""
        before = {worker.id for worker in self.manager.list_workers()}
        self.start_worker()
        (added,) = set(self.seen.wait_for(len(before) + 1)) - before
        return added

    def kill_worker(self, worker: str) -> None:
        count = len(self.manager.list_workers())
        self.end_worker(worker)
        self.seen.wait_for(count - 1)

    def start_worker(self) -> None:
        raise NotImplementedError

    def end_worker(self, worker: str) -> None:
        raise NotImplementedError

    def connect(self) -> TaskEngine:
        raise NotImplementedError

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self.loop.close()


class LocalCluster(ClusterForTests):
    def __enter__(self) -> Self:
        self.cluster = InProcessCluster()
        self.manager = self.loop.run(self._open())
        self._count = 0
        for _ in range(2):
            self.add_worker()
        return self

    async def _open(self) -> InProcessManagerEngine:
        manager = InProcessManagerEngine(self.cluster)
        manager.on_change(self.seen.note)
        return manager

    def start_worker(self) -> None:
        self._count += 1
        facts = WorkerFacts(
            f"w{self._count}", f"127.0.0.1:{self._count}", threads=2, memory_bytes=2**30, version="1.2.3", cpu="a processor"
        )
        self.cluster.add_worker(SideForTests(), facts)

    def end_worker(self, worker: str) -> None:
        self.cluster.lose_worker(worker)

    def connect(self) -> TaskEngine:
        return InProcessTaskEngine(self.cluster)

    def close(self) -> None:
        self.loop.run(self.manager.close())
        super().close()


class DaskCluster(ClusterForTests):
    def __init__(self, workers: int = 2, key: str = "") -> None:
        """`key`: file of a cluster key."""
        super().__init__()
        self._key = key
        self.refusal = ""  #: why no worker may join
        self.processes: dict[int, WorkerProcess] = {}  #: by base port
        self._first_workers = workers
        self._open = AsyncExitStack()

    def __enter__(self) -> Self:
        self.loop.run(self._open_manager(0))
        for _ in range(self._first_workers):
            self.add_worker()
        return self

    async def _open_manager(self, port: int) -> None:
        key = read_cluster_key(self._key) if self._key else None
        engine = await self._open.enter_async_context(open_manager_engine("127.0.0.1", port, key=key, find_refusal=self._find_refusal))
        engine.on_change(self.seen.note)
        self.manager = engine
        self.address = engine.address

    def _find_refusal(self, worker: WorkerFacts) -> str:
        return self.refusal and f"{worker.version}: {self.refusal}"

    def restart_manager(self) -> None:
        """Another one at the same address, that knows nothing."""
        self.loop.run(self._open.aclose())
        self._open = AsyncExitStack()
        self.seen = Seen()
        self.loop.run(self._open_manager(int(self.address.rpartition(":")[2])))

    def start_worker(self) -> None:
        process = WorkerProcess(self.address, self._key)
        self.processes[process.base_port] = process

    def get_process(self, worker: str) -> "WorkerProcess":
        (facts,) = [facts for facts in self.manager.list_workers() if facts.id == worker]
        return self.processes[int(facts.address.rpartition(":")[2])]

    def end_worker(self, worker: str) -> None:
        self.get_process(worker).kill()

    def connect(self) -> TaskEngine:
        return connect_task_engine(self.address, read_cluster_key(self._key) if self._key else None)

    def close(self) -> None:
        for process in self.processes.values():
            process.kill()
        self.loop.run(self._open.aclose())
        super().close()


class WorkerProcess:
    def __init__(self, manager: str, key: str = "") -> None:
        self.base_port = find_two_free_ports()
        self._scratch = tempfile.TemporaryDirectory()
        command = [
            sys.executable,
            str(Path(__file__).parent / "worker_for_tests.py"),
            manager,
            str(self.base_port),
            self._scratch.name,
            key,
        ]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={"PYTHONPATH": ":".join(sys.path)}
        )

    def wait_until_it_tells(self, part: str) -> str:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if part in line:
                return line.strip()
        raise AssertionError(f"the worker ended without telling {part!r}")

    def ask_to_stop(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()

    def stop(self) -> int:
        """Gracefully; its exit status."""
        self.ask_to_stop()
        return self.process.wait(SECONDS)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            assert stream is not None
            stream.close()
        self._scratch.cleanup()


def find_two_free_ports() -> int:
    """The first of two neighbours."""
    while True:
        with closing(socket.create_server(("127.0.0.1", 0))) as first:
            port: int = first.getsockname()[1]
            try:
                socket.create_server(("127.0.0.1", port + 1)).close()
            except OSError:
                continue
            return port
