"""What runs in the nursery's own process: import, warm up, then fork on request.

It stays single-threaded for good: a fork copies memory, locks included, but of the threads only the one that forks. Its numeric
libraries are told so before they load.
"""

import gc
import importlib
import json
import os
import resource
import signal
import socket
import sys
import traceback
from typing import Any, NoReturn

from pyfora.errors import InternalError
from ufora.runtime.processes.child import Channel, find_entry, load
from ufora.runtime.processes.lastwords import write_when_dying
from ufora.runtime.processes.lifeline import hang_on

REQUEST_BYTES = 4096
"""Longest request, bytes: an entry's name and a process name."""
OOM_SCORE = b"500"
"""Out of memory, the kernel should take a driver or an interpreter before the worker itself; 1000 would be first of all."""


def main() -> None:
    control_fd, lifeline, preparation = int(sys.argv[1]), int(sys.argv[2]), json.loads(sys.argv[3])
    hang_on(lifeline)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel buries dead children; who cares sees the channel close
    _write_own("comm", b"ufora-nursery")
    for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.putenv(variable, "1")  # read by the libraries themselves when they load
    _warm_up(preparation["preload"], preparation["warm_up"])
    _serve(socket.socket(fileno=control_fd))


def _warm_up(preload: list[str], warm_up: str) -> None:
    for module in preload:
        importlib.import_module(module)
    if warm_up:
        load(warm_up)()
    threads = len(os.listdir("/proc/self/task"))
    if threads > 1:
        raise InternalError(f"the nursery has {threads} threads after loading {preload} and {warm_up!r}: it must not fork; load less")
    gc.collect()
    gc.freeze()  # a collection in a child would otherwise touch, and so copy, every page


def _serve(control: socket.socket) -> None:
    control.send(b"warm")
    while True:
        request, descriptors, _, _ = socket.recv_fds(control, REQUEST_BYTES, 3)
        if not request:
            return
        channel, lifeline, words = descriptors
        try:
            pid = os.fork()
        except OSError as error:
            pid = -(error.errno or 1)
        if pid == 0:
            control.close()
            _become(json.loads(request), channel, lifeline, words)
        for descriptor in descriptors:
            os.close(descriptor)
        control.send(str(pid).encode())


def _become(request: dict[str, Any], channel: int, lifeline: int, words: int) -> NoReturn:
    """Be the child: the rest of this process."""
    status = 1
    try:
        hang_on(lifeline)
        write_when_dying(words)
        _limit_memory(request["memory_bytes"])
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        _write_own("comm", request["name"].encode())
        _write_own("oom_score_adj", OOM_SCORE)
        find_entry(request["entry"])(Channel(socket.socket(fileno=channel)))
        status = 0
    except SystemExit as leaving:
        print(leaving, file=sys.stderr)
    except BaseException:  # noqa: BLE001 - the end of this process; there is nobody to raise to
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _limit_memory(more: int) -> None:
    """Most memory this process may take beyond what it has; 0: any amount. Shared pages of the nursery count as had."""
    if more:
        with open("/proc/self/status") as status:
            had = next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmData:"))
        resource.setrlimit(resource.RLIMIT_DATA, (had + more, resource.RLIM_INFINITY))


def _write_own(name: str, value: bytes) -> None:
    with open(f"/proc/self/{name}", "wb") as file:
        file.write(value)
