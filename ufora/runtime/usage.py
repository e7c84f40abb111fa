"""Processor time and memory of this process and all below it, read from /proc.

psutil finds the processes below one by reading those of the whole machine, ten milliseconds on a busy one; the kernel's own lists of
children take a tenth of one.
"""

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
TICKS = os.sysconf("SC_CLK_TCK")
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
UTIME, STIME, RSS = 11, 12, 21  # fields behind the name in /proc/PID/stat, see proc(5)


@dataclass(frozen=True, slots=True)
class Used:
    cores: float  #: processor time since the last reading, in cores
    memory_bytes: int  #: resident


class Usage:
    def __init__(self, top: int, clock: Callable[[], float] = time.monotonic) -> None:
        """`top`: process id of the one that is measured with all below it."""
        self._top = top
        self._clock = clock
        self._read_at = clock()
        self._ticks = {pid: ticks for pid, ticks, _ in _read(top)}

    def read(self) -> Used:
        now, processes = self._clock(), list(_read(self._top))
        spent = sum(ticks - self._ticks.get(pid, 0) for pid, ticks, _ in processes)
        passed = max(now - self._read_at, 1e-3)
        self._read_at, self._ticks = now, {pid: ticks for pid, ticks, _ in processes}
        return Used(max(0.0, spent / TICKS / passed), sum(pages for _, _, pages in processes) * PAGE_BYTES)


def _read(top: int) -> Iterator[tuple[int, int, int]]:
    """(process, ticks of processor time so far, resident pages)"""
    for pid in _list_processes(top):
        try:
            fields = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
        except OSError:  # it has ended meanwhile
            continue
        yield pid, int(fields[UTIME]) + int(fields[STIME]), int(fields[RSS])


def _list_processes(top: int) -> Iterator[int]:
    yield top
    for children in (PROC / str(top) / "task").glob("*/children"):
        try:
            below = children.read_text().split()
        except OSError:
            continue
        for pid in below:
            yield from _list_processes(int(pid))
