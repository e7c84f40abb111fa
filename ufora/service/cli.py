"""The commands `ufora`, `ufora-manager` and `ufora-worker`. They start and watch daemons, or ask a manager (`tools`): they import
nothing heavy."""

import argparse
import asyncio
import importlib
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from pyfora.errors import ConfigurationError
from ufora import __version__
from ufora.service import exits, logs
from ufora.service.config import ManagerConfig, WorkerConfig, read_config, read_worker_config
from ufora.service.launch import Plan, plan_manager, plan_run, run_plan
from ufora.service.options import add_options, take_options
from ufora.service.private import start_private
from ufora.service.settings import full_name, show_toml
from ufora.service.tools.commands import add_tools

ALL = (ManagerConfig, WorkerConfig)
DAEMONS: dict[str, tuple[str, Sequence[type]]] = {
    "ufora-manager": ("Run a manager, and a worker unless UFORA_NO_WORKER=1.", ALL),
    "ufora-worker": ("Run a worker.", [WorkerConfig]),
}


def make_parsers() -> dict[str, argparse.ArgumentParser]:
    """The command lines of all commands; manual pages and shell completion are made from them."""
    return {"ufora": make_parser(), **{name: _make_daemon_parser(name) for name in DAEMONS}}


def run_ufora(argv: Sequence[str] | None = None) -> int:
    arguments = make_parser().parse_args(argv)
    command: Callable[[argparse.Namespace], int] = arguments.command
    return _report("ufora", lambda: command(arguments))


def run_ufora_manager(argv: Sequence[str] | None = None) -> int:
    options = _parse_daemon("ufora-manager", argv)
    return _report("ufora-manager", lambda: asyncio.run(run_plan(plan_manager(options))))


def run_ufora_worker(argv: Sequence[str] | None = None) -> int:
    options = _parse_daemon("ufora-worker", argv)
    return _report("ufora-worker", lambda: asyncio.run(run_plan(Plan(None, read_worker_config(options), options))))


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ufora", description="Run a cluster for pyfora.", allow_abbrev=False)
    parser.add_argument("--version", action="version", version=f"ufora {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    run = commands.add_parser(
        "run",
        help="run a manager and a worker; with UFORA_MANAGER_ADDRESS only a worker, with UFORA_NO_WORKER=1 only a manager",
        allow_abbrev=False,
    )
    run.add_argument(
        "--private", action="store_true", help="on loopback and free ports; says `ready URL` and ends when standard input closes"
    )
    add_options(run, ALL)
    run.set_defaults(command=_run)
    check = commands.add_parser("check-config", help="check all settings", allow_abbrev=False)
    check.add_argument("--show", action="store_true", help="print every setting and where it comes from")
    check.add_argument("--json", action="store_true", help="print that as JSON")
    add_options(check, ALL)
    check.set_defaults(command=_check_config)
    add_tools(commands)
    logs.add_parser(commands)
    _add_keys(commands.add_parser("keys", help="make keys and tokens", allow_abbrev=False))
    return parser


def _add_keys(parser: argparse.ArgumentParser) -> None:
    new = parser.add_subparsers(required=True, metavar="COMMAND").add_parser(
        "new", help="write a cluster key and tokens for clients", allow_abbrev=False
    )
    new.add_argument("folder", type=Path, help="where to; it must be there")
    new.add_argument("--client", action="append", default=[], metavar="NAME", help="make a token for this client; may be repeated")
    new.add_argument("--json", action="store_true", help="print the files' names as JSON")
    new.set_defaults(command=_make_keys)


def _make_keys(arguments: argparse.Namespace) -> int:
    keys = importlib.import_module("ufora.service.keys")  # loads a library that nothing else here needs
    made = [str(path) for path in keys.make_keys(arguments.folder, arguments.client)]
    print(json.dumps({"files": made}, indent=2) if arguments.json else "\n".join(made))
    return exits.FINE


def _run(arguments: argparse.Namespace) -> int:
    options = take_options(arguments, ALL)
    return start_private(options) if arguments.private else asyncio.run(run_plan(plan_run(options)))


def _check_config(arguments: argparse.Namespace) -> int:
    options = take_options(arguments, ALL)
    filled = {daemon: read_config(daemon, options) for daemon in ("manager", "worker")}
    plan_run(options, make=False)
    if arguments.json:
        told = {
            daemon: {
                full_name(field): {"value": getattr(settled.record, field), "origin": settled.origins[field]}
                for field, _ in show_toml(settled.record)
            }
            for daemon, settled in filled.items()
        }
        print(json.dumps(told, indent=2))
    elif arguments.show:
        for daemon in ("manager", "worker"):
            print(f"# {daemon}.toml")
            for field, line in show_toml(filled[daemon].record):
                print(f"{full_name(field)} = {line.partition(' = ')[2]}".ljust(40), f"# {filled[daemon].origins[field]}")
    return exits.FINE


def _make_daemon_parser(name: str) -> argparse.ArgumentParser:
    description, records = DAEMONS[name]
    parser = argparse.ArgumentParser(prog=name, description=description, allow_abbrev=False)
    parser.add_argument("--version", action="version", version=f"{name} {__version__}")
    add_options(parser, records)
    return parser


def _parse_daemon(name: str, argv: Sequence[str] | None) -> dict[str, str | None]:
    return dict(take_options(_make_daemon_parser(name).parse_args(argv), DAEMONS[name][1]))


def _report(name: str, act: Callable[[], int]) -> int:
    """Run a command; a wrong setting is one line and exit code 78."""
    try:
        return act()
    except ConfigurationError as error:
        print(f"{name}: {error}", file=sys.stderr)
        return exits.CONFIGURATION
