"""`make test-packages` where it cannot work: it says so, and skips only where nobody counts on it."""

import os
import subprocess
from pathlib import Path

import pytest

RUN = Path(__file__).with_name("run.sh")


@pytest.mark.parametrize(("ci", "code"), [("", 0), ("true", 1)])
@pytest.mark.parametrize(
    ("tool", "says", "sentence"),
    [
        ("id", "echo 1000", "only root can boot machines: run it as root"),
        ("unshare", "exit 1", "machines are made of namespaces, and none may be made here (CAP_SYS_ADMIN)"),
    ],
)
def test_where_it_cannot_work_one_sentence_says_so_and_it_is_a_failure_only_in_ci(
    tool: str, says: str, sentence: str, ci: str, code: int, tmp_path: Path
) -> None:
    standing_in = tmp_path / tool
    standing_in.write_text(f"#!/bin/sh\n{says}\n")
    standing_in.chmod(0o755)
    environment = {**os.environ, "CI": ci, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    done = subprocess.run(["sh", RUN], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == code
    said = done.stderr if ci else done.stdout
    assert said.endswith(f"{sentence}\n")
    assert len(said.splitlines()) == 1
