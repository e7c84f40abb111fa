"""Against a gateway with fake workers."""

import json
import socket
from collections.abc import Iterator

import pytest

from tests.ufora.gateway.fakes import RunningGateway, a_program, echo, running_gateway
from tests.ufora.gateway.test_api import TOKEN, ask
from ufora.service import exits
from ufora.service.tools.asking import CannotAsk, Manager


@pytest.fixture
def gateway(tmp_path) -> Iterator[RunningGateway]:
    with running_gateway(echo, tmp_path / "spool") as running:
        yield running


def compute(gateway: RunningGateway, *names: str) -> None:
    session = ask(gateway, "POST", "/api/v1/sessions", json.dumps({"owner": "ada"}).encode())[1]["session"]
    for name in names:
        ask(gateway, "PUT", f"/api/v1/sessions/{session}/computations/{name}", a_program())


def test_a_computation_is_found_by_its_beginning(gateway):
    manager = Manager(gateway.address + "/")
    compute(gateway, "c1", "c12")
    newest = manager.get("/api/v1/computations", {"limit": 1})["computations"][0]["id"]
    assert manager.find_computation("last") == newest
    label = newest.split(".")[0]
    assert manager.find_computation(f"{label}.c1") == f"{label}.c1"
    assert manager.find_computation(f"{label}.c12") == f"{label}.c12"
    with pytest.raises(CannotAsk, match="beginning of 2 computations"):
        manager.find_computation(label)
    with pytest.raises(CannotAsk, match="no computation begins with 'zz'"):
        manager.find_computation("zz")


def test_the_last_one_is_no_fetch(gateway):
    session = ask(gateway, "POST", "/api/v1/sessions")[1]["session"]
    ask(gateway, "PUT", f"/api/v1/sessions/{session}/computations/c1", a_program())
    ask(gateway, "PUT", f"/api/v1/sessions/{session}/fetches/c2?computation=c1&name=x")
    listed = Manager(gateway.address).get("/api/v1/computations")["computations"]
    assert [each["kind"] for each in listed] == ["fetch", "block"]
    assert Manager(gateway.address).find_computation("last") == listed[1]["id"]


def test_problems_are_told_in_the_managers_words(gateway):
    with pytest.raises(CannotAsk, match="state is one of") as caught:
        Manager(gateway.address).get("/api/v1/computations", {"state": "odd"})
    assert caught.value.code == exits.NO


def test_a_token_is_asked_for(tmp_path):
    with running_gateway(echo, tmp_path / "spool", admits=lambda token: token == TOKEN) as gateway:
        with pytest.raises(CannotAsk, match="asks for a token") as caught:
            Manager(gateway.address).get("/api/v1/status")
        assert caught.value.code == exits.REFUSED
        assert Manager(gateway.address, TOKEN).get("/api/v1/status")["workers"] == 1


def test_nothing_there():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    with pytest.raises(CannotAsk, match=r"no manager answers at http://127\.0\.0\.1.*ufora run") as caught:
        Manager(url).get("/api/v1/status")
    assert caught.value.code == exits.UNAVAILABLE


def test_no_address_at_all():
    with pytest.raises(CannotAsk, match="write it like") as caught:
        Manager("localhost").get("/api/v1/status")
    assert caught.value.code == exits.USAGE
