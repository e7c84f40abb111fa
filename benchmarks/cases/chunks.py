"""A list that stays on the cluster: make it, look at its end, add it up, bring it home."""

import time
from typing import Any

from benchmarks.records import Row, Timed, Way, equals
from benchmarks.stage import Stage
from benchmarks.targets import CPYTHON, UFORA
from pyfora import Executor

MODULUS = 1_000_003


def take_steps_remotely(executor: Executor, n: int) -> Timed:
    began = time.perf_counter()
    with executor.remotely.remoteAll():
        squares = [i * i % MODULUS for i in range(n)]
    made = time.perf_counter()
    with executor.remotely.downloadAll():
        end = squares[-100:]
    sliced = time.perf_counter()
    with executor.remotely.downloadAll():
        total = sum(squares)
    added = time.perf_counter()
    home = bring_home(squares)
    done = time.perf_counter()
    parts = {"make": made - began, "last 100": sliced - made, "sum": added - sliced, "bring home": done - added}
    return Timed((end, total, home), done - began, parts)


def bring_home(proxy: Any) -> Any:
    return proxy.toLocal().result()


def take_steps_here(n: int) -> Timed:
    began = time.perf_counter()
    squares = [i * i % MODULUS for i in range(n)]
    made = time.perf_counter()
    end = squares[-100:]
    sliced = time.perf_counter()
    total = sum(squares)
    done = time.perf_counter()
    return Timed((end, total, squares), done - began, {"make": made - began, "last 100": sliced - made, "sum": done - sliced})


def rows(stage: Stage) -> list[Row]:
    n = stage.choose(10**5, 10**7)
    executor, right = stage.executor, equals(take_steps_here(n).answer)
    ways = (
        Way(UFORA, lambda: take_steps_remotely(executor, n), right, warm_up=lambda: take_steps_remotely(executor, n)),
        Way(CPYTHON, lambda: take_steps_here(n), right),
    )
    return [Row("chunks", f"{n:,}", ways)]
