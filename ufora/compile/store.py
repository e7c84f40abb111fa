"""Machine code kept on disk, so that neither another process nor a restart compiles it again.

    <directory>/<key>       MAGIC, sha256 of the data, data

Whole or not there: a file is written beside its place and renamed. What is damaged or foreign counts as missing. When all
files together grow over the limit, those not used for longest are deleted.
"""

import contextlib
import hashlib
import os
import tempfile
from pathlib import Path

LIMIT_BYTES = 512 * 2**20
"""Most that is kept, bytes (a guess: some 30,000 kernels)."""

_MAGIC = b"ufora machine code 1\n"
_DIGEST_BYTES = 32
_TEMPORARY = ".new-"


class CodeStore:
    def __init__(self, directory: Path, limit_bytes: int = LIMIT_BYTES) -> None:
        self._directory = directory
        self._limit_bytes = limit_bytes
        directory.mkdir(parents=True, exist_ok=True)

    def find(self, key: str) -> bytes | None:
        path = self._path(key)
        try:
            content = path.read_bytes()
        except OSError:
            return None
        head = len(_MAGIC) + _DIGEST_BYTES
        data = content[head:]
        if content[:head] != _MAGIC + hashlib.sha256(data).digest():
            return None
        with contextlib.suppress(OSError):
            os.utime(path)  # used now
        return data

    def keep(self, key: str, data: bytes) -> None:
        """Raises OSError when the disk refuses."""
        descriptor, temporary = tempfile.mkstemp(prefix=_TEMPORARY, dir=self._directory)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(_MAGIC + hashlib.sha256(data).digest() + data)
            os.replace(temporary, self._path(key))
        except OSError:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
            raise
        self._evict()

    def _path(self, key: str) -> Path:
        if not key.isalnum():
            raise ValueError(f"not a key: {key!r}")
        return self._directory / key

    def _evict(self) -> None:
        files = []
        for entry in os.scandir(self._directory):
            with contextlib.suppress(OSError):
                if entry.is_file() and not entry.name.startswith(_TEMPORARY):
                    files.append((entry.stat().st_mtime_ns, entry.stat().st_size, entry.path))
        total = sum(size for _, size, _ in files)
        for _, size, path in sorted(files):
            if total <= self._limit_bytes:
                return
            with contextlib.suppress(OSError):
                os.unlink(path)
            total -= size
