"""A cluster under fire while clients compute; every answer is checked, and at the end nothing may be left over."""

import random
import threading
import time
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psutil

import pyfora
from tests.chaos.faults import Faults, wait_until_calm
from tests.chaos.programs import PROGRAMS
from tests.chaos.wired import WiredCluster
from tests.clusters import Cluster, wait_until
from tests.networks.lan import Lan, find_obstacle

CLIENTS = 3
PAUSE_SECONDS = (0.2, 2.5)  #: between two faults
CLIENT_SECONDS = 120.0  #: how long clients wait for a manager to come back
HANG_SECONDS = 180.0  #: a client that has not ended so long after the last fault hangs
MORE_FILES = 40
"""Open files of a daemon at the end, beyond the most at the beginning. Guessed: a few connections for each worker and driver;
what leaks shows a hundred times."""
SETTINGS = {
    "UFORA_REGISTRY_LOST_AFTER": "5",
    "UFORA_LIMITS_GRACE": "5",
    "UFORA_WORKER_DRAIN": "5",
    "UFORA_WORKER_THREADS": "2",
}


@dataclass
class Outcome:
    faults: Mapping[str, int]
    answers: int
    problems: list[str] = field(default_factory=list)  #: wrong answers, hangs and leaks

    def __str__(self) -> str:
        told = f"{sum(self.faults.values())} faults, {self.answers} right answers, {len(self.problems)} problems: {dict(self.faults)}"
        return "\n".join([told, *self.problems])


@dataclass
class _Left:
    """What must be gone when the cluster has ended."""

    processes: list[psutil.Process] = field(default_factory=list)  #: those that there were at the end
    shared: set[Path] = field(default_factory=set)  #: files in /dev/shm that any process of the cluster had mapped when somebody looked

    def look(self, cluster: Cluster | WiredCluster) -> None:
        self.processes = [process for daemon in (cluster.manager, *cluster.workers) for process in daemon.list_processes()]
        for process in self.processes:
            self.shared |= _list_shared(process)


def _list_shared(process: psutil.Process) -> set[Path]:
    """Those of other programs are no business of ours."""
    try:
        maps = Path(f"/proc/{process.pid}/maps").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return set()
    return {Path(line[line.index("/dev/shm/") :]) for line in maps.splitlines() if "/dev/shm/" in line and not line.endswith(" (deleted)")}


class _Client(threading.Thread):
    """Computes until told to stop; keeps what went wrong."""

    def __init__(self, url: str, seed: str) -> None:
        super().__init__(name=f"client {seed}", daemon=True)
        self._url = url
        self._dice = random.Random(seed)
        self._stop_asked = threading.Event()
        self.connected = threading.Event()
        self.answers = 0
        self.problems: list[str] = []
        self.busy_with = ""

    def stop(self) -> None:
        self._stop_asked.set()

    def run(self) -> None:
        with pyfora.connect(self._url, timeout=CLIENT_SECONDS) as executor:
            self.connected.set()
            while not self._stop_asked.is_set():
                program = self._dice.choice(PROGRAMS)
                self.busy_with = program.__name__
                try:
                    program(executor, self._dice)
                    self.answers += 1
                except BaseException:  # noqa: BLE001 - it is told at the end
                    self.problems.append(f"{self.name}, {program.__name__}: {traceback.format_exc()}")


def run_chaos(seconds: float, seed: str, folder: Path, most_faults: int = 10**9) -> Outcome:
    """Faults for so many seconds, or so many of them. Where networks can be made, cables are cut too."""
    if obstacle := find_obstacle():
        print(f"no cable is cut: {obstacle}", flush=True)
        with Cluster(folder, workers=3, settings=SETTINGS) as cluster:
            outcome, left = _strike(cluster, seconds, seed, most_faults)
    else:
        with Lan() as lan, WiredCluster(folder, lan, workers=3, settings=SETTINGS) as wired:
            outcome, left = wired.run_on_laptop(lambda: _strike(wired, seconds, seed, most_faults))
    outcome.problems += [f"left over: {process}" for process in psutil.wait_procs(left.processes, timeout=20)[1]]
    outcome.problems += [f"left over: {path}" for path in sorted(left.shared) if path.exists()]
    return outcome


def _strike(cluster: Cluster | WiredCluster, seconds: float, seed: str, most_faults: int) -> tuple[Outcome, _Left]:
    dice = random.Random(seed)
    wait_until(lambda: all("registered" in worker.log for worker in cluster.workers))
    most_files = max(daemon.daemon.num_fds() for daemon in (cluster.manager, *cluster.workers)) + MORE_FILES
    clients = [_Client(cluster.url, f"{seed}-{number}") for number in range(CLIENTS)]
    for client in clients:
        client.start()
        assert client.connected.wait(CLIENT_SECONDS)
    faults, left = Faults(cluster, dice), _Left()
    pause = threading.Event()
    until = time.monotonic() + seconds
    while time.monotonic() < until and sum(faults.counts.values()) < most_faults:
        pause.wait(dice.uniform(*PAUSE_SECONDS))
        left.look(cluster)
        faults.strike()
    faults.end()
    problems = _end_clients(clients)
    daemons = (cluster.manager, *cluster.workers)
    if not problems:
        wait_until_calm(cluster)
        open_files = {daemon.folder.name: daemon.daemon.num_fds() for daemon in daemons}
        problems += [f"{name} has {count} files open" for name, count in open_files.items() if count > most_files]
    left.look(cluster)
    return Outcome(faults.counts, sum(client.answers for client in clients), problems), left


def _end_clients(clients: list[_Client]) -> list[str]:
    for client in clients:
        client.stop()
    until = time.monotonic() + HANG_SECONDS
    for client in clients:
        client.join(max(0.1, until - time.monotonic()))
    hanging = [f"{client.name} hangs in {client.busy_with}" for client in clients if client.is_alive()]
    return [problem for client in clients for problem in client.problems] + hanging
