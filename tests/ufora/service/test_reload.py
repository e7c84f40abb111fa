"""SIGHUP: what may change does, what may not is told, a mistake changes nothing."""

import http.client
import json
import logging
import signal
from pathlib import Path

import pytest

from pyfora.errors import ConfigurationError
from tests.clusters import HOST, PATIENCE_SECONDS, Daemon, is_listening, wait_until
from ufora.service.config import ManagerConfig
from ufora.service.ports import find_free_ports
from ufora.service.reload import pack_settings, reread


def test_live_settings_change_and_the_others_wait_for_a_restart(caplog: pytest.LogCaptureFixture) -> None:
    running = ManagerConfig()
    wanted = ManagerConfig(log_level="debug", limits_sessions=3, web_http_port=31000)
    assert reread("manager", running, lambda: wanted) == ManagerConfig(log_level="debug", limits_sessions=3)
    assert caplog.messages == [
        "manager: web.http_port: 31000 instead of 30000 takes effect when the daemon is started again",
        "manager: limits.sessions: 3 instead of 1000 takes effect now",
        "manager: log.level: 'debug' instead of 'info' takes effect now",
    ]


def test_a_mistake_changes_nothing(caplog: pytest.LogCaptureFixture) -> None:
    def read() -> ManagerConfig:
        raise ConfigurationError("manager.toml, line 2: no")

    running = ManagerConfig()
    assert reread("manager", running, read) is running
    assert caplog.messages == ["manager: the settings stay as they were: manager.toml, line 2: no"]


def test_nothing_new_is_told_too(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    reread("manager", ManagerConfig(), ManagerConfig)
    assert caplog.messages == ["manager: the settings have been read again: nothing has changed"]


def test_all_settings_travel() -> None:
    assert json.loads(pack_settings(ManagerConfig(limits_sessions=3)))["limits_sessions"] == "3"


def open_session(port: int) -> int:
    connection = http.client.HTTPConnection(HOST, port, timeout=PATIENCE_SECONDS)
    try:
        connection.request("POST", "/api/v1/sessions")
        return connection.getresponse().status
    finally:
        connection.close()


def test_a_manager_takes_new_limits_over_keeps_them_when_it_dies_and_keeps_its_port(tmp_path: Path) -> None:
    port = find_free_ports(3, HOST)
    file = tmp_path / "manager.toml"
    settings = f"[web]\nhttp_port = {port}\n[registry]\nport = {port + 1}\n"
    file.write_text(settings)
    daemon = Daemon(tmp_path, {"UFORA_NO_WORKER": "1"})
    try:
        wait_until(lambda: is_listening(port))
        assert open_session(port) == 201
        file.write_text(settings.replace(str(port), str(port + 2)) + "[limits]\nsessions = 1\n")
        daemon.process.send_signal(signal.SIGHUP)
        wait_until(lambda: open_session(port) == 503)
        assert f"web.http_port: {port + 2} instead of {port} takes effect when the daemon is started again" in daemon.output
        before = daemon.daemon.pid
        daemon.daemon.kill()
        wait_until(lambda: daemon.daemon_pid not in (None, before) and is_listening(port))
        assert (open_session(port), open_session(port)) == (201, 503)
    finally:
        assert daemon.stop() == 0
