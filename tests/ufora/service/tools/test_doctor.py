"""Each step alone, and what it advises."""

import os
import resource
import shutil
import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.ufora.gateway.fakes import RunningGateway, echo, running_gateway
from ufora import __version__
from ufora.service.config import ManagerConfig, WorkerConfig
from ufora.service.keys import make_keys
from ufora.service.tools.asking import Manager
from ufora.service.tools.doctor import (
    FINE,
    WARNING,
    WRONG,
    check_certificate,
    check_clock,
    check_cluster,
    check_disk,
    check_files,
    check_keys,
    check_name,
    check_port,
    check_version,
    check_worker,
    examine,
)

WORKER = WorkerConfig(listen_address="127.0.0.1")


@pytest.fixture
def gateway(tmp_path) -> Iterator[RunningGateway]:
    with running_gateway(echo, tmp_path / "spool") as running:
        yield running


def test_a_clock_that_is_off():
    assert check_clock(1000.0, 999.9, 1000.1).state == FINE
    assert check_clock(1000.0, 990.0, 1010.0).state == FINE  # the question took that long
    off = check_clock(1010.0, 999.9, 1000.1)
    assert (off.state, off.found) == (WARNING, "the manager's is +10.0 s off this machine's")


def test_other_releases():
    assert check_version("manager", __version__).state == FINE
    assert check_version("manager", "0.0.1").state == WARNING


def test_a_port_that_nobody_listens_on():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        assert check_port("registry", "127.0.0.1", port, "").state == FINE
    found = check_port("registry", "127.0.0.1", port, "workers register there")
    assert (found.state, found.found) == (WRONG, f"nothing listens on port {port} of 127.0.0.1")
    assert "workers register there" in found.advice


def test_a_port_behind_a_firewall_that_drops():
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full, socket.create_connection(full.getsockname()):
        found = check_port("registry", "127.0.0.1", full.getsockname()[1], "")  # Linux drops what a full backlog cannot take
    assert found.state == WRONG
    assert "firewall" in found.advice


def test_a_name_that_is_nobodys():
    found = check_name(replace(WORKER, worker_own_address="no.such.host.invalid"))
    assert (found.state, found.found) == (WRONG, "no.such.host.invalid is no known host")


def test_a_worker_of_another_manager_that_registers_as_loopback():
    assert check_name(WORKER).state == FINE
    found = check_name(replace(WORKER, manager_address="192.0.2.1"))
    assert found.state == WRONG
    assert "UFORA_WORKER_OWN_ADDRESS" in found.advice


def test_folders_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    folder = str(tmp_path / "not" / "yet")
    manager, worker = ManagerConfig(spool_dir=folder), WorkerConfig(spool_dir=folder, cache_dir=folder)
    findings = list(check_disk(manager, worker))
    assert len(findings) == 3
    assert {finding.state for finding in findings} <= {FINE, WARNING}
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # root may write everywhere
    assert {finding.state for finding in check_disk(manager, worker)} == {WRONG}


def test_a_cluster_is_examined_to_its_last_worker(gateway: RunningGateway):
    findings = {finding.step: finding for finding in check_cluster(Manager(gateway.address), WORKER)}
    assert findings["manager"].state == FINE
    assert "manager, version" in findings
    assert findings["clock"].state == FINE
    assert {"registry", "worker 127.0.0.1:30009, control channel", "worker 127.0.0.1:30009, data channel"} <= set(findings)


def test_a_worker_that_fell_silent():
    told = {"address": "127.0.0.1:1", "version": __version__, "heard": 1000.0}
    assert any("not heard of for 30 s" in finding.found for finding in check_worker(told, 1030.0))


def test_a_cluster_without_workers(gateway: RunningGateway):
    gateway.call(gateway.engine.set_workers)
    while Manager(gateway.address).get("/api/v1/status")["workers"]:
        pass
    findings = list(check_cluster(Manager(gateway.address), WORKER))
    assert (findings[-1].step, findings[-1].state) == ("workers", WRONG)


def test_a_wrong_setting_ends_the_examination(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    (tmp_path / "manager.toml").write_text("[web]\nhttp_prot = 1\n")
    monkeypatch.setenv("UFORA_CONFIG_DIR", str(tmp_path))
    findings = list(examine(Manager("http://127.0.0.1:1")))
    assert (findings[-1].step, findings[-1].state) == ("settings", WRONG)
    assert "did you mean web.http_port" in findings[-1].found


def test_no_manager_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("UFORA_CONFIG_DIR", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    findings = list(examine(Manager("http://127.0.0.1:1")))
    assert (findings[-1].step, findings[-1].state) == ("manager", WRONG)
    assert "is it running" in findings[-1].advice


def test_a_token_that_is_missing(tmp_path: Path):
    with running_gateway(echo, tmp_path / "spool", admits=lambda token: token == "good") as gateway:
        findings = list(check_cluster(Manager(gateway.address), WORKER))
        assert [(finding.step, finding.state) for finding in findings] == [("keys", WRONG)]
        assert next(check_cluster(Manager(gateway.address, "good"), WORKER)).state == FINE


def test_a_disk_that_is_nearly_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda place: SimpleNamespace(free=5 * 2**20))
    findings = list(check_disk(ManagerConfig(spool_dir=str(tmp_path)), replace(WORKER, spool_dir=str(tmp_path), cache_dir=str(tmp_path))))
    assert {finding.state for finding in findings} == {WARNING}
    assert "5.0 MiB free" in findings[0].found


def test_too_few_open_files(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(resource, "getrlimit", lambda which: (256, 4096))
    found = check_files()
    assert (found.state, found.advice) == (WARNING, "`ulimit -n 4096` or LimitNOFILE= in the unit")


def test_a_cluster_open_to_strangers_is_told():
    findings = list(check_keys(ManagerConfig(listen_address="0.0.0.0"), WORKER))
    assert {finding.state for finding in findings} == {WARNING}
    assert any("may run code on this cluster" in finding.found for finding in findings)
    assert list(check_keys(ManagerConfig(listen_address="127.0.0.1"), WORKER)) == []


def test_keys_that_everybody_may_read(tmp_path: Path):
    cluster, tokens = make_keys(tmp_path, ["anna"])
    manager = ManagerConfig(listen_address="127.0.0.1", keys_cluster_file=str(cluster), keys_token_file=str(tokens))
    assert {finding.state for finding in check_keys(manager, WORKER)} == {FINE}
    tokens.chmod(0o644)
    (wrong,) = [finding for finding in check_keys(manager, WORKER) if finding.state == WRONG]
    assert (wrong.found, wrong.advice) == (f"{tokens}: everybody on this machine may read it", f"chmod o= {tokens}")


def test_a_certificate_that_ends(tmp_path: Path):
    cluster, _ = make_keys(tmp_path, [])
    now = datetime.now(UTC)
    states = [check_certificate(str(cluster), now + timedelta(days=days)).state for days in (0, 20 * 365 - 10, 20 * 365 + 10)]
    assert states == [FINE, WARNING, WRONG]
