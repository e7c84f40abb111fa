"""`ufora doctor`: is this machine set up well, and does it see the cluster? Every step says what it found and what to do.

Nothing is changed, and nothing is sent but questions to the manager and connections to its workers' ports.
"""

import ipaddress
import json
import os
import platform
import resource
import shutil
import socket
import stat
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cryptography import x509

from pyfora.errors import ConfigurationError
from ufora import __version__
from ufora.service import exits
from ufora.service.address import find_own_address
from ufora.service.config import ManagerConfig, WorkerConfig, read_manager_config, read_worker_config
from ufora.service.dangers import list_dangers
from ufora.service.tools.asking import CannotAsk, Manager
from ufora.service.tools.text import show_bytes

FINE, WARNING, WRONG = "fine", "warning", "wrong"
MARKS = {FINE: "ok  ", WARNING: "warn", WRONG: "BAD "}
CONNECT_SECONDS = 3.0
MOST_SKEW_SECONDS = 2.0  # between the clocks of two machines; guessed: log lines of both are still in order for people
LEAST_BYTES = 2**30  # free, where values are spilled to and machine code is kept; guessed
OWN_ADDRESS_ADVICE = "set UFORA_WORKER_OWN_ADDRESS to an address that others reach this machine by, or mend its name in /etc/hosts"
RENEW_DAYS = 30  # a certificate that ends sooner is told. Guessed
LEAST_FILES = 1024  # open files; a worker keeps some for each peer and child


@dataclass(frozen=True, slots=True)
class Finding:
    step: str
    state: str  #: "fine", "warning" or "wrong"
    found: str
    advice: str = ""  #: what to do about it


def run_doctor(manager: Manager, as_json: bool) -> int:
    """Print what is found, step by step; the exit code says whether anything is wrong."""
    findings = []
    for finding in examine(manager):
        findings.append(finding)
        if not as_json:
            print(f"{MARKS[finding.state]}  {finding.step}: {finding.found}" + (f"\n        {finding.advice}" if finding.advice else ""))
    if as_json:
        print(json.dumps({"findings": [asdict(each) for each in findings]}, indent=2))
    return exits.NO if any(each.state == WRONG for each in findings) else exits.FINE


def examine(there: Manager) -> Iterator[Finding]:
    """All steps, in an order in which the first thing wrong is mostly the cause of the rest."""
    yield Finding("version", FINE, f"ufora {__version__}, Python {platform.python_version()}")
    try:
        manager, worker = read_manager_config({}, make=False), read_worker_config({}, make=False)
    except ConfigurationError as error:
        yield Finding("settings", WRONG, str(error), "`ufora check-config --show` prints every setting and where it comes from")
        return
    yield Finding("settings", FINE, "every setting can be used")
    yield check_name(worker)
    yield from check_disk(manager, worker)
    yield check_files()
    yield from check_keys(manager, worker)
    yield from check_cluster(there, worker)


def check_name(worker: WorkerConfig) -> Finding:
    """Others must reach this machine by the address its worker registers."""
    own = worker.worker_own_address or find_own_address(worker.listen_address, worker.manager_address)
    try:
        address = str(socket.getaddrinfo(own, None)[0][4][0])
    except OSError:
        return Finding("name", WRONG, f"{own} is no known host", OWN_ADDRESS_ADVICE)
    if ipaddress.ip_address(address).is_loopback and worker.manager_address:
        return Finding("name", WRONG, f"a worker here would register as {own}, which names every machine itself", OWN_ADDRESS_ADVICE)
    return Finding("name", FINE, f"a worker here registers as {own}")


def check_disk(manager: ManagerConfig, worker: WorkerConfig) -> Iterator[Finding]:
    folders = {"spool.dir of the manager": manager.spool_dir, "spool.dir of the worker": worker.spool_dir, "cache.dir": worker.cache_dir}
    for setting, folder in {**folders, **({"log.dir": worker.log_dir} if worker.log_dir else {})}.items():
        place = next(each for each in [Path(folder), *Path(folder).absolute().parents] if each.exists())
        if not os.access(place, os.W_OK):
            yield Finding("disk", WRONG, f"{setting}: {place} cannot be written", f"run as a user who may, or choose another {setting}")
        elif (free := shutil.disk_usage(place).free) < LEAST_BYTES:
            yield Finding("disk", WARNING, f"{setting}: {show_bytes(free)} free at {place}", "make room, or choose another disk")
        else:
            yield Finding("disk", FINE, f"{setting}: {show_bytes(free)} free at {place}")


def check_files() -> Finding:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < LEAST_FILES:
        return Finding("open files", WARNING, f"at most {soft}", f"`ulimit -n {min(hard, 65536)}` or LimitNOFILE= in the unit")
    return Finding("open files", FINE, f"at most {soft:,}")


def check_keys(manager: ManagerConfig, worker: WorkerConfig) -> Iterator[Finding]:
    """That they can be used, `settings` says already: here, who can read them, until when they last, and what is open without."""
    for danger in list_dangers(manager):
        yield Finding("keys", WARNING, danger, "`ufora keys new` makes keys; docs/security.md says where they go")
    secrets = {manager.keys_cluster_file, worker.keys_cluster_file, manager.keys_token_file, manager.web_private_key}
    for path in sorted(secrets - {""}):
        if Path(path).stat().st_mode & stat.S_IRWXO:
            yield Finding("keys", WRONG, f"{path}: everybody on this machine may read it", f"chmod o= {path}")
        else:
            yield Finding("keys", FINE, f"{path}: not everybody may read it")
    for path in sorted({manager.keys_cluster_file, worker.keys_cluster_file, manager.web_certificate} - {""}):
        yield check_certificate(path, datetime.now(UTC))


def check_certificate(path: str, now: datetime) -> Finding:
    days = (x509.load_pem_x509_certificates(Path(path).read_bytes())[0].not_valid_after_utc - now).days
    if days < 0:
        return Finding("keys", WRONG, f"{path}: the certificate is no longer valid", "replace it")
    if days < RENEW_DAYS:
        return Finding("keys", WARNING, f"{path}: the certificate is valid for {days} more days only", "replace it soon")
    return Finding("keys", FINE, f"{path}: the certificate is valid for {days:,} more days")


def check_cluster(manager: Manager, worker: WorkerConfig) -> Iterator[Finding]:
    parts = urlsplit(manager.url)
    try:
        began = time.time()
        status = manager.get("/api/v1/status")
        ended = time.time()
    except CannotAsk as error:
        if error.code == exits.REFUSED:
            advice = "UFORA_MANAGER_TOKEN_FILE=… names a file with a token of yours"
            yield Finding("keys", WRONG, str(error), advice)
        else:
            port = check_port("manager", parts.hostname or "", parts.port or 80, "clients come there")
            yield Finding("manager", WRONG, str(error), port.advice)
        return
    yield Finding("manager", FINE, f"ufora {status['version']} answers at {manager.url} in {1000 * (ended - began):.0f} ms")
    yield check_version("manager", status["version"])
    yield check_clock(status["now"], began, ended)
    host = worker.manager_address or parts.hostname or "127.0.0.1"
    yield check_port("registry", host, worker.registry_port, "registry.port of manager and workers must be the same")
    workers = manager.get("/api/v1/workers")["workers"]
    if not workers:
        yield Finding("workers", WRONG, "none has joined", "start one: UFORA_MANAGER_ADDRESS=… ufora run, and look at its log")
    for each in workers:
        yield from check_worker(each, status["now"])


def check_worker(told: dict[str, Any], now: float) -> Iterator[Finding]:
    name = f"worker {told['address']}"
    yield check_version(name, told["version"])
    if now - told["heard"] > 5:
        yield Finding(name, WARNING, f"not heard of for {now - told['heard']:.0f} s", "is its machine overloaded, or the network cut?")
    host, _, port = told["address"].rpartition(":")
    for number, channel in ((int(port), "control channel"), (int(port) + 1, "data channel")):
        yield check_port(f"{name}, {channel}", host.strip("[]"), number, "workers talk to each other there")


def check_version(name: str, version: str) -> Finding:
    if version != __version__:
        return Finding(f"{name}, version", WARNING, f"{version} there, {__version__} here", "run the same release everywhere")
    return Finding(f"{name}, version", FINE, version)


def check_clock(theirs: float, began: float, ended: float) -> Finding:
    """`theirs` was read there some time between `began` and `ended` here."""
    skew = theirs - (began + ended) / 2
    if abs(skew) > MOST_SKEW_SECONDS + (ended - began) / 2:
        return Finding(
            "clock",
            WARNING,
            f"the manager's is {skew:+.1f} s off this machine's",
            "let both follow a time server",
        )
    return Finding("clock", FINE, f"within {max(abs(skew), (ended - began) / 2):.1f} s of the manager's")


def check_port(step: str, host: str, port: int, note: str) -> Finding:
    try:
        with socket.create_connection((host, port), CONNECT_SECONDS):
            return Finding(step, FINE, f"port {port} of {host} takes connections")
    except ConnectionRefusedError:
        return Finding(step, WRONG, f"nothing listens on port {port} of {host}", f"is it running, with this port? {note}")
    except TimeoutError:
        return Finding(step, WRONG, f"port {port} of {host} does not answer", f"a firewall drops TCP to port {port}: open it; {note}")
    except OSError as error:
        return Finding(step, WRONG, f"port {port} of {host}: {error.strerror or error}", f"is that address right? {note}")
