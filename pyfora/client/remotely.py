"""`executor.remotely`: with-blocks whose bodies run on the cluster.

with executor.remotely:                              names are proxies of values on the cluster
with executor.remotely.downloadAll():                names are values
with executor.remotely.downloadSmall(bytecount=N):   values of up to N bytes, proxies of larger ones
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyfora.capture.origin import Origin
from pyfora.capture.withblock import BlockResult, WithBlock
from pyfora.client.callbacks import StatusCallback
from pyfora.program.nodes import Program

if TYPE_CHECKING:
    from pyfora.client.executor import Executor

SMALL_BYTES = 100 * 1024  # what counts as small unless the user says


class Remotely(WithBlock):
    """A block, and where the other kinds of blocks are made."""

    def __init__(self, executor: Executor, origin: Origin, want: str = "remote", limit: int = 0) -> None:
        self._executor = executor
        self._origin = origin
        self._want = want
        self._limit = limit

        def run(program: Program) -> BlockResult:
            result = executor.run_block(program, want, limit)
            return BlockResult(result.values, result.error)

        super().__init__(origin, run, executor.note_capture)

    def withStatusCallback(self, callback: StatusCallback) -> Remotely:  # noqa: N802 - the documented name
        """The same block, with a callback: see `Executor.withStatusCallback`."""
        return Remotely(self._executor.withStatusCallback(callback), self._origin, self._want, self._limit)

    def __repr__(self) -> str:
        kind = {"remote": "remoteAll()", "all": "downloadAll()", "small": f"downloadSmall(bytecount={self._limit})"}[self._want]
        return f"<with-blocks on {self._executor.address}, {kind}>"

    def remoteAll(self) -> Remotely:  # noqa: N802 - the documented name
        """Names become proxies of values that stay on the cluster."""
        return Remotely(self._executor, self._origin)

    def downloadAll(self) -> Remotely:  # noqa: N802 - the documented name
        """Names become the values themselves."""
        return Remotely(self._executor, self._origin, "all")

    def downloadSmall(self, bytecount: int = SMALL_BYTES) -> Remotely:  # noqa: N802 - the documented name
        """Names become values where those take up to `bytecount` bytes on their way, else proxies. Raises ValueError."""
        if not isinstance(bytecount, int) or bytecount < 0:
            raise ValueError(f"downloadSmall(bytecount={bytecount!r}): bytecount is a number of bytes, 0 or more")
        return Remotely(self._executor, self._origin, "small", bytecount)
