"""What `make setup` says when it cannot go on. Stand-ins for Python, so that nothing is installed."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def refusal(folder: Path, python: str) -> str:
    """`python`: what the stand-in does, as a shell script. "" for no Python at all."""
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(folder)}
    if python:
        stand_in = folder / "python3"
        stand_in.write_text(f"#!/bin/sh\n{python}\n")
        stand_in.chmod(0o755)
        environment["PYTHON"] = str(stand_in)
    else:
        for tool in ("sh", "dirname", "env", "sed"):
            (folder / tool).symlink_to(f"/bin/{tool}" if Path(f"/bin/{tool}").exists() else f"/usr/bin/{tool}")
        environment["PATH"] = str(folder)
    done = subprocess.run(["/bin/sh", str(ROOT / "requirements/setup.sh")], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    return done.stderr


@pytest.mark.parametrize(
    ("python", "sentence"),
    [
        ("", "no Python 3.11, 3.12 or 3.13 found: install one"),
        ("echo 3.10", "is Python 3.10: 3.11, 3.12 or 3.13 is needed"),
        ("exit 1", "does not run: name a Python 3.11, 3.12 or 3.13"),
        ('case "$*" in *ensurepip*) exit 1 ;; *) echo 3.12 ;; esac', "cannot make virtual environments: install its venv module"),
    ],
)
def test_what_cannot_be_installed_is_named_in_one_sentence(tmp_path: Path, python: str, sentence: str) -> None:
    text = refusal(tmp_path, python)
    assert text.startswith("make setup: ")
    assert text.count("\n") == 1
    assert sentence in text
