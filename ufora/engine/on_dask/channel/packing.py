"""Results as parts: a pickle, then the buffers it leaves out, which stay where they are until a piece of them is sent.

Pickle, because the other side is a worker or driver of the same cluster and results are records of our own, as on Dask's own connections.
"""

import pickle
from collections.abc import Sequence
from typing import Any


def pack_results(results: dict[str, Any]) -> list[bytes | memoryview]:
    buffers: list[pickle.PickleBuffer] = []
    head = pickle.dumps(results, protocol=5, buffer_callback=buffers.append)
    return [head, *(buffer.raw() for buffer in buffers)]


def unpack_results(parts: Sequence[Any]) -> dict[str, Any]:
    """Takes buffers; arrays among the results use theirs in place."""
    results: dict[str, Any] = pickle.loads(parts[0], buffers=parts[1:])
    return results
