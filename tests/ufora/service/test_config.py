from pathlib import Path

import pytest

from pyfora.errors import ConfigurationError
from ufora.service.config import (
    ManagerConfig,
    WorkerConfig,
    check_one_machine,
    find_manager_token,
    find_manager_url,
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
            "[worker]\nmemory_percent = 101",
            "worker.toml, line 2: worker.memory_percent: a number from 1 to 100 is expected, not 101",
        ),
        ("manager", "[limits]\nsessions = 0", "manager.toml, line 2: limits.sessions: 1 or more is expected, not 0"),
        ("manager", "[registry]\nlost_after = 4", "manager.toml, line 2: registry.lost_after: 5 or more is expected, not 4"),
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


def test_drop_ins_win_over_the_file_and_the_last_name_over_the_first(config_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (config_dir / "worker.toml").write_text("[worker]\nthreads = 1\nmemory_mib = 1\ndrain = 1\nbase_port = 1\n")
    (config_dir / "worker.d").mkdir()
    (config_dir / "worker.d" / "20-more.toml").write_text("[worker]\nthreads = 3\n")
    (config_dir / "worker.d" / "10-some.toml").write_text("[worker]\nthreads = 2\nmemory_mib = 2\ndrain = 2\n")
    (config_dir / "worker.d" / "30-other.toml.bak").write_text("not read")
    monkeypatch.setenv("UFORA_WORKER_DRAIN", "4")
    filled = read_config("worker", {})
    worker = filled.record
    assert (worker.worker_threads, worker.worker_memory_mib, worker.worker_drain, worker.worker_base_port) == (3, 2, 4, 1)
    assert filled.origins["worker_threads"] == f"{config_dir}/worker.d/20-more.toml:2"
    assert filled.origins["worker_memory_mib"] == f"{config_dir}/worker.d/10-some.toml:3"
    assert filled.origins["worker_drain"] == "UFORA_WORKER_DRAIN"
    assert filled.origins["listen_address"] == "default"


def test_a_mistake_in_a_drop_in_names_it(config_dir: Path) -> None:
    (config_dir / "manager.d").mkdir()
    (config_dir / "manager.d" / "a.toml").write_text("[limits]\nsession = 1\n")
    with pytest.raises(ConfigurationError) as caught:
        read_config("manager", {})
    message = f"{config_dir}/manager.d/a.toml, line 2: limits.session is not a setting; did you mean limits.sessions?"
    assert str(caught.value) == message


@pytest.mark.parametrize("name", ["manager.toml", "manager.d/a.toml"])
def test_what_cannot_be_read_is_named(config_dir: Path, name: str) -> None:
    (config_dir / name).mkdir(parents=True)
    with pytest.raises(ConfigurationError) as caught:
        read_config("manager", {})
    assert str(caught.value) == f"{config_dir}/{name}: cannot be read: Is a directory"


def test_checking_makes_no_folders(tmp_path: Path) -> None:
    options = {"cache_dir": str(tmp_path / "a" / "b"), "log_dir": str(tmp_path / "log")}
    assert read_worker_config(options, make=False) == read_worker_config(options)
    (tmp_path / "file").write_text("")
    read_manager_config({"log_dir": str(tmp_path / "not" / "there")}, make=False)
    assert not (tmp_path / "not").exists()
    with pytest.raises(ConfigurationError, match=r"^log\.dir: \S+/file/log cannot be written \(Not a directory\): name another folder$"):
        read_manager_config({"log_dir": str(tmp_path / "file" / "log")}, make=False)


def test_where_the_manager_is_for_those_who_look_at_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("UFORA_CONFIG_DIR", str(tmp_path))
    assert find_manager_url(None) == "http://127.0.0.1:30000"
    monkeypatch.setenv("UFORA_MANAGER_ADDRESS", "fd00::1")
    monkeypatch.setenv("UFORA_WEB_HTTP_PORT", "31000")
    assert find_manager_url(None) == "http://[fd00::1]:31000"
    monkeypatch.setenv("UFORA_MANAGER_URL", "http://there:1")
    assert find_manager_url(None) == "http://there:1"
    assert find_manager_url("http://elsewhere:2") == "http://elsewhere:2"


def test_a_token_for_the_manager_is_the_last_word_of_its_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert find_manager_token() == ""
    (tmp_path / "token").write_text("ada  secret\nbob  other\n")
    monkeypatch.setenv("UFORA_MANAGER_TOKEN_FILE", str(tmp_path / "token"))
    assert find_manager_token() == "secret"


def test_tokens_that_are_only_checked_are_not_told_to_be_good(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog) -> None:
    (tmp_path / "tokens").write_text("ada secret-0123456789\n")
    monkeypatch.setenv("UFORA_KEYS_TOKEN_FILE", str(tmp_path / "tokens"))
    with caplog.at_level("INFO"):
        read_manager_config({"log_dir": str(tmp_path)})
    assert "are good" not in caplog.text
