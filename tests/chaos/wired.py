"""A cluster for chaos whose machines have cables that can be cut; the clients run on a machine of it too."""

import ctypes
import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from tests.clusters import Daemon, is_listening
from tests.networks.cluster import LanCluster
from tests.networks.lan import Lan, Machine

T = TypeVar("T")


class WiredCluster(LanCluster):
    """Each worker has a machine of its own."""

    def __init__(self, folder: Path, lan: Lan, workers: int, settings: Mapping[str, str]) -> None:
        self._worker_settings = {name: text for name, text in settings.items() if name.startswith("UFORA_WORKER")}
        super().__init__(folder, lan, **{name: text for name, text in settings.items() if name not in self._worker_settings})
        self.workers: list[Daemon] = []
        self.machines: dict[Daemon, Machine] = {}
        for _ in range(workers):
            self.join()

    def join(self) -> None:
        """One worker more."""
        machine = self._lan.add_machine(f"w{len(self.machines)}")
        worker = self.add_worker(machine, **self._worker_settings)
        self.workers.append(worker)
        self.machines[worker] = machine

    def remove_worker(self, worker: Daemon) -> None:
        self.workers.remove(worker)
        worker.stop()

    def is_up(self) -> bool:
        return is_listening(30000, self.home.address)

    def run_on_laptop(self, work: Callable[[], T]) -> T:
        """What `work` gives. It and all threads it starts have the laptop's network."""
        with ThreadPoolExecutor(1, initializer=_enter, initargs=[self.laptop.namespace]) as threads:
            return threads.submit(work).result()


def _enter(namespace: str) -> None:
    """For the calling thread. `os.setns` came with Python 3.12."""
    libc = ctypes.CDLL(None, use_errno=True)
    with open(f"/run/netns/{namespace}", "rb") as file:
        if libc.setns(file.fileno(), 0):
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
