"""The source tree, as the rules look at it."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Import:
    """One imported name: `from a.b import c` is "a.b.c"."""

    file: str
    line: int
    name: str


@cache
def list_modules(*folders: str) -> list[str]:
    return sorted(str(path.relative_to(ROOT)) for folder in folders for path in (ROOT / folder).rglob("*.py"))


@cache
def parse(file: str) -> ast.Module:
    return ast.parse((ROOT / file).read_text("utf-8"), file)


def list_imports(file: str) -> Iterator[Import]:
    for node in ast.walk(parse(file)):
        if isinstance(node, ast.Import):
            yield from (Import(file, node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                base = ".".join([*file.split("/")[: -node.level], *base.split(".")]).rstrip(".")
            yield from (Import(file, node.lineno, f"{base}.{alias.name}") for alias in node.names)


def is_under(name: str, package: str) -> bool:
    return name == package or name.startswith(package + ".")
