"""The packages as the linters of both families see them, and built once more elsewhere."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.packages.prepare import ROOT, SRV

COMMANDS = (
    *("run", "check-config", "logs", "doctor", "status", "workers", "computations"),
    *("explain", "show", "cancel", "drain", "keys new"),
)
MAKE = [sys.executable, ROOT / "packaging" / "make", "packages"]


@pytest.fixture(scope="module")
def thin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Without the bundled libraries, which are not ours to change; xz, because lintian does not know zstd."""
    return build(tmp_path_factory.mktemp("thin"), "--without-libraries", "--compression", "xz")


def build(folder: Path, *options: str | Path) -> Path:
    subprocess.run([*MAKE, "--dist", folder, *options], check=True, stdout=subprocess.DEVNULL)
    return folder


def test_lintian_finds_no_error(thin: Path) -> None:
    done = subprocess.run(
        ["lintian", "--fail-on", "error", *sorted(thin.glob("*.deb"))],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_rpmlint_finds_no_error(thin: Path) -> None:
    config = ROOT / "packaging" / "rpm" / "rpmlint.toml"
    done = subprocess.run(["rpmlint", "--config", config, *sorted(thin.glob("*.rpm"))], stdout=subprocess.PIPE, text=True, check=False)
    assert " 0 errors" in done.stdout, done.stdout


def test_manuals_are_set_without_a_warning(thin: Path, tmp_path: Path) -> None:
    for package in thin.glob("*.deb"):
        subprocess.run(["dpkg-deb", "--extract", package, tmp_path], check=True)
    pages = sorted(tmp_path.glob("usr/share/man/man*/*.gz"))
    assert [page.name for page in pages] == [
        "ufora.1.gz",
        "ufora-manager.toml.5.gz",
        "ufora-worker.toml.5.gz",
        "ufora.default.5.gz",
        "ufora-manager.8.gz",
        "ufora-worker.8.gz",
    ]
    for page in pages:
        done = subprocess.run(["man", "--warnings", "--local-file", page], capture_output=True, text=True, check=True)
        assert done.stderr == ""
        assert "SEE ALSO" in done.stdout
    environment = {**os.environ, "MANWIDTH": "160"}
    shown = subprocess.run(["man", "--local-file", pages[0]], env=environment, stdout=subprocess.PIPE, text=True, check=True).stdout
    assert [command for command in COMMANDS if f"   ufora {command}\n" not in shown] == []
    assert "              Run no worker beside the manager. Variable: UFORA_NO_WORKER.\n" in shown


def test_the_same_source_gives_the_same_bytes_wherever_it_is_built(tmp_path: Path) -> None:
    """Also the libraries, which are fetched and trimmed once more."""
    again = build(tmp_path / "dist", "--work", tmp_path / "work")
    assert len(list(again.iterdir())) == 8
    assert digest_all(again) == digest_all(SRV / "now")


def digest_all(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir() if path.is_file()}
