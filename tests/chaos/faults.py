"""What can happen to a cluster, to any of its processes."""

import random
import signal
import threading
from collections.abc import Callable

import psutil

from tests.chaos.wired import WiredCluster
from tests.clusters import Cluster, Daemon, wait_until

FEWEST, MOST = 2, 4  #: workers
AWAY_SECONDS = (0.5, 9.0)  #: from hardly noticed to given up: a worker counts as lost after five


class Faults:
    """Each fault is done to `cluster` by `dice`; `counts` says how often. What is frozen or cut off comes back by itself."""

    def __init__(self, cluster: Cluster | WiredCluster, dice: random.Random) -> None:
        self.cluster = cluster
        self.dice = dice
        self.counts: dict[str, int] = {}
        self._mending: list[threading.Timer] = []

    def strike(self) -> None:
        faults: list[Callable[[], bool]] = [
            self.kill_worker,
            self.kill_machine,
            self.kill_manager,
            self.kill_child,
            self.freeze_worker,
            self.freeze_child,
            self.leave,
            self.join,
            self.cut,
        ]
        done = False
        while not done:
            fault = self.dice.choice(faults)
            try:
                done = fault()
            except psutil.NoSuchProcess:  # it died meanwhile, of an earlier fault
                continue
            if done:
                self.counts[fault.__name__] = self.counts.get(fault.__name__, 0) + 1

    def end(self) -> None:
        """All that is frozen thaws, all that is cut is mended."""
        for timer in self._mending:
            timer.join()

    def kill_worker(self) -> bool:
        """Its supervisor starts another."""
        return self._kill_daemon(self._choose())

    def kill_machine(self) -> bool:
        """A worker with all its processes, for good."""
        if len(self.cluster.workers) <= FEWEST:
            return False
        worker = self._choose()
        self.cluster.workers.remove(worker)
        worker.kill()
        return True

    def kill_manager(self) -> bool:
        """Only one that is up: nothing can be expected of a cluster whose manager never gets so far."""
        return self.cluster.is_up() and self._kill_daemon(self.cluster.manager)

    def kill_child(self) -> bool:
        """A driver, an interpreter or a nursery."""
        found = [
            child
            for name in ("ufora-driver", "ufora-interpret", "ufora-twin", "ufora-nursery")
            for child in self._choose().find_below(name)
        ]
        return bool(found) and self._kill(self.dice.choice(found))

    def freeze_worker(self) -> bool:
        pid = self._choose().daemon_pid
        return pid is not None and self._freeze(psutil.Process(pid))

    def freeze_child(self) -> bool:
        found = [child for name in ("ufora-driver", "ufora-interpret", "ufora-twin") for child in self._choose().find_below(name)]
        return bool(found) and self._freeze(self.dice.choice(found))

    def leave(self) -> bool:
        if len(self.cluster.workers) <= FEWEST:
            return False
        self.cluster.remove_worker(self._choose())
        return True

    def join(self) -> bool:
        if len(self.cluster.workers) >= MOST:
            return False
        self.cluster.join()
        return True

    def cut(self) -> bool:
        """The cable of a worker's machine. Only where machines have cables."""
        if not isinstance(self.cluster, WiredCluster):
            return False
        machine = self.cluster.machines[self._choose()]
        machine.cut()
        self._mend_later(machine.heal)
        return True

    def _choose(self) -> Daemon:
        return self.dice.choice(self.cluster.workers)

    def _kill_daemon(self, daemon: Daemon) -> bool:
        """False while it is just being started again."""
        pid = daemon.daemon_pid
        return pid is not None and self._kill(psutil.Process(pid))

    def _kill(self, process: psutil.Process) -> bool:
        process.kill()
        return True

    def _freeze(self, process: psutil.Process) -> bool:
        process.suspend()
        self._mend_later(lambda: _thaw(process))
        return True

    def _mend_later(self, mend: Callable[[], None]) -> None:
        timer = threading.Timer(self.dice.uniform(*AWAY_SECONDS), mend)
        timer.start()
        self._mending.append(timer)


def _thaw(process: psutil.Process) -> None:
    try:
        process.send_signal(signal.SIGCONT)
    except psutil.NoSuchProcess:
        return


def wait_until_calm(cluster: Cluster | WiredCluster) -> None:
    """Every worker has at most its spare driver left: no session, no value. One whose nursery was killed has none until it is asked."""
    for worker in cluster.workers:
        wait_until(lambda worker=worker: len(worker.find_below("ufora-driver")) <= 1 or None)
