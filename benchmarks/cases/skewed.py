"""Work that is not where one would cut: the last 50 elements carry all of it; and one element holds a big nested range."""

from benchmarks.numba_peer import in_chunks, parallel, prange, serial, signed
from benchmarks.peers import INT, c_way, large_row, load_function, small_row, way
from benchmarks.records import Row, equals
from benchmarks.stage import Stage
from benchmarks.targets import AS_COMPILED, EFFICIENT_SKEWED, NUMBA
from benchmarks.teams import cut
from pyfora import Executor

ELEMENTS, HEAVY = 10_000, 50
OUTER, BIG_ONE, USUAL = 1000, 500, 10
LAST_TEXT = """
#include <stdint.h>
static int64_t spin(int64_t i, int64_t turns) {
    if (i < 10000 - 50) return 1;
    int64_t x = i;
    for (int64_t turn = 0; turn < turns; turn++) x = (x * 1103515245 + 12345) % 2147483648;
    return x % 10;
}
int64_t run(int64_t turns) {
    int64_t total = 0;
    #pragma omp parallel for schedule(dynamic, 1) reduction(+:total)
    for (int64_t i = 0; i < 10000; i++) total += spin(i, turns);
    return total;
}
"""
ONE_TEXT = """
#include <stdint.h>
int64_t run(int64_t n) {
    int64_t total = 0;
    for (int64_t i = 0; i < 1000; i++) {
        int64_t size = i == 500 ? n : 10;
        #pragma omp parallel for reduction(+:total) if(size > 10000)
        for (int64_t j = 0; j < size; j++) total += j * j % 7;
    }
    return total;
}
"""


def spin(i: int, turns: int) -> int:
    if i < ELEMENTS - HEAVY:
        return 1
    x = i
    for _ in range(turns):
        x = (x * 1103515245 + 12345) % 2147483648
    return x % 10


spin_of_numba = serial(spin)


@parallel
def spin_with_numba(turns: int) -> int:
    total = 0
    for i in prange(ELEMENTS):
        total += spin_of_numba(signed(i), turns)
    return total


@parallel
def sum_inside_with_numba(size: int) -> int:
    total = 0
    for each in prange(size):
        j = signed(each)
        total += j * j % 7
    return total


@serial
def sum_inside_of_numba(size: int) -> int:
    total = 0
    for j in range(size):
        total += j * j % 7
    return total


@serial
def sum_with_numba(n: int) -> int:
    total = 0
    for i in range(OUTER):
        total += sum_inside_with_numba(n) if i == BIG_ONE else sum_inside_of_numba(USUAL)
    return total


def spin_remotely(executor: Executor, turns: int) -> int:
    with executor.remotely.downloadAll():
        total = sum(spin(i, turns) for i in range(ELEMENTS))
    return total


def sum_remotely(executor: Executor, n: int) -> int:
    with executor.remotely.downloadAll():
        total = sum(sum(j * j % 7 for j in range(n if i == BIG_ONE else USUAL)) for i in range(OUTER))
    return total


def spin_piece(piece: tuple[int, int, int]) -> int:
    turns, start, stop = piece
    return sum(spin(i, turns) for i in range(start, stop))


def sum_here(n: int) -> int:
    return sum(sum(j * j % 7 for j in range(n if i == BIG_ONE else USUAL)) for i in range(OUTER))


def sum_piece(piece: tuple[int, int]) -> int:
    return sum(j * j % 7 for j in range(*piece))


def sum_of_squares(n: int) -> int:
    """The squares' remainders repeat every 7."""
    return n // 7 * sum(j * j % 7 for j in range(7)) + sum(j * j % 7 for j in range(n % 7))


def closed_form(n: int) -> int:
    return (OUTER - 1) * sum_of_squares(USUAL) + sum_of_squares(n)


def rows(stage: Stage) -> list[Row]:
    return [
        _last_row(stage, stage.choose(10**5, 2 * 10**9) // HEAVY),
        _one_row(stage, stage.choose(10**5, 2 * 10**9)),
        *_small_rows(stage, stage.choose_small(10**4, 10**7)),
    ]


def _last_row(stage: Stage, turns: int) -> Row:
    right = equals(int(in_chunks(spin_with_numba, turns, chunk=1)))
    return large_row(
        stage,
        ("skewed: last 50", f"{turns * HEAVY:,}"),
        lambda executor: spin_remotely(executor, turns),
        right,
        way(NUMBA, lambda: in_chunks(spin_with_numba, turns, chunk=1), right),
        c_way(load_function(stage.openmp, "last", LAST_TEXT, INT, INT), (turns,), right),
        warm_up=lambda executor: spin_remotely(executor, 1000),
        targets=(AS_COMPILED, EFFICIENT_SKEWED),
    )


def _one_row(stage: Stage, n: int) -> Row:
    right = equals(closed_form(n))
    return large_row(
        stage,
        ("skewed: one element", f"{n:,}"),
        lambda executor: sum_remotely(executor, n),
        right,
        way(NUMBA, lambda: sum_with_numba(n), right, lambda: sum_with_numba(100)),
        c_way(load_function(stage.openmp, "one", ONE_TEXT, INT, INT), (n,), right),
        warm_up=lambda executor: sum_remotely(executor, 10**5),
        targets=(AS_COMPILED, EFFICIENT_SKEWED),
    )


def _small_rows(stage: Stage, n: int) -> list[Row]:
    """Pool and the others are given short stretches, and the big element in parts: their users would have to know where the work is."""
    turns = n // HEAVY
    usual = (OUTER - 1) * sum_piece((0, USUAL))
    return [
        small_row(
            stage,
            ("skewed: last 50", f"{n:,}"),
            lambda executor: spin_remotely(executor, turns),
            equals(spin_piece((turns, 0, ELEMENTS))),
            lambda: spin_piece((turns, 0, ELEMENTS)),
            lambda team: sum(team.map(spin_piece, [(turns, *each) for each in cut(ELEMENTS, pieces=ELEMENTS // HEAVY * 5)])),
        ),
        small_row(
            stage,
            ("skewed: one element", f"{n:,}"),
            lambda executor: sum_remotely(executor, n),
            equals(closed_form(n)),
            lambda: sum_here(n),
            lambda team: usual + sum(team.map(sum_piece, cut(n))),
        ),
    ]
