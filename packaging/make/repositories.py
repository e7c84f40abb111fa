"""dist/apt and dist/dnf: repositories that apt and dnf install from, signed.

apt checks the signature of the list, which holds the digest of each package; dnf is given both, a signed list and signed packages.
dist/*.rpm themselves stay as they were built, which can be repeated: a signature bears its time.
The key is the one UFORA_SIGNING_KEY names in the caller's own keyring; without it one is made for this working copy only.
"""

import os
import shlex
import shutil
import subprocess
from pathlib import Path

TRY_OUT_KEY = "ufora packages of this working copy <ufora@localhost>"


def make(dist: Path, work: Path) -> None:
    home, key = _find_key(work)
    _make_apt(dist, home, key)
    _make_dnf(dist, home, key)
    if key == TRY_OUT_KEY:
        subprocess.run(["gpgconf", "--kill", "gpg-agent"], check=True, env=home)


def _make_apt(dist: Path, home: dict[str, str], key: str) -> None:
    """A flat repository: deb [signed-by=…/ufora.gpg] file:/…/dist/apt ./"""
    folder = _gather(dist, "apt", "*.deb")
    index = _run(["dpkg-scanpackages", "--multiversion", "."], cwd=folder)
    (folder / "Packages").write_text(index)
    subprocess.run(["gzip", "--keep", "--no-name", "Packages"], cwd=folder, check=True)
    named = ["Origin", "ufora"], ["Label", "ufora"], ["Suite", "stable"]
    options = [f"-oAPT::FTPArchive::Release::{name}={value}" for name, value in named]
    release = _run(["apt-ftparchive", *options, "release", "."], cwd=folder)
    (folder / "Release").write_text(release)
    for how, name in (("--clearsign", "InRelease"), ("--detach-sign", "Release.gpg")):
        subprocess.run(["gpg", *_batch(key), "--armor", how, "--output", name, "Release"], cwd=folder, check=True, env=home)
    subprocess.run(["gpg", *_batch(key), "--export", "--output", "ufora.gpg", key], cwd=folder, check=True, env=home)


def _make_dnf(dist: Path, home: dict[str, str], key: str) -> None:
    folder = _gather(dist, "dnf", "*.rpm")
    _sign_packages(folder, home, key)
    subprocess.run(["createrepo_c", "--quiet", "--set-timestamp-to-revision", "--revision", "1", "."], cwd=folder, check=True)
    sign = ["gpg", *_batch(key), "--armor", "--detach-sign", "--output", "repodata/repomd.xml.asc", "repodata/repomd.xml"]
    subprocess.run(sign, cwd=folder, check=True, env=home)
    subprocess.run(["gpg", *_batch(key), "--armor", "--export", "--output", "ufora.asc", key], cwd=folder, check=True, env=home)


def _sign_packages(folder: Path, home: dict[str, str], key: str) -> None:
    macros = {"_gpg_name": key, "__gpg": shutil.which("gpg"), "_gpg_sign_cmd_extra_args": shlex.join(_ask_nothing(key))}
    defined = [word for name, value in macros.items() for word in ("--define", f"{name} {value or '%{nil}'}")]
    subprocess.run(["rpmsign", *defined, "--addsign", *sorted(folder.iterdir())], check=True, env=home, stdout=subprocess.DEVNULL)


def _gather(dist: Path, name: str, pattern: str) -> Path:
    packages = sorted(dist.glob(pattern))
    if not packages:
        raise SystemExit(f"make repositories: there are no packages in {dist}: make packages first")
    folder = dist / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for package in packages:
        shutil.copyfile(package, folder / package.name)
    return folder


def _find_key(work: Path) -> tuple[dict[str, str], str]:
    """The environment for gpg, and the key's name."""
    if key := os.environ.get("UFORA_SIGNING_KEY"):
        return dict(os.environ), key
    home = work / "gnupg"
    environment = {**os.environ, "GNUPGHOME": str(home)}
    if not home.is_dir():
        home.mkdir(mode=0o700, parents=True)
        make_key = ["gpg", *_batch(""), "--quick-generate-key", TRY_OUT_KEY, "rsa3072", "sign", "never"]
        subprocess.run(make_key, check=True, env=environment)
    return environment, TRY_OUT_KEY


def _batch(key: str) -> list[str]:
    return ["--batch", "--yes", "--quiet", *_ask_nothing(key), *(["--local-user", key] if key else [])]


def _ask_nothing(key: str) -> list[str]:
    """Only the key made here has no passphrase; for another, gpg's agent asks."""
    return ["--pinentry-mode", "loopback", "--passphrase", ""] if key in ("", TRY_OUT_KEY) else []


def _run(command: list[str], cwd: Path) -> str:
    return subprocess.run(command, cwd=cwd, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
