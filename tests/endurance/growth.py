"""What the processes of a cluster, and this one, hold: before and after many blocks."""

import gc
import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass

import psutil

import pyfora
from tests.clusters import Cluster, wait_until

FEW = 10


@dataclass(frozen=True, slots=True)
class Held:
    """By one process."""

    nbytes: int  #: resident
    files: int  #: open, sockets among them
    threads: int

    def has_more_open(self, before: "Held") -> bool:
        """By more than comes and goes, as a second connection that is kept, or threads of earlier tests. What leaks shows in each block."""
        return self.files > before.files + FEW or self.threads > before.threads + FEW


def run_blocks(executor: pyfora.Executor, count: int) -> None:
    """Each as different from the others as a user's are: a value kept for the next one, a function, an exception, a list from the cores."""
    with executor.remotely:
        kept = [0]
    for number in range(count):
        with executor.remotely:
            kept = [*kept[-9:], number]
        with executor.remotely.downloadAll():
            total = sum(x * number for x in range(100)) + len(kept)
        if total != 4950 * number + min(number + 2, 10):
            raise AssertionError(f"block {number} gave {total}")


def measure(cluster: Cluster) -> Mapping[str, Held]:
    """By process, when all that was dropped is freed."""
    gc.collect()
    (worker,) = cluster.workers
    wait_until(lambda: len(worker.find_below("ufora-driver")) == 2)  # the session's, and a spare one
    driver = max(worker.find_below("ufora-driver"), key=lambda process: process.cpu_times().user)
    processes = {"manager": cluster.manager.daemon, "worker": worker.daemon, "driver": driver, "client": psutil.Process(os.getpid())}
    return {name: _look(process) for name, process in processes.items()}


def _look(process: psutil.Process) -> Held:
    own = process.pid == os.getpid()
    return Held(process.memory_info().rss, process.num_fds(), threading.active_count() if own else process.num_threads())
