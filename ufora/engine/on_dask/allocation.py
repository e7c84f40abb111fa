"""What glibc's malloc keeps of what a worker has freed, and what the system gets back. Elsewhere than with glibc: nothing changes.

glibc keeps freed memory by default, up to 32 MiB a piece, and the holes between pieces that live; whoever watches the process takes it for
results. Memory that goes back and is asked for again costs a fault for each page, which is dearer than what the page is for.
"""

import ctypes

LARGE_BYTES = 4 * 2**20
"""Allocations from this size on go back to the system as soon as they are freed. Twice a piece of the data channel, which is not to ask the
system for memory each time."""
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # malloc.h


def return_large_memory() -> None:
    """For this process, from now on."""
    if hasattr(_libc, "mallopt"):
        _libc.mallopt(_M_MMAP_THRESHOLD, LARGE_BYTES)
        keep_freed_memory(LARGE_BYTES)


def keep_freed_memory(nbytes: int) -> None:
    """Of what smaller allocations leave behind, this process keeps so much from now on, for its next ones."""
    if hasattr(_libc, "mallopt"):
        _libc.mallopt(_M_TRIM_THRESHOLD, nbytes)


def give_back_memory() -> None:
    """What is free in this process goes back to the system."""
    if hasattr(_libc, "malloc_trim"):
        _libc.malloc_trim(0)


_libc = ctypes.CDLL(None)
