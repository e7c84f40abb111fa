"""The documented program: how many numbers below a bound have no divisor. Trial division; costs grow with the number."""

from benchmarks.cases import Stage
from benchmarks.numba_peer import in_chunks, parallel, prange, serial
from benchmarks.peers import CPYTHON, INT, NUMBA, UFORA, c_way, load_function, way
from benchmarks.records import Row, Target, equals
from pyfora import Executor

COUNTS = {10**5: 9594, 10**6: 78500, 10**7: 664581}  #: the known numbers of primes, and two: 0 and 1 have no divisor either
SMALL = 10**5

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
        found += is_prime_of_numba(p)
    return found


def count_remotely(executor: Executor, n: int) -> int:
    with executor.remotely.downloadAll():
        found = sum(is_prime(p) for p in range(n))
    return found


def count_here(n: int) -> int:
    return sum(is_prime(p) for p in range(n))


def rows(stage: Stage) -> list[Row]:
    full = 10**6 if stage.quick else 10**7
    executor, right, right_small = stage.cluster.executor, equals(COUNTS[full]), equals(COUNTS[SMALL])
    in_c = load_function(stage.openmp, "primes", C_TEXT, INT, INT)
    return [
        Row(
            "primes",
            f"{full:,}",
            (
                way(UFORA, lambda: count_remotely(executor, full), right, lambda: count_remotely(executor, 1000), Target(1.1, NUMBA)),
                way(NUMBA, lambda: in_chunks(count_with_numba, full), right, lambda: count_with_numba(1000)),
                way("numba, one stretch a thread", lambda: count_with_numba(full), right),
                c_way(in_c, (full,), right),
            ),
        ),
        Row(
            "primes",
            f"{SMALL:,}",
            (
                way(UFORA, lambda: count_remotely(executor, SMALL), right_small),
                way(CPYTHON, lambda: count_here(SMALL), right_small),
            ),
        ),
    ]
