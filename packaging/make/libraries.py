"""The libraries that ufora-common brings along: the locked releases, for one Python minor, without what only developers need.

Cached by everything they depend on. Bytecode comes along: the daemons could not write it, and a cold start takes a quarter of the time.
"""

import hashlib
import re
import shutil
import subprocess
import sys
from pathlib import Path

SOURCE_ONLY = "sdnotify"  # the one release that is no wheel
UNUSED = ("numba",)  # in the lock only because it says which llvmlite goes with which Python
NOT_NEEDED = ("tests", "test", "include", "__pycache__", "bin")
SUFFIXES = (".pyi", ".pyx", ".pxd", ".c", ".h", ".cpp", ".hpp", ".a")
LARGE = "llvmlite/binding/libllvmlite.so"  # stripping others has broken them, some without a word
SMOKE = (
    "import aiohttp, distributed, llvmlite.binding, msgpack, numpy.linalg, numpy.fft, psutil, sdnotify, socketio, tomli, uvloop, yaml, zmq"
)


def make(root: Path, work: Path, python: str) -> Path:
    """The folder with the libraries, made where it is missing."""
    interpreter = _find_python(python)
    lock = (root / "requirements" / "packages.txt").read_text("utf-8")
    wanted = hashlib.sha256((lock + Path(__file__).read_text("utf-8") + python).encode()).hexdigest()[:16]
    folder = work / f"libraries-{wanted}"
    if folder.is_dir():
        return folder
    unfinished = work / "libraries-unfinished"
    for stale in work.glob("libraries-*"):
        shutil.rmtree(stale)
    unfinished.mkdir(parents=True)
    _install(lock, unfinished, work, interpreter)
    _trim(unfinished)
    subprocess.run(["strip", "--strip-unneeded", unfinished / LARGE], check=True)
    compile_all(unfinished, python)
    load = f"import sys; sys.path.insert(0, {str(unfinished)!r}); {SMOKE}"
    subprocess.run([interpreter, "-I", "-B", "-c", load], check=True)
    unfinished.rename(folder)
    return folder


def compile_all(folder: Path, python: str) -> None:
    """Bytecode for the place the folder will be installed at. Never checked against the source: that is read-only."""
    where = ["-s", str(folder), "-p", "/usr/lib/ufora"]
    command = [_find_python(python), "-I", "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash", *where, str(folder)]
    subprocess.run(command, check=True)


def _find_python(python: str) -> str:
    for name in (f"/usr/bin/python{python}", f"python{python}"):
        if found := shutil.which(name):
            return found
    raise SystemExit(f"make packages: no python{python} found: install it, or change `python` in packaging/packages.toml")


def _install(lock: str, folder: Path, work: Path, interpreter: str) -> None:
    """First the wheels, with the pip of this environment for the other Python; then the one that is built, which is pure Python."""
    entries = re.split(r"^(?=\S+==)", lock, flags=re.MULTILINE)
    names = {entry.partition("==")[0]: entry for entry in entries if "==" in entry}
    built = names.pop(SOURCE_ONLY)
    pip = [sys.executable, "-m", "pip"]
    install = ["install", "-qq", "--no-compile", "--require-hashes", "--no-deps", "--target", str(folder)]
    wheels, sources = work / "wheels.txt", work / "sources.txt"
    wheels.write_text("".join(entry for name, entry in names.items() if name not in UNUSED))
    sources.write_text(built)
    subprocess.run([*pip, "--python", interpreter, *install, "--only-binary", ":all:", "-r", wheels], check=True)
    subprocess.run([*pip, *install, "--no-build-isolation", "-r", sources], check=True)


def _trim(folder: Path) -> None:
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir() and path.name in NOT_NEEDED:
            shutil.rmtree(path)
        elif path.is_file() and (path.suffix in SUFFIXES or path.name in ("INSTALLER", "REQUESTED", "direct_url.json", "RECORD")):
            path.unlink()
