"""What a measurement must say about where and how it was made."""

import importlib.metadata
import os
import platform
import re
import time
from pathlib import Path

from benchmarks import numba_peer, openmp
from pyfora import __version__


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
