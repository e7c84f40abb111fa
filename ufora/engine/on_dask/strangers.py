# mypy: disable-error-code="no-untyped-call"
"""What comes to the engine's ports and is none of ours: dropped in bounded time and memory, told once in a while.

Dask waits without end for a connection's first message, takes it for as long as it says it is, and when it is none raises whatever
that leads to, which nobody logs. Here the first message, a few words about oneself, must come soon, be short, and be one. Who hangs up
without a word only looked whether somebody listens: that is not worth a line.
"""

import asyncio
import logging
import ssl
import struct
from typing import Any, Final

from distributed.comm.addressing import parse_host_port
from distributed.comm.core import CommClosedError
from distributed.comm.registry import backends
from distributed.comm.tcp import TCP, TLS, TCPBackend, TCPListener, TLSBackend, TLSListener, read_bytes_rw
from distributed.comm.utils import from_frames
from distributed.protocol.utils import unpack_frames
from tornado.iostream import StreamClosedError

from ufora.engine.seldom import Seldom

FIRST_SECONDS = 10.0
"""How long the first message may take. Guessed: a machine that swaps sends its few bytes in less."""
FIRST_BYTES = 64 * 1024
"""Longest first message; Dask's are a few hundred bytes."""
LENGTH: Final = struct.Struct("Q")

seldom = Seldom()
_log = logging.getLogger("ufora.engine")


class _ShortFirst:
    """Goes before a class of connections: the first message that is read has at most FIRST_BYTES."""

    stream: Any
    deserialize: bool

    async def read(self, deserializers: Any = None) -> Any:
        if self.remote_info:  # type: ignore[attr-defined]
            return await super().read(deserializers)  # type: ignore[misc]
        (nbytes,) = LENGTH.unpack(await self.stream.read_bytes(LENGTH.size))
        frames, lengths = unpack_frames(await read_bytes_rw(self.stream, _check_length(nbytes)), partial=True)
        _check_length(sum(lengths))
        for length in lengths:
            frames.append(await read_bytes_rw(self.stream, length))
        return await from_frames(frames, deserialize=self.deserialize, deserializers=deserializers)


class _ShortFirstTCP(_ShortFirst, TCP):
    pass


class _ShortFirstTLS(_ShortFirst, TLS):
    pass


class _Wary:
    """Goes before a class of listeners."""

    async def on_connection(self, comm: Any, handshake_overrides: Any = None) -> None:
        try:
            await asyncio.wait_for(super().on_connection(comm, handshake_overrides), FIRST_SECONDS)  # type: ignore[misc]
        except Exception as error:
            if not isinstance(error, (StreamClosedError, CommClosedError)):
                _tell(comm.peer_address, "dropped %s: it does not speak as a worker does")
            comm.abort()
            raise CommClosedError(f"this is no message: {error}") from error


class _WaryTCPListener(_Wary, TCPListener):
    comm_class = _ShortFirstTCP


class _WaryTLSListener(_Wary, TLSListener):
    comm_class = _ShortFirstTLS

    async def _prepare_stream(self, stream: Any, address: str) -> Any:
        """In place of Dask's, which tells of each failure and has no limit of time."""
        try:
            await asyncio.wait_for(stream.wait_for_handshake(), FIRST_SECONDS)
        except (OSError, TimeoutError) as error:
            why = getattr(error, "real_error", error)
            if isinstance(why, (ssl.SSLError, TimeoutError)):
                _tell(address, "refused %s: it has no cluster key, or another one")
            stream.close()
            return None
        return stream


class _WaryTCP(TCPBackend):
    _listener_class = _WaryTCPListener


class _WaryTLS(TLSBackend):
    _listener_class = _WaryTLSListener


def be_wary_of_strangers() -> None:
    """For all listeners of this process; may be called again."""
    backends["tcp"] = _WaryTCP()
    backends["tls"] = _WaryTLS()


def _tell(address: str, sentence: str) -> None:
    host, _ = parse_host_port(address.partition("://")[2])
    if seldom.is_due(host, sentence):
        _log.warning(sentence, host)


def _check_length(nbytes: int) -> int:
    if nbytes > FIRST_BYTES:
        raise ValueError(f"it would be {nbytes} bytes long")
    return nbytes
