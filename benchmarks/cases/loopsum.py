"""A sum by a `while` loop over what composed objects give: calls through two levels of attributes, one after the other.

The floats are added in order, as the program says, so all ways end at the same bits.
"""

from collections.abc import Callable

from benchmarks.numba_peer import serial
from benchmarks.peers import DOUBLE, INT, c_way, large_row, load_function, small_row, way
from benchmarks.records import Row, equals
from benchmarks.stage import Stage
from benchmarks.targets import AS_COMPILED, NUMBA
from benchmarks.teams import cut
from pyfora import Executor

Function = Callable[[float], float]
TEXT = """
#include <stdint.h>
typedef struct { double by; } mul;
typedef struct { double by; } add;
typedef struct { mul f; add g; } compose;
static double call(const compose *both, double x) { return x * both->f.by + both->g.by; }
double run(double factor, double summand, int64_t n) {
    compose both = {{factor}, {summand}};
    double total = 0;
    int64_t i = 0;
    while (i < n) { total = total + call(&both, (double)i); i = i + 1; }
    return total;
}
"""


class Mul:
    def __init__(self, by: float) -> None:
        self.by = by

    def __call__(self, x: float) -> float:
        return x * self.by


class Add:
    def __init__(self, by: float) -> None:
        self.by = by

    def __call__(self, x: float) -> float:
        return x + self.by


class Compose:
    def __init__(self, f: Function, g: Function) -> None:
        self.f = f
        self.g = g

    def __call__(self, x: float) -> float:
        return self.g(self.f(x))


def loop_sum(f: Function, n: int, start: int = 0) -> float:
    total = 0.0
    i = start
    while i < n:
        total = total + f(float(i))
        i = i + 1
    return total


@serial
def loop_sum_of_numba(factor: float, summand: float, n: int) -> float:
    total = 0.0
    i = 0
    while i < n:
        total = total + (float(i) * factor + summand)
        i = i + 1
    return total


def sum_remotely(executor: Executor, n: int) -> float:
    with executor.remotely.downloadAll():
        total = loop_sum(Compose(Mul(10.0), Add(20.0)), n)
    return total


def sum_piece(piece: tuple[int, int]) -> float:
    start, stop = piece
    return loop_sum(Compose(Mul(10.0), Add(20.0)), stop, start)


def rows(stage: Stage) -> list[Row]:
    n, small = stage.choose(10**5, 10**8), stage.choose_small(10**4, 5 * 10**6)
    right = equals(loop_sum_of_numba(10.0, 20.0, n))
    return [
        large_row(
            stage,
            ("loopsum", f"{n:,}"),
            lambda executor: sum_remotely(executor, n),
            right,
            way(NUMBA, lambda: loop_sum_of_numba(10.0, 20.0, n), right),
            c_way(load_function(stage.openmp, "loopsum", TEXT, DOUBLE, DOUBLE, DOUBLE, INT), (10.0, 20.0, n), right),
            targets=(AS_COMPILED,),
        ),
        small_row(
            stage,
            ("loopsum", f"{small:,}"),
            lambda executor: sum_remotely(executor, small),
            equals(sum_piece((0, small))),
            lambda: sum_piece((0, small)),
            lambda team: sum(team.map(sum_piece, cut(small))),  # here the sums are whole numbers below 2**53: any order gives the same
        ),
    ]
