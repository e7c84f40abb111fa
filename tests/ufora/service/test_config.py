from pathlib import Path

import pytest

from pyfora.errors import ConfigurationError
from ufora.service.config import (
    ManagerConfig,
    WorkerConfig,
    check_one_machine,
    read_config,
    read_manager_config,
    read_settled,
    read_worker_config,
)
from ufora.service.settings import name_of_variable


@pytest.fixture(autouse=True)
def config_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for settings files, and a home, of the test's own."""
    folder = tmp_path / "etc"
    folder.mkdir()
    monkeypatch.setenv("UFORA_CONFIG_DIR", str(folder))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return folder


@pytest.mark.parametrize(
    ("field", "variable"),
    [
        ("manager_address", "UFORA_MANAGER_ADDRESS"),
        ("worker_own_address", "UFORA_WORKER_OWN_ADDRESS"),
        ("worker_base_port", "UFORA_WORKER_BASE_PORT"),
        ("no_worker", "UFORA_NO_WORKER"),
        ("web_http_port", "UFORA_WEB_HTTP_PORT"),
    ],
)
def test_the_documented_variables_have_their_documented_names(field: str, variable: str) -> None:
    assert name_of_variable(field) == variable


def test_the_documented_ports_are_the_defaults() -> None:
    assert (ManagerConfig().web_http_port, ManagerConfig().registry_port) == (30000, 30002)
    assert (WorkerConfig().registry_port, WorkerConfig().worker_base_port) == (30002, 30009)


def test_a_file_of_the_configuration_folder_is_read(config_dir: Path) -> None:
    (config_dir / "worker.toml").write_text('[manager]\naddress = "10.0.0.1"\n')
    assert read_config("worker", {}).record.manager_address == "10.0.0.1"


def test_a_missing_file_is_all_defaults_but_a_missing_folder_is_a_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_config("manager", {}).record == ManagerConfig()
    monkeypatch.setenv("UFORA_CONFIG_DIR", "/nowhere/at/all")
    with pytest.raises(ConfigurationError, match=r"^UFORA_CONFIG_DIR: there is no folder /nowhere/at/all$"):
        read_config("manager", {})


def test_a_file_that_is_no_text_is_refused(config_dir: Path) -> None:
    (config_dir / "manager.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigurationError, match=r"manager\.toml: not UTF-8 text$"):
        read_config("manager", {})


@pytest.mark.parametrize(
    ("daemon", "text", "message"),
    [
        ("manager", "[web]\nhttp_port = 0", "manager.toml, line 2: web.http_port: a port from 1 to 65535 is expected, not 0"),
        ("worker", "[worker]\nbase_port = 65535", "worker.toml, line 2: worker.base_port: a port from 1 to 65534 is expected, not 65535"),
        ("worker", "[listen]\naddress = 'here'", "worker.toml, line 2: listen.address: an IP address is expected, not 'here'"),
        ("worker", "[worker]\ncut = 'now'", "worker.toml, line 2: worker.cut: one of auto, always, never is expected, not 'now'"),
        ("worker", "[worker]\nthreads = -1", "worker.toml, line 2: worker.threads: 0 or more is expected, not -1"),
        (
            "worker",
            "[log]\nlevel = 'loud'",
            "worker.toml, line 2: log.level: one of debug, info, warning, error is expected, not 'loud'",
        ),
    ],
)
def test_a_value_out_of_range_is_named_with_file_line_and_key(config_dir: Path, daemon: str, text: str, message: str) -> None:
    (config_dir / f"{daemon}.toml").write_text(text)
    with pytest.raises(ConfigurationError) as caught:
        read_config(daemon, {})
    assert str(caught.value) == f"{config_dir}/{message}"


def test_two_ports_of_a_manager_may_not_be_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UFORA_WEB_HTTP_PORT", "30002")
    with pytest.raises(ConfigurationError) as caught:
        read_config("manager", {})
    message = "web.http_port (UFORA_WEB_HTTP_PORT) and registry.port (default) are both 30002: give each a port of its own"
    assert str(caught.value) == message


def test_the_data_channel_of_a_worker_may_not_take_the_port_of_its_manager() -> None:
    with pytest.raises(ConfigurationError, match=r"web.http_port and worker.base_port \+ 1 are both 30000"):
        check_one_machine(ManagerConfig(), WorkerConfig(worker_base_port=29999))


def test_manager_and_worker_of_one_machine_must_agree_on_the_registry() -> None:
    with pytest.raises(ConfigurationError, match="30002 for the manager and 31002 for its worker"):
        check_one_machine(ManagerConfig(), WorkerConfig(registry_port=31002))


def test_folders_are_made_for_this_user_only(tmp_path: Path) -> None:
    config = read_worker_config({"cache_dir": str(tmp_path / "a" / "b"), "log_dir": str(tmp_path / "log")})
    assert (config.cache_dir, config.spool_dir) == (str(tmp_path / "a" / "b"), str(tmp_path / "a" / "b" / "spool"))
    assert [Path(folder).stat().st_mode & 0o777 for folder in (config.cache_dir, config.spool_dir, config.log_dir)] == [0o700] * 3


def test_a_folder_that_cannot_be_written_is_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match=r"^log\.dir: \S+/file/log cannot be written \(Not a directory\): name another folder$"):
        read_manager_config({"log_dir": str(tmp_path / "file" / "log")})


def test_a_daemon_takes_all_from_its_command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UFORA_WEB_HTTP_PORT", "1234")
    assert read_settled(ManagerConfig, {"registry_port": "31002"}) == ManagerConfig(registry_port=31002)
