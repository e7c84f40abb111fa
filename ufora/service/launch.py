"""From settings to running daemons: what `ufora run`, `ufora-manager` and `ufora-worker` have in common."""

import asyncio
import ipaddress
import logging
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import partial
from typing import Any

from pyfora.errors import ConfigurationError
from ufora.service.config import (
    ManagerConfig,
    Options,
    WorkerConfig,
    check_one_machine,
    make_child_environment,
    read_config,
    read_manager_config,
    read_watchdog_seconds,
    read_worker_config,
)
from ufora.service.log import name_log, open_log, set_level
from ufora.service.ports import check_free
from ufora.service.relay import Relay, open_relay
from ufora.service.reload import pack_settings, reread
from ufora.service.settings import name_of_option
from ufora.service.stop import catch_stop_signals
from ufora.service.supervisor import STOP_SECONDS, Child, supervise

_MODULES: dict[type, str] = {ManagerConfig: "ufora.service.manager", WorkerConfig: "ufora.service.worker"}

NEIGHBOUR = " (a manager on the same machine runs a worker of its own, unless its no_worker is true or UFORA_NO_WORKER is 1)"

log = logging.getLogger("ufora.run")


@dataclass(frozen=True, slots=True)
class Plan:
    """The daemons this machine is to run, and the command line's part of their settings, which stays what it is."""

    manager: ManagerConfig | None
    worker: WorkerConfig | None
    options: Options = field(default_factory=dict)
    worker_may_miss: bool = False  #: the manager runs without it when its ports are taken: another worker runs here already


def plan_run(options: Options, make: bool = True) -> Plan:
    """Only a worker where a manager is named, only the manager where no worker is wanted, else both. `make` folders that are missing."""
    no_worker = read_config("manager", options).record.no_worker
    manager_address = read_config("worker", options).record.manager_address
    if manager_address and no_worker:
        raise ConfigurationError(
            f"UFORA_MANAGER_ADDRESS ({manager_address}: run only a worker) and UFORA_NO_WORKER (run no worker) are both set: unset one"
        )
    if manager_address:
        return Plan(None, read_worker_config(options, make), options)
    if no_worker:
        return Plan(read_manager_config(options, make), None, options)
    manager, worker = read_manager_config(options, make), read_worker_config(options, make)
    check_one_machine(manager, worker)
    return Plan(manager, worker, options)


def plan_manager(options: Options) -> Plan:
    """The manager, and a worker of its own unless none is wanted: that one joins it, wherever worker.toml sends other workers."""
    told = read_config("worker", options)
    if told.origins["manager_address"] in ("UFORA_MANAGER_ADDRESS", "--manager-address"):
        raise ConfigurationError(
            f"{told.origins['manager_address']} ({told.record.manager_address}: run only a worker) is set, and this is a manager: "
            "unset it, or run ufora-worker"
        )
    manager = read_manager_config(options)
    if manager.no_worker:
        return Plan(manager, None, options)
    address = "" if ipaddress.ip_address(manager.listen_address).is_unspecified else manager.listen_address
    worker = replace(read_worker_config(options), manager_address=address, registry_port=manager.registry_port)
    check_one_machine(manager, worker)
    return Plan(manager, worker, options, worker_may_miss=True)


def settle_ports(plan: Plan) -> Plan:
    """The plan, without a worker that may miss where another one listens."""
    try:
        check_ports(replace(plan, manager=None))
    except ConfigurationError as error:
        if plan.worker_may_miss:
            log.warning("the manager runs no worker of its own: %s, or set no_worker = true (UFORA_NO_WORKER=1)", error)
            return replace(plan, worker=None)
    return plan


def check_ports(plan: Plan) -> None:
    """That nothing else listens where the daemons are to listen."""
    if manager := plan.manager:
        check_free({"web.http_port": manager.web_http_port, "registry.port": manager.registry_port}, manager.listen_address)
    if worker := plan.worker:
        base = worker.worker_base_port
        hint = "" if plan.manager else NEIGHBOUR
        check_free({"worker.base_port": base, "worker.base_port + 1": base + 1}, worker.listen_address, hint)


def list_children(plan: Plan, ready_fd: int | None = None) -> list[Child]:
    """`ready_fd`: an open file the manager writes a line to when a worker has joined."""
    environment = make_child_environment()
    children = []
    if plan.manager:
        command = _make_command(plan.manager)
        keep: tuple[int, ...] = ()
        if ready_fd is not None:
            command, keep = [*command, f"--ready-fd={ready_fd}"], (ready_fd,)
        children.append(Child("manager", command, environment, keep))
    if plan.worker:
        command = _make_command(plan.worker)
        stop_seconds = STOP_SECONDS + plan.worker.worker_drain
        children.append(Child(f"worker {plan.worker.worker_base_port}", command, environment, stop_seconds=stop_seconds))
    return children


async def run_plan(plan: Plan) -> int:
    """Run the daemons until asked to stop; the exit code."""
    stop_now = asyncio.Event()
    stop = catch_stop_signals(stop_now)
    config = plan.manager or plan.worker
    if config:
        open_log(config.log_dir, name_log(config), config.log_level, config.log_format)
    plan = settle_ports(plan)
    check_ports(plan)
    if config and not config.log_dir:
        log.info("no folder for log files (log.dir): logging to standard error only")
    children = list_children(plan)
    async with open_relay(children, read_watchdog_seconds(), stop) as relay:
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, _make_rereader(plan, children, relay))
        return await supervise(children, stop, stop_now=stop_now)


def _make_rereader(plan: Plan, children: Sequence[Child], relay: Relay) -> Callable[[], None]:
    """What SIGHUP does. `children`: those of the plan, in its order."""
    running: list[Any] = [config for config in (plan.manager, plan.worker) if config]

    def read_again() -> None:
        relay.tell_reloading()
        for number, child in enumerate(children):
            read: Callable[[Options], Any] = read_manager_config if isinstance(running[number], ManagerConfig) else read_worker_config
            running[number] = reread(child.name, running[number], partial(read, plan.options))
            child.command = _make_command(running[number])
            child.tell(pack_settings(running[number]))
        set_level(running[0].log_level)
        relay.tell_reloaded()

    return read_again


def _make_command(config: Any) -> Sequence[str]:
    """A daemon is told every setting, so that it is what was checked here."""
    options = [f"{name_of_option(field.name)}={getattr(config, field.name)}" for field in fields(config)]
    return [sys.executable, "-m", _MODULES[type(config)], *options]
