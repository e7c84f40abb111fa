"""A sum of sums: the inner length grows, so equal stretches of the outer range cost unequally."""

from benchmarks.numba_peer import in_chunks, parallel, prange, signed
from benchmarks.peers import INT, c_way, large_row, load_function, small_row, way
from benchmarks.records import Row, equals
from benchmarks.stage import Stage
from benchmarks.targets import NUMBA
from benchmarks.teams import cut
from pyfora import Executor

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
    for each in prange(n):
        i = signed(each)
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


def sum_piece(piece: tuple[int, int]) -> int:
    return sum(sum(i * j % 7 for j in range(i)) for i in range(*piece))


def rows(stage: Stage) -> list[Row]:
    n, small = stage.choose(1000, 40_000), stage.choose_small(300, 5000)
    right, right_small = equals(closed_form(n)), equals(closed_form(small))
    return [
        large_row(
            stage,
            ("nested", f"{n:,}² / 2"),
            lambda executor: sum_remotely(executor, n),
            right,
            way(NUMBA, lambda: in_chunks(sum_with_numba, n), right, lambda: sum_with_numba(100)),
            c_way(load_function(stage.openmp, "nested", TEXT, INT, INT), (n,), right),
            warm_up=lambda executor: sum_remotely(executor, 1000),
        ),
        small_row(
            stage,
            ("nested", f"{small:,}² / 2"),
            lambda executor: sum_remotely(executor, small),
            right_small,
            lambda: sum_here(small),
            lambda team: sum(team.map(sum_piece, cut(small))),
        ),
    ]
