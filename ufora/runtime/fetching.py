"""Results of engine tasks for code that remote code called."""

from typing import Any

from ufora.engine.contract import OutOfRoom, TaskEngine, TaskFailed, TaskFuture
from ufora.runtime.guard.stopping import Failed


def fetch(engine: TaskEngine, future: TaskFuture) -> Any:
    """The result, brought here; waits for it. That a task failed is no exception of the remote code's: it cannot handle it."""
    try:
        return engine.fetch(future)
    except OutOfRoom as failure:
        raise Failed(str(failure), MemoryError) from failure
    except TaskFailed as failure:
        raise Failed(str(failure)) from failure
