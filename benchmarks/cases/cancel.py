"""How long a cluster goes on after `cancel()`: until its processes have stopped computing, seen from outside by their processor time."""

import time
from collections.abc import Callable
from concurrent.futures import wait

from benchmarks.cases.interpreted import count_digits
from benchmarks.cases.primes import is_prime
from benchmarks.records import Row, Timed, Way, equals
from benchmarks.stage import Stage
from benchmarks.targets import UFORA, within

QUEUED = 20
STARTED_SECONDS = 0.3  #: of processor time: by then the work itself is under way
WINDOW_SECONDS = 0.05
IDLE = 0.2  #: cores in use over a window; a cluster that rests uses a few hundredths of one
QUIET_WINDOWS = 4  #: so many in a row are no pause
HUGE = 10**12


def count_primes(start: int) -> int:
    return sum(is_prime(p) for p in range(start, HUGE))


def count_all_digits(start: int) -> int:
    return sum(count_digits(i) for i in range(start, HUGE))


def turn(start: int) -> int:
    """Each turn needs what the last one gave: a loop that only counts takes no time."""
    at, value = 0, start
    while at < HUGE:
        value = (value * value + at) % 1_000_003
        at = at + 1
    return value


def stop(stage: Stage, function: Callable[[int], int], count: int) -> Timed:
    """Start so many, wait until the cluster computes, cancel all, wait until it rests."""
    wait_for_rest(stage)
    used = stage.cluster.cpu_seconds()
    futures = [stage.executor.submit(function, number) for number in range(count)]
    while stage.cluster.cpu_seconds() < used + STARTED_SECONDS:
        time.sleep(WINDOW_SECONDS)
    began = time.perf_counter()
    for future in futures:
        future.cancel()
    wait(futures)
    told = time.perf_counter()
    rested = wait_for_rest(stage)
    return Timed(all(future.cancelled() for future in futures), max(rested, told) - began, {"told": told - began})


def wait_for_rest(stage: Stage) -> float:
    """When it began, `time.perf_counter()` seconds."""
    quiet: list[float] = []
    while len(quiet) < QUIET_WINDOWS:
        began, used = time.perf_counter(), stage.cluster.cpu_seconds()
        time.sleep(WINDOW_SECONDS)  # a sample takes time: nothing is waited for
        cores = (stage.cluster.cpu_seconds() - used) / (time.perf_counter() - began)
        quiet = [*quiet, began] if cores < IDLE else []
    return quiet[0]


def rows(stage: Stage) -> list[Row]:
    def row(size: str, function: Callable[[int], int], count: int = 1) -> Row:
        way = Way(UFORA, lambda: stop(stage, function, count), equals(True), targets=(within(1.0),))
        return Row("cancel", size, (way,))

    return [
        row("compiled, on all cores", count_primes),
        row("compiled, a loop on one core", turn),
        row("interpreted", count_all_digits),
        row(f"{QUEUED} at once, most of them queued", count_primes, QUEUED),
    ]
