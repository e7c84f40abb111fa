"""A list of primes that is made on the cluster and stays there; then its length, and a slice that comes home."""

import time

import numpy

from benchmarks.cases.primes import is_prime, is_prime_of_numba
from benchmarks.numba_peer import in_chunks, parallel, prange, signed
from benchmarks.peers import ADDRESS, INT, c_way, load_function, team_way, way
from benchmarks.records import Check, Row, Timed, Way, equals
from benchmarks.stage import Stage
from benchmarks.targets import AHEAD, AS_COMPILED, CPYTHON, DASK, EFFICIENT, NUMBA, ONE_CORE, POOL, RAY, UFORA, Target
from benchmarks.teams import Team, cut
from pyfora import Executor

Flags = numpy.ndarray[tuple[int], numpy.dtype[numpy.bool_]]
Answer = tuple[int, list[int]]
START, STOP = 500, 1000
TEXT = """
#include <stdint.h>
static int is_prime(int64_t p) {
    for (int64_t x = 2; x * x <= p; x++) if (p % x == 0) return 0;
    return 1;
}
void run(int64_t n, uint8_t *flags) {
    #pragma omp parallel for schedule(dynamic, 4096)
    for (int64_t p = 2; p < n; p++) flags[p] = is_prime(p);
}
"""


@parallel
def flag_with_numba(n: int, flags: Flags) -> None:
    for p in prange(2, n):
        flags[p] = is_prime_of_numba(signed(p))


def take(flags: Flags) -> Answer:
    primes = numpy.flatnonzero(flags)
    return len(primes), primes[START:STOP].tolist()


def list_remotely(executor: Executor, n: int) -> Timed:
    began = time.perf_counter()
    with executor.remotely.remoteAll():
        primes = [p for p in range(2, n) if is_prime(p)]
    made = time.perf_counter()
    with executor.remotely.downloadAll():
        count, part = len(primes), primes[START:STOP]
    done = time.perf_counter()
    return Timed((count, part), done - began, {"make": made - began, "length and slice": done - made})


def list_here(n: int) -> Answer:
    primes = [p for p in range(2, n) if is_prime(p)]
    return len(primes), primes[START:STOP]


def list_piece(piece: tuple[int, int]) -> list[int]:
    return [p for p in range(*piece) if is_prime(p)]


def list_with_team(team: Team, n: int) -> Answer:
    primes = [p for part in team.map(list_piece, cut(n, start=2)) for p in part]
    return len(primes), primes[START:STOP]


def rows(stage: Stage) -> list[Row]:
    return [_large_row(stage, stage.choose(10**5, 10**7)), _small_row(stage, stage.choose_small(10**4, 3 * 10**5))]


def _large_row(stage: Stage, n: int) -> Row:
    flags = numpy.zeros(n, dtype=numpy.bool_)
    flag_with_numba(n, flags)
    right = equals(take(flags))
    function = load_function(stage.openmp, "kept", TEXT, None, INT, ADDRESS)

    def with_numba() -> Answer:
        in_chunks(flag_with_numba, n, flags)
        return take(flags)

    def in_c() -> Answer:
        assert function is not None
        function(n, flags.ctypes.data)
        return take(flags)

    ways = (
        _ufora_way(UFORA, stage, n, right, (AS_COMPILED, EFFICIENT)),
        Way(
            ONE_CORE,
            lambda: list_remotely(stage.executor_alone, n),
            right,
            lambda: list_remotely(stage.executor_alone, 10**4),
        ),
        way(NUMBA, with_numba, right),
        c_way(in_c if function else None, (), right),
    )
    return Row("kept", f"primes to {n:,}", ways)


def _ufora_way(name: str, stage: Stage, n: int, right: Check, targets: tuple[Target, ...]) -> Way:
    return Way(name, lambda: list_remotely(stage.executor, n), right, lambda: list_remotely(stage.executor, 10**4), targets)


def _small_row(stage: Stage, n: int) -> Row:
    right = equals(list_here(n))
    return Row(
        "kept",
        f"primes to {n:,}",
        (
            _ufora_way(UFORA, stage, n, right, (AHEAD,)),
            way(CPYTHON, lambda: list_here(n), right),
            *(team_way(stage, team, lambda each: list_with_team(each, n), right) for team in (POOL, DASK, RAY)),
        ),
    )
