"""Asks holders for results. A connection that served is kept for the next request to the same holder."""

import asyncio
from collections.abc import Sequence
from typing import Any

import numpy
import zmq
import zmq.asyncio
from zmq.utils.monitor import recv_monitor_message

from ufora.engine.on_dask.channel.curve import CurveKeys
from ufora.engine.on_dask.channel.packing import unpack_results
from ufora.engine.on_dask.channel.words import BadWordError, Busy, Get, Have, More, cut, pack_word, unpack_word

CONNECT_SECONDS = 10
"""As the engine's own connections."""
STALL_SECONDS = 30.0
"""A holder that sends nothing for so long is lost. The engine usually notices sooner and says so."""
HEARTBEAT_SECONDS = 3
"""A severed connection is noticed after three of these."""
MOST_KEPT = 4
"""Idle connections to one holder."""

_LOSSES = (
    zmq.EVENT_DISCONNECTED
    | zmq.EVENT_CLOSED
    | zmq.EVENT_CONNECT_RETRIED
    | zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL
    | zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL
    | zmq.EVENT_HANDSHAKE_FAILED_AUTH
)


class Reader:
    """All connections of one process to holders. Everything runs in the event loop in which it is made."""

    def __init__(self, context: zmq.asyncio.Context, curve: CurveKeys | None) -> None:
        self._context = context
        self._curve = curve
        self._idle: dict[str, list[_Line]] = {}

    async def pull(self, address: str, keys: Sequence[str]) -> dict[str, Any] | None:
        """Those of the results that the holder has; None when it is busy. Raises OSError when it is lost."""
        line = self._find_line(address)
        try:
            found = await line.take(keys)
        except BadWordError as error:
            line.close()
            raise ConnectionError(f"the data channel of {address} sent {error}") from error
        except BaseException:  # also cancelled: a line in the middle of a transfer is of no use
            line.close()
            raise
        self._keep(address, line)
        return found

    def drop(self, address: str) -> None:
        """The holder is lost: so are the connections kept to it."""
        for line in self._idle.pop(address, ()):
            line.close()

    def close(self) -> None:
        for address in list(self._idle):
            self.drop(address)

    def _find_line(self, address: str) -> "_Line":
        idle = self._idle.get(address, [])
        while idle:
            line = idle.pop()
            if line.is_sound:
                return line
            line.close()
        return _Line(self._context, address, self._curve)

    def _keep(self, address: str, line: "_Line") -> None:
        kept = self._idle.setdefault(address, [])
        if len(kept) < MOST_KEPT:
            kept.append(line)
        else:
            line.close()


class _Line:
    """One connection: a transfer at a time."""

    def __init__(self, context: zmq.asyncio.Context, address: str, curve: CurveKeys | None) -> None:
        self._address = address
        self._socket = context.socket(zmq.DEALER)
        self._socket.linger = 0
        self._socket.ipv6 = "[" in address
        self._socket.connect_timeout = CONNECT_SECONDS * 1000
        self._socket.reconnect_ivl = -1  # what was under way is lost; the next transfer makes a new connection
        self._socket.heartbeat_ivl = HEARTBEAT_SECONDS * 1000
        self._socket.heartbeat_timeout = 3 * HEARTBEAT_SECONDS * 1000
        if curve:
            self._socket.curve_serverkey = self._socket.curve_publickey = curve.public
            self._socket.curve_secretkey = curve.secret
        self._monitor = self._socket.get_monitor_socket(_LOSSES)
        self._loss = asyncio.ensure_future(recv_monitor_message(self._monitor))
        self._socket.connect(address)

    @property
    def is_sound(self) -> bool:
        return not self._loss.done()

    async def take(self, keys: Sequence[str]) -> dict[str, Any] | None:
        """One transfer. Raises OSError when the connection breaks, BadWordError when something else comes."""
        work = asyncio.create_task(self._take(keys))
        try:
            await asyncio.wait([work, self._loss], return_when=asyncio.FIRST_COMPLETED)
            if not work.done():
                raise ConnectionError(f"the connection to the data channel at {self._address} broke")
            return await work
        finally:
            work.cancel()

    def close(self) -> None:
        self._loss.cancel()
        self._socket.disable_monitor()
        self._monitor.close()
        self._socket.close()

    async def _take(self, keys: Sequence[str]) -> dict[str, Any] | None:
        await self._socket.send(pack_word(Get(list(keys))))
        match unpack_word(await self._receive()):
            case Busy():
                return None
            case Have(sizes):
                parts = [numpy.empty(size, numpy.uint8) for size in sizes]
            case word:
                raise BadWordError(f"a {type(word).__name__} out of turn")
        for part, stretch in cut(sizes):
            piece = await self._receive()
            if len(piece) != stretch.stop - stretch.start:
                raise BadWordError(f"a piece of {len(piece)} bytes instead of {stretch.stop - stretch.start}")
            parts[part][stretch] = numpy.frombuffer(piece, numpy.uint8)
            await self._socket.send(pack_word(More(1)))
        return unpack_results(parts)

    async def _receive(self) -> Any:
        """One frame, as a buffer."""
        async with asyncio.timeout(STALL_SECONDS):
            frame = await self._socket.recv(copy=False)
        if frame.more:
            raise BadWordError("a message of several frames")
        return frame.buffer
