"""Peers in C: compiled when they are needed, loaded into this process, called without the GIL."""

import ctypes
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FLAGS = ("-O3", "-march=native", "-fopenmp", "-ffp-contract=off", "-shared", "-fPIC")
"""Contracting `a * b + c` to one rounding would change the bits: that is not the program that is measured."""
NO_COMPILER = "no gcc here"


def is_there() -> bool:
    return shutil.which("gcc") is not None


def version() -> str:
    """gcc's first line about itself."""
    if not is_there():
        return NO_COMPILER
    return subprocess.run(["gcc", "--version"], capture_output=True, text=True, check=True).stdout.splitlines()[0]


class Openmp:
    """Compiles into one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self, name: str, source: str) -> ctypes.CDLL | None:
        """The library that a source text makes; None without a compiler."""
        if not is_there():
            return None
        text, library = self._folder / f"{name}.c", self._folder / f"{name}.so"
        text.write_text(source, "utf-8")
        subprocess.run(["gcc", *FLAGS, str(text), "-o", str(library), "-lm"], check=True)
        return ctypes.CDLL(str(library))


@contextmanager
def one_thread() -> Iterator[None]:
    """Teams that this thread starts meanwhile have one thread. Needs a library that was loaded."""
    runtime = ctypes.CDLL("libgomp.so.1")
    before = runtime.omp_get_max_threads()
    runtime.omp_set_num_threads(1)
    try:
        yield
    finally:
        runtime.omp_set_num_threads(before)
