"""`python -m pyfora doctor URL`: the client's half of `ufora doctor`. It connects as a program does and runs two small blocks."""

import argparse
import json
import platform
import socket
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

from pyfora import errors
from pyfora._version import __version__
from pyfora.client.address import Address, parse_address
from pyfora.client.connect import connect
from pyfora.errors import PyforaError

SLOW_SECONDS = 0.25  # for a warm empty block; it takes 6 ms on the cluster and the way there and back. Guessed
EXIT_FINE, EXIT_WRONG = 0, 1


@dataclass(frozen=True, slots=True)
class Finding:
    step: str
    fine: bool
    found: str  #: with what to do, when it is not fine


def main(argv: Sequence[str]) -> int:
    """The exit code: 0 when all is fine, 1 when something is wrong, 2 for a wrong command line."""
    parser = argparse.ArgumentParser(prog="python -m pyfora", description="Check whether this machine can compute on a cluster.")
    parser.add_argument("--version", action="version", version=f"pyfora {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    doctor = commands.add_parser("doctor", help="check step by step and say what to do")
    doctor.add_argument("url", help="the manager's, such as http://localhost:30000")
    doctor.add_argument("--json", action="store_true", help="print the findings as JSON")
    arguments = parser.parse_args(argv)
    findings = []
    for finding in examine(arguments.url):
        findings.append(finding)
        if not arguments.json:
            print(f"{'ok  ' if finding.fine else 'BAD '}  {finding.step}: {finding.found}", flush=True)
    if arguments.json:
        print(json.dumps({"findings": [asdict(each) for each in findings]}, indent=2))
    return EXIT_FINE if all(each.fine for each in findings) else EXIT_WRONG


def examine(url: str) -> Iterator[Finding]:
    """Until the first thing that is wrong: the rest would only follow from it."""
    yield Finding("version", True, f"pyfora {__version__}, Python {platform.python_version()}")
    try:
        address = parse_address(url)
    except errors.ConnectionError as error:
        yield Finding("address", False, str(error))
        return
    name = _check_name(address)
    yield name
    if name.fine:
        yield from _check_blocks(url)


def _check_name(address: Address) -> Finding:
    try:
        found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
    except OSError:
        return Finding("name", False, f"there is no host named {address.host!r}: check the address, or your name server")
    return Finding("name", True, f"{address.host} is {found[0][4][0]}")


def _check_blocks(url: str) -> Iterator[Finding]:
    try:
        with connect(url, timeout=10.0) as executor:
            yield Finding("manager", True, f"{executor.address} takes HTTP and Socket.IO")
            if executor.getWorkerCount() == 0:
                yield Finding("workers", False, "none has joined: start one there, `UFORA_MANAGER_ADDRESS=… ufora run`")
                return
            yield Finding("workers", True, str(executor.getWorkerCount()))
            executor.submit(abs, -1).result()  # a session's first computation starts its driver
            began = time.perf_counter()
            answer = executor.submit(abs, -2).result().toLocal().result()
            took = time.perf_counter() - began
            yield Finding("answer", answer == 2, f"abs(-2) is {answer} there, after {1000 * took:.0f} ms")
            if took > SLOW_SECONDS:
                yield Finding("speed", False, "that is slow: is the network, or the manager's machine, overloaded?")
    except PyforaError as error:
        yield Finding("manager", False, str(error))
