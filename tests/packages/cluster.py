"""What a person does with installed packages: apt, dnf, settings, a block from a client elsewhere."""

import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.clusters import get
from tests.packages.machine import Machine

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTED = "range(10 * 1000 * 1000)"
BLOCK_SECONDS = 250
PRIMES = {100_000: 9594, 20_000_000: 1270609, 40_000_000: 2433656}
"""How many numbers below have no divisor by the documented program, which counts 0 and 1 too."""


@dataclass(slots=True)
class Block:
    """`examples/count_primes.py` up to another limit, under way in a process of its own."""

    process: subprocess.Popen[str]
    limit: int
    file: Path

    def check(self) -> str:
        """Wait for its answer, which must be right; what its client told the user meanwhile."""
        try:
            output, errors = self.process.communicate(timeout=BLOCK_SECONDS)
        finally:
            self.stop()
        assert (output.strip(), self.process.returncode) == (str(PRIMES[self.limit]), 0), errors
        return errors

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()
        self.file.unlink(missing_ok=True)


def start_block(address: str, limit: int) -> Block:
    """The client is this test's own Python, outside all machines."""
    program = write_program(address, limit)
    with tempfile.NamedTemporaryFile("w", suffix=".py", delete=False) as file:
        file.write(program)
    command = [sys.executable, file.name]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return Block(
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True), limit, Path(file.name)
    )


def write_program(address: str, limit: int) -> str:
    program = (ROOT / "examples" / "count_primes.py").read_text()
    assert DOCUMENTED in program
    return program.replace("localhost", address).replace(DOCUMENTED, f"range({limit})")


def is_running(machine: Machine, unit: str = "ufora-manager") -> bool:
    """Whether a block is under way, as its manager says."""
    return " 1 computations" in machine.show(unit, "StatusText")


def start_long_block(machine: Machine, limit: int = 20_000_000) -> Block:
    """Under way when this returns."""
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


def use_apt(machine: Machine, which: str) -> None:
    """Take packages from one of the repositories, and from nowhere else."""
    machine.run("cp /srv/now/apt/ufora.gpg /usr/share/keyrings/; rm -rf /etc/apt/sources.list /etc/apt/sources.list.d/*")
    machine.write("/etc/apt/sources.list.d/ufora.list", f"deb [signed-by=/usr/share/keyrings/ufora.gpg] file:/srv/{which}/apt ./\n")
    machine.run("apt-get update")


def use_dnf(machine: Machine, which: str) -> None:
    text = f"[ufora]\nname=ufora\nbaseurl=file:///srv/{which}/dnf\ngpgcheck=0\nenabled=1\n"
    machine.run("rm -rf /etc/yum.repos.d/*")
    machine.write("/etc/yum.repos.d/ufora.repo", text)
