"""What a person does with installed packages: apt, dnf, settings, a block from a client elsewhere."""

import os
import shutil
import subprocess
import tempfile
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.clusters import get
from tests.packages.machine import Machine
from tests.packages.prepare import CLIENT, ROOT

DOCUMENTED = "range(10 * 1000 * 1000)"
BLOCK_SECONDS = 600
PRIMES = {100_000: 9594, 8_000_000: 539779, 20_000_000: 1270609}
"""How many numbers below have no divisor by the documented program, which counts 0 and 1 too."""

HANG = """
import ctypes, os, sys

SEIZE, INTERRUPT, WALL = 0x4206, 0x4207, 0x40000000  # linux/ptrace.h, linux/wait.h
thread = int(sys.argv[1])
ptrace = ctypes.CDLL(None, use_errno=True).ptrace
for request in (SEIZE, INTERRUPT):
    if ptrace(request, thread, ctypes.c_void_p(0), ctypes.c_void_p(0)):
        raise OSError(ctypes.get_errno(), "ptrace")
while os.WIFSTOPPED(os.waitpid(thread, WALL)[1]):
    pass
"""
"""Stops one thread and no other; ends when the thread's process has been killed."""


@dataclass(slots=True)
class Client:
    """A program under way in a process of its own, in a venv that holds pyfora and nothing else, outside all machines."""

    process: subprocess.Popen[str]
    limit: int
    folder: Path  #: the program's own: Python imports from where it lies

    def check(self) -> str:
        """Wait for its answers, which must be right, and at least one; what it told the user meanwhile."""
        try:
            output, errors = self.process.communicate(timeout=BLOCK_SECONDS)
        finally:
            self.stop()
        assert (set(output.split()), self.process.returncode) == ({str(PRIMES[self.limit])}, 0), errors
        return errors

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def start_block(address: str, limit: int) -> Client:
    """`examples/count_primes.py`, up to another limit."""
    return _start_client(write_program(address, limit), limit)


def start_block_inside(machine: Machine, limit: int, python: str = "python3") -> Client:
    """The same with the client package that the machine has, and the machine's own Python."""
    machine.write("/root/count_primes.py", write_program("localhost", limit))
    folder = Path(tempfile.mkdtemp(prefix="ufora-client-"))
    return Client(machine.start(f"{python} /root/count_primes.py"), limit, folder)


@contextmanager
def keep_asking(machine: Machine, limit: int = 8_000_000) -> Iterator[Client]:
    """The same block again and again while what is inside is done, which begins with a block under way: whenever it does what it
    does, a block is hit by it. The client ends by itself soon afterwards."""
    once, block = write_program(machine.address, limit).split("with ", 1)
    go_on = "import os\nwhile os.path.exists(__file__ + '.go'):\n"
    client = _start_client(once + go_on + textwrap.indent("with " + block, "    "), limit)
    try:
        machine.wait_for(lambda: is_running(machine))
        yield client
        (client.folder / "count_primes.py.go").unlink()
    except BaseException:
        client.stop()
        raise


def run_client(program: str) -> str:
    """What another program prints, with the same client; it must end well."""
    client = _start_client(program, 0)
    try:
        output, errors = client.process.communicate(timeout=BLOCK_SECONDS)
    finally:
        client.stop()
    assert client.process.returncode == 0, errors
    return output


def _start_client(program: str, limit: int) -> Client:
    folder = Path(tempfile.mkdtemp(prefix="ufora-client-"))
    (folder / "count_primes.py").write_text(program)
    (folder / "count_primes.py.go").touch()
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PYFORA"))}
    command = [CLIENT / "bin" / "python", folder / "count_primes.py"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    return Client(process, limit, folder)


def write_program(address: str, limit: int) -> str:
    program = (ROOT / "examples" / "count_primes.py").read_text()
    assert DOCUMENTED in program
    return program.replace("localhost", address).replace(DOCUMENTED, f"range({limit})")


def is_running(machine: Machine, unit: str = "ufora-manager") -> bool:
    """Whether a block is under way, as its manager says."""
    return " 1 computations" in machine.show(unit, "StatusText")


def start_long_block(machine: Machine, limit: int = 20_000_000) -> Client:
    """Under way when this returns, and no other is."""
    machine.wait_for(lambda: " 0 computations" in machine.show("ufora-manager", "StatusText"))
    block = start_block(machine.address, limit)
    machine.wait_for(lambda: is_running(machine))
    return block


def release_of(machine: Machine) -> str:
    """What the manager says it is."""
    return get(f"http://{machine.address}:30000", "/version")[1].decode()


def main_pid(machine: Machine, unit: str) -> int:
    return int(machine.show(unit, "MainPID"))


def daemon_pid(machine: Machine, unit: str, module: str) -> int:
    """The process of `module` in the unit's control group."""
    pids = machine.say(f"pgrep --parent {main_pid(machine, unit)} -f -- '-m {module}'").split()
    return int(pids[0]) if pids else 0


def hang_loop(machine: Machine, pid: int) -> None:
    """Stop a daemon's first thread, which runs its event loop, until the daemon has been killed; the others go on."""
    machine.write("/run/hang.py", HANG)
    machine.run(f"python3 /run/hang.py {pid}")


def use_apt(machine: Machine, which: str) -> None:
    """Take packages from one of the repositories, and from nowhere else."""
    machine.run("cp /srv/now/apt/ufora.gpg /usr/share/keyrings/; rm -rf /etc/apt/sources.list /etc/apt/sources.list.d/*")
    machine.write("/etc/apt/sources.list.d/ufora.list", f"deb [signed-by=/usr/share/keyrings/ufora.gpg] file:/srv/{which}/apt ./\n")
    machine.run("apt-get update")


def use_dnf(machine: Machine, which: str) -> None:
    """Likewise. Its list of packages and each package must be signed."""
    signed = "gpgcheck=1\nrepo_gpgcheck=1\ngpgkey=file:///srv/now/dnf/ufora.asc\n"
    machine.run("rm -rf /etc/yum.repos.d/*")
    machine.write("/etc/yum.repos.d/ufora.repo", f"[ufora]\nname=ufora\nbaseurl=file:///srv/{which}/dnf\nenabled=1\n{signed}")
