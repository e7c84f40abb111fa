"""The machine that a measurement is made on: what must be said of it, and what must be the same for everyone on it."""

import importlib.metadata
import os
import platform
import re
import time
from pathlib import Path

import numpy
import psutil

from benchmarks import numba_peer, openmp
from pyfora import __version__

MIB = 2**20
TOUCHED_BYTES = 1024 * MIB
"""What the largest programs here allocate while they are timed."""
PAGE_BYTES = 4096


def touch_memory(nbytes: int = TOUCHED_BYTES) -> None:
    """Has so much free memory at hand for whoever is timed next, or half of what is free.

    A virtual machine gives memory back to its host that nobody has used for a few seconds, and whoever uses it next waits for the host: 90
    MiB/s were seen, and 2,600 for the next one. Without this, who comes first pays for all.
    """
    numpy.empty(min(nbytes, psutil.virtual_memory().available // 2), numpy.uint8)[::PAGE_BYTES] = 0


def list_facts(command: str, repeat: int) -> list[tuple[str, str]]:
    return [
        ("date", time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())),
        ("command", f"`{command}`, {repeat} rounds"),
        ("machine", f"{_find('/proc/cpuinfo', 'model name')}, {len(os.sched_getaffinity(0))} cores, {_memory()} of memory"),
        ("system", f"{platform.system()} {platform.release()}, {' '.join(platform.libc_ver())}"),
        ("programs", f"pyfora {__version__}, Python {platform.python_version()}, numba {numba_peer.VERSION}, {openmp.version()}"),
        ("peers", ", ".join(f"{name} {_find_release(name)}" for name in ("dask", "distributed", "ray"))),
        ("load before", f"{_load_before:.2f} (average of the last minute, before the first round)"),
    ]


def _find(path: str, name: str) -> str:
    found = re.search(rf"^{name}\s*:\s*(.*)$", Path(path).read_text("utf-8"), re.MULTILINE)
    return found[1] if found else platform.machine()


def _find_release(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def _memory() -> str:
    return f"{int(_find('/proc/meminfo', 'MemTotal').split()[0]) / 2**20:.0f} GiB"


_load_before = os.getloadavg()[0]
