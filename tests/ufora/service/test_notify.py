import socket
from pathlib import Path

import pytest

from ufora.service.notify import notify_ready, notify_stopping


def test_systemd_is_told_how_the_daemon_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        notify_ready("listening on port 30000")
        notify_stopping()
        assert [systemd.recv(200), systemd.recv(200)] == [b"READY=1\nSTATUS=listening on port 30000", b"STOPPING=1"]


def test_where_no_systemd_listens_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    notify_ready("fine")
