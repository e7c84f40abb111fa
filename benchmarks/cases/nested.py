"""A sum of sums: the inner length grows, so equal stretches of the outer range cost unequally."""

from benchmarks.cases import Stage
from benchmarks.numba_peer import in_chunks, parallel, prange
from benchmarks.peers import CPYTHON, INT, NUMBA, UFORA, c_way, load_function, way
from benchmarks.records import Row, equals
from pyfora import Executor

SMALL = 1500
TEXT = """
#include <stdint.h>
int64_t run(int64_t n) {
    int64_t total = 0;
    #pragma omp parallel for schedule(dynamic, 16) reduction(+:total)
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < i; j++) total += i * j % 7;
    return total;
}
"""


@parallel
def sum_with_numba(n: int) -> int:
    total = 0
    for i in prange(n):
        for j in range(i):
            total += i * j % 7
    return total


def sum_remotely(executor: Executor, n: int) -> int:
    with executor.remotely.downloadAll():
        total = sum(sum(i * j % 7 for j in range(i)) for i in range(n))
    return total


def sum_here(n: int) -> int:
    return sum(sum(i * j % 7 for j in range(i)) for i in range(n))


def closed_form(n: int) -> int:
    """`i * j % 7` repeats with j every 7, so each inner sum is whole periods of 21 (or of 0) and a remainder."""
    period = {i: 21 if i % 7 else 0 for i in range(7)}
    return sum(i // 7 * period[i % 7] + sum(i * j % 7 for j in range(i % 7)) for i in range(n))


def rows(stage: Stage) -> list[Row]:
    full = 10_000 if stage.quick else 40_000
    executor, right, right_small = stage.cluster.executor, equals(closed_form(full)), equals(closed_form(SMALL))
    in_c = load_function(stage.openmp, "nested", TEXT, INT, INT)
    return [
        Row(
            "nested",
            f"{full:,}² / 2",
            (
                way(UFORA, lambda: sum_remotely(executor, full), right, lambda: sum_remotely(executor, SMALL)),
                way(NUMBA, lambda: in_chunks(sum_with_numba, full), right, lambda: sum_with_numba(100)),
                c_way(in_c, (full,), right),
            ),
        ),
        Row(
            "nested",
            f"{SMALL:,}² / 2",
            (
                way(UFORA, lambda: sum_remotely(executor, SMALL), right_small),
                way(CPYTHON, lambda: sum_here(SMALL), right_small),
            ),
        ),
    ]
