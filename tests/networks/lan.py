"""Machines with a network of their own: namespaces joined by a switch. Nothing of it is seen outside, and it is gone with the test.

    namespace uf3f9a-manager            namespace uf3f9a-switch            namespace uf3f9a-one
      eth0 10.77.0.1  ◄──── veth ────►  manager ─┐        ┌─ one  ◄── veth ──►  eth0 10.77.0.2
           fd77::1                               └─ lan ──┘                          fd77::2
                                                 (bridge)

A cut is the switch's end of a cable taken down: packets are lost in silence, as they are behind a broken switch. Each machine is this
one's processor, memory and disk; only its network is its own.
"""

import os
import secrets
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.clusters import Daemon, Program

SWITCH = "switch"
OUTSIDE, INSIDE = "10.77.0", "10.78.0"


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True, text=True)


def find_obstacle() -> str:
    """Why no network can be made here; "" where it can."""
    if missing := [tool for tool in ("ip", "ss", "nsenter") if not shutil.which(tool)]:
        return f"there is no {missing[0]} here: install iproute2 and util-linux"
    try:
        with Lan():
            return ""
    except subprocess.CalledProcessError as error:
        return f"network namespaces cannot be made (they need root): {error.stderr.strip()}"


class Machine:
    def __init__(self, lan: "Lan", name: str, number: int, families: Sequence[int], router: "Machine | None" = None) -> None:
        """At the switch, or with a cable to a router only."""
        self._lan = lan
        far = router.namespace if router else lan.namespace(SWITCH)
        self.name = name
        self.namespace = lan.namespace(name)
        self.addresses = {4: f"{INSIDE if router else OUTSIDE}.{number}", 6: f"fd77::{number}"}
        lan.add_namespace(name)
        ip("link", "add", "eth0", "netns", self.namespace, "type", "veth", "peer", "name", name, "netns", far)
        ip("-n", self.namespace, "link", "set", "lo", "up")
        ip("-n", self.namespace, "link", "set", "eth0", "up")
        if 4 in families:
            ip("-n", self.namespace, "addr", "add", f"{self.addresses[4]}/24", "dev", "eth0")
        if 6 in families:
            ip("-n", self.namespace, "addr", "add", f"{self.addresses[6]}/64", "dev", "eth0", "nodad")
        ip("-n", far, "link", "set", "dev", name, "up", *([] if router else ["master", "lan"]))

    @property
    def address(self) -> str:
        return self.addresses[4]

    @property
    def enter(self) -> list[str]:
        """Goes before a command that is to run here; it stays the same process."""
        return ["nsenter", f"--net=/run/netns/{self.namespace}"]

    def start_daemon(self, folder: Path, settings: Mapping[str, str]) -> Daemon:
        return Daemon(folder, {"UFORA_LISTEN_ADDRESS": "0.0.0.0", **settings}, self.enter)

    def start_client(self, *words: str) -> Program:
        return Program("tests.networks.client", words, self.enter)

    def start_forwarder(self, *pairs: str) -> Program:
        """It ends with the Lan."""
        forwarder = Program("tests.networks.forwarder", pairs, self.enter)
        assert forwarder.read() == "ready"
        return forwarder

    def add_address(self, address: str) -> None:
        ip("-n", self.namespace, "addr", "add", f"{address}/24", "dev", "eth0")

    def add_inside(self, name: str) -> tuple["Machine", str]:
        """A machine that only this one reaches, on a cable of their own; and this one's address there."""
        inside = Machine(self._lan, name, 2, [4], router=self)
        ip("-n", self.namespace, "addr", "add", f"{INSIDE}.1/24", "dev", name)
        return inside, f"{INSIDE}.1"

    def list_listening(self) -> list[str]:
        """Every socket here that waits for others, of all processes: "tcp 0.0.0.0:30000"."""
        command = [*self.enter, "ss", "-H", "--numeric", "--listening", "--tcp", "--udp", "--raw", "--sctp"]
        lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
        return sorted(f"{line.split()[0]} {line.split()[4]}" for line in lines)

    def cut(self) -> None:
        ip("-n", self._lan.namespace(SWITCH), "link", "set", "dev", self.name, "down")

    def heal(self) -> None:
        ip("-n", self._lan.namespace(SWITCH), "link", "set", "dev", self.name, "up")


class Lan:
    """A switch and the machines at it."""

    def __init__(self) -> None:
        self._prefix = f"uf{secrets.token_hex(3)}"
        self._machines: list[Machine] = []
        self._namespaces: list[str] = []
        self.add_namespace(SWITCH)
        ip("-n", self.namespace(SWITCH), "link", "add", "lan", "type", "bridge")
        ip("-n", self.namespace(SWITCH), "link", "set", "lan", "up")

    def namespace(self, name: str) -> str:
        return f"{self._prefix}-{name}"

    def add_namespace(self, name: str) -> None:
        ip("netns", "add", self.namespace(name))
        self._namespaces.append(self.namespace(name))

    def add_machine(self, name: str, families: Sequence[int] = (4, 6)) -> Machine:
        """`families`: the versions of IP that it speaks."""
        machine = Machine(self, name, len(self._machines) + 1, families)
        self._machines.append(machine)
        return machine

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for namespace in reversed(self._namespaces):
            _remove(namespace)


def _remove(namespace: str) -> None:
    """With whatever still runs in it."""
    pids = subprocess.run(["ip", "netns", "pids", namespace], check=True, capture_output=True, text=True).stdout.split()
    for pid in map(int, pids):
        os.kill(pid, signal.SIGKILL)
    ip("netns", "del", namespace)
