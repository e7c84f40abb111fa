"""The worker process: one engine worker of this machine and what it performs. Started by the supervisor with every setting."""

import argparse
import asyncio
import logging
import os
from collections.abc import Sequence
from pathlib import Path

import uvloop

from pyfora.hosts import write_address
from ufora import __version__
from ufora.compile.keys import cpu_key
from ufora.engine.on_dask import WorkerSettings, read_cluster_key
from ufora.engine.on_dask import run_worker as run_engine_worker
from ufora.runtime.driver import DriverSettings
from ufora.runtime.policy import When
from ufora.runtime.worker_side import RuntimeSide, open_worker_side
from ufora.service.address import find_own_address
from ufora.service.config import WorkerConfig, read_settled
from ufora.service.heartbeat import show_signs_of_life
from ufora.service.log import Tail, name_log, open_log, set_level, tell_lines
from ufora.service.memory import find_memory_bytes
from ufora.service.options import add_options, take_options
from ufora.service.reload import Hearing
from ufora.service.stop import catch_stop_signals

TASKS_PER_THREAD = 8
"""Engine tasks under way at once for each compute thread; most of them wait for cores. Guessed."""

log = logging.getLogger("ufora.worker")


async def run_worker(config: WorkerConfig) -> None:
    stop_now = asyncio.Event()
    stop = catch_stop_signals(stop_now)
    tail = Tail()
    tell_lines(tail.add)
    manager = find_manager(config)
    own = find_own(config)
    threads = config.worker_threads or len(os.sched_getaffinity(0))
    memory = config.worker_memory_mib * 2**20 or find_memory_bytes() * config.worker_memory_percent // 100
    spool = Path(config.spool_dir, f"worker-{config.worker_base_port}")
    log.info("%s with %d threads joins the manager at %s", write_address(own, config.worker_base_port), threads, manager)
    drivers = DriverSettings(
        manager, config.cache_dir, When(config.worker_compile), When(config.worker_cut), config.keys_cluster_file, config.worker_slices
    )
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
        key=read_cluster_key(config.keys_cluster_file) if config.keys_cluster_file else None,
        leave_seconds=config.worker_drain,
    )
    hearing = Hearing(WorkerConfig, lambda changed: set_level(changed.log_level))
    process_bytes = config.worker_process_memory_mib * 2**20 or memory
    async with open_worker_side(drivers, threads, tail.take, process_bytes) as side:
        await _work(side, settings, stop, stop_now)
    hearing.close()


async def _work(side: RuntimeSide, settings: WorkerSettings, stop: asyncio.Event, stop_now: asyncio.Event) -> None:
    """Work until `stop` is set. Ready, for systemd, as soon as the engine has something to say: then both ports listen."""
    sentence = ""
    said = asyncio.Event()

    def tell(level: int, news: str) -> None:
        nonlocal sentence
        sentence = news
        said.set()
        log.log(level, "%s", news)

    def say_status() -> str:
        standing = "handing over what it holds" if stop.is_set() else sentence
        return f"{standing}; {settings.threads} threads, {side.drivers.count()} sessions"

    async with asyncio.TaskGroup() as tasks:
        working = tasks.create_task(run_engine_worker(side, settings, stop=stop, tell=tell, stop_now=stop_now))
        working.add_done_callback(lambda _: said.set())
        await said.wait()
        async with show_signs_of_life(say_status):
            await asyncio.wait([working])


def find_own(config: WorkerConfig) -> str:
    return config.worker_own_address or find_own_address(config.listen_address, config.manager_address)


def find_manager(config: WorkerConfig) -> str:
    """host:port of the manager's registry; on this machine unless told otherwise."""
    host = config.manager_address or ("127.0.0.1" if config.listen_address in ("0.0.0.0", "::") else config.listen_address)
    return write_address(host, config.registry_port)


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="ufora.service.worker", allow_abbrev=False)
    add_options(parser, [WorkerConfig])
    config: WorkerConfig = read_settled(WorkerConfig, take_options(parser.parse_args(argv), [WorkerConfig]))
    ids = {"worker": write_address(find_own(config), config.worker_base_port)}
    open_log(config.log_dir, name_log(config), config.log_level, config.log_format, ids)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run_worker(config))


if __name__ == "__main__":
    main()
