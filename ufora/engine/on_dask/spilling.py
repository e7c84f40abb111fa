# mypy: disable-error-code="no-untyped-call"
"""Results that do not fit into a worker's memory go to its disk; what fits onto neither fails, and only that.

    a result is made ─► memory ─► full: the oldest go to disk ─► disk full, and memory beyond SLACK too ─► OutOfRoom for the new one

Dask keeps what it cannot write in memory, for as long as there is any of the machine's. A worker would take its neighbours' memory then,
or be paused for good. Here whoever asks for more when there is no more is told so; small results always find room, so that others'
work goes on.
"""

import ctypes
import logging
from pathlib import Path
from typing import Any
from urllib.parse import quote

from distributed.spill import SpillBuffer

from ufora.engine.contract import OutOfRoom
from ufora.engine.on_dask.settings import SETTINGS

_log = logging.getLogger("ufora.engine")

SLACK = 1.25
"""With the disk full, results may take so many times the memory from which on they are written to it. Guessed: what is under way fits."""
LEAST_SHARE = 0.1
"""Of its memory a worker gives to results, however much it takes for itself and its other processes. Guessed."""
UNDER_WAY_SHARE, UNDER_WAY_BYTES = 1 / 8, 64 * 2**20
"""Of its memory, and at most, a worker keeps for what is no result yet or no longer: chunks that are made, received, decoded or read
back from disk. Two of the largest chunks; a worker of 250 MiB was seen at 269 without that, while others computed on the machine."""
SMALL_SHARE = 0.001
"""Results smaller than this share of that memory are kept, come what may: a few of them harm nobody. Guessed."""
LARGE_BYTES = 4 * 2**20
"""Allocations from this size on go back to the system as soon as they are freed. Twice a piece of the data channel, which is not to ask the
system for memory each time."""
_TARGET: float = SETTINGS["distributed.worker.memory.target"]
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # malloc.h


class Spill(SpillBuffer):
    """The results of one worker, in memory and on disk."""

    def __init__(self, worker_local_directory: str, limit_bytes: int, own_bytes: int) -> None:
        """`limit_bytes`: most memory that the worker may use; `own_bytes`: what it takes with no result at all."""
        self._folder = Path(worker_local_directory, "storage")
        self._limit_bytes = limit_bytes
        self._own_bytes = own_bytes
        self._problem = ""  #: why nothing could be written, the last time; "" while it could
        logging.getLogger("distributed.spill").addFilter(_is_news)
        super().__init__(str(self._folder), target=self._find_target(limit_bytes))

    def leave_room(self, children_bytes: int) -> int:
        """Results give way to what the worker's other processes hold; bytes that are left for this one, results and all. What is too much
        then goes to disk with the next result, or when Dask finds this process larger than that."""
        least = (self._own_bytes + LEAST_SHARE * self._limit_bytes) / _TARGET
        process_bytes = max(self._limit_bytes - children_bytes, int(least))
        self.n = self._find_target(process_bytes)
        return process_bytes

    def _find_target(self, process_bytes: int) -> int:
        """Bytes of results from which on they are written to disk, in a process that may take so many."""
        under_way = min(self._limit_bytes * UNDER_WAY_SHARE, UNDER_WAY_BYTES)
        room = max(process_bytes - self._own_bytes - under_way, self._limit_bytes * LEAST_SHARE)
        return int(room * _TARGET)

    def fast_to_slow(self, key: Any, value: object) -> None:
        """Write a result to disk. Raises OSError."""
        try:
            super().fast_to_slow(key, value)
        except OSError as error:
            for part in self._folder.glob(f"{quote(str(key), safe='')}#*"):
                part.unlink()  # of a file that was not finished
            self._note(error.strerror or str(error))
            raise
        self._problem = ""

    def __setitem__(self, key: Any, value: object) -> None:
        """Raises OutOfRoom when the result fits nowhere; then it is not kept."""
        super().__setitem__(key, value)
        self._check_room(key)

    def __getitem__(self, key: Any) -> object:
        """Raises OSError when it cannot be read from disk."""
        try:
            return super().__getitem__(key)
        except OSError:
            if key not in self.fast:
                raise
            return self.fast[key]  # it is back; what was to make room for it could not be written

    def evict(self) -> int:
        """As Dask's; and what was freed goes back to the system, so that whoever looks at the process sees it."""
        weight = super().evict()
        give_back_memory()
        return weight

    def _check_room(self, key: Any) -> None:
        is_small = self.fast.weights.get(key, 0) <= SMALL_SHARE * self.n
        if self.fast.total_weight <= SLACK * self.n or is_small:
            return
        del self[key]
        raise OutOfRoom(
            f"results fit neither into a worker's memory ({self._limit_bytes // 2**20} MiB, setting worker.memory_mib or memory_percent) "
            f"nor into {self._folder} (setting spool.dir): {self._problem}. Make room there, or let either of them be larger"
        )

    def _note(self, problem: str) -> None:
        if problem != self._problem:
            _log.error("cannot write results to %s: %s", self._folder, problem)
        self._problem = problem


def _is_news(record: logging.LogRecord) -> bool:
    """Not what `_note` says once, with a traceback every few seconds."""
    return "Spill to disk failed" not in record.msg


def return_large_memory() -> None:
    """For this process, from now on. glibc keeps freed memory by default, up to 32 MiB a piece, and the holes between pieces that live."""
    if hasattr(_libc, "mallopt"):
        _libc.mallopt(_M_MMAP_THRESHOLD, LARGE_BYTES)
        _libc.mallopt(_M_TRIM_THRESHOLD, LARGE_BYTES)


def give_back_memory() -> None:
    """What is free in this process goes back to the system."""
    if hasattr(_libc, "malloc_trim"):
        _libc.malloc_trim(0)


_libc = ctypes.CDLL(None)
