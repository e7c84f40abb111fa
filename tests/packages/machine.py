"""A machine with a booted systemd, for tests: a pristine root file system, a network of its own, gone with the test.

    host namespace            namespace of the machine
      ufN-host  ◄── veth ──►  eth0 10.231.N.2      systemd-nspawn --boot --volatile=overlay ROOT
      10.231.N.1

systemd-nspawn is told to use no service manager of the host: the host may have none. It tells when the machine has booted.
"""

import contextlib
import ctypes
import os
import re
import shlex
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
GOODBYE = b"goodbye"
PR_SET_PDEATHSIG = 1  # linux/prctl.h
STOP_SECONDS = 60.0
PATIENCE_SECONDS = 180.0
"""How long anything awaited may take. Generous: a test that fails shows it, one that passes never waits so long."""
JOURNAL_QUEUE = 512
"""Datagrams that wait for the journal. systemd asks for as many when it boots; in a container it may not, and its own lines get lost."""
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", "HOME": "/root", "DEBIAN_FRONTEND": "noninteractive"}


@dataclass(slots=True)
class Machine:
    """A booted machine."""

    name: str
    number: int  #: of its network
    leader: int  #: process id of its init, seen from the host
    process: subprocess.Popen[bytes]
    console: Path  #: what it printed while booting

    @property
    def address(self) -> str:
        return f"10.231.{self.number}.2"

    def run(self, command: str, check: bool = True, timeout: float = PATIENCE_SECONDS * 2) -> subprocess.CompletedProcess[str]:
        """A shell command inside, as root; its output and errors together."""
        done = subprocess.run(
            self._enter(command), env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=timeout, check=False
        )
        if check and done.returncode:
            raise AssertionError(f"{self.name}: {command!r} ended with {done.returncode}:\n{done.stdout}")
        return done

    def start(self, command: str) -> subprocess.Popen[str]:
        """The same, without waiting for its end; output and errors apart."""
        return subprocess.Popen(self._enter(command), env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def _enter(self, command: str) -> list[str]:
        return ["nsenter", "-t", str(self.leader), "-m", "-u", "-i", "-n", "-p", "-C", "--", "/bin/sh", "-c", f"cd /; {command}"]

    def say(self, command: str) -> str:
        """What a command prints, stripped; it may fail."""
        return self.run(command, check=False).stdout.strip()

    def write(self, path: str, text: str) -> None:
        self.run(f"mkdir -p $(dirname {path}); printf %s {shlex.quote(text)} > {path}")

    def show(self, unit: str, name: str) -> str:
        """A property of a unit."""
        return self.say(f"systemctl show --value -p {name} {unit}")

    def journal(self, unit: str) -> str:
        return self.say(f"journalctl --no-pager -o cat -u {unit}")

    def wait_for_line(self, unit: str, text: str) -> str:
        """The first line of a unit's journal that holds `text`. The journal takes lines when it has time."""
        return self.wait_for(lambda: next((line for line in self.journal(unit).splitlines() if text in line), None))

    def list_told(self, unit: str, *names: str) -> list[str]:
        """Which of these the service told systemd, in order, since `systemctl log-level debug`. See sd_notify(3)."""
        told = re.findall(r"Got notification message from PID \d+ \((.*)\)", self.journal(unit))
        facts = [fact.partition("=")[0] for message in told for fact in message.split(", ")]
        return [fact for fact in facts if fact in names]

    def wait_for(self, find: Callable[[], T | None]) -> T:
        return wait_for(find, lambda: self.say("systemctl --no-pager --failed; journalctl --no-pager -n 40"))


def wait_for(find: Callable[[], T | None], explain: Callable[[], str] = lambda: "") -> T:
    """What `find` finds, as soon as it is true."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (found := find()):
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {PATIENCE_SECONDS:g} s in vain\n{explain()}")
        time.sleep(0.1)
    return found


@contextlib.contextmanager
def boot(root: Path, name: str, number: int, folder: Path) -> Iterator[Machine]:
    """`root`: see roots.py; it is not changed. `folder` is seen inside at /srv, read-only."""
    with _network(name, number) as namespace, tempfile.TemporaryDirectory(prefix="ufora-") as work:
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        with listener:
            listener.bind(f"{work}/notify")
            console = Path(work, "console")
            with console.open("wb") as output:
                process = subprocess.Popen(
                    _list_options(root, name, namespace, folder),
                    env={**ENVIRONMENT, "NOTIFY_SOCKET": f"{work}/notify"},
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    preexec_fn=lambda: _prepare(name),
                )
            leader = 0
            try:
                leader = _wait_until_booted(listener, process, console)
                threading.Thread(target=_drain, args=[listener.dup()], daemon=True).start()
                yield Machine(name, number, leader, process, console)
            finally:
                _power_off(process, leader)
                with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as farewell:
                    farewell.sendto(GOODBYE, f"{work}/notify")
                _remove_cgroups(name)


def _power_off(process: subprocess.Popen[bytes], leader: int) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        if leader:  # the machine would outlive its systemd-nspawn
            os.kill(leader, signal.SIGKILL)
        process.kill()
        process.wait()


def _list_options(root: Path, name: str, namespace: str, folder: Path) -> list[str]:
    return [
        "systemd-nspawn",
        "-q",
        f"--directory={root}",
        f"--machine={name}",
        "--boot",
        "--register=no",
        "--keep-unit",
        "--capability=CAP_NET_ADMIN",  # for its firewall; the network is its own
        "--console=pipe",
        "--notify-ready=yes",
        "--kill-signal=SIGRTMIN+4",
        "--link-journal=no",
        "--resolv-conf=off",
        "--timezone=off",
        "--volatile=overlay",
        f"--network-namespace-path=/run/netns/{namespace}",
        f"--bind-ro={folder}:/srv",
    ]


def _wait_until_booted(listener: socket.socket, process: subprocess.Popen[bytes], console: Path) -> int:
    """The process id of its init."""
    leader, said = 0, ""
    while "READY=1" not in said:
        said = wait_for(lambda: _hear(listener, process, console), lambda: console.read_text("utf-8", "replace"))
        if found := re.search(r"X_NSPAWN_LEADER_PID=(\d+)", said):
            leader = int(found[1])
    return leader


def _drain(listener: socket.socket) -> None:
    """The machine's systemd goes on telling how it is, and would hang if nobody took it."""
    with listener:
        listener.setblocking(True)
        while listener.recv(4096) != GOODBYE:
            pass


def _hear(listener: socket.socket, process: subprocess.Popen[bytes], console: Path) -> str | None:
    with contextlib.suppress(BlockingIOError):
        return listener.recv(4096).decode()
    if process.poll() is not None:
        raise AssertionError(f"the machine did not boot:\n{console.read_text('utf-8', 'replace')}")
    return None


@contextlib.contextmanager
def _network(name: str, number: int) -> Iterator[str]:
    """A namespace whose eth0 reaches the host, and nothing else."""
    near = f"uf{number}-host"
    ip("netns", "add", name)
    try:
        ip("link", "add", near, "type", "veth", "peer", "name", "eth0", "netns", name)
        ip("addr", "add", f"10.231.{number}.1/24", "dev", near)
        ip("link", "set", near, "up")
        ip("netns", "exec", name, "sh", "-c", f"echo {JOURNAL_QUEUE} >/proc/sys/net/unix/max_dgram_qlen")
        ip("-n", name, "addr", "add", f"10.231.{number}.2/24", "dev", "eth0")
        for device in ("lo", "eth0"):
            ip("-n", name, "link", "set", device, "up")
        yield name
    finally:
        subprocess.run(["ip", "link", "del", near], check=False, capture_output=True)
        subprocess.run(["ip", "netns", "del", name], check=False, capture_output=True)


@contextlib.contextmanager
def cable(first: Machine, second: Machine, number: int) -> Iterator[tuple[str, str]]:
    """A veth pair between two machines; their addresses on it. `ip("-n", name, "link", "set", "eth1", "down")` cuts it."""
    ip("-n", first.name, "link", "add", "eth1", "type", "veth", "peer", "name", "eth1", "netns", second.name)
    addresses = f"10.231.{number}.1", f"10.231.{number}.2"
    for machine, address in zip((first, second), addresses, strict=True):
        ip("-n", machine.name, "addr", "add", f"{address}/24", "dev", "eth1")
        ip("-n", machine.name, "link", "set", "eth1", "up")
    yield addresses


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True)


def _prepare(name: str) -> None:
    """In the child: it dies with the test, and has control groups of its own, or two machines would share one."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    for folder in _list_cgroups(name):
        folder.mkdir(exist_ok=True)
        (folder / "cgroup.procs").write_text(str(os.getpid()))


def _list_cgroups(name: str) -> list[Path]:
    """One in each hierarchy that systemd uses."""
    hierarchies = []
    for line in Path("/proc/mounts").read_text().splitlines():
        _, where, kind, options, *_ = line.split()
        if kind == "cgroup2" or (kind == "cgroup" and "name=systemd" in options.split(",")):
            hierarchies.append(Path(where, f"ufora-test-{name}"))
    return hierarchies


def _remove_cgroups(name: str) -> None:
    for top in _list_cgroups(name):
        for folder, _, _ in os.walk(top, topdown=False):
            with contextlib.suppress(OSError):
                os.rmdir(folder)
