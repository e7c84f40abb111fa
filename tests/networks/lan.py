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
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.clusters import PATIENCE_SECONDS, Daemon

ROOT = Path(__file__).resolve().parents[2]
SWITCH = "switch"


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True, text=True)


def find_obstacle() -> str:
    """Why no network can be made here; "" where it can."""
    try:
        with Lan():
            return ""
    except FileNotFoundError:
        return "there is no `ip` here: install iproute2"
    except subprocess.CalledProcessError as error:
        return f"network namespaces cannot be made (they need root): {error.stderr.strip()}"


class Program:
    """A user's program on a machine; see client.py."""

    def __init__(self, machine: "Machine", words: Sequence[str]) -> None:
        environment = {name: text for name, text in os.environ.items() if not name.startswith(("UFORA_", "PYFORA_"))}
        self.process = subprocess.Popen(
            [*machine.enter, sys.executable, "-m", "tests.networks.client", *words],
            env={**environment, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.errors = ""

    def read(self) -> str:
        """Its next line."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def finish(self) -> str:
        """All the rest that it prints; what it logged is in `errors` afterwards."""
        try:
            output, self.errors = self.process.communicate(timeout=2 * PATIENCE_SECONDS)
        finally:
            self.process.kill()
        return output.strip()


class Machine:
    def __init__(self, lan: "Lan", name: str, number: int, families: Sequence[int]) -> None:
        self._lan = lan
        self.name = name
        self.namespace = lan.namespace(name)
        self.addresses = {4: f"10.77.0.{number}", 6: f"fd77::{number}"}
        lan.add_namespace(name)
        ip("link", "add", "eth0", "netns", self.namespace, "type", "veth", "peer", "name", name, "netns", lan.namespace(SWITCH))
        ip("-n", self.namespace, "link", "set", "lo", "up")
        ip("-n", self.namespace, "link", "set", "eth0", "up")
        if 4 in families:
            ip("-n", self.namespace, "addr", "add", f"{self.addresses[4]}/24", "dev", "eth0")
        if 6 in families:
            ip("-n", self.namespace, "addr", "add", f"{self.addresses[6]}/64", "dev", "eth0", "nodad")
        ip("-n", lan.namespace(SWITCH), "link", "set", "dev", name, "master", "lan", "up")

    @property
    def address(self) -> str:
        return self.addresses[4]

    @property
    def enter(self) -> list[str]:
        """Goes before a command that is to run here; it stays the same process."""
        return ["nsenter", f"--net=/run/netns/{self.namespace}"]

    def start_daemon(self, folder: Path, settings: Mapping[str, str]) -> Daemon:
        return Daemon(folder, {"UFORA_LISTEN_ADDRESS": "0.0.0.0", **settings}, self.enter)

    def start_program(self, *words: str) -> Program:
        return Program(self, words)

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
