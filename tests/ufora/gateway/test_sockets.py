import queue
from collections.abc import Iterator
from pathlib import Path

import pytest
import socketio

from tests.ufora.gateway.fakes import FakeEngine, RunningGateway, a_program, echo, running_gateway
from tests.ufora.gateway.test_routes import Visitor
from ufora.gateway.sockets import Pings, Sockets


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[RunningGateway]:
    with running_gateway(echo, tmp_path) as running:
        yield running


class Listener:
    """A Socket.IO client that writes down what it is told."""

    def __init__(self, gateway: RunningGateway, auth: object) -> None:
        self.told: queue.Queue[tuple[str, dict[str, object]]] = queue.Queue()
        self.socket = socketio.Client(serializer="msgpack", reconnection=False, handle_sigint=False)
        for event in ("computation", "workers"):
            self.socket.on(event, lambda data, event=event: self.told.put((event, data)))
        self.socket.connect(gateway.address, auth=auth, transports=["websocket"], wait_timeout=60)


@pytest.mark.parametrize("auth", [None, {}, {"session": "guessed"}, {"session": 7}, "garbage", [1]])
def test_who_names_no_session_is_refused(gateway: RunningGateway, auth: object):
    with pytest.raises(socketio.exceptions.ConnectionError):
        Listener(gateway, auth)


def test_a_small_result_comes_with_the_news(gateway: RunningGateway):
    visitor = Visitor(gateway)
    session = visitor.open_session()
    listener = Listener(gateway, {"session": session.rpartition("/")[2]})
    assert listener.told.get(timeout=60) == ("workers", {"count": 1})
    visitor.ask("PUT", session + "/computations/c1?want=all", a_program(b"hello"))
    event, told = listener.told.get(timeout=60)
    assert (event, told["id"], told["state"], told["result"]) == ("computation", "c1", "done", a_program(b"hello"))
    listener.socket.disconnect()
    visitor.connection.close()


def test_a_session_hears_nothing_of_others(gateway: RunningGateway):
    visitor = Visitor(gateway)
    mine, other = visitor.open_session(), visitor.open_session()
    listener = Listener(gateway, {"session": mine.rpartition("/")[2]})
    listener.told.get(timeout=60)
    visitor.ask("PUT", other + "/computations/c1", a_program())
    visitor.wait_until_ended(other + "/computations/c1")
    visitor.ask("PUT", mine + "/computations/c2", a_program())
    assert listener.told.get(timeout=60)[1]["id"] == "c2"
    listener.socket.disconnect()
    visitor.connection.close()


def test_how_soon_a_silent_client_is_noticed_can_be_set():
    server = Sockets(FakeEngine(echo), Pings(interval_seconds=3, timeout_seconds=4)).server.eio
    assert (server.ping_interval, server.ping_timeout) == (3, 4)
