from pathlib import Path

import pytest

from tests.ufora.gateway.fakes import echo, running_gateway


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
