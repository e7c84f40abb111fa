"""The worker process: one engine worker of this machine and what it performs. Started by the supervisor with every setting."""

import argparse
import asyncio
import logging
import os
from collections.abc import Sequence
from pathlib import Path

import uvloop

from ufora import __version__
from ufora.compile.keys import cpu_key
from ufora.engine.on_dask import WorkerSettings, read_cluster_key
from ufora.engine.on_dask import run_worker as run_engine_worker
from ufora.runtime.driver import DriverSettings
from ufora.runtime.policy import When
from ufora.runtime.worker_side import open_worker_side
from ufora.service.address import find_own_address
from ufora.service.config import WorkerConfig, read_settled
from ufora.service.log import Tail, open_log, set_level, tell_lines
from ufora.service.memory import find_memory_bytes
from ufora.service.notify import notify_ready, notify_stopping
from ufora.service.options import add_options, take_options
from ufora.service.reload import Hearing
from ufora.service.stop import catch_stop_signals

TASKS_PER_THREAD = 8
"""Engine tasks under way at once for each compute thread; most of them wait for cores. Guessed."""

log = logging.getLogger("ufora.worker")


async def run_worker(config: WorkerConfig) -> None:
    stop_now = asyncio.Event()
    stop = catch_stop_signals(stop_now)
    telling = asyncio.create_task(_tell_service_manager(stop))
    tail = Tail()
    tell_lines(tail.add)
    manager = find_manager(config)
    own = config.worker_own_address or find_own_address(config.listen_address, config.manager_address)
    threads = config.worker_threads or len(os.sched_getaffinity(0))
    memory = config.worker_memory_mib * 2**20 or find_memory_bytes() * config.worker_memory_percent // 100
    spool = Path(config.spool_dir, f"worker-{config.worker_base_port}")
    log.info("%s:%d with %d threads joins the manager at %s", own, config.worker_base_port, threads, manager)
    drivers = DriverSettings(manager, config.cache_dir, When(config.worker_compile), When(config.worker_cut), config.keys_cluster_file)
    settings = WorkerSettings(
        manager=manager,
        listen_host=config.listen_address,
        own_address=own,
        base_port=config.worker_base_port,
        task_threads=TASKS_PER_THREAD * threads,
        threads=threads,
        memory_bytes=memory,
        scratch_directory=str(spool),
        version=__version__,
        cpu=cpu_key(),
        leave_seconds=config.worker_drain,
        key=read_cluster_key(config.keys_cluster_file) if config.keys_cluster_file else None,
    )
    hearing = Hearing(WorkerConfig, lambda changed: set_level(changed.log_level))
    process_bytes = config.worker_process_memory_mib * 2**20 or memory
    async with open_worker_side(drivers, threads, tail.take, process_bytes) as side:
        notify_ready(f"working for {manager}")
        await run_engine_worker(side, settings, stop=stop, tell=log.info, stop_now=stop_now)
    telling.cancel()
    hearing.close()


async def _tell_service_manager(stop: asyncio.Event) -> None:
    await stop.wait()
    notify_stopping()


def find_manager(config: WorkerConfig) -> str:
    """host:port of the manager's registry; on this machine unless told otherwise."""
    host = config.manager_address or ("127.0.0.1" if config.listen_address in ("0.0.0.0", "::") else config.listen_address)
    return f"[{host}]:{config.registry_port}" if ":" in host else f"{host}:{config.registry_port}"


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="ufora.service.worker", allow_abbrev=False)
    add_options(parser, [WorkerConfig])
    config: WorkerConfig = read_settled(WorkerConfig, take_options(parser.parse_args(argv), [WorkerConfig]))
    open_log(config.log_dir, f"worker-{config.worker_base_port}.log", config.log_level)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run_worker(config))


if __name__ == "__main__":
    main()
