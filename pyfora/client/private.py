"""A cluster of one's own: manager and worker on free ports of this machine, for as long as this process lives.

The child ends when its standard input closes; the operating system sees to that even when this process is killed.
"""

import contextlib
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from typing import IO

from pyfora import errors

COMMAND = (sys.executable, "-m", "ufora", "run", "--private")
READY = "ready "  #: begins the line that says where the manager is
STOP_SECONDS = 10.0  # a cluster promises to stop within this; then it is killed


class PrivateCluster:
    """Running once made. Raises errors.ConnectionError when it does not start within `timeout` seconds."""

    def __init__(self, timeout: float, command: Sequence[str] = COMMAND) -> None:
        self._log: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed in close()
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            start_new_session=True,  # Ctrl-C is for this process: the executor stays usable
        )
        try:
            self.url = self._wait_until_ready(timeout)
        except BaseException:
            self.close()
            raise

    def _wait_until_ready(self, timeout: float) -> str:
        assert self._process.stdout is not None
        is_late = threading.Event()

        def end_reading() -> None:
            is_late.set()
            self._process.kill()

        alarm = threading.Timer(timeout, end_reading)
        alarm.start()
        try:
            for line in self._process.stdout:
                if line.startswith(READY.encode()):
                    return line.decode()[len(READY) :].strip()
        finally:
            alarm.cancel()
        self._process.wait()
        raise errors.ConnectionError(self._explain(is_late.is_set(), timeout))

    def _explain(self, was_late: bool, timeout: float) -> str:
        self._log.seek(0)
        said = self._log.read().decode(errors="replace").strip().splitlines()
        last = said[-1] if said else "it said nothing"
        if "No module named" in last:
            return f"this machine has no cluster of its own to start ({last}): pip install 'pyfora[server]', or give connect() an address"
        if was_late:
            return f"a private cluster did not start within {timeout:g} seconds; its last words: {last}"
        return f"a private cluster did not start (exit status {self._process.returncode}); its last words: {last}"

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()
        self._log.close()
