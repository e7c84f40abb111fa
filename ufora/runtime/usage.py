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
UTIME, STIME = 11, 12  # fields behind the name in /proc/PID/stat, see proc(5)
RESIDENT, SHARED = 1, 2  # fields of /proc/PID/statm, pages; shared: with files, as libraries are, but not by a fork
STILL_SHARED = 0.5
"""Of the memory of the process that a process was forked from, it still has so much in common with it. Measured: 31 to 42 of a nursery's 57
MiB, for drivers that have computed and new ones. The kernel knows it exactly, but takes long to say it of a large process."""


@dataclass(frozen=True, slots=True)
class Used:
    cores: float  #: processor time since the last reading, in cores
    memory_bytes: int  #: resident; libraries are counted with the top one only, and what forks share about once
    children_bytes: int  #: of that, what all but the top one hold


class Usage:
    def __init__(self, top: int, clock: Callable[[], float] = time.monotonic) -> None:
        """`top`: process id of the one that is measured with all below it."""
        self._top = top
        self._clock = clock
        self._read_at = clock()
        self._ticks = {process.pid: process.ticks for process in _read(top)}
        self.last = Used(0.0, 0, 0)

    def read(self) -> Used:
        """Also kept as `last`."""
        now, processes = self._clock(), list(_read(self._top))
        spent = sum(process.ticks - self._ticks.get(process.pid, 0) for process in processes)
        passed = max(now - self._read_at, 1e-3)
        self._read_at, self._ticks = now, {process.pid: process.ticks for process in processes}
        memory = sum(process.nbytes for process in processes)
        children = sum(process.nbytes for process in processes if process.pid != self._top)
        self.last = Used(max(0.0, spent / TICKS / passed), memory, children)
        return self.last


@dataclass(frozen=True, slots=True)
class _Process:
    pid: int
    ticks: int  #: of processor time so far
    nbytes: int  #: memory that it adds to what those above it hold


def _read(top: int) -> Iterator[_Process]:
    """`top`, programs that it started, and what those forked."""
    looked = _look(top)
    if looked is not None:
        ticks, resident, _ = looked
        yield _Process(top, ticks, resident)
        for child in _list_children(top):
            yield from _read_below(child, 0)


def _read_below(pid: int, above: int) -> Iterator[_Process]:
    """`above`: bytes of the process that this one was forked from; 0 when it runs a program of its own."""
    looked = _look(pid)
    if looked is not None:
        ticks, resident, shared = looked
        yield _Process(pid, ticks, max(0, resident - shared - int(STILL_SHARED * above)))
        for child in _list_children(pid):
            yield from _read_below(child, resident - shared)


def _look(pid: int) -> tuple[int, int, int] | None:
    """Ticks, bytes resident, bytes of them shared with files; None when it has ended meanwhile."""
    try:
        stat = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
        pages = (PROC / str(pid) / "statm").read_text().split()
    except OSError:
        return None
    return int(stat[UTIME]) + int(stat[STIME]), int(pages[RESIDENT]) * PAGE_BYTES, int(pages[SHARED]) * PAGE_BYTES


def _list_children(pid: int) -> Iterator[int]:
    for children in (PROC / str(pid) / "task").glob("*/children"):
        try:
            yield from map(int, children.read_text().split())
        except OSError:
            continue
