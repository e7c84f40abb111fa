"""The sun and four planets, step by step: a hot loop that no one can cut. Floats in lists that change in place, or in objects.

All ways do the same operations in the same order, so they all end at the same bits.
"""

import copy
import math
from collections.abc import Callable

import numpy

from benchmarks.numba_peer import serial
from benchmarks.peers import ADDRESS, DOUBLE, INT, c_way, large_row, load_function, small_row, way
from benchmarks.records import Check, Row, equals
from benchmarks.stage import Stage
from benchmarks.targets import AS_COMPILED, NUMBA
from pyfora import Executor

STEP, YEAR, SUN = 0.01, 365.24, 4 * math.pi**2
Column = list[float]
Columns = tuple[Column, Column, Column, Column, Column, Column, Column]
"""Of all bodies: x, y, z, their velocities u, v, w, and the masses."""
COLUMNS: Columns = (
    [0.0, 4.84143144246472090, 8.34336671824457987, 12.8943695621391310, 15.3796971148509165],
    [0.0, -1.16032004402742839, 4.12479856412430479, -15.1111514016986312, -25.9193146099879641],
    [0.0, -0.103622044471123109, -0.403523417114321381, -0.223307578892655734, 0.179258772950371181],
    [YEAR * each for each in (0.0, 0.00166007664274403694, -0.00276742510726411, 0.00296460137564761618, 0.00268067772490389322)],
    [YEAR * each for each in (0.0, 0.00769901118419740425, 0.00499852801234917238, 0.00237847173959480950, 0.00162824170038242295)],
    [
        YEAR * each
        for each in (0.0, -0.0000690460016972063023, 0.0000230417297573763929, -0.0000296589568540237556, -0.0000951592254519715870)
    ],
    [SUN * each for each in (1.0, 0.000954791938424326609, 0.000285885980666130812, 0.0000436624404335156298, 0.0000515138902046611451)],
)
TEXT = """
#include <stdint.h>
#include <math.h>
void run(double *x, double *y, double *z, double *u, double *v, double *w, double *mass, double step, int64_t steps) {
    for (int64_t turn = 0; turn < steps; turn++) {
        for (int i = 0; i < 5; i++)
            for (int j = i + 1; j < 5; j++) {
                double dx = x[i] - x[j], dy = y[i] - y[j], dz = z[i] - z[j];
                double square = dx * dx + dy * dy + dz * dz;
                double pull = step / (square * sqrt(square));
                u[i] -= dx * mass[j] * pull; v[i] -= dy * mass[j] * pull; w[i] -= dz * mass[j] * pull;
                u[j] += dx * mass[i] * pull; v[j] += dy * mass[i] * pull; w[j] += dz * mass[i] * pull;
            }
        for (int i = 0; i < 5; i++) { x[i] += step * u[i]; y[i] += step * v[i]; z[i] += step * w[i]; }
    }
}
"""


def advance(x: Column, y: Column, z: Column, u: Column, v: Column, w: Column, mass: Column, step: float, steps: int) -> Column:
    for _ in range(steps):
        for i in range(5):
            for j in range(i + 1, 5):
                dx = x[i] - x[j]
                dy = y[i] - y[j]
                dz = z[i] - z[j]
                square = dx * dx + dy * dy + dz * dz
                pull = step / (square * math.sqrt(square))
                u[i] -= dx * mass[j] * pull
                v[i] -= dy * mass[j] * pull
                w[i] -= dz * mass[j] * pull
                u[j] += dx * mass[i] * pull
                v[j] += dy * mass[i] * pull
                w[j] += dz * mass[i] * pull
        for i in range(5):
            x[i] += step * u[i]
            y[i] += step * v[i]
            z[i] += step * w[i]
    return x


advance_with_numba: Callable[..., object] = serial(advance)


class Body:
    def __init__(self, x: float, y: float, z: float, u: float, v: float, w: float, mass: float) -> None:
        self.x, self.y, self.z = x, y, z
        self.u, self.v, self.w = u, v, w
        self.mass = mass


def advance_bodies(bodies: list[Body], step: float, steps: int) -> Column:
    for _ in range(steps):
        for i in range(len(bodies)):
            a = bodies[i]
            for j in range(i + 1, len(bodies)):
                b = bodies[j]
                dx = a.x - b.x
                dy = a.y - b.y
                dz = a.z - b.z
                square = dx * dx + dy * dy + dz * dz
                pull = step / (square * math.sqrt(square))
                a.u -= dx * b.mass * pull
                a.v -= dy * b.mass * pull
                a.w -= dz * b.mass * pull
                b.u += dx * a.mass * pull
                b.v += dy * a.mass * pull
                b.w += dz * a.mass * pull
        for body in bodies:
            body.x += step * body.u
            body.y += step * body.v
            body.z += step * body.w
    return [body.x for body in bodies]


def advance_here(steps: int) -> Column:
    return advance(*copy.deepcopy(COLUMNS), STEP, steps)


def advance_bodies_here(steps: int) -> Column:
    return advance_bodies([Body(*each) for each in zip(*COLUMNS, strict=True)], STEP, steps)


def advance_remotely(executor: Executor, steps: int) -> Column:
    with executor.remotely.downloadAll():
        x, y, z, u, v, w, mass = [list(column) for column in COLUMNS]
        end = advance(x, y, z, u, v, w, mass, STEP, steps)
    return end


def advance_bodies_remotely(executor: Executor, steps: int) -> Column:
    with executor.remotely.downloadSmall():
        bodies = [Body(*each) for each in zip(*COLUMNS)]  # noqa: B905 - as it is mostly written
        end = advance_bodies(bodies, STEP, steps)
    return end


def advance_by_numba(steps: int) -> Column:
    columns = [numpy.array(column) for column in COLUMNS]
    advance_with_numba(*columns, STEP, steps)
    return list(map(float, columns[0]))


def rows(stage: Stage) -> list[Row]:
    steps, small = stage.choose(1000, 10**7), stage.choose_small(500, 10**5)
    right, right_small = equals(advance_by_numba(steps)), equals(advance_here(small))
    return [_large_row(stage, steps, right), *_small_rows(stage, small, right_small)]


def _large_row(stage: Stage, steps: int, right: Check) -> Row:
    function = load_function(stage.openmp, "nbody", TEXT, None, *([ADDRESS] * 7), DOUBLE, INT)

    def advance_in_c(*arguments: float) -> Column:
        columns = [numpy.array(column) for column in COLUMNS]
        assert function is not None
        function(*(column.ctypes.data for column in columns), *arguments)
        return list(map(float, columns[0]))

    return large_row(
        stage,
        ("nbody", f"{steps:,} steps, lists"),
        lambda executor: advance_remotely(executor, steps),
        right,
        way(NUMBA, lambda: advance_by_numba(steps), right),
        c_way(advance_in_c if function else None, (STEP, steps), right),
        warm_up=lambda executor: advance_remotely(executor, 100),
        targets=(AS_COMPILED,),
    )


def _small_rows(stage: Stage, steps: int, right: Check) -> list[Row]:
    """A team can only give all of it to one process."""
    return [
        small_row(
            stage,
            ("nbody", f"{steps:,} steps, lists"),
            lambda executor: advance_remotely(executor, steps),
            right,
            lambda: advance_here(steps),
            lambda team: team.map(advance_here, [steps])[0],
        ),
        small_row(
            stage,
            ("nbody", f"{steps:,} steps, objects"),
            lambda executor: advance_bodies_remotely(executor, steps),
            right,
            lambda: advance_bodies_here(steps),
            lambda team: team.map(advance_bodies_here, [steps])[0],
        ),
    ]
