"""Peers that give pieces of a program to processes: `multiprocessing.Pool`, Dask and Ray.

Each is warm when it is measured: its processes, one for each core, are there and have imported the program. What their processes compute
they compute in CPython, and answers travel as these systems send them. A program is cut into a few pieces for each core, as their
manuals advise; never into one task for each element.
"""

import importlib
import importlib.util
import itertools
import logging
import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol

import distributed
from dask.delayed import delayed

from benchmarks.targets import CORES, DASK, POOL, RAY

PIECES = 8 * CORES
"""Enough that processes end at about the same time though pieces cost unequally."""


class CannotRun(Exception):  # noqa: N818 - it is no fault of the benchmark
    """A peer's processes did not start. It alone has no row then."""


class Team(Protocol):
    """Processes that take pieces."""

    def map(self, function: Callable[[Any], Any], pieces: Sequence[Any]) -> list[Any]: ...


def cut(stop: int, start: int = 0, pieces: int = PIECES) -> list[tuple[int, int]]:
    """Stretches of equal length."""
    ends = [start + (stop - start) * number // pieces for number in range(pieces + 1)]
    return list(itertools.pairwise(ends))


class PoolTeam:
    def __init__(self, pool: Any) -> None:
        self._pool = pool

    def map(self, function: Callable[[Any], Any], pieces: Sequence[Any]) -> list[Any]:
        return list(self._pool.map(function, pieces, chunksize=1))


class DaskTeam:
    def __init__(self, client: Any) -> None:
        self._client = client

    def map(self, function: Callable[[Any], Any], pieces: Sequence[Any]) -> list[Any]:
        task = delayed(function, pure=False)  # else it remembers the answers
        return list(self._client.gather(self._client.compute([task(piece) for piece in pieces])))


class RayTeam:
    def __init__(self, ray: Any) -> None:
        self._ray = ray
        self._tasks: dict[Callable[[Any], Any], Any] = {}  #: each function is sent to the processes once

    def map(self, function: Callable[[Any], Any], pieces: Sequence[Any]) -> list[Any]:
        if function not in self._tasks:
            self._tasks[function] = self._ray.remote(function)
        task = self._tasks[function]
        return list(self._ray.get([task.remote(piece) for piece in pieces]))


@contextmanager
def open_pool() -> Iterator[Team]:
    # Not forked: this process has threads of numba, OpenMP and of the client.
    with multiprocessing.get_context("spawn").Pool(CORES) as pool:
        yield PoolTeam(pool)


@contextmanager
def open_dask() -> Iterator[Team]:
    dask: Any = distributed  # its types are not complete
    with (
        dask.LocalCluster(n_workers=CORES, threads_per_worker=1, processes=True, dashboard_address=None) as cluster,
        dask.Client(cluster) as client,
    ):
        yield DaskTeam(client)


@contextmanager
def open_ray() -> Iterator[Team]:
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    ray = importlib.import_module("ray")
    try:
        _start_ray(ray)
        yield RayTeam(ray)
    finally:
        ray.shutdown()


def _start_ray(ray: Any) -> None:
    try:
        ray.init(num_cpus=CORES, include_dashboard=False, log_to_driver=False, logging_level=logging.ERROR)
    except Exception as error:  # when a node of it does not start it raises nothing narrower
        raise CannotRun(f"Ray did not start: {error}") from error


def explain_absence(name: str) -> str:
    """Why it cannot run here; "" when it can."""
    if name == RAY and importlib.util.find_spec("ray") is None:
        return "not installed: requirements/ray.txt"
    return ""


OPEN: dict[str, Callable[[], AbstractContextManager[Team]]] = {POOL: open_pool, DASK: open_dask, RAY: open_ray}
