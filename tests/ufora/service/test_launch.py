import os
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from pyfora.errors import ConfigurationError
from ufora.service.config import ManagerConfig, WorkerConfig
from ufora.service.launch import Plan, check_ports, list_children, plan_manager, plan_run, settle_ports


@pytest.fixture(autouse=True)
def settings_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UFORA_CONFIG_DIR", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def test_by_default_a_manager_and_a_worker_run() -> None:
    plan = plan_run({})
    assert plan.manager is not None
    assert plan.worker is not None


def test_only_a_worker_runs_where_a_manager_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UFORA_MANAGER_ADDRESS", "10.0.0.1")
    plan = plan_run({})
    assert plan.manager is None
    assert plan.worker is not None


def test_only_the_manager_runs_where_no_worker_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UFORA_NO_WORKER", "1")
    plan = plan_run({})
    assert plan.manager is not None
    assert plan.worker is None


def test_both_at_once_is_a_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UFORA_NO_WORKER", "1")
    with pytest.raises(ConfigurationError, match="both set"):
        plan_run({"manager_address": "10.0.0.1"})


def test_a_manager_runs_a_worker_that_joins_it_wherever_others_go(tmp_path: Path) -> None:
    (tmp_path / "worker.toml").write_text('[manager]\naddress = "10.0.0.1"\n')
    plan = plan_manager({"registry_port": "31002"})
    assert plan.worker is not None
    assert (plan.worker.manager_address, plan.worker.registry_port) == ("", 31002)


def test_a_manager_runs_alone_when_its_file_says_so(tmp_path: Path) -> None:
    (tmp_path / "manager.toml").write_text("no_worker = true\n")
    assert plan_manager({}).worker is None


def test_a_manager_on_a_machine_that_is_to_run_only_a_worker_is_a_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UFORA_MANAGER_ADDRESS", "10.0.0.1")
    with pytest.raises(ConfigurationError, match=r"UFORA_MANAGER_ADDRESS \(10\.0\.0\.1: run only a worker\)"):
        plan_manager({})


def test_a_second_worker_is_told_which_setting_to_change() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigurationError, match=rf"worker\.base_port: port {port} .*UFORA_NO_WORKER is 1"):
            check_ports(Plan(None, WorkerConfig(worker_base_port=port, listen_address="127.0.0.1")))


def test_a_manager_runs_without_its_worker_where_another_runs_already() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        worker = WorkerConfig(worker_base_port=taken.getsockname()[1], listen_address="127.0.0.1")
        plan = Plan(ManagerConfig(), worker)
        assert settle_ports(plan) is plan
        assert settle_ports(replace(plan, worker_may_miss=True)).worker is None


def test_each_daemon_is_told_every_setting() -> None:
    manager, worker = list_children(Plan(ManagerConfig(log_dir="/a b"), WorkerConfig(worker_threads=3)))
    assert {"--web-http-port=30000", "--log-dir=/a b"} <= set(manager.command)
    assert {"--worker-threads=3", "--manager-address="} <= set(worker.command)
    assert (manager.name, worker.name) == ("manager", "worker 30009")


def test_daemons_find_this_ufora_and_nothing_of_the_folder_they_start_in(tmp_path: Path) -> None:
    (tmp_path / "random.py").write_text("raise RuntimeError('the wrong module')")
    (child,) = list_children(Plan(ManagerConfig(), None))
    code = ["-c", "import random, ufora; print(ufora.__file__)"]
    done = subprocess.run([sys.executable, *code], env=child.environment, cwd=tmp_path, capture_output=True, text=True, check=True)
    import_here = Path(sys.modules["ufora"].__file__ or "")
    assert os.path.samefile(done.stdout.strip(), import_here)
