"""The manager process: the engine's scheduler and the gateway on one event loop. Started by the supervisor with every setting."""

import argparse
import asyncio
import logging
import os
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import uvloop

from pyfora.neighbours import explain_distance
from ufora import __version__
from ufora.engine.contract import ManagerEngine, WorkerFacts
from ufora.engine.on_dask import open_manager_engine, read_cluster_key
from ufora.gateway import Journal, Limits, Pings, open_gateway
from ufora.service.config import ManagerConfig, read_settled
from ufora.service.dangers import list_dangers
from ufora.service.heartbeat import show_signs_of_life
from ufora.service.log import name_log, open_log, set_level, tell_lines
from ufora.service.options import add_options, take_options
from ufora.service.pem import make_tls
from ufora.service.reload import Hearing
from ufora.service.stop import catch_stop_signals
from ufora.service.tokens import Tokens

log = logging.getLogger("ufora.manager")


async def run_manager(config: ManagerConfig, tell_ready: Callable[[], None]) -> None:
    """`tell_ready` is called when a worker has joined: from then on the cluster can work."""
    stop = catch_stop_signals()
    journal = Journal()
    tell_lines(lambda line: journal.add("manager", line))
    spool = Path(config.spool_dir, f"manager-{config.web_http_port}")
    tokens = Tokens(Path(config.keys_token_file)) if config.keys_token_file else None
    async with (
        _open_engine(config) as engine,
        open_gateway(
            engine,
            config.listen_address,
            config.web_http_port,
            __version__,
            spool,
            read_limits(config),
            journal=journal,
            admits=tokens.admits if tokens else None,
            tls=make_tls(config.web_certificate, config.web_private_key),
            pings=Pings(config.web_ping_interval, config.web_ping_timeout),
        ) as gateway,
    ):

        def take(changed: ManagerConfig) -> None:
            set_level(changed.log_level)
            gateway.change_limits(read_limits(changed))
            if tokens:
                tokens.read_again()

        hearing = Hearing(ManagerConfig, take)
        engine.on_change(_call_at_first_worker(tell_ready))
        log.info("status page and clients: %s; workers: port %d", show_url(gateway.address), config.registry_port)
        for warning in list_dangers(config):
            log.warning(warning)
        async with show_signs_of_life(lambda: _say_status(config, len(engine.list_workers()), *gateway.sessions.count())):
            await stop.wait()
        hearing.close()


def _open_engine(config: ManagerConfig) -> AbstractAsyncContextManager[ManagerEngine]:
    return open_manager_engine(
        config.listen_address,
        config.registry_port,
        config.registry_lost_after,
        read_cluster_key(config.keys_cluster_file) if config.keys_cluster_file else None,
        lambda worker: explain_distance(worker.version, __version__, ("the worker", "the manager")),
    )


def show_url(address: str) -> str:
    """One that can be opened here: 0.0.0.0 and :: are where a manager listens, not where one finds it."""
    return address.replace("//0.0.0.0:", "//localhost:").replace("//[::]:", "//localhost:")


def _say_status(config: ManagerConfig, workers: int, sessions: int, computations: int) -> str:
    return f"port {config.web_http_port}: {workers} workers, {sessions} sessions, {computations} computations under way"


def read_limits(config: ManagerConfig) -> Limits:
    return Limits(
        program_bytes=config.limits_program_mib * 2**20,
        spool_bytes=config.limits_spool_mib * 2**20,
        sessions=config.limits_sessions,
        computations=config.limits_computations,
        results_bytes=config.limits_results_mib * 2**20,
        stall_seconds=config.limits_stall,
        grace_seconds=config.limits_grace,
    )


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="ufora.service.manager", allow_abbrev=False)
    parser.add_argument("--ready-fd", type=int, help="open file that is told when a worker has joined")
    add_options(parser, [ManagerConfig])
    arguments = parser.parse_args(argv)
    config: ManagerConfig = read_settled(ManagerConfig, take_options(arguments, [ManagerConfig]))
    open_log(config.log_dir, name_log(config), config.log_level, config.log_format)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run_manager(config, _make_teller(arguments.ready_fd)))


def _call_at_first_worker(tell: Callable[[], None]) -> Callable[[list[WorkerFacts]], None]:
    told = False

    def hear(workers: list[WorkerFacts]) -> None:
        nonlocal told
        if workers and not told:
            told = True
            tell()

    return hear


def _make_teller(ready_fd: int | None) -> Callable[[], None]:
    def tell() -> None:
        if ready_fd is not None:
            os.write(ready_fd, b"ready\n")

    return tell


if __name__ == "__main__":
    main()
