"""The Socket.IO side: what clients are told without asking.

    computation   {id, state, problem, failed, nbytes, facts, result,     to the session's clients, when it has ended, unless
                   plain}                                                 its PUT was answered by that; `result` holds the
                                                                          bytes when they are few, `plain` see `Finished`
    workers       {count}                                                 to all, when that changes, and when they join

A client joins with `auth={"session": name}`, and by `join`, {session}, when its session had to be made again.
Packets are msgpack: a result is one message and needs no base64.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import socketio
from aiohttp import web

from ufora.engine.contract import ManagerEngine
from ufora.gateway.computation import Computation
from ufora.gateway.routes import describe_with_result
from ufora.gateway.sessions import Sessions

log = logging.getLogger("ufora.gateway")


@dataclass(frozen=True, slots=True)
class Pings:
    """Guessed: a frozen laptop is noticed well within the grace of a session."""

    interval_seconds: int = 10  #: how often a silent socket is tried
    timeout_seconds: int = 15  #: and how long its answer may take


class Sockets:
    def __init__(self, engine: ManagerEngine, pings: Pings) -> None:
        self._engine = engine
        self.server = socketio.AsyncServer(
            async_mode="aiohttp",
            serializer="msgpack",
            transports=["websocket"],
            cors_allowed_origins=_is_own_page,
            ping_interval=pings.interval_seconds,
            ping_timeout=pings.timeout_seconds,
            max_http_buffer_size=64 * 1024,  # clients have little to say here
        )
        self._session_of: dict[str, str] = {}

    def attach(self, app: web.Application, sessions: Sessions) -> None:
        self.server.attach(app)

        async def join(socket: str, asked: object) -> bool:
            name = asked.get("session") if isinstance(asked, dict) else None
            if not isinstance(name, str) or sessions.find(name) is None:
                return False
            before = self._session_of.pop(socket, name)
            sessions.client_left(before, socket)
            await self.server.leave_room(socket, before)
            self._session_of[socket] = name
            sessions.client_joined(name, socket)
            await self.server.enter_room(socket, name)
            return True

        async def take_connect(socket: str, environ: Mapping[str, Any], auth: object) -> bool:
            if not await join(socket, auth):
                log.warning("socket from %s refused: it names no session", environ.get("REMOTE_ADDR", "?"))
                return False
            await self.server.emit("workers", {"count": len(self._engine.list_workers())}, to=socket)
            return True

        async def take_disconnect(socket: str, reason: str) -> None:
            sessions.client_left(self._session_of.pop(socket, ""), socket)

        self.server.on("connect", take_connect)
        self.server.on("join", join)
        self.server.on("disconnect", take_disconnect)

    async def tell_computation(self, session: str, computation: Computation) -> None:
        await self.server.emit("computation", describe_with_result(computation), room=session)

    async def tell_workers(self, count: int) -> None:
        await self.server.emit("workers", {"count": count})

    async def close(self) -> None:
        await self.server.shutdown()


def _is_own_page(origin: str | None, environ: Mapping[str, Any]) -> bool:
    """The library's own check takes every request for plain HTTP."""
    return origin is not None and urlsplit(origin).netloc == environ.get("HTTP_HOST")
