"""What a manager and a worker are told: two frozen records, read once, passed down.

    command line  >  environment  >  manager.d/*.toml, the last name first  >  manager.toml  >  the defaults written here

and so for `worker`. Files are in /etc/ufora. This is the only module that reads the environment and /etc. How a field's name makes the
names of its setting: see `settings.py`.
"""

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pyfora.errors import ConfigurationError
from pyfora.hosts import write_address
from ufora.service.folders import settle_folder
from ufora.service.pem import check_cluster_key, make_tls
from ufora.service.settings import Filled, Given, fill, list_kinds, name_of_variable, read_environment, read_options, read_toml
from ufora.service.tokens import read_tokens

CONFIG_DIR = "/etc/ufora"
CONFIG_DIR_VARIABLE = "UFORA_CONFIG_DIR"
LOG_DIR = Path("/var/ufora")  #: used when it is there (the Linux packages make it) and can be written
CACHE_DIR = Path("/var/cache/ufora")  #: likewise
HIGHEST_PORT = 65535
LIVE = ("log_level", "limits_")
"""How the names of settings begin that a running daemon takes over on SIGHUP; all others wait for its next start."""
FOR_US_ALONE = ("NOTIFY_SOCKET", "WATCHDOG_PID", "WATCHDOG_USEC")
CHOICES = {
    "log_level": ("debug", "info", "warning", "error"),
    "log_format": ("text", "json"),
    "worker_compile": ("auto", "always", "never"),
    "worker_cut": ("auto", "always", "never"),
}


@dataclass(frozen=True, slots=True)
class ManagerConfig:
    """Settings of a manager."""

    no_worker: bool = False  #: run no worker beside the manager
    web_http_port: int = 30000  #: TCP port for clients: HTTP and Socket.IO
    web_certificate: str = ""  #: PEM file with the certificate for HTTPS; "" is HTTP
    web_ping_interval: int = 10  #: seconds after which a client that says nothing is asked for a sign of life
    web_ping_timeout: int = 15  #: seconds in which it must answer; else its connection is closed, and limits.grace begins
    web_private_key: str = ""  #: PEM file with its private key; "" is the same file
    registry_port: int = 30002  #: TCP port where workers register
    registry_lost_after: int = 15  #: seconds without a sign of life after which a worker counts as lost; at least 5
    listen_address: str = "0.0.0.0"  #: IP address that all ports of the manager listen on; "0.0.0.0" is every interface
    keys_cluster_file: str = ""  #: key of this cluster (`ufora keys new`); "" is none: whoever reaches the ports may take part
    keys_token_file: str = ""  #: clients' tokens, a name and a token on each line; "" is none: whoever reaches the port may run code
    limits_program_mib: int = 8192  #: largest program that is taken, with the values it brings along, MiB
    limits_spool_mib: int = 65536  #: all programs that wait in the spool folder together, MiB
    limits_sessions: int = 1000  #: sessions open at once
    limits_computations: int = 20000  #: computations of one session, until they are dropped
    limits_results_mib: int = 64  #: small results of one session in memory, MiB; the oldest go first, and are computed again when asked for
    limits_stall: int = 60  #: seconds after which a request that does not move is given up
    limits_grace: int = 60  #: seconds that a session and its values outlive the last sign of life of their client
    spool_dir: str = ""  #: folder for large programs and results on their way; "" is spool in /var/cache/ufora or ~/.cache/ufora
    log_dir: str = ""  #: folder for manager.log; "" is /var/ufora if it can be written, else the log goes to standard error only
    log_level: str = "info"  #: least important lines that are logged: debug, info, warning or error
    log_format: str = "text"  #: form of the log lines: text or json


@dataclass(frozen=True, slots=True)
class WorkerConfig:
    """Settings of a worker."""

    manager_address: str = ""  #: host or IP of the manager; "" is this machine
    registry_port: int = 30002  #: TCP port of the manager's registry
    worker_own_address: str = ""  #: host or IP that others reach this worker by; "" is this machine's address by its host name
    worker_base_port: int = 30009  #: TCP port of the control channel; the data channel is the next one
    worker_threads: int = 0  #: compute threads; 0 is one for each core
    worker_memory_mib: int = 0  #: most memory to use, MiB; 0 is worker.memory_percent
    worker_memory_percent: int = 90  #: most memory to use, percent of the machine's or container's
    worker_process_memory_mib: int = 0  #: most memory that one process which runs users' code may use, MiB; 0 is all of the worker's
    worker_drain: int = 25  #: seconds in which a worker told to stop hands over what it holds
    worker_compile: str = "auto"  #: when comprehensions become machine code: auto (where it pays), always or never (for tests)
    worker_cut: str = "auto"  #: when their work is cut for all cores: auto (where it pays), always or never (for tests)
    worker_slices: int = 0  #: cut all work, into exactly so many slices; 0 is as many as pay (for tests)
    keys_cluster_file: str = ""  #: key of this cluster (`ufora keys new`); "" is none: whoever reaches the ports may take part
    listen_address: str = "0.0.0.0"  #: IP address that both ports of the worker listen on; "0.0.0.0" is every interface
    cache_dir: str = ""  #: folder for machine code; "" is /var/cache/ufora if it can be written, else ~/.cache/ufora
    spool_dir: str = ""  #: folder for values that do not fit into memory; "" is spool in the cache folder
    log_dir: str = ""  #: folder for worker-<base port>.log; "" is /var/ufora if it can be written, else standard error only
    log_level: str = "info"  #: least important lines that are logged: debug, info, warning or error
    log_format: str = "text"  #: form of the log lines: text or json


@dataclass(frozen=True, slots=True)
class ToolConfig:
    """What the commands that look at a cluster are told; no file has these."""

    manager_url: str = ""  #: the manager's; "" is the one that the settings of this machine name
    manager_token_file: str = ""  #: file with a token for it, the last word of its first line; "" is none


RECORDS = {"manager": ManagerConfig, "worker": WorkerConfig, "tool": ToolConfig}
Options = Mapping[str, str | None]  #: of the command line: field name → text, None where not given
FILES = ("manager_token_file", "keys_cluster_file", "keys_token_file", "web_certificate", "web_private_key")
PORTS = ("web_http_port", "registry_port", "worker_base_port")
LOWEST = {
    "registry_lost_after": 5,
    "web_ping_interval": 1,
    "web_ping_timeout": 1,
    "worker_threads": 0,
    "worker_memory_mib": 0,
    "worker_slices": 0,
    "worker_process_memory_mib": 0,
    "worker_memory_percent": 1,
    "worker_drain": 0,
}
HIGHEST = {"worker_memory_percent": 100}


def read_config(daemon: str, options: Options) -> Filled:
    """The settings of "manager" or "worker", checked. Raises ConfigurationError: one line saying where and what."""
    record = RECORDS[daemon]
    kinds = list_kinds(record)
    known = {name_of_variable(field) for each in RECORDS.values() for field in list_kinds(each)}
    sources = [
        read_options(options, kinds),
        read_environment(os.environ, kinds, [*known, CONFIG_DIR_VARIABLE]),
        *([] if record is ToolConfig else _read_files(daemon, kinds)),
    ]
    filled = fill(record, sources)
    _check(filled)
    return filled


def read_manager_config(options: Options, make: bool = True) -> ManagerConfig:
    """With its folders settled; `make` those that are missing."""
    config: ManagerConfig = read_config("manager", options).record
    check_cluster_key(config.keys_cluster_file)
    make_tls(config.web_certificate, config.web_private_key)
    if config.keys_token_file:
        read_tokens(Path(config.keys_token_file))
    spool = settle_folder("spool.dir", config.spool_dir or str(Path(_choose_cache_dir(), "spool")), make)
    return replace(config, spool_dir=spool, log_dir=_choose_log_dir(config.log_dir, make))


def read_worker_config(options: Options, make: bool = True) -> WorkerConfig:
    """Likewise."""
    config: WorkerConfig = read_config("worker", options).record
    check_cluster_key(config.keys_cluster_file)
    cache = settle_folder("cache.dir", config.cache_dir or _choose_cache_dir(), make)
    spool = settle_folder("spool.dir", config.spool_dir or str(Path(cache, "spool")), make)
    return replace(config, cache_dir=cache, spool_dir=spool, log_dir=_choose_log_dir(config.log_dir, make))


def read_settled(record: type, options: Options) -> Any:
    """A record from a command line alone: a daemon is started with every setting, checked by its parent."""
    return fill(record, [read_options(options, list_kinds(record))]).record


def find_manager_url(option: str | None) -> str:
    """Where the manager is: the option, UFORA_MANAGER_URL, or the manager that this machine's settings name."""
    told: ToolConfig = read_config("tool", {"manager_url": option}).record
    if told.manager_url:
        return told.manager_url
    host = read_config("worker", {}).record.manager_address or "127.0.0.1"
    manager: ManagerConfig = read_config("manager", {}).record
    scheme = "https" if manager.web_certificate else "http"
    return f"{scheme}://{write_address(host, manager.web_http_port)}"


def find_manager_token() -> str:
    """A token for the manager; "" when none was given."""
    file = read_config("tool", {}).record.manager_token_file
    words = Path(file).read_text("utf-8").partition("\n")[0].split() if file else []
    return words[-1] if words else ""


def check_one_machine(manager: ManagerConfig, worker: WorkerConfig) -> None:
    """That a manager and a worker can run side by side."""
    if manager.registry_port != worker.registry_port:
        raise ConfigurationError(
            f"registry.port is {manager.registry_port} for the manager and {worker.registry_port} for its worker: make them the same"
        )
    if manager.keys_cluster_file != worker.keys_cluster_file:
        raise ConfigurationError("keys.cluster_file is not the same for the manager and its worker: name the same file in both")
    _check_distinct(
        {
            "web.http_port": manager.web_http_port,
            "registry.port": manager.registry_port,
            "worker.base_port": worker.worker_base_port,
            "worker.base_port + 1": worker.worker_base_port + 1,
        }
    )


def read_watchdog_seconds() -> float:
    """How long the service manager waits for a sign of life of this process, see sd_watchdog_enabled(3); 0 when it does not."""
    told = os.environ.get("WATCHDOG_USEC", "")
    is_for_us = os.environ.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
    return int(told) / 1e6 if told.isdecimal() and is_for_us else 0.0


def is_standard_error_the_journal() -> bool:
    """Whether systemd connected standard error to its journal, see systemd.exec(5), JOURNAL_STREAM."""
    told = os.environ.get("JOURNAL_STREAM", "")
    status = os.fstat(2)
    return told == f"{status.st_dev}:{status.st_ino}"


def find_log_dir() -> str:
    """Where the daemons of this machine log; with the settings of the manager, else of the worker."""
    for daemon in ("manager", "worker"):
        if told := read_config(daemon, {}).record.log_dir:
            return str(told)
    return str(LOG_DIR)


def make_child_environment() -> dict[str, str]:
    """For our child processes: they find the same ufora as this one, and nothing of the folder they are started in.

    What the service manager told this process is for it alone."""
    root = str(Path(__file__).resolve().parents[2])
    rest = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path and path != root]
    inherited = {name: text for name, text in os.environ.items() if name not in FOR_US_ALONE}
    return {**inherited, "PYTHONPATH": os.pathsep.join([root, *rest]), "PYTHONSAFEPATH": "1", "PYTHONUNBUFFERED": "1"}


def is_live(field: str) -> bool:
    """Whether a running daemon takes the setting over."""
    return field.startswith(LIVE)


def _read_files(daemon: str, kinds: Mapping[str, type]) -> list[dict[str, Given]]:
    """The strongest first."""
    folder = os.environ.get(CONFIG_DIR_VARIABLE)
    if folder and not Path(folder).is_dir():
        raise ConfigurationError(f"{CONFIG_DIR_VARIABLE}: there is no folder {folder}")
    drop_ins = Path(folder or CONFIG_DIR, f"{daemon}.d")
    try:
        names = sorted(os.listdir(drop_ins), reverse=True)
    except FileNotFoundError:
        names = []
    except OSError as error:
        raise ConfigurationError(f"{drop_ins}: cannot be read: {error.strerror}") from None
    paths = [drop_ins / name for name in names if name.endswith(".toml") and not name.startswith(".")]
    return [_read_file(path, kinds) for path in [*paths, drop_ins.with_suffix(".toml")]]


def _read_file(path: Path, kinds: Mapping[str, type]) -> dict[str, Given]:
    try:
        return read_toml(path.read_text("utf-8"), str(path), kinds)
    except FileNotFoundError:
        return {}
    except UnicodeDecodeError:
        raise ConfigurationError(f"{path}: not UTF-8 text") from None
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read: {error.strerror}") from None


def _check(filled: Filled) -> None:
    """Each value alone, then that no two of one daemon's ports are the same."""
    record, places = filled.record, filled.places
    if "listen_address" in places and not _is_ip(record.listen_address):
        raise ConfigurationError(f"{places['listen_address']}: an IP address is expected, not {record.listen_address!r}")
    for port in PORTS:
        # The data channel takes the port after the base port.
        highest = HIGHEST_PORT - 1 if port == "worker_base_port" else HIGHEST_PORT
        if port in places and not 1 <= getattr(record, port) <= highest:
            raise ConfigurationError(f"{places[port]}: a port from 1 to {highest} is expected, not {getattr(record, port)}")
    for field in FILES:
        file = getattr(record, field, "")
        if file and not os.access(file, os.R_OK):
            reason = "cannot be read by this user" if os.path.exists(file) else "is not there"
            raise ConfigurationError(f"{places[field]}: {file} {reason}")
    for field in places:
        _check_amount(field, getattr(record, field), places[field])
    for field, choices in CHOICES.items():
        if field in places and getattr(record, field) not in choices:
            raise ConfigurationError(f"{places[field]}: one of {', '.join(choices)} is expected, not {getattr(record, field)!r}")
    if isinstance(record, ManagerConfig):
        _check_distinct(
            {
                f"web.http_port ({places['web_http_port']})": record.web_http_port,
                f"registry.port ({places['registry_port']})": record.registry_port,
            }
        )


def _check_amount(field: str, value: object, place: str) -> None:
    lowest = 1 if field.startswith("limits_") else LOWEST.get(field)
    if type(value) is not int or lowest is None or lowest <= value <= HIGHEST.get(field, value):
        return
    wanted = f"a number from {lowest} to {HIGHEST[field]}" if field in HIGHEST else f"{lowest} or more"
    raise ConfigurationError(f"{place}: {wanted} is expected, not {value}")


def _is_ip(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _check_distinct(ports: Mapping[str, int]) -> None:
    seen: dict[int, str] = {}
    for name, port in ports.items():
        if port in seen:
            raise ConfigurationError(f"{seen[port]} and {name} are both {port}: give each a port of its own")
        seen[port] = name


def _choose_log_dir(told: str, make: bool) -> str:
    """The folder for logs, or "" for none: standard error only."""
    if told:
        return settle_folder("log.dir", told, make)
    return str(LOG_DIR) if os.access(LOG_DIR, os.W_OK) else ""


def _choose_cache_dir() -> str:
    if os.access(CACHE_DIR, os.W_OK):
        return str(CACHE_DIR)
    return str(Path(os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser(), "ufora"))
