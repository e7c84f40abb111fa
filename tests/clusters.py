"""Real clusters for tests: processes on loopback and free ports, ended with the test."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType


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
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            raise
