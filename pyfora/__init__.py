"""Ordinary Python, run on a cluster.

    import pyfora

    executor = pyfora.connect("http://localhost:30000")
    with executor.remotely.downloadAll():
        x = sum(i * i for i in range(10**9))

Names are found when they are first used: the cluster itself imports parts of pyfora and needs no client.
"""

import importlib
from typing import TYPE_CHECKING

from pyfora._version import __version__
from pyfora.errors import (
    BadWithBlockError,
    ComputationCancelled,
    ComputationError,
    ConfigurationError,
    ConnectionError,  # noqa: A004 - the documented name
    ForaToPythonConversionError,
    InternalError,
    InvalidPyforaOperation,
    PyforaError,
    PythonToForaConversionError,
    ResultExceededBytecountThreshold,
    WireError,
)

if TYPE_CHECKING:
    from pyfora.client.connect import connect
    from pyfora.client.connect_async import connect_async
    from pyfora.client.executor import Executor
    from pyfora.client.proxies import RemotePythonObject
    from pyfora.report.explanation import Explanation
    from pyfora.report.progress import Progress

__all__ = [
    "BadWithBlockError",
    "ComputationCancelled",
    "ComputationError",
    "ConfigurationError",
    "ConnectionError",
    "Executor",
    "Explanation",
    "ForaToPythonConversionError",
    "InternalError",
    "InvalidPyforaOperation",
    "Progress",
    "PyforaError",
    "PythonToForaConversionError",
    "RemotePythonObject",
    "ResultExceededBytecountThreshold",
    "WireError",
    "__version__",
    "connect",
    "connect_async",
]
_HOMES = {
    "Executor": "pyfora.client.executor",
    "Explanation": "pyfora.report.explanation",
    "Progress": "pyfora.report.progress",
    "RemotePythonObject": "pyfora.client.proxies",
    "connect": "pyfora.client.connect",
    "connect_async": "pyfora.client.connect_async",
    "load_ipython_extension": "pyfora.client.magic",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'pyfora' has no attribute {name!r}")
    value: object = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
