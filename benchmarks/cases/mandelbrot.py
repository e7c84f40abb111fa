"""Mandelbrot's set as a list: float arithmetic with a loop of unequal length for each point. All ways give the same integers, as none of
them contracts a product and a sum to one rounding. ufora's time includes bringing the list home; the peers leave theirs in memory."""

import numpy

from benchmarks.numba_peer import in_chunks, parallel, prange, serial, signed
from benchmarks.peers import ADDRESS, INT, c_way, large_row, load_function, small_row, way
from benchmarks.records import Row, Way, equals
from benchmarks.stage import Stage
from benchmarks.targets import NUMBA
from benchmarks.teams import cut
from pyfora import Executor

Steps = numpy.ndarray[tuple[int], numpy.dtype[numpy.int64]]
TEXT = """
#include <stdint.h>
static int64_t escape(double a, double b) {
    double x = 0, y = 0;
    for (int64_t step = 0; step < 200; step++) {
        if (x * x + y * y > 4) return step;
        double next = x * x - y * y + a;
        y = 2 * x * y + b;
        x = next;
    }
    return 200;
}
void run(int64_t n, int64_t *steps) {
    #pragma omp parallel for schedule(dynamic, 4)
    for (int64_t row = 0; row < n; row++)
        for (int64_t column = 0; column < n; column++)
            steps[row * n + column] = escape(column * 3.0 / n - 2.0, row * 2.0 / n - 1.0);
}
"""


def escape(a: float, b: float) -> int:
    x = 0.0
    y = 0.0
    for step in range(200):
        if x * x + y * y > 4.0:
            return step
        x, y = x * x - y * y + a, 2.0 * x * y + b
    return 200


escape_of_numba = serial(escape)


@parallel
def draw_with_numba(n: int, steps: Steps) -> None:
    for each in prange(n * n):
        point = signed(each)
        steps[point] = escape_of_numba(point % n * 3.0 / n - 2.0, point // n * 2.0 / n - 1.0)


def draw_remotely(executor: Executor, n: int) -> list[int]:
    with executor.remotely.downloadAll():
        steps = [escape(column * 3.0 / n - 2.0, row * 2.0 / n - 1.0) for row in range(n) for column in range(n)]
    return steps


def draw_here(n: int) -> list[int]:
    return [escape(column * 3.0 / n - 2.0, row * 2.0 / n - 1.0) for row in range(n) for column in range(n)]


def draw_piece(piece: tuple[int, int, int]) -> list[int]:
    n, start, stop = piece
    return [escape(column * 3.0 / n - 2.0, row * 2.0 / n - 1.0) for row in range(start, stop) for column in range(n)]


def rows(stage: Stage) -> list[Row]:
    return [_large_row(stage, stage.choose(100, 2000)), _small_row(stage, stage.choose_small(50, 400))]


def _large_row(stage: Stage, n: int) -> Row:
    steps = numpy.zeros(n * n, dtype=numpy.int64)
    in_chunks(draw_with_numba, n, steps)
    expected = steps.tolist()
    return large_row(
        stage,
        ("mandelbrot", f"{n:,}²"),
        lambda executor: draw_remotely(executor, n),
        equals(expected),
        way(NUMBA, lambda: in_chunks(draw_with_numba, n, steps), lambda _: _compare(steps, expected)),
        _in_c(stage, n, expected),
    )


def _in_c(stage: Stage, n: int, expected: list[int]) -> Way:
    steps = numpy.zeros(n * n, dtype=numpy.int64)
    function = load_function(stage.openmp, "mandelbrot", TEXT, None, INT, ADDRESS)
    return c_way(function, (n, steps.ctypes.data), lambda _: _compare(steps, expected))


def _compare(steps: Steps, expected: list[int]) -> str:
    return equals(expected)(steps.tolist())


def _small_row(stage: Stage, n: int) -> Row:
    return small_row(
        stage,
        ("mandelbrot", f"{n:,}²"),
        lambda executor: draw_remotely(executor, n),
        equals(draw_here(n)),
        lambda: draw_here(n),
        lambda team: [step for part in team.map(draw_piece, [(n, *each) for each in cut(n)]) for step in part],
    )
