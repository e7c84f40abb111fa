"""A private cluster for one case, which can be stopped and started again with its machine code kept."""

import os
import subprocess
import sys
from pathlib import Path

import psutil

import pyfora
from pyfora import Executor


class Cluster:
    """`ufora run --private`; ends with the `with` statement, or when this process dies."""

    def __init__(self, cache: Path, cores: int = 0) -> None:
        """`cache`: where machine code is kept over a restart. `cores`: of its worker; 0: all there are."""
        self._cache = cache
        self._cores = cores
        self._process: subprocess.Popen[str] | None = None
        self._executor: Executor | None = None
        self.url = ""

    def __enter__(self) -> "Cluster":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def executor(self) -> Executor:
        """A connection that is kept open until the cluster stops."""
        if self._executor is None:
            self._executor = self.connect()
        return self._executor

    def connect(self) -> Executor:
        return pyfora.connect(self.url)

    def start(self) -> None:
        # A cluster the user has set up for something else must not change this one.
        environment = {name: text for name, text in os.environ.items() if not name.startswith("UFORA_")}
        environment["UFORA_CACHE_DIR"] = str(self._cache)
        command = [sys.executable, "-m", "ufora", "run", "--private", "--worker-threads", str(self._cores)]
        self._process = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        said = self._process.stdout.readline()
        if not said.startswith("ready "):
            self.stop()
            raise RuntimeError(f"the cluster did not start: it said {said!r}; the lines above say why")
        self.url = said.split()[1]

    def stop(self) -> None:
        """Hang up, which ends it; wait until it is gone."""
        if self._executor is not None:
            self._executor.close()
            self._executor = None
        if self._process is None:
            return
        with self._process as process:
            assert process.stdin is not None
            process.stdin.close()
            process.wait()
        self._process = None

    def cpu_seconds(self) -> float:
        """Processor time of its processes so far; those that have ended count no more."""
        assert self._process is not None
        return sum(map(_cpu_seconds, psutil.Process(self._process.pid).children(recursive=True)))

    def restart(self) -> None:
        self.stop()
        self.start()


def _cpu_seconds(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system)
