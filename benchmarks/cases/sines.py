"""The documented program: the sum of many sines, which has a closed form.

ufora's sum is the correctly rounded one. numba and C add up naively, as their users would; one more way in C carries the rounding errors
along and must give ufora's very bits.
"""

import math

from benchmarks.numba_peer import parallel, prange
from benchmarks.peers import DOUBLE, INT, c_way, large_row, load_function, small_row, way
from benchmarks.records import Row, SameBits, equals, near
from benchmarks.stage import Stage
from benchmarks.targets import AS_COMPILED_EXACTLY, EFFICIENT, EXACT_C, NUMBA
from benchmarks.teams import cut
from pyfora import Executor

EFFICIENCY_LIMIT = 10**8
"""Above it nobody computes it on one core: the C library's sine reduces large arguments the slow way, 40 s for 10**9."""
NAIVE_ERROR = 1e-6  #: far above what 10**9 naive additions can lose, far below what a missing element would change
NAIVE = """
#include <stdint.h>
#include <math.h>
double run(int64_t n) {
    double sum = 0;
    #pragma omp parallel for reduction(+:sum)
    for (int64_t i = 0; i < n; i++) sum += sin((double)i);
    return sum;
}
"""
EXACT = """
#include <stdint.h>
#include <math.h>
typedef struct { double high, low; } wide;
static wide add(wide sum, double term) {            /* Knuth's TwoSum */
    double high = sum.high + term, part = high - sum.high;
    sum.low += (sum.high - (high - part)) + (term - part);
    sum.high = high;
    return sum;
}
static wide join(wide a, wide b) { return add(add(a, b.low), b.high); }
#pragma omp declare reduction(+ : wide : omp_out = join(omp_out, omp_in)) initializer(omp_priv = (wide){0, 0})
double run(int64_t n) {
    wide sum = {0, 0};
    #pragma omp parallel for reduction(+:sum)
    for (int64_t i = 0; i < n; i++) sum = add(sum, sin((double)i));
    return sum.high + sum.low;
}
"""


@parallel
def sum_with_numba(n: int) -> float:
    total = 0.0
    for i in prange(n):
        total += math.sin(i)
    return total


def sum_remotely(executor: Executor, n: int) -> float:
    with executor.remotely.downloadAll():
        total = sum(math.sin(i) for i in range(n))
    return total


def sum_here(n: int) -> float:
    return math.fsum(math.sin(i) for i in range(n))


def closed_form(n: int) -> float:
    return math.sin((n - 1) / 2) * math.sin(n / 2) / math.sin(0.5)


def sum_piece(piece: tuple[int, int]) -> float:
    return math.fsum(math.sin(i) for i in range(*piece))


def rows(stage: Stage) -> list[Row]:
    sizes = [stage.choose(10**5, 10**8)] + ([] if stage.quick else [10**9])
    return [*(_large_row(stage, n) for n in sizes), _small_row(stage, stage.choose_small(10**4, 10**7))]


def _large_row(stage: Stage, n: int) -> Row:
    same, roughly = SameBits(near(closed_form(n), 1e-10)), near(closed_form(n), NAIVE_ERROR)
    naive = load_function(stage.openmp, "sines", NAIVE, DOUBLE, INT)
    exact = load_function(stage.openmp, "sines_exact", EXACT, DOUBLE, INT)
    return large_row(
        stage,
        ("sines", f"{n:,}"),
        lambda executor: sum_remotely(executor, n),
        same,
        way(NUMBA, lambda: sum_with_numba(n), roughly, lambda: sum_with_numba(1000)),
        c_way(naive, (n,), roughly),
        c_way(exact, (n,), same, EXACT_C),
        warm_up=lambda executor: sum_remotely(executor, 10**5),
        targets=(AS_COMPILED_EXACTLY, EFFICIENT) if n <= EFFICIENCY_LIMIT else (AS_COMPILED_EXACTLY,),
    )


def _small_row(stage: Stage, n: int) -> Row:
    return small_row(
        stage,
        ("sines", f"{n:,}"),
        lambda executor: sum_remotely(executor, n),
        equals(sum_here(n)),
        lambda: sum_here(n),
        lambda team: math.fsum(team.map(sum_piece, cut(n))),
        roughly=near(closed_form(n), 1e-10),
    )
