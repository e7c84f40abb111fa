"""Results too large for one message: made piece by piece as they are read."""

from collections.abc import Iterator


class Streams:
    def __init__(self) -> None:
        self._open: dict[str, _Stream] = {}
        self._count = 0

    def open(self, pieces: Iterator[bytes | memoryview], nbytes: int) -> str:
        """A name under which `nbytes` bytes are read in order."""
        self._count += 1
        name = f"s{self._count}"
        self._open[name] = _Stream(pieces, nbytes)
        return name

    def read(self, name: str, offset: int, nbytes: int) -> bytes | None:
        """The next bytes; None when there is no such stream at that offset. The last read ends it."""
        stream = self._open.get(name)
        if stream is None or stream.offset != offset:
            return None
        data = stream.take(nbytes)
        if stream.offset >= stream.nbytes:
            del self._open[name]
        return data


class _Stream:
    def __init__(self, pieces: Iterator[bytes | memoryview], nbytes: int) -> None:
        self._pieces = pieces
        self._pending = memoryview(b"")
        self.nbytes = nbytes
        self.offset = 0

    def take(self, nbytes: int) -> bytes:
        parts: list[memoryview] = []
        left = nbytes
        while left:
            if not self._pending:
                following = next(self._pieces, None)
                if following is None:
                    break
                self._pending = memoryview(following).cast("B")
            parts.append(self._pending[:left])
            left -= len(parts[-1])
            self._pending = self._pending[len(parts[-1]) :]
        self.offset += nbytes - left
        return b"".join(parts)
