"""The HTTP API for people and their tools: the cluster, its workers, computations, logs. What is shown stands in `views.py`.

    GET    /api/v1/status  /workers  /workers/{w}  /timeline  /log?after=N&limit=N
    POST   /api/v1/workers/{w}/drain
    GET    /api/v1/computations?state=…&limit=N   /computations/{c}   /computations/{c}/explanation   …/kernels   …/program
    POST   /api/v1/computations/{c}/cancel
    POST   /api/v1/login  /logout
    GET    /metrics  /openapi.json

{c} is "session.computation", where the session goes by its label: its own name is a secret of its client's.
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from typing import Any, get_args

from aiohttp import web

from pyfora.report.explanation import Explanation
from ufora.engine.contract import ManagerEngine, WorkerLost
from ufora.gateway.access import COOKIE, LOGIN_SECONDS, Access
from ufora.gateway.computation import State
from ufora.gateway.kernels import find_kernels
from ufora.gateway.members import Member
from ufora.gateway.metrics import CONTENT_TYPE, Metrics
from ufora.gateway.openapi import Operation, make_document
from ufora.gateway.overview import Overview, describe, view_explanation
from ufora.gateway.problems import Handler, Problem
from ufora.gateway.records import ENDED, Record
from ufora.gateway.routes import OPERATIONS as CLIENT_OPERATIONS
from ufora.gateway.routes import RESULT_TYPE
from ufora.gateway.views import (
    ComputationState,
    ComputationsView,
    ComputationView,
    ExplanationView,
    KernelsView,
    LoginView,
    LogView,
    StatusView,
    TimelineView,
    WorkersView,
    WorkerView,
)

MOST_LISTED = 1_000  # computations or lines in one answer
STATES = get_args(ComputationState)
LIMIT = ("limit", int, "at most so many, up to 1,000")
OPERATIONS = (
    Operation("GET", "/api/v1/status", "The cluster at a glance", StatusView),
    Operation("GET", "/api/v1/workers", "All workers", WorkersView),
    Operation("GET", "/api/v1/workers/{worker}", "One worker", WorkerView, problems=(404,)),
    Operation("POST", "/api/v1/workers/{worker}/drain", "Let it hand over what it holds and leave", WorkerView, 202, problems=(404,)),
    Operation("GET", "/api/v1/timeline", "What the cores did in the last minute", TimelineView),
    Operation(
        "GET",
        "/api/v1/computations",
        "Computations, newest first; those that ended are kept for a while",
        ComputationsView,
        problems=(400,),
        query=(("state", str, f"only those: {', '.join(STATES)}"), LIMIT),
    ),
    Operation("GET", "/api/v1/computations/{computation}", "One computation", ComputationView, problems=(404,)),
    Operation("GET", "/api/v1/computations/{computation}/explanation", "What happened in it so far", ExplanationView, problems=(404, 409)),
    Operation("GET", "/api/v1/computations/{computation}/kernels", "The machine code it ran as", KernelsView, problems=(404, 409)),
    Operation(
        "GET", "/api/v1/computations/{computation}/program", "The captured program, without raw buffers", RESULT_TYPE, problems=(404,)
    ),
    Operation("POST", "/api/v1/computations/{computation}/cancel", "Cancel it", ComputationView, 202, problems=(404, 409)),
    Operation(
        "GET",
        "/api/v1/log",
        "The newest lines of the logs of the manager and its workers",
        LogView,
        problems=(400,),
        query=(("after", int, "only lines with a higher number"), LIMIT),
    ),
    Operation("POST", "/api/v1/login", "Change a token for a cookie", None, 204, problems=(400, 401), takes=LoginView),
    Operation("POST", "/api/v1/logout", "Make the cookie worthless", None, 204),
    Operation("GET", "/metrics", "Figures for Prometheus", "text/plain"),
    Operation("GET", "/openapi.json", "This document", "application/json"),
    *CLIENT_OPERATIONS,
)


class Api:
    def __init__(self, engine: ManagerEngine, overview: Overview, access: Access, metrics: Metrics) -> None:
        self._engine = engine
        self._overview = overview
        self._access = access
        self._metrics = metrics
        self._document = make_document(OPERATIONS, overview.version)

    def add_to(self, app: web.Application) -> None:
        handlers: dict[tuple[str, str], Handler] = {
            ("GET", "/api/v1/status"): self.show_status,
            ("GET", "/api/v1/workers"): self.list_workers,
            ("GET", "/api/v1/workers/{worker}"): self.show_worker,
            ("POST", "/api/v1/workers/{worker}/drain"): self.drain_worker,
            ("GET", "/api/v1/timeline"): self.show_timeline,
            ("GET", "/api/v1/computations"): self.list_computations,
            ("GET", "/api/v1/computations/{computation}"): self.show_computation,
            ("GET", "/api/v1/computations/{computation}/explanation"): self.explain_computation,
            ("GET", "/api/v1/computations/{computation}/kernels"): self.show_kernels,
            ("GET", "/api/v1/computations/{computation}/program"): self.send_program,
            ("POST", "/api/v1/computations/{computation}/cancel"): self.cancel_computation,
            ("GET", "/api/v1/log"): self.show_log,
            ("POST", "/api/v1/login"): self.log_in,
            ("POST", "/api/v1/logout"): self.log_out,
            ("GET", "/metrics"): self.show_metrics,
            ("GET", "/openapi.json"): self.show_document,
        }
        for (method, path), handler in handlers.items():
            app.router.add_route(method, path, handler)

    async def show_status(self, request: web.Request) -> web.Response:
        return _answer(self._overview.status())

    async def list_workers(self, request: web.Request) -> web.Response:
        return _answer(WorkersView(self._overview.workers()))

    async def show_worker(self, request: web.Request) -> web.Response:
        return _answer(self._overview.worker(self._get_member(request)))

    async def drain_worker(self, request: web.Request) -> web.Response:
        member = self._get_member(request)
        try:
            self._engine.drain(member.facts.id)
        except WorkerLost as error:
            raise Problem(404, str(error)) from None
        return _answer(self._overview.worker(member), 202)

    async def show_timeline(self, request: web.Request) -> web.Response:
        return _answer(TimelineView(self._overview.spans()))

    async def list_computations(self, request: web.Request) -> web.Response:
        state, limit = request.query.get("state"), _read_number(request.query, "limit", MOST_LISTED)
        if state is not None and state not in STATES:
            raise Problem(400, f"state is one of {', '.join(STATES)}")
        return _answer(ComputationsView(self._overview.computations(min(limit, MOST_LISTED), state)))

    async def show_computation(self, request: web.Request) -> web.Response:
        return _answer(describe(self._get_record(request)))

    async def explain_computation(self, request: web.Request) -> web.Response:
        record = self._get_record(request)
        return _answer(view_explanation(record.id, await _explain(record)))

    async def show_kernels(self, request: web.Request) -> web.Response:
        record = self._get_record(request)
        return _answer(KernelsView(await find_kernels(self._engine, record.worker, await _explain(record))))

    async def send_program(self, request: web.Request) -> web.Response:
        outline = self._get_record(request).outline()
        if not outline:
            raise Problem(404, "its program is not kept: it is a fetch, or has more text and values than are kept after its end")
        return web.Response(body=outline, content_type=RESULT_TYPE)

    async def cancel_computation(self, request: web.Request) -> web.Response:
        record = self._get_record(request)
        if record.state in ENDED or record.session is None or record.computation is None:
            raise Problem(409, f"it is {record.state.value} already")
        await record.session.cancel(record.computation)
        return _answer(describe(self._get_record(request)), 202)

    async def show_log(self, request: web.Request) -> web.Response:
        limit = min(_read_number(request.query, "limit", 200), MOST_LISTED)
        return _answer(LogView(self._overview.lines(_read_number(request.query, "after", 0), limit)))

    async def log_in(self, request: web.Request) -> web.Response:
        try:
            token = json.loads(await request.read())["token"]
        except (ValueError, TypeError, KeyError):
            token = None
        if not isinstance(token, str):
            raise Problem(400, 'a login is {"token": "…"}')
        login = self._access.log_in(token)
        if login is None:
            raise Problem(401, "this is not a token of this cluster")
        response = web.Response(status=204)
        response.set_cookie(COOKIE, login, max_age=LOGIN_SECONDS, httponly=True, samesite="Strict", secure=request.secure, path="/")
        return response

    async def log_out(self, request: web.Request) -> web.Response:
        self._access.log_out(request)
        response = web.Response(status=204)
        response.del_cookie(COOKIE, path="/")
        return response

    async def show_metrics(self, request: web.Request) -> web.Response:
        return web.Response(body=self._metrics.text(), headers={"Content-Type": CONTENT_TYPE})

    async def show_document(self, request: web.Request) -> web.Response:
        return web.json_response(self._document)

    def _get_member(self, request: web.Request) -> Member:
        member = self._overview.members.find(request.match_info["worker"])
        if member is None:
            raise Problem(404, "there is no such worker (any more): `ufora workers` lists those there are")
        return member

    def _get_record(self, request: web.Request) -> Record:
        record = self._overview.records.find(request.match_info["computation"])
        if record is None:
            raise Problem(404, "there is no such computation (any more): `ufora computations` lists those that are known")
        return record


async def _explain(record: Record) -> Explanation:
    """Of a block that runs: what happened so far."""
    told = record.explanation
    if told is None and record.session is not None and record.computation is not None:
        with suppress(WorkerLost):  # it waits for another now
            told = await record.session.explain(record.computation)
    if told is None and record.kind == "block" and record.state not in (*ENDED, State.WAITING):
        return Explanation()  # its driver has not begun
    if told is None:
        raise Problem(409, "there is nothing to tell: a block is explained from its start on, a fetch never")
    return told


def _answer(view: Any, status: int = 200) -> web.Response:
    return web.json_response(asdict(view), status=status, headers={"Cache-Control": "no-store"})


def _read_number(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name, str(default))
    if not (text.isascii() and text.isdecimal() and len(text) < 16):
        raise Problem(400, f"{name} is a whole number, 0 or more")
    return int(text)
