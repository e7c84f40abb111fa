import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.clusters import wait_until
from ufora.service.cli import run_ufora
from ufora.service.logs import LogFile, is_about

MANAGER = """2026-11-22T05:17:20.000Z INFO    ufora.gateway: computation accepted [session=abc computation=c1]
2026-11-22T05:17:22.000Z INFO    ufora.gateway: computation done [session=abc computation=c1 worker=10.0.0.7:30009-9353d7]
"""
WORKER = '{"time": "2026-11-22T05:17:21.000Z", "level": "info", "message": "joined", "worker": "10.0.0.7:30009"}\n'


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("UFORA_CONFIG_DIR", str(tmp_path))
    (tmp_path / "manager.log").write_text(MANAGER)
    (tmp_path / "worker-30009.log").write_text(WORKER)
    return tmp_path


def show(capsys: pytest.CaptureFixture[str], *words: str) -> list[str]:
    assert run_ufora(["logs", *words]) == 0
    return capsys.readouterr().out.splitlines()


def test_lines_of_all_daemons_come_in_the_order_of_time(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, last = MANAGER.splitlines()
    assert show(capsys, "--log-dir", str(folder)) == [first, WORKER.strip(), last]


def test_one_daemon_or_the_newest_lines_can_be_asked_for(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert show(capsys, "--log-dir", str(folder), "worker-30009") == [WORKER.strip()]
    assert show(capsys, "--log-dir", str(folder), "-n", "1") == [MANAGER.splitlines()[1]]


def test_lines_about_a_computation_or_a_worker_can_be_asked_for(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert show(capsys, "--log-dir", str(folder), "--computation", "c1") == MANAGER.splitlines()
    assert show(capsys, "--log-dir", str(folder), "--worker", "10.0.0.7:30009") == [WORKER.strip(), MANAGER.splitlines()[1]]
    assert not is_about(MANAGER.splitlines()[0], [("computation", "c")])


def test_a_daemon_that_never_logged_is_a_mistake(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_ufora(["logs", "--log-dir", str(folder), "worker-1"]) == 78
    assert "daemons that logged in" in capsys.readouterr().err


def test_following_shows_what_is_written_also_after_a_rotation(folder: Path) -> None:
    command = [sys.executable, "-m", "ufora", "logs", "--follow", "--log-dir", str(folder), "manager"]
    output = folder / "output"
    with output.open("wb") as stdout:
        following = subprocess.Popen(command, stdout=stdout, env={**os.environ, "PYTHONUNBUFFERED": "1"})
    try:
        wait_until(lambda: output.read_text() == MANAGER)
        (folder / "manager.log").rename(folder / "manager.log.1")
        (folder / "manager.log").write_text("2026-11-22T06:00:00.000Z INFO    new\n")
        wait_until(lambda: output.read_text() == MANAGER + "2026-11-22T06:00:00.000Z INFO    new\n")
    finally:
        following.kill()
        following.wait()


def test_half_a_line_waits_for_its_end(tmp_path: Path) -> None:
    path = tmp_path / "manager.log"
    path.write_text("one\ntw")
    with path.open() as stream:
        file = LogFile(path, stream)
        assert list(file.read_new()) == ["one"]
        with path.open("a") as more:
            more.write("o\n")
        assert list(file.read_new()) == ["two"]


def test_without_a_folder_named_it_is_that_of_the_settings(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("UFORA_LOG_DIR", str(folder))
    assert len(show(capsys)) == 3


def test_wrong_settings_keep_nobody_from_the_usual_folder(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "manager.toml").write_text("[web]\nhttp_port = 'x'\n")
    monkeypatch.setattr("ufora.service.logs.LOG_DIR", folder)
    assert run_ufora(["logs"]) == 0
    shown = capsys.readouterr()
    assert len(shown.out.splitlines()) == 3
    assert "manager.toml, line 2: web.http_port: a whole number is expected" in shown.err


def test_lines_of_both_forms_can_be_had_as_objects(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "worker-30019.log").write_text("2026-11-22T05:17:23.000Z WARNING ufora.worker: [a] b\nSegmentation fault\n")
    told = [json.loads(line) for line in show(capsys, "--log-dir", str(folder), "--json")]
    assert {"message": "Segmentation fault"} in told
    assert json.loads(WORKER) in told
    about = {"session": "abc", "computation": "c1"}
    accepted = {"time": "2026-11-22T05:17:20.000Z", "level": "info", "logger": "ufora.gateway", "message": "computation accepted"}
    assert accepted | about in told
    assert {"time": "2026-11-22T05:17:23.000Z", "level": "warning", "logger": "ufora.worker", "message": "[a] b"} in told
