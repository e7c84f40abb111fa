"""The packages as `packaging/packages.toml` describes them."""

import platform
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

ROOT = Path(__file__).resolve().parents[2]
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
Format = Literal["deb", "rpm"]
FORMATS: tuple[Format, ...] = ("deb", "rpm")


@dataclass(frozen=True, slots=True)
class File:
    source: str  #: a path of the repository, or "made/…"; "" for a folder
    to: str  #: where it is installed
    kind: str  #: "", "config", "tree", "dir"
    owner: str
    mode: int  #: 0 is the usual one
    only: str  #: the one format it is for, or ""


@dataclass(frozen=True, slots=True)
class Package:
    name: str
    version: str
    release: str
    python: str  #: the Python minor of the libraries: "3.11"
    summary: str
    description: str
    architecture: str  #: "all", or Debian's name of this machine's
    maintainer: str
    homepage: str
    section: str
    depends: Mapping[str, list[str]]  #: by format
    recommends: Mapping[str, list[str]]  #: likewise
    units: list[str]  #: that are enabled and started
    templates: list[str]
    files: list[File]


def read(root: Path, version: str = "") -> list[Package]:
    """`version`: instead of the source's own."""
    described = tomllib.loads((root / "packaging" / "packages.toml").read_text("utf-8"))
    shared = {name: described.pop(name) for name in ("python", "release", "maintainer", "homepage", "section")}
    shared["version"] = version or read_version(root)
    return [_read_package(name, table, shared) for name, table in described.items()]


def read_version(root: Path) -> str:
    found = re.search(r'^__version__ = "(.+)"', (root / "pyfora" / "_version.py").read_text("utf-8"), re.MULTILINE)
    if not found:
        raise SystemExit("pyfora/_version.py names no version")
    return found[1]


def _read_package(name: str, table: Mapping[str, Any], shared: Mapping[str, str]) -> Package:
    return Package(
        name=name,
        **shared,
        summary=table["summary"],
        description=table["description"].strip(),
        architecture=ARCHITECTURES[platform.machine()] if table.get("native") else "all",
        depends=_read_names(table, "depends", shared),
        recommends=_read_names(table, "recommends", shared),
        units=table.get("units", []),
        templates=table.get("templates", []),
        files=[_read_file(entry, shared) for entry in table["files"]],
    )


def _read_names(table: Mapping[str, Any], key: str, shared: Mapping[str, str]) -> dict[str, list[str]]:
    return {each: [name.format(**shared) for name in table.get(f"{each}_{key}", [])] for each in FORMATS}


def _read_file(entry: Mapping[str, Any], shared: Mapping[str, str]) -> File:
    return File(
        source=entry.get("from", ""),
        to=entry["to"].format(**shared),
        kind=entry.get("kind", ""),
        owner=entry.get("owner", "root"),
        mode=entry.get("mode", 0),
        only=entry.get("only", ""),
    )
