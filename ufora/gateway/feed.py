"""What watchers of the status page are told, live, over Socket.IO in a namespace of its own.

    all        {status, workers, computations, spans, lines}    once, when a watcher connects
    changes    {status, workers?, computations?, spans?, lines?} several times a second while anybody watches

In `changes`, workers and computations are {changed: [view, …], gone: [id, …]}; spans and lines are numbered and only new ones are sent,
so that a watcher who hears something twice can tell. Nobody is asked anything while nobody watches.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import socketio

from ufora.gateway.access import Access
from ufora.gateway.overview import Overview
from ufora.gateway.views import ComputationView, WorkerView

NAMESPACE = "/watch"
TELL_SECONDS = 0.5  # between two messages; guessed: live for the eye
MOST_WATCHERS = 200  # guessed: all screens of a department
SHOWN_LINES = 200
ROOM = "watchers"

View = WorkerView | ComputationView


@dataclass(slots=True)
class Told:
    """What every watcher knows."""

    workers: dict[str, View] = field(default_factory=dict)
    computations: dict[str, View] = field(default_factory=dict)
    span: int = 0  #: number of the last one told
    line: int = 0


class Feed:
    def __init__(self, server: socketio.AsyncServer, overview: Overview, access: Access) -> None:
        self._server = server
        self.overview = overview
        self._access = access
        self._watchers: set[str] = set()
        self._someone_watches = asyncio.Event()
        self._told = Told()
        server.on("connect", self._take_connect, namespace=NAMESPACE)
        server.on("disconnect", self._take_disconnect, namespace=NAMESPACE)

    async def run(self) -> None:
        while True:
            await self._someone_watches.wait()
            await self._server.emit("changes", self.take_changes(), room=ROOM, namespace=NAMESPACE)
            await asyncio.sleep(TELL_SECONDS)

    def take_all(self) -> dict[str, Any]:
        """What a new watcher must know: as much as the others do."""
        told, overview = self._told, self.overview
        return {
            "status": asdict(overview.status()),
            "workers": [asdict(view) for view in told.workers.values()],
            "computations": [asdict(view) for view in told.computations.values()],
            "spans": [asdict(span) for span in overview.spans() if span.number <= told.span],
            "lines": [asdict(line) for line in overview.lines(0, SHOWN_LINES) if line.number <= told.line],
        }

    def take_changes(self) -> dict[str, Any]:
        """What is new since this was asked last."""
        told, overview = self._told, self.overview
        workers = {view.id: view for view in overview.workers()}
        computations = {view.id: view for view in overview.shown_computations()}
        spans, lines = overview.spans(told.span), overview.lines(told.line, SHOWN_LINES)
        changes = {
            "status": asdict(overview.status()),
            "workers": compare(told.workers, workers),
            "computations": compare(told.computations, computations),
            "spans": [asdict(span) for span in spans],
            "lines": [asdict(line) for line in lines],
        }
        told.workers, told.computations = dict(workers), dict(computations)
        told.span = spans[-1].number if spans else told.span
        told.line = lines[-1].number if lines else told.line
        return changes

    async def _take_connect(self, socket: str, environ: Mapping[str, Any], auth: object = None) -> bool:
        if len(self._watchers) >= MOST_WATCHERS or not self._access.is_admitted(environ["aiohttp.request"]):
            return False
        if not self._watchers:
            self.take_changes()  # nobody was told for a while
        self._watchers.add(socket)
        self._someone_watches.set()
        await self._server.enter_room(socket, ROOM, namespace=NAMESPACE)
        await self._server.emit("all", self.take_all(), to=socket, namespace=NAMESPACE)
        return True

    async def _take_disconnect(self, socket: str, reason: str) -> None:
        self._watchers.discard(socket)
        if not self._watchers:
            self._someone_watches.clear()


def compare(before: Mapping[str, View], now: Mapping[str, View]) -> dict[str, Sequence[Any]]:
    return {
        "changed": [asdict(view) for name, view in now.items() if before.get(name) != view],
        "gone": [name for name in before if name not in now],
    }
