"""The gateway, built top to bottom: spool, records, sessions, sockets, routes, page, port."""

import asyncio
import contextlib
import ipaddress
import socket
import ssl
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from pyfora.hosts import write_address
from ufora.engine.contract import ManagerEngine, WorkerFacts
from ufora.gateway.access import Access, Admits
from ufora.gateway.api import Api
from ufora.gateway.feed import Feed
from ufora.gateway.journal import Journal
from ufora.gateway.limits import Limits
from ufora.gateway.members import Members
from ufora.gateway.metrics import Metrics
from ufora.gateway.overview import Overview
from ufora.gateway.pages import Pages
from ufora.gateway.problems import answer_problems, tell_bad_requests_in_one_line
from ufora.gateway.records import Records
from ufora.gateway.routes import Routes
from ufora.gateway.sessions import Sessions
from ufora.gateway.sockets import Pings, Sockets
from ufora.gateway.spool import Spool

IDLE_SECONDS = 75  # a connection that asks nothing for so long is closed, also one that never began to
TICK_SECONDS = 5  # how often sessions are looked through for absent clients
BACKLOG = 512  # connections not yet accepted; guessed, for a classroom that starts at once
LAST_SECONDS = 0.25
"""At the end, for requests that are being answered, twice. Clients and open pages stay connected until then, so it always passes."""
MOST_JSON_BYTES = 4 * 2**20  # of a request that is no Program


@dataclass(frozen=True, slots=True)
class Gateway:
    address: str  #: http://host:port
    sessions: Sessions
    app: web.Application  #: its routes
    feed: Feed
    change_limits: Callable[[Limits], None]  #: from now on; what is there stays


@contextlib.asynccontextmanager
async def open_gateway(
    engine: ManagerEngine,
    host: str,
    port: int,
    version: str,
    spool_dir: Path,
    limits: Limits | None = None,
    clock: Callable[[], float] = time.monotonic,
    journal: Journal | None = None,
    admits: Admits | None = None,
    tls: ssl.SSLContext | None = None,
    pings: Pings | None = None,
) -> AsyncIterator[Gateway]:
    """Serve clients until the context ends. Port 0 means a free one. Raises OSError when the port is taken.

    `journal`: where the manager's own log lines are noted, for the page; `admits`: whether a token is good, None: none is needed;
    `tls`: speak HTTPS."""
    tell_bad_requests_in_one_line()
    listener = _listen(host, port)
    limits = limits or Limits()
    # A client that never reads is dropped by the kernel; connections have this from the one that accepts them.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(1000 * limits.stall_seconds))
    async with contextlib.AsyncExitStack() as stack:
        tasks = await stack.enter_async_context(asyncio.TaskGroup())
        spool = Spool(spool_dir, limits)
        sockets = Sockets(engine, pings or Pings())
        is_open = admits is None and not ipaddress.ip_address(host).is_loopback
        parts = _build(engine, sockets, tasks, version, spool, limits, clock, journal or Journal(), Access(admits, clock), is_open)
        stack.push_async_callback(parts.sessions.end_all)
        keepers = (
            _end_forsaken_sessions(parts.sessions),
            _pass_on_workers(engine, parts.sessions, parts.sockets, parts.members),
            parts.feed.run(),
        )
        for keeper in keepers:
            stack.callback(tasks.create_task(keeper).cancel)
        runner = web.AppRunner(parts.app, access_log=None, keepalive_timeout=IDLE_SECONDS, shutdown_timeout=LAST_SECONDS)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        stack.push_async_callback(parts.sockets.close)
        await web.SockSite(runner, listener, ssl_context=tls).start()
        address = f"{'https' if tls else 'http'}://{write_address(host, listener.getsockname()[1])}"

        def change_limits(changed: Limits) -> None:
            for part in (spool, parts.sessions, parts.routes):
                part.set_limits(changed)

        yield Gateway(address, parts.sessions, parts.app, parts.feed, change_limits)


def _listen(host: str, port: int) -> socket.socket:
    """At "::", for IPv4 too."""
    if ":" not in host:
        return socket.create_server((host, port), backlog=BACKLOG)
    return socket.create_server((host, port), family=socket.AF_INET6, backlog=BACKLOG, dualstack_ipv6=host == "::")


@dataclass(frozen=True, slots=True)
class _Parts:
    """What outlives the building."""

    sessions: Sessions
    sockets: Sockets
    members: Members
    feed: Feed
    routes: Routes
    app: web.Application


def _build(
    engine: ManagerEngine,
    sockets: Sockets,
    tasks: asyncio.TaskGroup,
    version: str,
    spool: Spool,
    limits: Limits,
    clock: Callable[[], float],
    journal: Journal,
    access: Access,
    is_open: bool,
) -> _Parts:
    """Everything but the port, each made of what stands before it."""
    metrics, members = Metrics(), Members(journal)
    records = Records(metrics.count_end)
    sessions = Sessions(engine, spool, sockets.tell_computation, tasks, clock, limits, records, members.find_leases)
    overview = Overview(version, time.time(), access.needs_token, is_open, members, records, sessions, journal)
    metrics.watch(overview)
    engine.on_pulse(members.take_pulse)
    routes = Routes(engine, sessions, spool, version, limits)
    app = web.Application(middlewares=[answer_problems, access.check, routes.keep_session], client_max_size=MOST_JSON_BYTES)
    for part in (routes, Api(engine, overview, access, metrics), Pages()):
        part.add_to(app)
    sockets.attach(app, sessions)
    return _Parts(sessions, sockets, members, Feed(sockets.server, overview, access), routes, app)


async def _end_forsaken_sessions(sessions: Sessions) -> None:
    while True:
        await asyncio.sleep(TICK_SECONDS)
        await sessions.end_forsaken()


async def _pass_on_workers(engine: ManagerEngine, sessions: Sessions, sockets: Sockets, members: Members) -> None:
    changes: asyncio.Queue[Sequence[WorkerFacts]] = asyncio.Queue()
    engine.on_change(changes.put_nowait)
    members.take_workers(engine.list_workers(), engine.list_leaving())
    while True:
        workers = await changes.get()
        members.take_workers(workers, engine.list_leaving())
        await sockets.tell_workers(len(workers))
        await sessions.take_workers(workers)
