import subprocess
import sys
from pathlib import Path

import pytest

from pyfora import errors
from pyfora.client.private import PrivateCluster

READY = "import sys; print('loading', flush=True); print('ready http://127.0.0.1:1234', flush=True); sys.stdin.read()"


def a_command(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_the_address_is_read_from_its_output_and_it_ends_when_closed():
    cluster = PrivateCluster(10, a_command(READY))
    assert cluster.url == "http://127.0.0.1:1234"
    cluster.close()
    assert cluster._process.returncode == 0


def test_it_ends_with_this_process_even_after_a_crash(tmp_path: Path):
    note = tmp_path / "ended"
    child = READY + f"; open({str(note)!r}, 'w').close()"
    crash = f"import os, sys; from pyfora.client.private import PrivateCluster; c = PrivateCluster(10, [sys.executable, '-c', {child!r}]); "
    crash += "print(c._process.pid, flush=True); os.kill(os.getpid(), 9)"
    crashed = subprocess.run(a_command(crash), capture_output=True, timeout=60, check=False)
    pid = int(crashed.stdout)
    with subprocess.Popen(["tail", f"--pid={pid}", "-f", "/dev/null"]) as waiting:
        waiting.wait(60)
    assert note.exists()


def test_a_missing_server_is_one_sentence_with_the_command_that_brings_it():
    with pytest.raises(errors.ConnectionError, match=r"No module named 'nothing_like_it'.*pip install 'pyfora\[server\]'"):
        PrivateCluster(10, a_command("import nothing_like_it"))


def test_a_cluster_that_does_not_start_is_quoted():
    with pytest.raises(errors.ConnectionError, match=r"did not start \(exit status 3\); its last words: no space left"):
        PrivateCluster(10, a_command("import sys; print('no space left', file=sys.stderr); sys.exit(3)"))


def test_a_cluster_that_starts_too_slowly_is_ended():
    with pytest.raises(errors.ConnectionError, match=r"did not start within 0\.2 seconds; its last words: it said nothing"):
        PrivateCluster(0.2, a_command("import sys; sys.stdin.read()"))
