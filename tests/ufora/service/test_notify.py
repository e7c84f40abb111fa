import itertools
import socket
from pathlib import Path

import pytest

from ufora.service.notify import Notifier


@pytest.mark.parametrize("abstract", [False, True])
def test_the_service_manager_is_told_at_a_path_and_at_an_abstract_name(
    abstract: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(f"\0{path}" if abstract else path)
        monkeypatch.setenv("NOTIFY_SOCKET", f"@{path}" if abstract else path)
        Notifier().tell({"READY": "1", "STATUS": "2 workers"})
        assert systemd.recv(200) == b"READY=1\nSTATUS=2 workers"


def test_where_none_listens_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    Notifier().tell({"READY": "1"})


def test_a_listener_that_hangs_holds_nobody_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        notifier = Notifier()
        for _ in range(5000):  # more than any queue of datagrams
            notifier.tell({"WATCHDOG": "1"})


def test_what_a_busy_listener_does_not_take_it_is_told_later_and_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        notifier = Notifier()
        filled = fill(systemd)
        notifier.tell({"RELOADING": "1"})
        notifier.tell({"READY": "1"})
        assert [systemd.recv(200) for _ in range(filled)] == [b""] * filled
        notifier.tell({"WATCHDOG": "1"})
        assert [systemd.recv(200) for _ in range(3)] == [b"RELOADING=1", b"READY=1", b"WATCHDOG=1"]


def fill(listener: socket.socket) -> int:
    """How many empty datagrams its queue takes."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as others:
        for count in itertools.count():
            try:
                others.sendto(b"", listener.getsockname())
            except BlockingIOError:
                return count
    raise AssertionError("unreachable")
