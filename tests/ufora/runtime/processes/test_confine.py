"""A real process that has confined itself, as remote code would find it that has got past everything else."""

import subprocess
import sys
from pathlib import Path

import pytest

from ufora.runtime.processes.confine import find_version

IS_THERE = find_version() > 0
"""Has this kernel Landlock? Else it is tried that the process says so and goes on."""
PROLOGUE = "import json, numpy, os, socket, subprocess, sys, threading\nfrom ufora.runtime.processes.confine import confine\n"


def run_confined(folder: Path, text: str, *, connects: bool = False) -> str:
    """The last line of what it says."""
    code = f"{PROLOGUE}if confine([{str(folder)!r}], connects={connects}) != {IS_THERE}: sys.exit('it says the wrong thing')\n{text}\n"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    return (done.stdout + done.stderr).strip().splitlines()[-1]


REFUSED = {
    "reading a secret": "open('/etc/passwd').read()",
    "listing a folder": "os.listdir('/')",
    "writing elsewhere": "open('/tmp/ufora_escaped', 'w')",
    "removing": "os.remove(sys.executable)",
    "a folder": "os.mkdir('/tmp/ufora_escaped')",
    "a program": "os.execv('/bin/true', ['true'])",
    "a program as a child": "subprocess.run(['/bin/true'])",
    "a shell": "open('/bin/sh', 'rb')",
    "a connection": "socket.create_connection(('127.0.0.1', 9))",
    "a port": "socket.socket().bind(('127.0.0.1', 0))",
    "from another thread": "t = threading.Thread(target=lambda: open('/etc/passwd')); t.start(); t.join(); sys.exit()",
}


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED)
def test_the_kernel_refuses(tmp_path: Path, text: str) -> None:
    said = run_confined(tmp_path, text if IS_THERE else "print('nothing is refused')")
    assert said.startswith("PermissionError: [Errno 13] Permission denied" if IS_THERE else "nothing is refused")


NEEDED = {
    "machine code is kept": "open(os.path.join({folder!r}, 'kept'), 'w').write('x'); print(os.listdir({folder!r}))",
    "libraries are imported late": "import statistics, numpy.polynomial; print(['kept'])",
    "its own state is read": "open('/proc/self/maps').read(1); os.urandom(3); print(['kept'])",
}


@pytest.mark.parametrize("text", NEEDED.values(), ids=NEEDED)
def test_what_a_process_needs_goes_on(tmp_path: Path, text: str) -> None:
    assert run_confined(tmp_path, text.format(folder=str(tmp_path))) == "['kept']"


def test_a_driver_may_go_on_talking_with_the_cluster(tmp_path: Path) -> None:
    text = "listener = socket.create_server(('127.0.0.1', 0)); socket.create_connection(listener.getsockname()); print('talks')"
    assert run_confined(tmp_path, text, connects=True) == "talks"
