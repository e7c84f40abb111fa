import socket
from pathlib import Path

import pytest

from tests.ufora.gateway.fakes import echo, running_gateway
from ufora.gateway import gateway as module


def test_a_taken_port_is_an_error_at_once(tmp_path: Path):
    with (
        running_gateway(echo, tmp_path / "first") as gateway,
        pytest.raises(OSError, match="in use"),
        running_gateway(echo, tmp_path / "second", port=gateway.port),
    ):
        pass


def test_open_sessions_end_with_the_gateway(tmp_path: Path):
    with running_gateway(echo, tmp_path) as gateway:
        session = gateway.call(gateway.gateway.sessions.open)
    assert gateway.gateway.sessions.find(session.name) is None


def test_a_session_whose_client_never_joined_ends_after_the_grace(tmp_path: Path):
    with running_gateway(echo, tmp_path) as gateway:
        session = gateway.call(gateway.gateway.sessions.open)
        gateway.clock.now = 61
        gateway.wait_for(gateway.gateway.sessions.end_forsaken())
        assert gateway.gateway.sessions.find(session.name) is None


@pytest.mark.parametrize("words", [b"", b"GET /vers", b"GET /version HTTP/1.1\r\nHost: x\r\n"], ids=["nothing", "half a line", "no end"])
def test_a_connection_that_asks_nothing_whole_is_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: bytes):
    monkeypatch.setattr(module, "IDLE_SECONDS", 0.5)
    with running_gateway(echo, tmp_path) as gateway, socket.create_connection(("127.0.0.1", gateway.port), timeout=60) as half_open:
        half_open.sendall(words)
        assert half_open.recv(1) == b""
