"""The HTTP side.

    GET    /livez /readyz /version
    POST   /api/v1/sessions                                                {owner}, or nothing: 201 {session}
    GET    /api/v1/sessions/{s}                                            {computations: [state, …]}
    DELETE /api/v1/sessions/{s}
    PUT    /api/v1/sessions/{s}/computations/{c}?want=all|remote|small&limit=N&source=…&wait=N    the body is a Program: 202
    PUT    /api/v1/sessions/{s}/checkpoints/{c}                            the body is a Program that makes its values from now on: 204
    PUT    /api/v1/sessions/{s}/fetches/{c}?computation=…&name=…&wait=N    a value is to come home: 202
    GET    /api/v1/sessions/{s}/computations/{c}                           state
    GET    /api/v1/sessions/{s}/computations/{c}/result                    the result, a Program, in pieces
    POST   /api/v1/sessions/{s}/computations/{c}/cancel
    POST   /api/v1/sessions/{s}/drop                                       {values: [[c, name], …], computations: [c, …]}

The client chooses the names of computations, so that a PUT whose answer was lost can be sent again: one that exists already is
answered by its state. Fetches are computations too, under their names.

With `wait` the answer to a PUT waits for the computation's end, so many milliseconds at most, and tells it as the event would (see
`sockets.py`), which is not sent then: what is over soon costs one request and its answer.
"""

import asyncio
import contextlib
import json
import re
from collections.abc import AsyncIterator

import msgpack
from aiohttp import web

from pyfora.errors import PyforaError
from ufora.engine.contract import ManagerEngine
from ufora.gateway.computation import Computation, State, ValueOf
from ufora.gateway.header import FORMATS
from ufora.gateway.limits import Limits
from ufora.gateway.openapi import Operation
from ufora.gateway.problems import Handler, Problem
from ufora.gateway.session import ENDED, Session
from ufora.gateway.sessions import Sessions
from ufora.gateway.spool import Spool, StoredProgram, TooLarge
from ufora.gateway.views import DropView, OpeningView, SessionView, ToldAllView, ToldView, VersionView

NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")
WANTS = ("all", "remote", "small")
RESULT_TYPE = "application/x-pyfora-program"
TOLD_TYPE = "application/vnd.msgpack"
MOST_WAIT = 10_000  #: milliseconds that a request waits for an end. Guessed: below what anything between gives a silent request up after
MOST_WORDS = 200  #: characters of what a client says of itself
SESSION = "/api/v1/sessions/{session}"
COMPUTATION = SESSION + "/computations/{computation}"
WAIT = ("wait", int, "milliseconds to wait for its end, which is then told as msgpack, a small result with it")
OPERATIONS = (
    Operation("GET", "/livez", "The manager is alive", "text/plain"),
    Operation("GET", "/readyz", "There is a worker", "text/plain"),
    Operation("GET", "/version", "What this is", VersionView),
    Operation("POST", "/api/v1/sessions", "Open a session", SessionView, 201, problems=(400, 503), takes=OpeningView),
    Operation("GET", SESSION, "Its computations", ToldAllView, problems=(404,)),
    Operation("DELETE", SESSION, "End it", None, 204, problems=(404,)),
    Operation(
        "PUT",
        COMPUTATION,
        "Compute a program",
        ToldView,
        202,
        problems=(400, 404, 408, 413, 429),
        takes=RESULT_TYPE,
        query=(
            ("want", str, f"what comes home: {', '.join(WANTS)}"),
            ("limit", int, "bytes, for small"),
            ("source", str, "where it is in the user's code, to be shown"),
            WAIT,
        ),
        also=TOLD_TYPE,
    ),
    Operation(
        "PUT",
        SESSION + "/fetches/{computation}",
        "Bring a value home",
        ToldView,
        202,
        problems=(400, 404, 429),
        query=(("computation", str, "that made it"), ("name", str, "of the value"), WAIT),
        also=TOLD_TYPE,
    ),
    Operation(
        "PUT",
        SESSION + "/checkpoints/{computation}",
        "Make its values with this program from now on",
        None,
        204,
        problems=(400, 404, 408, 409, 413),
        takes=RESULT_TYPE,
    ),
    Operation("GET", COMPUTATION, "How it is", ToldView, problems=(404,)),
    Operation("GET", COMPUTATION + "/result", "Its result", RESULT_TYPE, problems=(404, 409)),
    Operation("POST", COMPUTATION + "/cancel", "Cancel it", None, 204, problems=(404,)),
    Operation("POST", SESSION + "/drop", "Values that are needed no more", None, 204, problems=(400, 404), takes=DropView),
)


class Routes:
    def __init__(self, engine: ManagerEngine, sessions: Sessions, spool: Spool, version: str, limits: Limits) -> None:
        self._engine = engine
        self._sessions = sessions
        self._spool = spool
        self._version = version
        self._limits = limits

    def set_limits(self, limits: Limits) -> None:
        self._limits = limits

    def add_to(self, app: web.Application) -> None:
        app.router.add_routes(
            [
                web.get("/livez", self.answer_livez),
                web.get("/readyz", self.answer_readyz),
                web.get("/version", self.answer_version),
                web.post("/api/v1/sessions", self.open_session),
                web.get(SESSION, self.describe_session),
                web.delete(SESSION, self.end_session),
                web.put(COMPUTATION, self.put_computation),
                web.put(SESSION + "/checkpoints/{computation}", self.put_checkpoint),
                web.put(SESSION + "/fetches/{computation}", self.put_fetch),
                web.get(COMPUTATION, self.describe_computation),
                web.get(COMPUTATION + "/result", self.send_result),
                web.post(COMPUTATION + "/cancel", self.cancel_computation),
                web.post(SESSION + "/drop", self.drop_values),
            ]
        )

    async def answer_livez(self, request: web.Request) -> web.Response:
        return web.Response(text="the manager is alive\n")

    async def answer_readyz(self, request: web.Request) -> web.Response:
        if not self._engine.list_workers():
            return web.Response(status=503, text="no worker has joined the cluster yet\n")
        return web.Response(text="ready\n")

    async def answer_version(self, request: web.Request) -> web.Response:
        return web.json_response(
            {"product": "ufora", "version": self._version, "wire_formats": list(FORMATS), "program_bytes": self._limits.program_bytes}
        )

    async def open_session(self, request: web.Request) -> web.Response:
        return web.json_response({"session": self._sessions.open(_read_owner(await request.read())).name}, status=201)

    async def describe_session(self, request: web.Request) -> web.Response:
        session = self._get_session(request)
        return web.json_response({"computations": [describe(computation) for computation in session.computations.values()]})

    async def end_session(self, request: web.Request) -> web.Response:
        await self._sessions.end(self._get_session(request).name)
        return web.Response(status=204)

    async def put_computation(self, request: web.Request) -> web.Response:
        session = self._get_session(request)
        name = self._read_name(request)
        if name not in session.computations:
            want, limit = request.query.get("want", "remote"), request.query.get("limit", "0")
            if want not in WANTS or not limit.isdecimal() or int(limit) >= 2**63:
                raise Problem(400, f"want={want[:20]!r}, limit={limit[:20]!r}: want is one of {', '.join(WANTS)}, limit a number of bytes")
            self._check_room(session)
            if (request.content_length or 0) > self._limits.program_bytes:
                raise TooLarge(f"this manager takes programs of up to {self._limits.program_bytes:,} bytes; define large values in parts")
            program = await self._spool.store(self._read_body(request))
            if name in session.computations or self._sessions.find(session.name) is None:
                self._spool.remove(program)  # sent twice at the same time, or the session ended meanwhile
            else:
                session.add(Computation(name, program, want, int(limit)), clean(request.query.get("source", "")))
        return await self._answer_put(request, session, self._get_computation(request))

    async def put_checkpoint(self, request: web.Request) -> web.Response:
        session, computation = self._get_session(request), self._get_computation(request)
        program = await self._spool.store(self._read_body(request))
        is_there = session.computations.get(computation.id) is computation
        if not is_there or not isinstance(computation.work, StoredProgram) or computation.told_state is not State.DONE:
            self._spool.remove(program)
            raise Problem(409, f"computation {computation.id} has no values that another program could make")
        session.keep_checkpoint(computation, program)
        return web.Response(status=204)

    async def put_fetch(self, request: web.Request) -> web.Response:
        session = self._get_session(request)
        name = self._read_name(request)
        if name not in session.computations:
            self._check_room(session)
            if "computation" not in request.query or "name" not in request.query:
                raise Problem(400, "a fetch says which value it wants: ?computation=…&name=…")
            session.add(Computation(name, ValueOf(request.query["computation"], request.query["name"]), "all", 0))
        return await self._answer_put(request, session, session.computations[name])

    async def _answer_put(self, request: web.Request, session: Session, computation: Computation) -> web.Response:
        if "wait" not in request.query:
            return web.json_response(describe(computation), status=202)
        await session.wait_for_end(computation, _read_wait(request.query["wait"]) / 1000)
        if request.transport is None and computation.told_state in ENDED:  # nobody reads this; but its events may be listened to
            await session.tell_end(computation)
        packed: bytes = msgpack.packb(describe_with_result(computation))
        return web.Response(body=packed, status=202, content_type=TOLD_TYPE)

    async def describe_computation(self, request: web.Request) -> web.Response:
        return web.json_response(describe(self._get_computation(request)))

    async def send_result(self, request: web.Request) -> web.StreamResponse:
        session, computation = self._get_session(request), self._get_computation(request)
        finished = computation.finished
        if computation.told_state is not State.DONE or finished is None:
            raise Problem(409, f"computation {computation.id} is {computation.told_state.value}: wait until it is done")
        if not finished.stream:
            return web.Response(body=finished.result, content_type=RESULT_TYPE)
        if not session.is_readable(computation):
            raise Problem(409, f"the result of computation {computation.id} went elsewhere: it is computed again")
        response = web.StreamResponse(headers={"Content-Type": RESULT_TYPE, "Content-Length": str(finished.nbytes)})
        await response.prepare(request)
        try:
            async with contextlib.aclosing(session.read_result(computation)) as pieces:
                async for piece in pieces:
                    async with asyncio.timeout(self._limits.stall_seconds):
                        await response.write(piece)
        except (PyforaError, TimeoutError) as error:  # the status has been sent: all that can be said is that it ends too early
            raise ConnectionResetError(f"the result of computation {computation.id} broke off: {error}") from error
        await response.write_eof()
        return response

    async def cancel_computation(self, request: web.Request) -> web.Response:
        await self._get_session(request).cancel(self._get_computation(request))
        return web.Response(status=204)

    async def drop_values(self, request: web.Request) -> web.Response:
        session = self._get_session(request)
        values, computations = _read_drop(await request.read())
        await session.drop(values)
        async with asyncio.TaskGroup() as tasks:
            for name in set(computations) & session.computations.keys():
                tasks.create_task(session.forget(session.computations[name]))
        return web.Response(status=204)

    def _get_session(self, request: web.Request) -> Session:
        session = self._sessions.find(request.match_info["session"])
        if session is None:
            raise Problem(404, "this manager does not know the session: it has ended, or the manager was restarted")
        return session

    def _read_name(self, request: web.Request) -> str:
        name = request.match_info["computation"]
        if not NAME.fullmatch(name):
            raise Problem(400, "a computation's name has 1 to 64 letters, digits and _ . -")
        return name

    def _get_computation(self, request: web.Request) -> Computation:
        computation = self._get_session(request).computations.get(request.match_info["computation"])
        if computation is None:
            raise Problem(404, "this session has no such computation")
        return computation

    def _check_room(self, session: Session) -> None:
        if len(session.computations) >= self._limits.computations:
            raise Problem(
                429, f"a session holds at most {self._limits.computations:,} computations; drop results that are not needed any more"
            )

    async def _read_body(self, request: web.Request) -> AsyncIterator[bytes]:
        while True:
            try:
                async with asyncio.timeout(self._limits.stall_seconds):
                    chunk = await request.content.readany()
            except TimeoutError:
                raise Problem(408, f"no more of the body came for {self._limits.stall_seconds:.0f} seconds") from None
            if not chunk:
                return
            yield chunk

    @web.middleware
    async def keep_session(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """While a request of a session is under way its client is not away."""
        name = request.match_info.get("session", "")
        self._sessions.request_began(name)
        try:
            return await handler(request)
        finally:
            self._sessions.request_ended(name)


def describe(computation: Computation) -> dict[str, object]:
    """What a client is told of a computation."""
    told: dict[str, object] = {"id": computation.id, "state": computation.told_state.value, "problem": computation.problem}
    if computation.progress is not None:
        told["progress"] = computation.progress.as_plain()
    if computation.finished is not None:
        told |= {"failed": computation.finished.failed, "nbytes": computation.finished.nbytes}
    if computation.explanation is not None:
        told["explanation"] = computation.explanation.as_plain()
    return told


def describe_with_result(computation: Computation) -> dict[str, object]:
    """The same, and what a small result consists of."""
    told = describe(computation)
    if computation.finished is not None:
        if not computation.finished.stream:
            told["result"] = computation.finished.result
        told["plain"] = computation.finished.plain
    return told


def _read_wait(text: str) -> int:
    if not text.isdecimal() or int(text) > MOST_WAIT:
        raise Problem(400, f"wait={text[:20]!r}: a number of milliseconds, up to {MOST_WAIT}")
    return int(text)


def clean(words: str) -> str:
    """What a client says of itself, to be shown: one short line."""
    return "".join(each if each.isprintable() else " " for each in words[:MOST_WORDS])


def _read_owner(body: bytes) -> str:
    """Clients of the first release say nothing."""
    if not body:
        return ""
    try:
        owner = json.loads(body)["owner"]
    except (ValueError, TypeError, KeyError):
        owner = None
    if not isinstance(owner, str):
        raise Problem(400, 'a session is opened with nothing, or {"owner": "…"}')
    return clean(owner)


def _read_drop(body: bytes) -> tuple[list[tuple[str, str]], list[str]]:
    try:
        asked = json.loads(body)
        values = [(name, value) for name, value in asked["values"]]
        computations = list(asked["computations"])
        if not all(isinstance(text, str) for text in [*computations, *(part for value in values for part in value)]):
            raise TypeError
    except (ValueError, TypeError, KeyError):
        raise Problem(400, 'a drop is {"values": [[computation, name], …], "computations": [computation, …]}') from None
    return values, computations
