"""The documented program: how many numbers below a bound have no divisor. Trial division; costs grow with the number."""

import math

import numpy

from benchmarks.numba_peer import in_chunks, parallel, prange, serial, signed
from benchmarks.peers import INT, c_way, large_row, load_function, small_row, way
from benchmarks.records import Row, equals
from benchmarks.stage import Stage
from benchmarks.targets import NUMBA
from benchmarks.teams import cut
from pyfora import Executor

C_TEXT = """
#include <stdint.h>
static int64_t is_prime(int64_t p) {
    for (int64_t x = 2; x * x <= p; x++) if (p % x == 0) return 0;
    return 1;
}
int64_t run(int64_t n) {
    int64_t found = 0;
    #pragma omp parallel for schedule(dynamic, 4096) reduction(+:found)
    for (int64_t p = 0; p < n; p++) found += is_prime(p);
    return found;
}
"""


def is_prime(p: int) -> int:
    x = 2
    while x * x <= p:
        if p % x == 0:
            return 0
        x = x + 1
    return 1


is_prime_of_numba = serial(is_prime)


@parallel
def count_with_numba(n: int) -> int:
    found = 0
    for p in prange(n):
        found += is_prime_of_numba(signed(p))
    return found


def count_remotely(executor: Executor, n: int) -> int:
    with executor.remotely.downloadAll():
        found = sum(is_prime(p) for p in range(n))
    return found


def count_here(n: int) -> int:
    return sum(is_prime(p) for p in range(n))


def count_piece(piece: tuple[int, int]) -> int:
    return sum(is_prime(p) for p in range(*piece))


def count_by_sieve(n: int) -> int:
    """0 and 1 are counted too: they have no divisor either."""
    sieve = numpy.ones(n, dtype=bool)
    for p in range(2, math.isqrt(n) + 1):
        if sieve[p]:
            sieve[p * p :: p] = False
    return int(sieve.sum())


def rows(stage: Stage) -> list[Row]:
    n, small = stage.choose(10**5, 10**7), stage.choose_small(10**4, 3 * 10**5)
    right, right_small = equals(count_by_sieve(n)), equals(count_by_sieve(small))
    return [
        large_row(
            stage,
            ("primes", f"{n:,}"),
            lambda executor: count_remotely(executor, n),
            right,
            way(NUMBA, lambda: in_chunks(count_with_numba, n), right, lambda: count_with_numba(1000)),
            way("numba, one stretch a thread", lambda: count_with_numba(n), right),
            c_way(load_function(stage.openmp, "primes", C_TEXT, INT, INT), (n,), right),
            warm_up=lambda executor: count_remotely(executor, 1000),
        ),
        small_row(
            stage,
            ("primes", f"{small:,}"),
            lambda executor: count_remotely(executor, small),
            right_small,
            lambda: count_here(small),
            lambda team: sum(team.map(count_piece, cut(small))),
        ),
    ]
