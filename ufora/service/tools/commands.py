"""The command lines of what looks at a cluster. Each prints text, or with --json what the API said."""

import argparse
import importlib
import json
import sys
from collections.abc import Callable
from typing import Any

from pyfora.errors import InternalError
from ufora.service import exits
from ufora.service.config import find_manager_token, find_manager_url
from ufora.service.tools.asking import CannotAsk, Manager
from ufora.service.tools.text import show_computations, show_status, show_workers

STAGES = ("capture", "guarded", "kernel", "plan")
Act = Callable[[argparse.Namespace, Manager], tuple[Any, str]]
"""What a command does: its answer as plain data and as text."""


def add_tools(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add all of them to the command `ufora`."""
    _add(commands, "status", "the cluster at a glance", _status)
    _add(commands, "workers", "the workers", _workers)
    computations = _add(commands, "computations", "computations, newest first", _computations)
    computations.add_argument("--state", help="only those: waiting, running, stopping, done, failed or cancelled")
    computations.add_argument("--limit", type=int, default=20, help="at most so many (20)")
    for name, words, act in (
        ("explain", "what happened in a computation, line by line", _explain),
        ("cancel", "cancel a computation", _cancel),
        ("show", "a computation at one of its stages, as text", _show),
    ):
        command = _add(commands, name, words, act)
        command.add_argument("id", help='the computation, or the beginning of its id, or "last"')
        if name == "show":
            command.add_argument("--stage", choices=STAGES, default="capture", help="which (capture)")
    drain = _add(commands, "drain", "let a worker hand over what it holds, leave, and stay out until it is started again", _drain)
    drain.add_argument("worker", help="its id, or the beginning of it")
    doctor = commands.add_parser("doctor", help="check this machine's set-up step by step and say what to do", allow_abbrev=False)
    _add_common(doctor)
    doctor.set_defaults(command=_doctor)


def _add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, words: str, act: Act) -> argparse.ArgumentParser:
    command = commands.add_parser(name, help=words, description=words, allow_abbrev=False)
    _add_common(command)
    command.set_defaults(command=lambda arguments: _run(name, act, arguments))
    return command


def _add_common(command: argparse.ArgumentParser) -> None:
    command.add_argument("--url", help="the manager's, such as http://localhost:30000 (UFORA_MANAGER_URL; else from the settings here)")
    command.add_argument("--json", action="store_true", help="print the API's answer")


def _run(name: str, act: Act, arguments: argparse.Namespace) -> int:
    try:
        answer, text = act(arguments, Manager(find_manager_url(arguments.url), find_manager_token()))
    except CannotAsk as error:
        print(f"ufora {name}: {error}", file=sys.stderr)
        return error.code
    print(json.dumps(answer, indent=2) if arguments.json else text)
    return exits.FINE


def _status(arguments: argparse.Namespace, manager: Manager) -> tuple[Any, str]:
    told = manager.get("/api/v1/status")
    return told, show_status(told)


def _workers(arguments: argparse.Namespace, manager: Manager) -> tuple[Any, str]:
    now = manager.get("/api/v1/status")["now"]
    told = manager.get("/api/v1/workers")
    return told, show_workers(told["workers"], now)


def _computations(arguments: argparse.Namespace, manager: Manager) -> tuple[Any, str]:
    now = manager.get("/api/v1/status")["now"]
    query = {"limit": max(0, arguments.limit), **({"state": arguments.state} if arguments.state else {})}
    told = manager.get("/api/v1/computations", query)
    return told, show_computations(told["computations"], now)


def _explain(arguments: argparse.Namespace, manager: Manager) -> tuple[Any, str]:
    told = manager.get(f"/api/v1/computations/{manager.find_computation(arguments.id)}/explanation")
    return told, told["text"]


def _cancel(arguments: argparse.Namespace, manager: Manager) -> tuple[Any, str]:
    told = manager.post(f"/api/v1/computations/{manager.find_computation(arguments.id)}/cancel")
    return told, f"{told['id']} is {told['state']}"


def _drain(arguments: argparse.Namespace, manager: Manager) -> tuple[Any, str]:
    told = manager.post(f"/api/v1/workers/{manager.find_worker(arguments.worker)}/drain")
    return told, f"{told['id']} hands over what it holds and leaves"


def _show(arguments: argparse.Namespace, manager: Manager) -> tuple[Any, str]:
    stages = importlib.import_module("ufora.service.tools.stages")  # it knows what the other commands need not load
    name = manager.find_computation(arguments.id)
    text = stages.show_stage(manager, name, arguments.stage)
    if not isinstance(text, str):
        raise InternalError(f"stage {arguments.stage} gave no text")
    return {"id": name, "stage": arguments.stage, "text": text}, text


def _doctor(arguments: argparse.Namespace) -> int:
    doctor = importlib.import_module("ufora.service.tools.doctor")
    code: int = doctor.run_doctor(Manager(find_manager_url(arguments.url), find_manager_token()), arguments.json)
    return code
