"""A cluster over machines of a Lan, each with the documented ports."""

import re
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.cluster.programs import expect_letters
from tests.clusters import Daemon, Program, wait_until
from tests.networks.lan import Lan, Machine

LOST_AFTER_SECONDS = 5
GRACE_SECONDS = 5


class LanCluster:
    """A manager on a machine of its own, and a machine for clients; workers as they are added."""

    def __init__(self, folder: Path, lan: Lan, family: int = 4, **settings: str) -> None:
        """`family`: the version of IP that all speak."""
        self._folder = folder
        self._lan = lan
        self._family = family
        self._settings = settings
        self._ending = ExitStack()
        self.home = lan.add_machine("manager", [family])
        self.laptop = lan.add_machine("laptop", [family])
        limits = {"UFORA_REGISTRY_LOST_AFTER": str(LOST_AFTER_SECONDS), "UFORA_LIMITS_GRACE": str(GRACE_SECONDS)}
        self.manager = self._start(self.home, "manager", {"UFORA_NO_WORKER": "1", **limits, **settings})
        host = self.address_of(self.home)
        self.url = f"http://[{host}]:30000" if ":" in host else f"http://{host}:30000"

    def add_worker(self, machine: Machine, name: str = "", **settings: str) -> Daemon:
        """It may not have joined yet when this returns."""
        place = {"UFORA_MANAGER_ADDRESS": self.address_of(self.home), "UFORA_WORKER_OWN_ADDRESS": self.address_of(machine)}
        if port := self._settings.get("UFORA_REGISTRY_PORT"):
            place["UFORA_REGISTRY_PORT"] = port
        return self._start(machine, name or machine.name, {**place, **settings})

    def address_of(self, machine: Machine) -> str:
        return machine.addresses[self._family]

    def wait_for_workers(self, count: int) -> None:
        wait_until(lambda: self.count_workers() == count)

    def start_computing(self, count: int, machine: Machine | None = None) -> Program:
        """A program that has begun, on the laptop unless another machine is named."""
        program = (machine or self.laptop).start_client(self.url, "compute", str(count))
        assert program.read() == "begins"
        return program

    def check_computing(self) -> None:
        assert self.start_computing(50_000).finish() == str(expect_letters(50_000))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._ending.close()

    def _start(self, machine: Machine, name: str, settings: dict[str, str]) -> Daemon:
        cache = {"UFORA_CACHE_DIR": str(self._folder / "cache")}
        everywhere = {"UFORA_LISTEN_ADDRESS": "::" if self._family == 6 else "0.0.0.0"}
        daemon = machine.start_daemon(self._folder / name, {**cache, **everywhere, **settings})
        self._ending.callback(daemon.stop)
        return daemon

    def count_workers(self) -> int:
        told = re.findall(r" workers: (\d+)", self.manager.log)
        return int(told[-1]) if told else 0
