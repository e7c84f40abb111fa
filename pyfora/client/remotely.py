"""`executor.remotely`: with-blocks whose bodies run on the cluster.

with executor.remotely:                              names are proxies of values on the cluster
with executor.remotely.downloadAll():                names are values
with executor.remotely.downloadSmall(bytecount=N):   values of up to N bytes, proxies of larger ones
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyfora.capture.origin import Origin
from pyfora.capture.withblock import BlockResult, WithBlock
from pyfora.program.nodes import Program

if TYPE_CHECKING:
    from pyfora.client.executor import Executor

SMALL_BYTES = 100 * 1024  # what counts as small unless the user says


class Remotely(WithBlock):
    """A block, and where the other kinds of blocks are made."""

    def __init__(self, executor: Executor, origin: Origin, want: str = "remote", limit: int = 0) -> None:
        self._executor = executor
        self._origin = origin

        def run(program: Program) -> BlockResult:
            result = executor.run_block(program, want, limit)
            return BlockResult(result.values, result.error)

        super().__init__(origin, run)

    def remoteAll(self) -> Remotely:  # noqa: N802 - the documented name
        return Remotely(self._executor, self._origin)

    def downloadAll(self) -> Remotely:  # noqa: N802 - the documented name
        return Remotely(self._executor, self._origin, "all")

    def downloadSmall(self, bytecount: int = SMALL_BYTES) -> Remotely:  # noqa: N802 - the documented name
        if not isinstance(bytecount, int) or bytecount < 0:
            raise ValueError(f"downloadSmall(bytecount={bytecount!r}): bytecount is a number of bytes, 0 or more")
        return Remotely(self._executor, self._origin, "small", bytecount)
