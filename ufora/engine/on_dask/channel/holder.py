"""Answers requests for results on the worker's second port."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import zmq
import zmq.asyncio
from zmq.utils.monitor import recv_monitor_message

from ufora.engine.on_dask.channel.curve import ZAP_DOMAIN, CurveKeys
from ufora.engine.on_dask.channel.packing import pack_results
from ufora.engine.on_dask.channel.words import (
    LARGEST_REQUEST_BYTES,
    WINDOW,
    BadWordError,
    Busy,
    Get,
    Have,
    More,
    cut,
    pack_word,
    unpack_word,
)
from ufora.engine.seldom import Seldom

_log = logging.getLogger("ufora.engine")

MOST_TRANSFERS = 20
"""Under way at once; further readers are told to ask again. What they send stays in memory until it is sent. Guessed."""
PATIENCE_SECONDS = 30.0
"""A transfer whose reader grants nothing for so long is dropped: the reader is gone, which a ROUTER is not told. Guessed: the same as the
engine's own limit for a silent connection."""

_REFUSED = zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL | zmq.EVENT_HANDSHAKE_FAILED_AUTH

ReadResults = Callable[[Sequence[str], int], Coroutine[Any, Any, dict[str, Any] | None]]
"""Takes keys and the number of transfers under way; gives those results that are here, or None when the reader must come again."""


@dataclass(slots=True)
class _Transfer:
    pieces: Iterator[bytes | memoryview]
    heard: float  #: when its reader last asked for something, in the loop's time


class Holder:
    """Listens on `address` for readers. Everything runs in the event loop in which it is made."""

    def __init__(self, context: zmq.asyncio.Context, address: str, curve: CurveKeys | None) -> None:
        """Raises OSError when the port cannot be had."""
        self._read: ReadResults | None = None
        self._transfers: dict[bytes, _Transfer] = {}
        self._starting: dict[bytes, asyncio.Task[None]] = {}
        self._strangers = Seldom()
        self._socket = context.socket(zmq.ROUTER)
        self._socket.linger = 0
        self._socket.maxmsgsize = LARGEST_REQUEST_BYTES
        self._socket.ipv6 = "[" in address
        if curve:
            self._socket.curve_server = True
            self._socket.curve_secretkey = curve.secret
            self._socket.zap_domain = ZAP_DOMAIN  # then the authenticator is asked about each reader
        try:
            self._socket.bind(address)
        except zmq.ZMQError as error:
            self._socket.close()
            raise OSError(error.errno, f"cannot listen on {address}: {error.strerror}") from error

    def use(self, read: ReadResults | None) -> None:
        """Answer with these results from now on; with None, say busy."""
        self._read = read
        self._transfers.clear()

    async def serve(self) -> None:
        """Until cancelled."""
        sweeping = asyncio.create_task(self._drop_silent_transfers())
        watching = asyncio.create_task(self._tell_of_strangers(self._socket.get_monitor_socket(_REFUSED)))
        try:
            while True:
                reader, *frames = await self._socket.recv_multipart()
                try:
                    self._hear(reader, frames)
                except BadWordError as error:
                    self._transfers.pop(reader, None)
                    self._tell(f"dropped what a stranger sent to the data channel: {error}")
        finally:
            sweeping.cancel()
            watching.cancel()
            self._socket.disable_monitor()
            for task in self._starting.values():
                task.cancel()
            self._socket.close()

    def _hear(self, reader: bytes, frames: list[bytes]) -> None:
        if len(frames) != 1:
            raise BadWordError(f"a message of {len(frames)} frames")
        match unpack_word(frames[0]):
            case Get(keys) if reader not in self._transfers and reader not in self._starting:
                self._starting[reader] = asyncio.create_task(self._start(reader, keys))
            case More(count) if reader in self._transfers:
                self._send(reader, count)
            case More():
                pass  # of a transfer that was dropped; its reader will notice
            case word:
                raise BadWordError(f"a {type(word).__name__} out of turn")

    async def _start(self, reader: bytes, keys: list[str]) -> None:
        try:
            under_way = len(self._transfers) + len(self._starting) - 1
            values = await self._read(keys, under_way) if self._read and under_way < MOST_TRANSFERS else None
            if values is None:
                self._socket.send_multipart([reader, pack_word(Busy())])
                return
            parts = pack_results(values)
            self._socket.send_multipart([reader, pack_word(Have([len(part) for part in parts]))])
            self._transfers[reader] = _Transfer(_cut_parts(parts), asyncio.get_running_loop().time())
            self._send(reader, WINDOW)
        finally:
            del self._starting[reader]

    def _send(self, reader: bytes, count: int) -> None:
        """Nothing is copied: ZeroMQ's thread sends the results' own memory, and lets go of it."""
        transfer = self._transfers[reader]
        transfer.heard = asyncio.get_running_loop().time()
        sent = 0
        for piece in islice(transfer.pieces, count):
            self._socket.send_multipart([reader, piece], copy=False)
            sent += 1
        if sent < count:
            del self._transfers[reader]

    async def _tell_of_strangers(self, monitor: Any) -> None:
        with monitor:
            while True:
                await recv_monitor_message(monitor)
                self._tell("refused a reader at the data channel: it does not speak as a worker does, or has not the cluster's key")

    def _tell(self, sentence: str) -> None:
        if self._strangers.is_due(sentence.partition(":")[0]):
            _log.warning("%s", sentence)

    async def _drop_silent_transfers(self) -> None:
        while True:
            await asyncio.sleep(PATIENCE_SECONDS / 4)
            latest = asyncio.get_running_loop().time() - PATIENCE_SECONDS
            self._transfers = {reader: transfer for reader, transfer in self._transfers.items() if transfer.heard > latest}


def _cut_parts(parts: list[bytes | memoryview]) -> Iterator[bytes | memoryview]:
    for part, stretch in cut([len(part) for part in parts]):
        yield parts[part][stretch]
