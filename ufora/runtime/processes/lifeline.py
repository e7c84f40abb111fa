"""A child dies with its worker, at once, whatever it is doing.

    worker  ── write end ──►  pipe  ── read end ──►  child

The child asks the kernel for SIGKILL as soon as something happens on the read end, and the only thing that ever happens there is that
the last write end closes: by the worker, or because the worker is no more. No thread of the child has to run for it, so a child
inside one long C call that keeps the GIL dies too. The worker kills a child the same way, by closing its end: no process
id is involved that could meanwhile belong to another process.
"""

import fcntl
import os
import select
import signal
from typing import BinaryIO


def open_lifeline() -> tuple[int, BinaryIO]:
    """The child's end, a file descriptor, and the worker's: closing it ends the child."""
    read_end, write_end = os.pipe()
    return read_end, os.fdopen(write_end, "wb", buffering=0)


def hang_on(lifeline: int) -> None:
    """From now on this process lives only as long as the other end is open."""
    fcntl.fcntl(lifeline, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(lifeline, fcntl.F_SETSIG, signal.SIGKILL)
    fcntl.fcntl(lifeline, fcntl.F_SETFL, fcntl.fcntl(lifeline, fcntl.F_GETFL) | os.O_ASYNC)
    readable, _, _ = select.select([lifeline], [], [], 0)
    if readable:  # it was closed before the kernel was asked
        os.kill(os.getpid(), signal.SIGKILL)
