"""Imports run downhill, as the line "Imports" of each package's docstring says; and each outside thing has one door."""

import ast
import re
from dataclasses import dataclass, field

import pytest

from tests.rules.tree import Import, is_under, list_imports, list_modules, parse

PACKAGES = sorted(file for file in list_modules("pyfora", "ufora") if file.endswith("/__init__.py") and file.count("/") >= 2)
ROOTS = {
    # the two roots have no "Imports" line: they hold the public names
    "pyfora": ("pyfora",),
    "ufora": ("pyfora._version", "ufora.service"),
}


@dataclass(frozen=True, slots=True)
class Door:
    """An outside thing, and the only files that may touch it."""

    thing: str
    names: tuple[str, ...]  #: what an import of it looks like
    files: tuple[str, ...]  #: paths, or folders with a slash at the end
    exceptions: dict[str, str] = field(default_factory=dict)  #: path → reason


DOORS = [
    Door("numba", ("numba", "llvmlite"), ("ufora/compile/", "ufora/numerics/")),
    Door("Dask", ("dask", "distributed"), ("ufora/engine/on_dask/",)),
    Door("the web server", ("aiohttp", "socketio", "engineio"), ("ufora/gateway/",), {"pyfora/client/": "the client's side of Socket.IO"}),
    Door(
        "the environment",
        ("os.environ", "os.getenv", "os.putenv"),
        ("ufora/service/config.py",),
        {
            "ufora/runtime/processes/forking.py": "sets what numeric libraries read as they load",
            "pyfora/client/bar.py": "PYFORA_PROGRESS, which users set",
            "pyfora/client/token.py": "the client has no settings file",
        },
    ),
    Door("systemd", ("sdnotify",), ("ufora/service/notify.py",)),
    Door("frames and tracing", ("sys.settrace", "sys._getframe", "sys._current_frames"), ("pyfora/capture/withblock.py",)),
    Door("ZeroMQ", ("zmq",), ("ufora/engine/on_dask/channel/",)),
    Door(  # between our own processes only
        "pickle",
        ("pickle", "cloudpickle", "marshal", "shelve"),
        ("ufora/runtime/tasks.py", "ufora/engine/on_dask/channel/packing.py"),
    ),
]


def list_touches(file: str) -> list[Import]:
    """Imports, and attributes of imported modules such as `os.environ`."""
    touches = list(list_imports(file))
    for node in ast.walk(parse(file)):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            touches.append(Import(file, node.lineno, f"{node.value.id}.{node.attr}"))
    return touches


def read_allowed(package_file: str) -> list[str]:
    """The packages named after "Imports", also over several lines."""
    docstring = ast.get_docstring(parse(package_file)) or ""
    found = re.search(r"^Imports +(.+(?:\n +.+)*)", docstring, re.MULTILINE)
    assert found, f"{package_file}: the docstring has no line 'Imports'"
    return [] if found[1].startswith("nothing") else [name.strip() for name in found[1].replace("\n", " ").split(",")]


def find_room(file: str) -> str | None:
    """The deepest package with a docstring of its own that holds the file."""
    parts = file.split("/")[:-1]
    while len(parts) > 1:
        candidate = "/".join([*parts, "__init__.py"])
        if candidate in PACKAGES and "Imports" in (ast.get_docstring(parse(candidate)) or ""):
            return candidate
        parts.pop()
    return None


@pytest.mark.parametrize("file", list_modules("pyfora", "ufora"))
def test_imports_run_downhill(file: str) -> None:
    room = find_room(file)
    if room:
        own = room.removesuffix("/__init__.py").replace("/", ".")
        allowed = [own, *read_allowed(room), "pyfora._version", "ufora.__version__"]
    else:
        allowed = [*ROOTS[file.split("/")[0]], file.removesuffix(".py").replace("/", ".")]
    wrong = [
        f"{each.file}:{each.line} imports {each.name}; {room or file} may import {', '.join(allowed)}"
        for each in list_imports(file)
        if each.name.split(".")[0] in ("pyfora", "ufora", "tests") and not any(is_under(each.name, name) for name in allowed)
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("file", list_modules("pyfora"))
def test_the_client_never_imports_the_cluster(file: str) -> None:
    assert not [f"{each.file}:{each.line}" for each in list_imports(file) if is_under(each.name, "ufora")]


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.thing)
def test_each_outside_thing_has_one_door(door: Door) -> None:
    wrong = [
        f"{touch.file}:{touch.line} touches {touch.name}: only {', '.join(door.files) or 'nobody'} may"
        for file in list_modules("pyfora", "ufora")
        if not file.startswith((*door.files, *door.exceptions))
        for touch in list_touches(file)
        if any(is_under(touch.name, name) for name in door.names)
    ]
    assert not wrong, "\n".join(wrong)
