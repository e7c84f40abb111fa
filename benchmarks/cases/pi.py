"""Pi by throwing darts, with Knuth's 64-bit linear congruential generator: integers that wrap around at 2**64 and shifts.

A throw takes two numbers, of each the upper half. Each stream of throws has its own seed, so all ways count the very same hits.
"""

import numpy

from benchmarks.numba_peer import in_chunks, parallel, prange, serial
from benchmarks.peers import INT, c_way, large_row, load_function, small_row, way
from benchmarks.records import Row, equals
from benchmarks.stage import Stage
from benchmarks.targets import NUMBA
from benchmarks.teams import cut
from pyfora import Executor

THROWS = 10_000  #: in a stream
TEXT = """
#include <stdint.h>
static int64_t count_hits(uint64_t state) {
    int64_t hits = 0;
    for (int throw = 0; throw < 10000; throw++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        double x = (state >> 32) / 4294967296.0;
        state = state * 6364136223846793005u + 1442695040888963407u;
        double y = (state >> 32) / 4294967296.0;
        if (x * x + y * y < 1.0) hits++;
    }
    return hits;
}
int64_t run(int64_t streams) {
    int64_t hits = 0;
    #pragma omp parallel for schedule(dynamic, 16) reduction(+:hits)
    for (int64_t seed = 0; seed < streams; seed++) hits += count_hits(seed);
    return hits;
}
"""
FACTOR, STEP, HALF = numpy.uint64(6364136223846793005), numpy.uint64(1442695040888963407), numpy.uint64(32)


def count_hits(seed: int) -> int:
    state = seed
    hits = 0
    for _ in range(THROWS):
        state = (state * 6364136223846793005 + 1442695040888963407) & 0xFFFFFFFFFFFFFFFF
        x = (state >> 32) / 4294967296.0
        state = (state * 6364136223846793005 + 1442695040888963407) & 0xFFFFFFFFFFFFFFFF
        y = (state >> 32) / 4294967296.0
        if x * x + y * y < 1.0:
            hits += 1
    return hits


@serial
def count_hits_of_numba(seed: int) -> int:
    state = numpy.uint64(seed)
    hits = 0
    for _ in range(THROWS):
        state = state * FACTOR + STEP
        x = (state >> HALF) / 4294967296.0
        state = state * FACTOR + STEP
        y = (state >> HALF) / 4294967296.0
        if x * x + y * y < 1.0:
            hits += 1
    return hits


@parallel
def throw_with_numba(streams: int) -> int:
    hits = 0
    for seed in prange(streams):
        hits += count_hits_of_numba(seed)
    return hits


def throw_remotely(executor: Executor, streams: int) -> int:
    with executor.remotely.downloadAll():
        hits = sum(count_hits(seed) for seed in range(streams))
    return hits


def throw_piece(piece: tuple[int, int]) -> int:
    return sum(count_hits(seed) for seed in range(*piece))


def rows(stage: Stage) -> list[Row]:
    streams, small = stage.choose(10**5, 10**8) // THROWS, stage.choose_small(10**5, 2 * 10**6) // THROWS
    right = equals(int(throw_with_numba(streams)))
    return [
        large_row(
            stage,
            ("pi", f"{streams * THROWS:,}"),
            lambda executor: throw_remotely(executor, streams),
            right,
            way(NUMBA, lambda: in_chunks(throw_with_numba, streams, chunk=16), right),
            c_way(load_function(stage.openmp, "pi", TEXT, INT, INT), (streams,), right),
            warm_up=lambda executor: throw_remotely(executor, 10),
        ),
        small_row(
            stage,
            ("pi", f"{small * THROWS:,}"),
            lambda executor: throw_remotely(executor, small),
            equals(throw_piece((0, small))),
            lambda: throw_piece((0, small)),
            lambda team: sum(team.map(throw_piece, cut(small))),
        ),
    ]
