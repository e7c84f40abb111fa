"""The API over loopback; every answer is held against the OpenAPI document too."""

import asyncio
import http.client
import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.ufora.gateway.documented import check_documented
from tests.ufora.gateway.fakes import Question, RunningGateway, a_program, running_gateway
from ufora import __version__
from ufora.protocol.messages import Observe
from ufora.protocol.pulse import COMPILED, INTERPRETED, Pulse, Stretch, pack_pulse

TOKEN = "a good token"
NUMBERS_NOW = {"ufora_build_info", "ufora_workers", "ufora_cores", "ufora_cores_busy", "ufora_sessions", "ufora_computations_current"}
"""Metrics without a unit, because they count what there is now."""


async def evaluate(question: Question) -> bytes:
    if question.program.endswith(b"forever"):
        await asyncio.Event().wait()
    return question.program


@pytest.fixture
def gateway(tmp_path) -> Iterator[RunningGateway]:
    with running_gateway(evaluate, tmp_path / "spool") as running:
        yield running


@pytest.fixture
def guarded(tmp_path) -> Iterator[RunningGateway]:
    with running_gateway(evaluate, tmp_path / "spool", admits=lambda token: token == TOKEN) as running:
        yield running


def ask(
    gateway: RunningGateway, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
) -> tuple[int, Any, Mapping[str, str]]:
    connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=60)
    try:
        connection.request(method, path, body, dict(headers or {}))
        response = connection.getresponse()
        content = response.read()
        check_documented(method, path, response, content)
        is_json = "json" in response.headers.get_content_type()
        return response.status, json.loads(content) if is_json and content else content, response.headers
    finally:
        connection.close()


def get(gateway: RunningGateway, path: str) -> Any:
    status, content, _ = ask(gateway, "GET", path)
    assert status == 200, content
    return content


def title(answer: tuple[int, Any, Mapping[str, str]]) -> tuple[int, str]:
    return answer[0], answer[1]["title"]


def compute(gateway: RunningGateway, name: str, content: bytes = b"", owner: str = "ada@engine", source: str = "notes.py%3A7") -> str:
    """Send a program; the computation's public id."""
    session = ask(gateway, "POST", "/api/v1/sessions", json.dumps({"owner": owner}).encode())[1]["session"]
    ask(gateway, "PUT", f"/api/v1/sessions/{session}/computations/{name}?want=all&source={source}", a_program(content))
    (found,) = [each["id"] for each in get(gateway, "/api/v1/computations")["computations"] if each["id"].endswith("." + name)]
    assert session not in found
    return str(found)


def wait_for(gateway: RunningGateway, computation: str, *states: str) -> Any:
    while (told := get(gateway, f"/api/v1/computations/{computation}"))["state"] not in states:
        pass
    return told


def a_pulse(**more: Any) -> bytes:
    told = {
        "python": "3.12.1",
        "cores_busy": 1.5,
        "memory_bytes": 1000,
        "slices": {COMPILED: 7, INTERPRETED: 0},
        "seconds": {COMPILED: 0.5, INTERPRETED: 0.0},
        "stretches": (Stretch(0, 0.5, 0.25, COMPILED, 7),),
        "lines": ("a line",),
    }
    return pack_pulse(Pulse(**{**told, **more}))


# What is there


def test_the_cluster_at_a_glance(gateway):
    gateway.call(lambda: gateway.engine.pulse("w1", a_pulse()))
    told = get(gateway, "/api/v1/status")
    assert told["version"] == __version__
    assert (told["workers"], told["cores"], told["cores_busy"], told["memory_used_bytes"]) == (1, 1, 1.5, 1000)
    assert (told["needs_token"], told["is_open"]) == (False, False)


def test_a_cluster_that_other_machines_reach_is_open_unless_it_has_tokens(tmp_path):
    for admits, is_open in ((None, True), (lambda token: token == TOKEN, False)):
        with running_gateway(evaluate, tmp_path / str(is_open), admits=admits, host="0.0.0.0") as gateway:
            headers = {"Authorization": f"Bearer {TOKEN}"}
            assert ask(gateway, "GET", "/api/v1/status", headers=headers)[1]["is_open"] is is_open


def test_workers_and_what_they_say_of_themselves(gateway):
    (before,) = get(gateway, "/api/v1/workers")["workers"]
    assert (before["id"], before["cores_busy"], before["python"], before["state"]) == ("w1", None, None, "working")
    gateway.call(lambda: gateway.engine.pulse("w1", a_pulse()))
    told = get(gateway, "/api/v1/workers/w1")
    assert (told["cores_busy"], told["memory_used_bytes"], told["python"]) == (1.5, 1000, "3.12.1")
    assert told["heard"] >= told["joined"] == before["joined"]


def test_a_worker_that_left_is_gone(gateway):
    gateway.call(gateway.engine.set_workers)
    while get(gateway, "/api/v1/workers")["workers"]:
        pass
    assert title(ask(gateway, "GET", "/api/v1/workers/w1"))[0] == 404


def test_draining(gateway):
    status, told, _ = ask(gateway, "POST", "/api/v1/workers/w1/drain")
    assert (status, told["id"]) == (202, "w1")
    while get(gateway, "/api/v1/workers/w1")["state"] != "draining":
        pass
    assert title(ask(gateway, "POST", "/api/v1/workers/w1/drain"))[0] == 404  # it is on its way out already
    gateway.call(gateway.engine.leaving.clear)
    gateway.call(gateway.engine.set_workers)
    while get(gateway, "/api/v1/workers")["workers"]:
        pass
    assert title(ask(gateway, "POST", "/api/v1/workers/w1/drain"))[0] == 404


def test_the_time_line_and_the_log_come_from_the_workers(gateway):
    gateway.call(lambda: gateway.engine.pulse("w1", a_pulse()))
    gateway.call(lambda: gateway.engine.pulse("w1", b"no pulse at all"))
    gateway.call(lambda: gateway.engine.pulse("stranger", a_pulse()))
    (span,) = get(gateway, "/api/v1/timeline")["spans"]
    assert (span["worker"], span["core"], span["tier"], span["slices"]) == ("w1", 0, "compiled", 7)
    assert span["ended"] - span["began"] == pytest.approx(0.25, abs=1e-6)
    lines = get(gateway, "/api/v1/log")["lines"]
    assert [(line["source"], line["text"]) for line in lines] == [("127.0.0.1:30009", "a line")]
    assert get(gateway, f"/api/v1/log?after={lines[-1]['number']}")["lines"] == []
    assert get(gateway, "/api/v1/log?limit=0")["lines"] == []


# Computations


def test_a_computation_is_shown_with_its_owner_and_place(gateway):
    told = wait_for(gateway, compute(gateway, "c1"), "done")
    assert (told["owner"], told["source"], told["kind"], told["raised"]) == ("ada@engine", "notes.py:7", "block", False)
    assert told["created"] <= told["started"] <= told["ended"]
    assert told["worker"] == "w1"
    assert told["result_bytes"] == len(a_program())


def test_what_a_client_says_of_itself_is_one_short_line(gateway):
    told = wait_for(gateway, compute(gateway, "c1", owner="a\nb\x1b[31m" + 1000 * "x", source="%00%0A<b>"), "done")
    assert told["owner"] == "a b [31m" + 192 * "x"
    assert told["source"] == "  <b>"


def test_computations_of_a_client_that_left_are_still_known(gateway):
    computation = compute(gateway, "c1")
    wait_for(gateway, computation, "done")
    gateway.wait_for(gateway.gateway.sessions.end_all())
    assert get(gateway, f"/api/v1/computations/{computation}")["state"] == "done"
    assert get(gateway, f"/api/v1/computations/{computation}/program") == a_program()


def test_one_that_runs_when_its_client_leaves_was_cancelled(gateway):
    computation = compute(gateway, "c1", b"forever")
    wait_for(gateway, computation, "running")
    gateway.wait_for(gateway.gateway.sessions.end_all())
    assert get(gateway, f"/api/v1/computations/{computation}")["state"] == "cancelled"


def test_listing_by_state(gateway):
    running, done = compute(gateway, "c1", b"forever"), compute(gateway, "c2")
    wait_for(gateway, running, "running")
    wait_for(gateway, done, "done")
    assert [each["id"] for each in get(gateway, "/api/v1/computations?state=done")["computations"]] == [done]
    assert [each["id"] for each in get(gateway, "/api/v1/computations?limit=1")["computations"]] == [done]
    status = get(gateway, "/api/v1/status")
    assert (status["running"], status["waiting"], status["sessions"]) == (1, 0, 2)
    assert title(ask(gateway, "GET", "/api/v1/computations?state=odd"))[0] == 400


@pytest.mark.parametrize("number", ["-1", "x", "1e3", "9" * 100, "%C2%B2", ""])
def test_numbers_are_checked(gateway, number):
    assert title(ask(gateway, "GET", f"/api/v1/log?limit={number}"))[0] == 400


def test_cancelling(gateway):
    computation = compute(gateway, "c1", b"forever")
    wait_for(gateway, computation, "running")
    status, told, _ = ask(gateway, "POST", f"/api/v1/computations/{computation}/cancel")
    assert status == 202
    assert told["state"] in ("stopping", "cancelled")
    wait_for(gateway, computation, "cancelled")
    answer = ask(gateway, "POST", f"/api/v1/computations/{computation}/cancel")
    assert title(answer) == (409, "it is cancelled already")


def test_what_happened_so_far_is_told_while_it_runs(gateway):
    computation = compute(gateway, "c1", b"forever")
    wait_for(gateway, computation, "running")
    told = get(gateway, f"/api/v1/computations/{computation}/explanation")
    assert (told["lines"][0]["times"], told["lines"][0]["compiled"]) == (0, 5)
    assert get(gateway, f"/api/v1/computations/{computation}/program") == a_program(b"forever")
    done = compute(gateway, "c2")
    wait_for(gateway, done, "done")
    assert get(gateway, f"/api/v1/computations/{done}/explanation")["lines"][0]["compiled"] == 10


def test_nothing_is_explained_before_it_starts(gateway):
    gateway.call(gateway.engine.set_workers)
    computation = compute(gateway, "c1")
    assert ask(gateway, "GET", f"/api/v1/computations/{computation}/explanation")[0] == 409
    assert ask(gateway, "GET", f"/api/v1/computations/{computation}/kernels")[0] == 409


def test_machine_code_comes_from_whatever_worker_keeps_it(tmp_path):
    with running_gateway(evaluate, tmp_path / "spool", workers=3) as gateway:
        computation = compute(gateway, "c1")
        worker = wait_for(gateway, computation, "done")["worker"]
        elsewhere = next(each for each in ("w1", "w2", "w3") if each != worker)
        gateway.engine.kernels = {worker: {"key1": "; text of one"}, elsewhere: {"key2": "; text of two", "other": "never asked for"}}
        told = get(gateway, f"/api/v1/computations/{computation}/kernels")["kernels"]
        assert [(each["key"], each["text"], each["path"], each["line"]) for each in told] == [
            ("key1", "; text of one", "a.py", 3),
            ("key2", "; text of two", "a.py", 3),
        ]
        gateway.call(lambda: gateway.engine.set_workers(elsewhere))
        told = get(gateway, f"/api/v1/computations/{computation}/kernels")["kernels"]
        assert [each["text"] for each in told] == ["", "; text of two"]


def test_how_far_leases_are_is_asked_with_what_workers_said_of_them(gateway):
    computation = compute(gateway, "c1", b"forever")
    wait_for(gateway, computation, "running")
    leases = {f"{computation}/1": (3, 1), "another.c1/1": (5, 2)}
    gateway.call(lambda: gateway.engine.pulse("w1", a_pulse(leases=leases)))
    while not any(isinstance(asked, Observe) and asked.leases == {f"{computation}/1": (3, 1)} for _, asked in list(gateway.engine.asked)):
        pass


@pytest.mark.parametrize("path", ["", "/explanation", "/kernels", "/program"])
def test_an_unknown_computation(gateway, path):
    assert title(ask(gateway, "GET", f"/api/v1/computations/nobody.c1{path}"))[0] == 404


# Who may


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": "http://other.example"},
    ],
)
def test_pages_of_other_sites_change_nothing(gateway, headers):
    computation = compute(gateway, "c1", b"forever")
    wait_for(gateway, computation, "running")
    assert ask(gateway, "POST", f"/api/v1/computations/{computation}/cancel", headers=headers)[0] == 403
    assert ask(gateway, "POST", "/api/v1/sessions", headers=headers)[0] == 403
    assert get(gateway, f"/api/v1/computations/{computation}")["state"] == "running"


def test_the_clusters_own_page_may(gateway):
    own = {"Origin": f"http://127.0.0.1:{gateway.port}"}
    assert ask(gateway, "POST", "/api/v1/sessions", headers=own)[0] == 201
    assert ask(gateway, "POST", "/api/v1/sessions", headers={"Sec-Fetch-Site": "same-origin"})[0] == 201


def test_nothing_is_changed_by_a_get(gateway):
    computation = compute(gateway, "c1", b"forever")
    assert ask(gateway, "GET", f"/api/v1/computations/{computation}/cancel")[0] in (404, 405)


@pytest.mark.parametrize(
    "path", ["/api/v1/status", "/api/v1/workers", "/api/v1/computations", "/api/v1/log", "/api/v1/timeline", "/metrics", "/version"]
)
def test_without_a_token_there_are_no_data(guarded, path):
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Cookie": "ufora_login=wrong"}, {"Authorization": TOKEN}):
        status, told, _ = ask(guarded, "GET", path, headers=headers)
        assert (status, set(told)) == (401, {"title", "status"})
    assert ask(guarded, "GET", path, headers={"Authorization": f"Bearer {TOKEN}"})[0] == 200


def test_the_page_and_probes_need_no_token(guarded):
    for path in ("/livez", "/readyz", "/openapi.json"):
        assert ask(guarded, "GET", path)[0] == 200


def test_a_login_lasts_until_it_is_ended(guarded):
    assert ask(guarded, "POST", "/api/v1/login", b'{"token": "wrong"}')[0] == 401
    assert ask(guarded, "POST", "/api/v1/login", b"[]")[0] == 400
    status, _, headers = ask(guarded, "POST", "/api/v1/login", json.dumps({"token": TOKEN}).encode())
    assert status == 204
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= {part.strip() for part in headers["Set-Cookie"].split(";")}
    assert TOKEN not in headers["Set-Cookie"]
    cookie = {"Cookie": headers["Set-Cookie"].split(";")[0]}
    assert ask(guarded, "GET", "/api/v1/status", headers=cookie)[1]["needs_token"] is True
    ask(guarded, "POST", "/api/v1/logout", headers=cookie)
    assert ask(guarded, "GET", "/api/v1/status", headers=cookie)[0] == 401


def test_a_login_ends_with_its_token(tmp_path):
    tokens = {TOKEN}
    with running_gateway(evaluate, tmp_path / "spool", admits=lambda token: token in tokens) as gateway:
        _, _, headers = ask(gateway, "POST", "/api/v1/login", json.dumps({"token": TOKEN}).encode())
        cookie = {"Cookie": headers["Set-Cookie"].split(";")[0]}
        assert ask(gateway, "GET", "/api/v1/status", headers=cookie)[0] == 200
        tokens.clear()
        assert ask(gateway, "GET", "/api/v1/status", headers=cookie)[0] == 401


def test_a_login_ends_after_a_day(guarded):
    _, _, headers = ask(guarded, "POST", "/api/v1/login", json.dumps({"token": TOKEN}).encode())
    guarded.clock.now += 13 * 3600
    assert ask(guarded, "GET", "/api/v1/status", headers={"Cookie": headers["Set-Cookie"].split(";")[0]})[0] == 401


# Metrics


def test_metrics_are_what_prometheus_reads(gateway):
    computation = compute(gateway, "c1", owner="ada@engine")
    wait_for(gateway, computation, "done")
    text = get(gateway, "/metrics").decode()
    families = list(text_string_to_metric_families(text))
    assert len(families) > 10
    assert all(family.documentation for family in families)
    for family in families:
        if family.type == "counter":  # the parser takes the ending off
            assert f"\n{family.name}_total" in text
        else:
            assert family.name.endswith(("_seconds", "_bytes")) or family.name in NUMBERS_NOW
    samples = [sample for family in families for sample in family.samples]
    assert {label for sample in samples for label in sample.labels} == {"outcome", "le", "version", "python", "state", "tier"}
    assert len({(sample.name, *sorted(sample.labels.items())) for sample in samples}) == len(samples)


def test_metrics(gateway):
    gateway.call(lambda: gateway.engine.pulse("w1", a_pulse()))
    gateway.call(lambda: gateway.engine.pulse("w1", a_pulse(slices={COMPILED: 9, INTERPRETED: 1})))
    wait_for(gateway, compute(gateway, "c1"), "done")
    told = dict(line.rsplit(" ", 1) for line in get(gateway, "/metrics").decode().splitlines() if not line.startswith("#"))
    assert told['ufora_computations_total{outcome="done"}'] == "1.0"
    assert told['ufora_slices_total{tier="compiled"}'] == "9.0"
    assert told["ufora_workers"] == "1.0"
    assert told["ufora_computation_run_seconds_count"] == "1.0"
    assert any(name.startswith("ufora_build_info{") and f'version="{__version__}"' in name for name in told)
    assert float(told["ufora_result_bytes_total"]) == len(a_program())
    assert not any("c1" in name or "ada" in name for name in told)
    assert all(name.startswith("ufora_") for name in told)
