"""`make demo`: a cluster on this machine, both example programs on it, their answers and times.

The programs name the documented port 30000. When something else listens there, they run as copies with another port.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ufora.service.ports import find_free_ports, is_free

EXAMPLES = Path(__file__).resolve().parent
PROGRAMS = {
    "verify.py": "sum(math.sin(i) for i in range(10**9))",
    "count_primes.py": "the numbers below ten million without a divisor, counted by trial division",
}
HOST = "127.0.0.1"
DOCUMENTED_PORT = 30000


def main() -> int:
    port = choose_port()
    print("Starting a cluster on this machine …", flush=True)
    with start_cluster(port) as ready:
        if not ready:
            print("The cluster did not start: the lines above say why.")
            return 1
        failed = [name for name in PROGRAMS if not run_program(name, port)]
    print("The cluster has stopped.")
    return 1 if failed else 0


def choose_port() -> int:
    if is_free(DOCUMENTED_PORT, HOST):
        return DOCUMENTED_PORT
    port = find_free_ports(1, HOST)
    print(f"Port {DOCUMENTED_PORT} is in use: the cluster takes port {port}, and the programs run as copies that name it.")
    return port


@contextmanager
def start_cluster(port: int) -> Iterator[bool]:
    """A private cluster; it ends when its standard input closes, so also when this program is killed."""
    # A cluster the user has set up for something else must not change this one.
    environment = {name: text for name, text in os.environ.items() if not name.startswith("UFORA_")}
    command = [sys.executable, "-m", "ufora", "run", "--private", f"--web-http-port={port}"]
    with subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as cluster:
        assert cluster.stdin
        assert cluster.stdout
        with cluster.stdin:
            yield cluster.stdout.readline().startswith("ready ")


def run_program(name: str, port: int) -> bool:
    print(f"\nexamples/{name}: {PROGRAMS[name]}", flush=True)
    with tempfile.TemporaryDirectory(prefix="ufora-demo-") as folder:
        path = EXAMPLES / name
        if port != DOCUMENTED_PORT:
            path = Path(folder, name)
            path.write_text((EXAMPLES / name).read_text("utf-8").replace(str(DOCUMENTED_PORT), str(port)), "utf-8")
        started = time.monotonic()
        code = subprocess.run([sys.executable, str(path)], check=False).returncode
        seconds = time.monotonic() - started
    print(f"{seconds:.1f} s, the program's start included" if code == 0 else f"failed with exit code {code}", flush=True)
    return code == 0


if __name__ == "__main__":
    raise SystemExit(main())
