"""From laid out files to packages: nFPM."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from description import FORMATS, File, Package
from layout import find_epoch

SCRIPTS = {
    "deb": {"preinst": "preinstall", "postinst": "postinstall", "prerm": "preremove", "postrm": "postremove"},
    "rpm": {"pre": "preinstall", "post": "postinstall", "preun": "preremove", "postun": "postremove"},
}
"""Maintainer script → nFPM's name of it."""


def build(root: Path, laid: Path, packages: Sequence[Package], dist: Path, compression: str) -> list[Path]:
    dist.mkdir(parents=True, exist_ok=True)
    epoch = find_epoch(root)
    made = []
    for package in packages:
        for each in FORMATS:
            scripts = _fill_scripts(root, laid.parent, package, each)
            config = laid.parent / f"{package.name}.{each}.json"  # JSON is YAML too
            config.write_text(json.dumps(describe(package, each, laid / each / package.name, scripts, compression), indent=1))
            target = dist / _name(package, each)
            command = [_find_nfpm(), "package", "--config", config, "--packager", each, "--target", target]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env={**os.environ, "SOURCE_DATE_EPOCH": str(epoch)})
            made.append(target)
    return made


def describe(package: Package, each: str, folder: Path, scripts: dict[str, str], compression: str) -> dict[str, Any]:
    """nFPM's configuration."""
    contents = [_describe_file(file, each, folder) for file in package.files if file.only in ("", each) and _is_there(file, folder)]
    if each == "deb":
        docs = f"/usr/share/doc/{package.name}"
        contents += [{"src": f"{folder}{docs}/{name}", "dst": f"{docs}/{name}"} for name in ("changelog.Debian.gz", "copyright")]
    return {
        "name": package.name,
        "arch": package.architecture,
        "platform": "linux",
        "version": package.version,
        "release": package.release,
        "section": package.section,
        "priority": "optional",
        "maintainer": package.maintainer,
        "vendor": "",
        "homepage": package.homepage,
        "license": "LicenseRef-none",
        "description": f"{package.summary}\n{package.description}",
        "depends": package.depends[each],
        "recommends": package.recommends[each],
        "contents": contents,
        "scripts": scripts,
        "deb": {"compression": compression},
        "rpm": {"summary": package.summary, "group": "Applications/Engineering", "compression": _for_rpm(compression)},
    }


def _describe_file(file: File, each: str, folder: Path) -> dict[str, Any]:
    entry: dict[str, Any] = {"dst": file.to}
    if each == "rpm" and file.to.startswith("/usr/share/man/"):
        entry["type"] = "doc"
    if file.kind != "dir":
        entry["src"] = f"{folder}{file.to}"
    if file.kind == "config":
        entry["type"] = "config|noreplace"
    elif file.kind:
        entry["type"] = file.kind
    if file.kind == "dir" or file.mode:
        entry["file_info"] = {"owner": file.owner, "group": file.owner, "mode": file.mode or 0o755}
    return entry


def _is_there(file: File, folder: Path) -> bool:
    """Two trees at one place are one entry."""
    return file.source != "made/libraries" and bool(file.to) and (file.kind == "dir" or Path(f"{folder}{file.to}").exists())


def _for_rpm(compression: str) -> str:
    return "gzip:0" if compression == "none" else compression


def _fill_scripts(root: Path, work: Path, package: Package, each: str) -> dict[str, str]:
    """A package's own scripts, or those of every package that brings units."""
    units = " ".join(package.units)
    globs = " ".join([*package.units, *(f"'{name.replace('@', '@*')}'" for name in package.templates)])
    filled = {}
    for script, name in SCRIPTS[each].items():
        folder = root / "packaging" / each
        source = folder / f"{package.name}.{script}"
        if package.units and not source.exists():
            source = folder / f"daemon.{script}"
        if source.exists():
            target = work / "scripts" / each / f"{package.name}.{script}"
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(source.read_text("utf-8").replace("@units@", units).replace("@globs@", globs), "utf-8")
            filled[name] = str(target)
    return filled


def _name(package: Package, each: str) -> str:
    if each == "deb":
        return f"{package.name}_{package.version}-{package.release}_{package.architecture}.deb"
    architecture = {"all": "noarch", "amd64": "x86_64", "arm64": "aarch64"}[package.architecture]
    return f"{package.name}-{package.version}-{package.release}.{architecture}.rpm"


def _find_nfpm() -> str:
    beside = Path(sys.executable).parent / "nfpm"
    found = str(beside) if beside.exists() else shutil.which("nfpm")
    if not found:
        raise SystemExit("make packages: nfpm is missing: make setup installs it")
    return found
