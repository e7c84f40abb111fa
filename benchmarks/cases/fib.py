"""Fibonacci numbers by the recursion that defines them: nothing but calls, most of them tiny."""

import numpy

from benchmarks.numba_peer import in_chunks, parallel, prange, serial
from benchmarks.peers import INT, c_way, large_row, load_function, small_row, way
from benchmarks.records import Row, equals
from benchmarks.stage import Stage
from benchmarks.targets import NUMBA
from benchmarks.teams import Team
from pyfora import Executor

DEPTH = 6  #: of the calls that are given out by hand where a peer has no tasks
Numbers = numpy.ndarray[tuple[int], numpy.dtype[numpy.int64]]
TEXT = """
#include <stdint.h>
static int64_t fib(int64_t n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }
static int64_t fib_in_tasks(int64_t n) {
    if (n < 25) return fib(n);
    int64_t left, right;
    #pragma omp task shared(left)
    left = fib_in_tasks(n - 1);
    right = fib_in_tasks(n - 2);
    #pragma omp taskwait
    return left + right;
}
int64_t run(int64_t n) {
    int64_t found;
    #pragma omp parallel
    #pragma omp single
    found = fib_in_tasks(n);
    return found;
}
"""


def fib(n: int) -> int:
    return n if n < 2 else fib(n - 1) + fib(n - 2)


@serial
def fib_of_numba(n: int) -> int:
    if n < 2:
        return n
    return fib_of_numba(n - 1) + fib_of_numba(n - 2)


@parallel
def add_with_numba(parts: Numbers) -> int:
    total = 0
    for k in prange(len(parts)):
        total += fib_of_numba(parts[k])
    return total


def list_parts(n: int, depth: int = DEPTH) -> list[int]:
    """Numbers whose fibs add up to that of `n`."""
    return [n] if n < 2 or depth == 0 else list_parts(n - 1, depth - 1) + list_parts(n - 2, depth - 1)


def fib_remotely(executor: Executor, n: int) -> int:
    with executor.remotely.downloadAll():
        found = fib(n)
    return found


def fib_with_team(team: Team, n: int) -> int:
    return sum(team.map(fib, list_parts(n)))


def count_up(n: int) -> int:
    low, high = 0, 1
    for _ in range(n):
        low, high = high, low + high
    return low


def rows(stage: Stage) -> list[Row]:
    n, small = stage.choose(20, 38), stage.choose_small(15, 30)
    right, right_small = equals(count_up(n)), equals(count_up(small))
    parts = numpy.array(list_parts(n), dtype=numpy.int64)
    few = numpy.array([1, 2], dtype=numpy.int64)
    return [
        large_row(
            stage,
            ("fib", f"{n}"),
            lambda executor: fib_remotely(executor, n),
            right,
            way(NUMBA, lambda: in_chunks(add_with_numba, parts, chunk=1), right, lambda: add_with_numba(few)),
            c_way(load_function(stage.openmp, "fib", TEXT, INT, INT), (n,), right),
        ),
        small_row(
            stage,
            ("fib", f"{small}"),
            lambda executor: fib_remotely(executor, small),
            right_small,
            lambda: fib(small),
            lambda team: fib_with_team(team, small),
        ),
    ]
