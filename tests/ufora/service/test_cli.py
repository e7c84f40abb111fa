"""The commands as processes: what they print and how they exit."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from ufora import __version__


def run(tmp_path: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {name: text for name, text in os.environ.items() if not name.startswith("UFORA_")}
    environment |= {"XDG_CACHE_HOME": str(tmp_path / "cache"), "UFORA_CONFIG_DIR": str(tmp_path)} | variables
    return subprocess.run([sys.executable, "-m", "ufora", *arguments], env=environment, capture_output=True, text=True, check=False)


def test_the_version_is_told(tmp_path: Path) -> None:
    assert run(tmp_path, "--version").stdout == f"ufora {__version__}\n"


def test_naming_a_manager_and_wanting_no_worker_is_a_mistake(tmp_path: Path) -> None:
    done = run(tmp_path, "run", UFORA_MANAGER_ADDRESS="10.0.0.1", UFORA_NO_WORKER="1")
    assert done.returncode == 78
    assert done.stdout == ""
    assert done.stderr == (
        "ufora: UFORA_MANAGER_ADDRESS (10.0.0.1: run only a worker) and UFORA_NO_WORKER (run no worker) are both set: unset one\n"
    )


@pytest.mark.parametrize("command", ["run", "check-config"])
def test_an_unknown_key_is_one_line_and_exit_code_78(tmp_path: Path, command: str) -> None:
    (tmp_path / "manager.toml").write_text("[web]\nhttp_prot = 1\n")
    done = run(tmp_path, command)
    assert done.returncode == 78
    message = f"ufora: {tmp_path}/manager.toml, line 2: web.http_prot is not a setting; did you mean web.http_port?\n"
    assert (done.stdout, done.stderr) == ("", message)


def test_a_port_that_is_taken_is_named_with_its_setting(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run(tmp_path, "run", "--private", f"--web-http-port={port}")
    assert done.returncode == 78
    expected = f"ufora: web.http_port: port {port} of 127.0.0.1 is in use already: stop what listens there, or choose another port\n"
    assert done.stderr == expected


def test_check_config_shows_every_setting_and_where_it_comes_from(tmp_path: Path) -> None:
    (tmp_path / "worker.toml").write_text("[worker]\nthreads = 3\n")
    done = run(tmp_path, "check-config", "--show", "--web-http-port=31000", UFORA_LOG_LEVEL="debug")
    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert done.returncode == 0
    assert "web.http_port = 31000 # --web-http-port" in lines
    assert "registry.port = 30002 # default" in lines
    assert f"worker.threads = 3 # {tmp_path}/worker.toml:2" in lines
    assert lines.count('log.level = "debug" # UFORA_LOG_LEVEL') == 2


def test_check_config_tells_the_same_as_json(tmp_path: Path) -> None:
    done = run(tmp_path, "check-config", "--json", "--web-http-port=31000")
    told = json.loads(done.stdout)
    assert told["manager"]["web.http_port"] == {"value": 31000, "origin": "--web-http-port"}
    assert told["worker"]["worker.threads"]["origin"] == "default"


def test_keys_names_the_files_it_made_as_json_too(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    done = run(tmp_path, "keys", "new", str(tmp_path / "keys"), "--client=anna", "--json")
    assert json.loads(done.stdout) == {"files": [f"{tmp_path}/keys/cluster.pem", f"{tmp_path}/keys/tokens"]}


@pytest.mark.parametrize("entry", ["run_ufora_manager", "run_ufora_worker"])
def test_the_commands_of_the_daemons_check_their_settings_too(tmp_path: Path, entry: str) -> None:
    code = f"import sys; from ufora.service.cli import {entry}; sys.exit({entry}(['--registry-port=0']))"
    environment = os.environ | {"UFORA_CONFIG_DIR": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    name = entry.removeprefix("run_").replace("_", "-")
    assert (done.returncode, done.stderr) == (78, f"{name}: --registry-port: a port from 1 to 65535 is expected, not 0\n")


def test_the_commands_import_nothing_heavy() -> None:
    code = "import sys, ufora.service.cli; print(sorted({'numba', 'distributed', 'numpy', 'aiohttp', 'uvloop'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
