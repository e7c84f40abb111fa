"""The packages as the linters of both families see them, and built twice."""

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from tests.packages.prepare import ROOT

THIN = ("ufora-manager", "ufora-worker", "python3-pyfora")
MAKE = [sys.executable, ROOT / "packaging" / "make", "packages"]


@pytest.fixture(scope="module")
def thin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Without the bundled libraries, which are not ours to change; xz, because lintian does not know zstd."""
    return build(tmp_path_factory.mktemp("thin"))


def build(folder: Path) -> Path:
    subprocess.run([*MAKE, "--dist", folder, "--without-libraries", "--compression", "xz"], check=True, stdout=subprocess.DEVNULL)
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


def test_the_same_description_gives_the_same_bytes(thin: Path, tmp_path: Path) -> None:
    again = build(tmp_path)
    assert {path.name: digest(path) for path in thin.iterdir()} == {path.name: digest(path) for path in again.iterdir()}


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
