"""Programs as they arrive: small ones stay in memory, large ones go to a file while they are hashed.

The manager never reads a Program: it looks at the first bytes (is it one, in a format the cluster reads?), hashes and stores the rest.
"""

import asyncio
import io
import itertools
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from pyfora.errors import WireError
from ufora.gateway.header import HEADER_BYTES, ProgramHash, check_header, measure_outline
from ufora.gateway.limits import Limits
from ufora.protocol.messages import INLINE_BYTES, PIECE_BYTES

WRITE_BYTES = 2**20  # written at once; guessed: large against a thread switch, small against memory


class TooLarge(WireError):  # noqa: N818 - states a fact
    """A Program, or all Programs together, are larger than the manager takes."""


@dataclass(frozen=True, slots=True)
class StoredProgram:
    hash: str  #: of its bytes; names it
    nbytes: int
    data: bytes  #: b"" when it is in a file
    path: Path | None

    async def pieces(self) -> AsyncIterator[tuple[int, bytes]]:
        """(offset, bytes), in order; for one in a file."""
        if self.path is None:
            raise ValueError("it is in memory")
        with self.path.open("rb") as file:
            offset = 0
            while piece := await asyncio.to_thread(file.read, PIECE_BYTES):
                yield offset, piece
                offset += len(piece)

    def outline(self, most: int) -> bytes:
        """Its beginning, up to the raw buffers: enough to show it. b"" when that is larger than `most`, or gone."""
        try:
            with io.BytesIO(self.data) if self.path is None else self.path.open("rb") as file:
                start = file.read(HEADER_BYTES)
                length = measure_outline(start)
                return start + file.read(length - len(start)) if length <= most else b""
        except FileNotFoundError:
            return b""

    def delete(self) -> None:
        if self.path is not None:
            self.path.unlink(missing_ok=True)


class Spool:
    """Where large Programs wait."""

    def __init__(self, directory: Path, limits: Limits) -> None:
        self._directory = directory
        self._limits = limits
        self._used_bytes = 0
        self._numbers = itertools.count()
        directory.mkdir(parents=True, exist_ok=True)
        for left_behind in directory.glob("*.program"):  # by a manager that crashed
            left_behind.unlink()

    def set_limits(self, limits: Limits) -> None:
        self._limits = limits

    async def store(self, chunks: AsyncIterator[bytes]) -> StoredProgram:
        """Take in one Program. Raises WireError (not a Program), TooLarge."""
        digest = ProgramHash()
        start = bytearray()
        async for chunk in chunks:
            digest.update(chunk)
            start += chunk
            if len(start) > INLINE_BYTES:
                check_header(bytes(start[:HEADER_BYTES]))
                return await self._store_in_file(start, chunks, digest)
        check_header(bytes(start[:HEADER_BYTES]))
        return StoredProgram(digest.name(), len(start), bytes(start), None)

    async def _store_in_file(self, pending: bytearray, chunks: AsyncIterator[bytes], digest: ProgramHash) -> StoredProgram:
        path = self._directory / f"{next(self._numbers)}.program"
        nbytes = 0
        whole = False
        try:
            with path.open("wb") as file:
                while pending:
                    nbytes += len(pending)
                    self._take_room(len(pending), nbytes)
                    await asyncio.to_thread(file.write, pending)
                    pending = bytearray()
                    async for chunk in chunks:
                        digest.update(chunk)
                        pending += chunk
                        if len(pending) >= WRITE_BYTES:
                            break
            whole = True
        finally:
            if not whole:
                path.unlink(missing_ok=True)
                self._used_bytes -= nbytes
        return StoredProgram(digest.name(), nbytes, b"", path)

    def _take_room(self, more: int, nbytes: int) -> None:
        self._used_bytes += more
        if nbytes > self._limits.program_bytes:
            raise TooLarge(f"this manager takes programs of up to {self._limits.program_bytes:,} bytes; define large values in parts")
        if self._used_bytes > self._limits.spool_bytes:
            raise TooLarge("the manager's spool directory is full of programs that still wait or have values in use; drop some of them")

    def remove(self, program: StoredProgram) -> None:
        if program.path is not None:
            program.delete()
            self._used_bytes -= program.nbytes
