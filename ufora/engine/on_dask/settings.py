"""Every setting of Dask that we depend on, applied before anything of it is made.

They replace what a user's own Dask configuration may say: this cluster is not a Dask cluster to anybody.
"""

import asyncio
import logging
import warnings
from typing import Any, Final

import dask.config

from ufora.engine.on_dask.strangers import be_wary_of_strangers

SETTINGS: Final[dict[str, Any]] = {
    "distributed.scheduler.allowed-failures": 3,
    "distributed.scheduler.work-stealing": True,
    "distributed.scheduler.worker-saturation": 1.1,
    "distributed.scheduler.no-workers-timeout": None,  # tasks wait for a worker as long as it takes
    "distributed.scheduler.idle-timeout": None,
    "distributed.scheduler.http.routes": [],
    "distributed.scheduler.preload": [],
    "distributed.worker.memory.target": 0.6,
    "distributed.worker.memory.spill": 0.7,
    "distributed.worker.memory.pause": False,  # a worker that has nothing left to spill would be paused for good; see `spilling`
    "distributed.worker.connections.outgoing": 50,
    "distributed.worker.connections.incoming": 10,
    "distributed.worker.profile.enabled": False,
    "distributed.worker.http.routes": [],
    "distributed.worker.preload": [],
    "distributed.worker.lifetime.duration": None,
    "distributed.comm.timeouts.connect": "10s",
    "distributed.comm.timeouts.tcp": "30s",
    "distributed.comm.offload": "10MiB",
    "distributed.comm.compression": False,
    "distributed.client.scheduler-info-interval": "60s",  # each driver asks for it, and none looks at it
    "distributed.client.preload": [],
    "distributed.admin.event-loop": "uvloop",
    "distributed.admin.low-level-log-length": 0,  # otherwise each connection keeps its last 1,000 messages: ours are large
    "distributed.admin.large-graph-warning-threshold": "1GiB",  # a lease over a list of the driver carries its numbers
    "distributed.diagnostics.nvml": False,
}


def apply_settings() -> None:
    """For this process; may be called again."""
    dask.config.set(SETTINGS)
    be_wary_of_strangers()
    warnings.filterwarnings("ignore", "Couldn't detect a suitable IP address")  # without a way to the Internet; nobody asks for it
    for name in ("distributed", "distributed.client", "tornado"):
        logger = logging.getLogger(name)  # Dask gives these handlers of their own when it is imported
        logger.handlers.clear()
        logger.propagate = True
        logger.setLevel(logging.WARNING)
    logging.getLogger("distributed.worker").addFilter(_tells_no_data)
    logging.getLogger("distributed.worker").addFilter(_is_not_raised_too)
    logging.getLogger("distributed.scheduler").addFilter(_is_worth_telling)
    logging.getLogger("distributed.worker.state_machine").setLevel(logging.ERROR)  # it warns of each task that was cancelled
    logging.getLogger("distributed.worker.memory").setLevel(logging.ERROR)  # where nothing is left to spill it warns ten times a second
    logging.getLogger("distributed.protocol.core").addFilter(_is_not_raised_too)
    logging.getLogger("tornado.general").addFilter(_leaves_strangers_to_others)


def _tells_no_data(record: logging.LogRecord) -> bool:
    """Dask logs a failed task with all its arguments: the user's code and values. `tasks.perform` logs it without."""
    return not str(record.msg).startswith("Compute Failed")


def _is_worth_telling(record: logging.LogRecord) -> bool:
    """Dask warns that a worker which is lost is not started again; it is. And it tells with a traceback that we cancelled it."""
    is_cancelled = record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError)
    return not is_cancelled and "do not use a nanny" not in str(record.msg)


def _is_not_raised_too(record: logging.LogRecord) -> bool:
    """Bytes that are no message, and a manager's refusal, are told, the former with a traceback, and then raised. So is a manager that
    stopped, to the worker's heartbeat: the connection to it breaks too, and the worker says that it has no manager."""
    return not str(record.msg).startswith(
        ("Failed to deserialize", "Unable to connect to scheduler", "Failed to communicate with scheduler")
    )


def _leaves_strangers_to_others(record: logging.LogRecord) -> bool:
    """A TLS handshake that failed; `strangers` tells it."""
    return not str(record.msg).startswith("SSL Error on")
