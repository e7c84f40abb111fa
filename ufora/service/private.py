"""`ufora run --private`: a cluster for one Python program, which starts it and holds the other end of its standard input.

Everything is on the loopback interface and on free ports. One line on standard output, `ready http://127.0.0.1:PORT`, says that work can be
sent. The cluster ends when standard input closes: however the program ended, nothing is left behind.
"""

import asyncio
import os
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ufora.service.config import Options
from ufora.service.launch import Plan, check_ports, list_children, plan_run
from ufora.service.ports import find_free_ports
from ufora.service.stop import catch_stop_signals
from ufora.service.supervisor import supervise

HOST = "127.0.0.1"


def start_private(options: Options) -> int:
    with tempfile.TemporaryDirectory(prefix="ufora-private-", ignore_cleanup_errors=True) as folder:
        return asyncio.run(_run_private(plan_run(settle_options(options, folder))))


def settle_options(options: Options, folder: str) -> Options:
    """The options of a private cluster; those given by the user win."""
    first = find_free_ports(4, HOST)
    settled = {
        "web_http_port": str(first),
        "registry_port": str(first + 1),
        "worker_base_port": str(first + 2),
        "listen_address": HOST,
        "worker_own_address": HOST,
        "manager_address": "",
        "no_worker": "false",
        "worker_drain": "0",
        "spool_dir": str(Path(folder, "spool")),
        "log_dir": str(Path(folder, "log")),
        "log_level": "warning",
    }
    return settled | {name: text for name, text in options.items() if text is not None}


async def _run_private(plan: Plan) -> int:
    stop = catch_stop_signals()
    check_ports(plan)
    _stop_when_input_closes(stop)
    port = plan.manager.web_http_port if plan.manager else 0
    ready = asyncio.Event()
    with _call_when_ready(lambda: _say_ready(port, ready, stop)) as ready_fd:
        return await supervise(list_children(plan, ready_fd), stop, ready)


def _say_ready(port: int, ready: asyncio.Event, stop: asyncio.Event) -> None:
    ready.set()
    try:
        print(f"ready http://{HOST}:{port}", flush=True)
    except BrokenPipeError:  # the program is gone already
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115 - the interpreter flushes it at its end
        stop.set()


@contextmanager
def _call_when_ready(tell: Callable[[], None]) -> Iterator[int]:
    """A file descriptor for the manager; `tell` is called once, when the manager has written to it."""
    loop = asyncio.get_running_loop()
    read_end, write_end = os.pipe()

    def hear() -> None:
        loop.remove_reader(read_end)
        tell()

    loop.add_reader(read_end, hear)
    try:
        yield write_end
    finally:
        loop.remove_reader(read_end)
        os.close(read_end)
        os.close(write_end)


def _stop_when_input_closes(stop: asyncio.Event) -> None:
    """A thread, because standard input may be of any kind, a plain file too, which event loops cannot wait for."""
    loop = asyncio.get_running_loop()

    def wait_for_end() -> None:
        with suppress(OSError):
            while os.read(0, 4096):
                pass
        with suppress(RuntimeError):  # the loop has ended before
            loop.call_soon_threadsafe(stop.set)

    threading.Thread(target=wait_for_end, name="input", daemon=True).start()
