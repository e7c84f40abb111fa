"""Real clusters for tests: processes on loopback and free ports, ended with the test."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar
from urllib.parse import urlsplit

import psutil

from ufora.service.ports import find_free_ports

T = TypeVar("T")
HOST = "127.0.0.1"
ROOT = Path(__file__).resolve().parents[1]
PATIENCE_SECONDS = 60.0
"""How long anything awaited may take. Generous: a test that fails shows it, one that passes never waits so long."""


THREADS = 2
"""Of each worker: on a machine of many cores what is to last until something has happened to it would be over before."""


class PrivateCluster:
    """`ufora run --private` as a child process."""

    def __init__(self, folder: Path, settings: Mapping[str, str]) -> None:
        environment = {**os.environ, "UFORA_CACHE_DIR": str(folder / "cache"), "UFORA_LOG_DIR": str(folder / "log"), **settings}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "ufora", "run", "--private"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            text=True,
        )
        assert self._process.stdout is not None
        ready = self._process.stdout.readline()
        if not ready.startswith("ready "):
            raise RuntimeError(f"the private cluster said {ready!r} instead of its address")
        self.url = ready.split()[1]
        self.pid = self._process.pid

    def __enter__(self) -> "PrivateCluster":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def stop(self) -> None:
        """Hang up, which ends it; wait until it is gone."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            raise


class Daemon:
    """One `ufora run` and all below it."""

    def __init__(self, folder: Path, settings: Mapping[str, str], prefix: Sequence[str] = ()) -> None:
        """`prefix`: goes before the command, to run it elsewhere."""
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._output = open(folder / "output", "ab")  # noqa: SIM115 - closed in stop()
        kept = {name: text for name, text in os.environ.items() if not name.startswith("UFORA_")}
        folders = {"UFORA_CACHE_DIR": "cache", "UFORA_SPOOL_DIR": "spool", "UFORA_LOG_DIR": "log", "UFORA_CONFIG_DIR": "."}
        self.process = subprocess.Popen(
            [*prefix, sys.executable, "-m", "ufora", "run"],
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=self._output,
            env={**kept, **{name: str(folder / part) for name, part in folders.items()}, "UFORA_LISTEN_ADDRESS": HOST, **settings},
        )

    @property
    def output(self) -> str:
        return (self.folder / "output").read_text()

    @property
    def log(self) -> str:
        """What the daemons wrote to their log files."""
        return "".join(path.read_text() for path in sorted((self.folder / "log").glob("*.log")))

    def find_lines(self, *parts: str) -> list[str]:
        """Lines of the log files with one of these in them."""
        return [line for line in self.log.splitlines() if any(part in line for part in parts)]

    def list_processes(self) -> list[psutil.Process]:
        """The supervisor and everything below it."""
        top = psutil.Process(self.process.pid)
        return [top, *top.children(recursive=True)]

    @property
    def daemon(self) -> psutil.Process:
        """The manager or worker process itself, the supervisor's only child."""
        (found,) = psutil.Process(self.process.pid).children()
        return found

    @property
    def daemon_pid(self) -> int | None:
        """Its process number; None while none runs."""
        return next((child.pid for child in psutil.Process(self.process.pid).children()), None)

    def find_below(self, name: str) -> list[psutil.Process]:
        """Its processes of that name: "ufora-driver", "ufora-interpret", "ufora-twin"."""
        return [process for process in self.list_processes() if _name_of(process) == name]

    def memory_bytes(self) -> int:
        """What the worker and its children hold; what they share counts more than once."""
        return sum(map(_memory_of, self.list_processes()))

    def cpu_seconds(self) -> dict[psutil.Process, float]:
        """Processor time of the worker and of each of its children so far."""
        return {process: _cpu_seconds_of(process) for process in self.list_processes()}

    def spent_since(self, before: Mapping[psutil.Process, float]) -> float:
        """Processor time since `cpu_seconds` was asked. What has ended meanwhile takes nothing back."""
        return sum(max(0.0, seconds - before.get(process, 0.0)) for process, seconds in self.cpu_seconds().items())

    def wait_until_busy(self) -> Self:
        """It and its children compute."""
        before = self.cpu_seconds()
        wait_until(lambda: self.spent_since(before) > 0.5)
        return self

    def kill(self) -> None:
        """As a crash of the machine: everything at once, with no word said."""
        for process in self.list_processes():
            process.kill()
        self.process.wait(PATIENCE_SECONDS)
        self._output.close()

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """As a user stops it; its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        try:
            return self.process.wait(PATIENCE_SECONDS)
        finally:
            if self.process.poll() is None:
                self.kill()
            self._output.close()


class Program:
    """A program of ours in a process of its own: tests.networks.client, a user's, or tests.networks.forwarder."""

    def __init__(self, module: str, words: Sequence[str], prefix: Sequence[str] = ()) -> None:
        """`prefix`: goes before the command, to run it elsewhere."""
        environment = {name: text for name, text in os.environ.items() if not name.startswith(("UFORA_", "PYFORA_"))}
        self.process = subprocess.Popen(
            [*prefix, sys.executable, "-m", module, *words],
            env={**environment, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.errors = ""

    def read(self) -> str:
        """Its next line."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def answer(self, line: str = "") -> str:
        """What it prints after it was told a line."""
        assert self.process.stdin is not None
        print(line, file=self.process.stdin, flush=True)
        return self.finish()

    def finish(self) -> str:
        """All the rest that it prints; what it logged is in `errors` afterwards."""
        try:
            output, self.errors = self.process.communicate(timeout=2 * PATIENCE_SECONDS)
        finally:
            self.kill()
        return output.strip()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            assert stream is not None
            stream.close()


class Cluster:
    """A manager and workers, each started as a user would, each with ports and folders of its own."""

    def __init__(self, folder: Path, workers: int = 2, settings: Mapping[str, str] | None = None) -> None:
        self._folder = folder
        self._settings = dict(settings or {})
        first = find_free_ports(2, HOST)
        self.http_port, self.registry_port = first, first + 1
        self.url = f"http://{HOST}:{self.http_port}"
        self.workers: list[Daemon] = []
        self._count = 0
        self.start_manager()
        for _ in range(workers):
            self.add_worker()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def start_manager(self, **settings: str) -> None:
        ports = {"UFORA_WEB_HTTP_PORT": str(self.http_port), "UFORA_REGISTRY_PORT": str(self.registry_port)}
        self.manager = Daemon(self._folder / "manager", {"UFORA_NO_WORKER": "1", **ports, **self._manager_settings(), **settings})
        wait_until(lambda: self.manager.process.poll() is not None or is_listening(self.http_port))

    def _manager_settings(self) -> dict[str, str]:
        return {name: text for name, text in self._settings.items() if not name.startswith("UFORA_WORKER")}

    def add_worker(self, prefix: Sequence[str] = (), **settings: str) -> Daemon:
        """It may not have joined yet when this returns. `prefix`: goes before the command."""
        self._count += 1
        ports = {"UFORA_REGISTRY_PORT": str(self.registry_port), "UFORA_WORKER_BASE_PORT": str(find_free_ports(2, HOST))}
        place = {"UFORA_MANAGER_ADDRESS": HOST, "UFORA_WORKER_OWN_ADDRESS": HOST, "UFORA_WORKER_THREADS": str(THREADS)}
        cache = {"UFORA_CACHE_DIR": str(self._folder / "cache")}  # machine code is compiled once for the whole test run
        worker = Daemon(self._folder / f"worker-{self._count}", {**place, **ports, **cache, **self._settings, **settings}, prefix)
        self.workers.append(worker)
        return worker

    def join(self) -> None:
        """One worker more."""
        self.add_worker()

    def is_up(self) -> bool:
        """Its manager takes clients."""
        return is_listening(self.http_port)

    def remove_worker(self, worker: Daemon) -> None:
        self.workers.remove(worker)
        worker.stop()

    def find_worker_with_driver(self, busy: bool = True) -> Daemon:
        """The worker on which a session's driver evaluates something now; with `busy` False, one on which none does."""
        return wait_until(lambda: next((worker for worker in self.workers if _is_busy(worker) is busy), None))

    def stop(self) -> None:
        for daemon in [*self.workers, self.manager]:
            daemon.stop()


def _is_busy(worker: Daemon) -> bool:
    """More than the spare driver is there."""
    return len(worker.find_below("ufora-driver")) > 1


def _name_of(process: psutil.Process) -> str:
    try:
        return process.name()
    except psutil.NoSuchProcess:
        return ""


def _cpu_seconds_of(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system)


def _memory_of(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.NoSuchProcess:
        return 0


def wait_until(find: "Callable[[], T | None]") -> T:
    """What `find` finds, as soon as it is true."""
    pause = threading.Event()
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (found := find()):
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {PATIENCE_SECONDS:g} s in vain")
        pause.wait(0.02)
    return found


def is_listening(port: int, host: str = HOST) -> bool:
    with socket.socket() as caller:
        return caller.connect_ex((host, port)) == 0


def get(url: str, path: str) -> tuple[int, bytes]:
    """Status and body of a GET."""
    address = urlsplit(url)
    connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=PATIENCE_SECONDS)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()
