"""Watchers over real Socket.IO connections."""

import queue
from collections.abc import Iterator
from typing import Any

import pytest
import socketio

from tests.ufora.gateway.fakes import RunningGateway, a_program, echo, running_gateway
from tests.ufora.gateway.test_api import TOKEN, a_pulse, ask
from ufora.gateway.feed import NAMESPACE, compare


@pytest.fixture
def gateway(tmp_path) -> Iterator[RunningGateway]:
    with running_gateway(echo, tmp_path / "spool") as running:
        yield running


class Watcher:
    def __init__(self, gateway: RunningGateway, **headers: str) -> None:
        self.told: queue.Queue[tuple[str, Any]] = queue.Queue()
        self.client = socketio.Client(serializer="msgpack", reconnection=False)
        for event in ("all", "changes"):
            self.client.on(event, lambda data, event=event: self.told.put((event, data)), namespace=NAMESPACE)
        self.client.connect(gateway.address, namespaces=[NAMESPACE], transports=["websocket"], headers=headers)

    def __enter__(self) -> "Watcher":
        return self

    def __exit__(self, *_: object) -> None:
        self.client.disconnect()

    def wait_for(self, name: str, part: str) -> Any:
        """Until a message `name` has something in `part`; that."""
        while True:
            event, data = self.told.get(timeout=60)
            if event == name and data[part] and data[part] != {"changed": [], "gone": []}:
                return data[part]


def test_a_watcher_is_told_all_and_then_what_changes(gateway):
    gateway.call(lambda: gateway.engine.pulse("w1", a_pulse()))
    with Watcher(gateway) as watcher:
        event, told = watcher.told.get(timeout=60)
        assert event == "all"
        assert [worker["id"] for worker in told["workers"]] == ["w1"]
        assert [(span["worker"], span["slices"]) for span in told["spans"]] == [("w1", 7)]
        assert [line["text"] for line in told["lines"]] == ["a line"]
        session = ask(gateway, "POST", "/api/v1/sessions")[1]["session"]
        ask(gateway, "PUT", f"/api/v1/sessions/{session}/computations/c1?want=all", a_program())
        assert watcher.wait_for("changes", "computations")["changed"][0]["id"].endswith(".c1")
        gateway.call(lambda: gateway.engine.set_workers("w1", "w2"))
        assert "w2" in {worker["id"] for worker in watcher.wait_for("changes", "workers")["changed"]}
        gateway.call(lambda: gateway.engine.set_workers("w2"))
        while "w1" not in watcher.wait_for("changes", "workers")["gone"]:
            pass


def test_with_a_token_strangers_are_told_nothing(tmp_path):
    with running_gateway(echo, tmp_path / "spool", admits=lambda token: token == TOKEN) as gateway:
        with pytest.raises(socketio.exceptions.ConnectionError):
            Watcher(gateway)
        with Watcher(gateway, Authorization=f"Bearer {TOKEN}") as watcher:
            assert watcher.told.get(timeout=60)[0] == "all"


def test_pages_of_other_sites_cannot_watch(gateway):
    with pytest.raises(socketio.exceptions.ConnectionError):
        Watcher(gateway, Origin="http://evil.example")


def test_only_what_differs_is_told(gateway):
    feed = gateway.gateway.feed
    (view,) = gateway.call(feed.overview.workers)
    assert compare({}, {"w1": view})["changed"][0]["id"] == "w1"
    assert compare({"w1": view}, {"w1": view}) == {"changed": [], "gone": []}
    assert compare({"w1": view}, {}) == {"changed": [], "gone": ["w1"]}
