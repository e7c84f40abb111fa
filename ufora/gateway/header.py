"""What the manager knows of the Program format: its first bytes and its hash. The only use of `pyfora.wire` on the manager."""

import hashlib

from pyfora.errors import WireError
from pyfora.wire.layout import FORMAT, MAGIC, PRELUDE

FORMATS = (FORMAT,)
"""The formats that this release reads."""
HEADER_BYTES = PRELUDE.size


class ProgramHash:
    """`pyfora.wire.hash_of`, piece by piece."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256()

    def update(self, data: bytes | bytearray) -> None:
        self._digest.update(data)

    def name(self) -> str:
        return self._digest.hexdigest()


def check_header(data: bytes) -> None:
    """Raise WireError unless these are the first bytes of a Program in a format that this release reads."""
    if len(data) < HEADER_BYTES or not data.startswith(MAGIC):
        raise WireError("these bytes are not a program: send what pyfora.wire encodes")
    theirs = data[len(MAGIC)]
    if theirs not in FORMATS:
        older = "client" if theirs < min(FORMATS) else "cluster"
        raise WireError(f"program format {theirs}, this cluster reads {', '.join(map(str, FORMATS))}: upgrade the {older}")


def measure_outline(data: bytes) -> int:
    """Of the first bytes of a Program: how long it is up to its raw buffers, bytes."""
    length: int = PRELUDE.unpack(data[:HEADER_BYTES])[2]
    return HEADER_BYTES + length
