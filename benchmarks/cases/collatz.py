"""The number below a bound whose Collatz chain is longest: `max` with a key, the first of equals wins."""

from benchmarks.numba_peer import in_chunks, parallel, prange, serial, signed
from benchmarks.peers import INT, c_way, large_row, load_function, small_row, way
from benchmarks.records import Row, equals
from benchmarks.stage import Stage
from benchmarks.targets import NUMBA
from benchmarks.teams import cut
from pyfora import Executor

BITS = 32
"""Peers look for the largest of `length << BITS | (LAST - n)`: of equal lengths, that of the smallest number."""
LAST = 2**BITS - 1
TEXT = """
#include <stdint.h>
static int64_t measure(int64_t n) {
    int64_t length = 1;
    while (n != 1) { n = n % 2 == 0 ? n / 2 : 3 * n + 1; length++; }
    return length;
}
int64_t run(int64_t bound) {
    int64_t best = 0;
    #pragma omp parallel for schedule(dynamic, 4096) reduction(max:best)
    for (int64_t n = 1; n < bound; n++) {
        int64_t found = measure(n) << 32 | (4294967295 - n);
        if (found > best) best = found;
    }
    return 4294967295 - (best & 4294967295);
}
"""


def measure_chain(n: int) -> int:
    length = 1
    while n != 1:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        length += 1
    return length


measure_of_numba = serial(measure_chain)


@parallel
def search_with_numba(bound: int) -> int:
    best = 0
    for each in prange(1, bound):
        n = signed(each)
        best = max(best, measure_of_numba(n) << BITS | (LAST - n))
    return int(LAST - (best & LAST))


def search_remotely(executor: Executor, bound: int) -> int:
    with executor.remotely.downloadAll():
        longest = max(range(1, bound), key=measure_chain)
    return longest


def search_here(bound: int) -> int:
    return max(range(1, bound), key=measure_chain)


def search_piece(piece: tuple[int, int]) -> int:
    return max(range(*piece), key=measure_chain)


def rows(stage: Stage) -> list[Row]:
    bound, small = stage.choose(10**4, 3 * 10**6), stage.choose_small(10**3, 2 * 10**5)
    right = equals(int(search_with_numba(bound)))
    return [
        large_row(
            stage,
            ("collatz", f"{bound:,}"),
            lambda executor: search_remotely(executor, bound),
            right,
            way(NUMBA, lambda: in_chunks(search_with_numba, bound), right),
            c_way(load_function(stage.openmp, "collatz", TEXT, INT, INT), (bound,), right),
            warm_up=lambda executor: search_remotely(executor, 1000),
        ),
        small_row(
            stage,
            ("collatz", f"{small:,}"),
            lambda executor: search_remotely(executor, small),
            equals(search_here(small)),
            lambda: search_here(small),
            lambda team: max(team.map(search_piece, cut(small, start=1)), key=measure_chain),
        ),
    ]
