"""What nFPM is given: every file as it will be installed, in one folder for each package.

build/packages/made/            what is generated: code, launchers, manuals, completion
build/packages/laid/PACKAGE/    the files of a package at their places, with settled modes and times
"""

import gzip
import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import libraries
import manuals
from description import FORMATS, Package

LAUNCHER = """#!/usr/bin/python{python} -I
# Isolated from what the user has set up for other programs.
import sys

sys.path.insert(0, "/usr/lib/ufora")

from ufora.service.cli import {entry}

sys.exit({entry}())
"""
COMMANDS = {"ufora": "run_ufora", "ufora-manager": "run_ufora_manager", "ufora-worker": "run_ufora_worker"}


def make(root: Path, work: Path, packages: Sequence[Package], with_libraries: bool) -> Path:
    """Lay out the packages; the folder that holds them."""
    made, laid = work / "made", work / "laid"
    for folder in (made, laid):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    first = packages[0]
    _make_code(root, made, first)
    for command, entry in COMMANDS.items():
        _write(made / "bin" / command, LAUNCHER.format(python=first.python, entry=entry))
    manuals.make(made, first.version)
    for package in packages:
        for each in FORMATS:
            _lay(root, made, work, laid / each / package.name, package, each, with_libraries)
    _settle(laid, find_epoch(root))
    return laid


def find_epoch(root: Path) -> int:
    """The time that everything is said to be made at, seconds."""
    if told := os.environ.get("SOURCE_DATE_EPOCH"):
        return int(told)
    asked = subprocess.run(["git", "-C", root, "log", "-1", "--format=%ct"], capture_output=True, text=True, check=False)
    if asked.returncode:
        raise SystemExit("make packages: this is no git repository: set SOURCE_DATE_EPOCH to the time the source is of, in seconds")
    return int(asked.stdout)


def _make_code(root: Path, made: Path, package: Package) -> None:
    ignore = shutil.ignore_patterns("__pycache__", "*.pyc")
    for part in ("pyfora", "ufora"):
        shutil.copytree(root / part, made / "code" / part, ignore=ignore)
    shutil.copytree(root / "pyfora", made / "client" / "pyfora", ignore=ignore)
    for folder in ("code", "client"):
        version = made / folder / "pyfora" / "_version.py"
        version.write_text(re.sub(r"^__version__ = .*", f'__version__ = "{package.version}"', version.read_text(), flags=re.MULTILINE))
        info = f"Metadata-Version: 2.1\nName: pyfora\nVersion: {package.version}\n"
        _write(made / folder / f"pyfora-{package.version}.dist-info" / "METADATA", info)
    libraries.compile_all(made / "code", package.python)


def _lay(root: Path, made: Path, work: Path, folder: Path, package: Package, each: str, with_libraries: bool) -> None:
    for file in package.files:
        target = folder / file.to.lstrip("/")
        if file.only not in ("", each):
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        if file.kind == "dir":
            target.mkdir(exist_ok=True)
        elif file.source == "made/libraries":
            if with_libraries:
                shutil.copytree(libraries.make(root, work, package.python), target, symlinks=True, dirs_exist_ok=True, copy_function=_link)
        elif file.kind == "tree":
            shutil.copytree(made.parent / file.source, target, symlinks=True, dirs_exist_ok=True)
        else:
            source = made.parent / file.source if file.source.startswith("made/") else root / file.source
            shutil.copyfile(source, target)
    docs = folder / "usr" / "share" / "doc" / package.name
    if each == "deb":
        _write(docs / "copyright", (root / "packaging" / "deb" / "copyright.in").read_text().replace("@homepage@", package.homepage))
        _write_gz(docs / "changelog.Debian.gz", _make_changelog(package, find_epoch(root)))


def _link(source: str, target: str) -> None:
    """A second name instead of a copy: the libraries are large and nobody writes to them."""
    os.link(source, target, follow_symlinks=False)


def _make_changelog(package: Package, epoch: int) -> str:
    said = subprocess.run(
        ["date", "-u", "-R", "-d", f"@{epoch}"], capture_output=True, text=True, check=True, env={**os.environ, "LC_ALL": "C"}
    )
    return (
        f"{package.name} ({package.version}-{package.release}) stable; urgency=medium\n\n"
        f"  * Release {package.version}; what changed is told in CHANGELOG.md of the source.\n\n"
        f" -- {package.maintainer}  {said.stdout.strip()}\n"
    )


def _settle(laid: Path, epoch: int) -> None:
    """Modes and times that do not depend on who builds, where and when."""
    for folder, _, names in os.walk(laid):
        for path in (Path(folder, name) for name in names):
            if not path.is_symlink():
                is_command = path.parent.name == "bin"
                path.chmod(0o755 if is_command else 0o644)
                os.utime(path, (epoch, epoch))
    for folder, _, _ in os.walk(laid, topdown=False):
        os.chmod(folder, 0o755)
        os.utime(folder, (epoch, epoch))


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def _write_gz(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(text.encode(), mtime=0))
