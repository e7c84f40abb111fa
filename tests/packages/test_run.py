"""`make test-packages` where it cannot work: it says so, and skips only where nobody counts on it."""

import os
import subprocess
from pathlib import Path

import pytest

RUN = Path(__file__).with_name("run.sh")


@pytest.mark.parametrize(("ci", "code"), [("", 0), ("true", 1)])
def test_who_is_not_root_is_told_and_it_is_a_failure_only_in_ci(ci: str, code: int, tmp_path: Path) -> None:
    nobody = tmp_path / "id"
    nobody.write_text("#!/bin/sh\necho 1000\n")
    nobody.chmod(0o755)
    environment = {**os.environ, "CI": ci, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    done = subprocess.run(["sh", RUN], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == code
    assert "only root can boot machines: run it as root" in (done.stderr if ci else done.stdout)
