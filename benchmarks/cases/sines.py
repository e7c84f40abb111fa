"""The documented program: the sum of many sines, which has a closed form.

ufora's sum is the correctly rounded one. numba and C add up naively, as their users would; one more way in C carries the rounding errors
along and must give ufora's very bits.
"""

import math
from dataclasses import replace

from benchmarks.cases import Stage
from benchmarks.numba_peer import parallel, prange
from benchmarks.peers import CPYTHON, DOUBLE, INT, NUMBA, UFORA, C, c_way, load_function, way
from benchmarks.records import Row, SameBits, equals, near
from pyfora import Executor

SMALL = 10**7
ONE_ROUND = 10**9
"""From here on, one round: above 10**8 the C library's sine reduces its argument the slow way, which takes each way 20 s."""
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


def rows(stage: Stage) -> list[Row]:
    sizes = [SMALL] if stage.quick else [10**8, 10**9]
    return [*(_full_row(stage, n) for n in sizes), _small_row(stage)]


def _full_row(stage: Stage, n: int) -> Row:
    executor, same, roughly = stage.cluster.executor, SameBits(near(closed_form(n), 1e-10)), near(closed_form(n), NAIVE_ERROR)
    naive = load_function(stage.openmp, "sines", NAIVE, DOUBLE, INT)
    exact = load_function(stage.openmp, "sines_exact", EXACT, DOUBLE, INT)
    ways = (
        way(UFORA, lambda: sum_remotely(executor, n), same, lambda: sum_remotely(executor, SMALL)),
        way(NUMBA, lambda: sum_with_numba(n), roughly, lambda: sum_with_numba(1000)),
        c_way(naive, (n,), roughly),
        c_way(exact, (n,), same, f"{C}, errors carried"),
    )
    if n < ONE_ROUND:
        return Row("sines", f"{n:,}", ways)
    return Row("sines", f"{n:,}, one round", tuple(replace(each, repeat=1) for each in ways))


def _small_row(stage: Stage) -> Row:
    executor, right = stage.cluster.executor, equals(sum_here(SMALL))
    return Row(
        "sines",
        f"{SMALL:,}",
        (way(UFORA, lambda: sum_remotely(executor, SMALL), right), way(f"{CPYTHON}, math.fsum", lambda: sum_here(SMALL), right)),
    )
