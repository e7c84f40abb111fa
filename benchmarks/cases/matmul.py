"""The product of two square matrices, lists of lists, by nested comprehensions: rows times columns.

ufora's sums are the correctly rounded ones, and so are those of "errors carried". The elements are eighths, so all sums are exact, and
all answers alike.
"""

import numpy

from benchmarks.numba_peer import parallel, prange
from benchmarks.peers import ADDRESS, DOUBLE, INT, CFunction, c_way, large_row, load_function, small_row, way
from benchmarks.records import Row, equals
from benchmarks.stage import Stage
from benchmarks.targets import AS_COMPILED_EXACTLY, EFFICIENT, EXACT_C, NUMBA
from benchmarks.teams import Team, cut
from pyfora import Executor

Matrix = list[list[float]]
Table = numpy.ndarray[tuple[int, int], numpy.dtype[numpy.float64]]
TEXT = """
#include <stdint.h>
double run(int64_t n, double *a, double *b, double *c) {
    double *turned = c + n * n, trace = 0;              /* columns as rows: the second half of c */
    #pragma omp parallel for
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < n; j++) {
            a[i * n + j] = i * j % 16 / 8.0;
            turned[j * n + i] = b[i * n + j] = (i + j) % 16 / 8.0;
        }
    #pragma omp parallel for
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < n; j++) {
            double sum = 0, low = 0;
            for (int64_t k = 0; k < n; k++) {
                double term = a[i * n + k] * turned[j * n + k];
                ADD
            }
            c[i * n + j] = sum + low;
        }
    for (int64_t i = 0; i < n; i++) trace += c[i * n + i];
    return trace;
}
"""
NAIVE = TEXT.replace("ADD", "sum += term;")
EXACT = TEXT.replace(  # Knuth's TwoSum
    "ADD", "double high = sum + term, part = high - sum; low += (sum - (high - part)) + (term - part); sum = high;"
)


def multiply(a: Matrix, b: Matrix) -> Matrix:
    return [[sum(x * y for x, y in zip(row, column)) for column in zip(*b)] for row in a]  # noqa: B905 - as it is mostly written


def make(n: int) -> tuple[Matrix, Matrix]:
    a = [[i * j % 16 / 8.0 for j in range(n)] for i in range(n)]
    b = [[(i + j) % 16 / 8.0 for j in range(n)] for i in range(n)]
    return a, b


def find_trace(n: int) -> float:
    a, b = make(n)
    c = multiply(a, b)
    return sum(c[i][i] for i in range(n))


def find_remotely(executor: Executor, n: int) -> float:
    with executor.remotely.downloadAll():
        trace = find_trace(n)
    return trace


@parallel
def multiply_with_numba(a: Table, b: Table) -> Table:
    n = len(a)
    c = numpy.empty((n, n))
    turned = b.T.copy()
    for i in prange(n):
        for j in range(n):
            total = 0.0
            for k in range(n):
                total += a[i, k] * turned[j, k]
            c[i, j] = total
    return c


def find_with_numba(n: int) -> float:
    i, j = numpy.indices((n, n))
    return float(numpy.trace(multiply_with_numba(i * j % 16 / 8.0, (i + j) % 16 / 8.0)))


def multiply_piece(piece: tuple[int, int, int]) -> Matrix:
    """The processes make what they need: a program for them would read it from a file."""
    n, start, stop = piece
    a, b = make(n)
    return multiply(a[start:stop], b)


def find_with_team(team: Team, n: int) -> float:
    parts = team.map(multiply_piece, [(n, *each) for each in cut(n)])
    c: Matrix = [row for part in parts for row in part]
    return sum(c[i][i] for i in range(n))


def _in_c(stage: Stage, name: str, text: str, n: int) -> CFunction | None:
    tables = [numpy.zeros(n * n), numpy.zeros(n * n), numpy.zeros(2 * n * n)]
    function = load_function(stage.openmp, name, text, DOUBLE, INT, ADDRESS, ADDRESS, ADDRESS)
    return function and (lambda: function(n, *(table.ctypes.data for table in tables)))


def rows(stage: Stage) -> list[Row]:
    n, small = stage.choose(30, 400), stage.choose_small(30, 200)
    right = equals(find_with_numba(n))
    return [
        large_row(
            stage,
            ("matmul", f"{n}³"),
            lambda executor: find_remotely(executor, n),
            right,
            way(NUMBA, lambda: find_with_numba(n), right),
            c_way(_in_c(stage, "matmul", NAIVE, n), (), right),
            c_way(_in_c(stage, "matmul_exact", EXACT, n), (), right, EXACT_C),
            warm_up=lambda executor: find_remotely(executor, 20),
            targets=(AS_COMPILED_EXACTLY, EFFICIENT),
        ),
        small_row(
            stage,
            ("matmul", f"{small}³"),
            lambda executor: find_remotely(executor, small),
            equals(find_trace(small)),
            lambda: find_trace(small),
            lambda team: find_with_team(team, small),
        ),
    ]
