"""Divide and conquer: a sum over a range by halving it down to single elements. Nothing in it says what may run beside what."""

from collections.abc import Callable

from benchmarks.numba_peer import parallel, prange, serial, signed
from benchmarks.peers import INT, c_way, large_row, load_function, small_row, way
from benchmarks.records import Row, equals
from benchmarks.stage import Stage
from benchmarks.targets import NUMBA
from benchmarks.teams import cut
from pyfora import Executor

STRETCHES = 64  #: numba has no tasks: so many halves of halves are made by hand
TEXT = """
#include <stdint.h>
static int64_t square(int64_t x) { return x * x % 7; }
static int64_t psum(int64_t low, int64_t high, int64_t (*f)(int64_t)) {
    if (high - low == 1) return f(low);
    int64_t middle = (low + high) / 2;
    return psum(low, middle, f) + psum(middle, high, f);
}
static int64_t psum_in_tasks(int64_t low, int64_t high, int64_t (*f)(int64_t)) {
    if (high - low < 100000) return psum(low, high, f);
    int64_t middle = (low + high) / 2, left, right;
    #pragma omp task shared(left)
    left = psum_in_tasks(low, middle, f);
    right = psum_in_tasks(middle, high, f);
    #pragma omp taskwait
    return left + right;
}
int64_t run(int64_t n) {
    int64_t total;
    #pragma omp parallel
    #pragma omp single
    total = psum_in_tasks(0, n, square);
    return total;
}
"""


def psum(low: int, high: int, f: Callable[[int], int]) -> int:
    if high - low == 1:
        return f(low)
    middle = (low + high) // 2
    return psum(low, middle, f) + psum(middle, high, f)


def square(x: int) -> int:
    return x * x % 7


square_of_numba = serial(square)


@serial
def psum_of_numba(low: int, high: int) -> int:
    if high - low == 1:
        return square_of_numba(low)
    middle = (low + high) // 2
    return psum_of_numba(low, middle) + psum_of_numba(middle, high)


@parallel
def sum_with_numba(n: int) -> int:
    total = 0
    for each in prange(STRETCHES):
        k = signed(each)
        total += psum_of_numba(n * k // STRETCHES, n * (k + 1) // STRETCHES)
    return total


def sum_remotely(executor: Executor, n: int) -> int:
    with executor.remotely.downloadAll():
        total = psum(0, n, square)
    return total


def sum_piece(piece: tuple[int, int]) -> int:
    return psum(*piece, square)


def closed_form(n: int) -> int:
    """The squares' remainders repeat every 7."""
    return n // 7 * sum(x * x % 7 for x in range(7)) + sum(x * x % 7 for x in range(n % 7))


def rows(stage: Stage) -> list[Row]:
    n, small = stage.choose(10**5, 10**8), stage.choose_small(10**4, 3 * 10**6)
    right, right_small = equals(closed_form(n)), equals(closed_form(small))
    return [
        large_row(
            stage,
            ("psum", f"{n:,}"),
            lambda executor: sum_remotely(executor, n),
            right,
            way(NUMBA, lambda: sum_with_numba(n), right, lambda: sum_with_numba(1000)),
            c_way(load_function(stage.openmp, "psum", TEXT, INT, INT), (n,), right),
        ),
        small_row(
            stage,
            ("psum", f"{small:,}"),
            lambda executor: sum_remotely(executor, small),
            right_small,
            lambda: sum_piece((0, small)),
            lambda team: sum(team.map(sum_piece, cut(small))),
        ),
    ]
