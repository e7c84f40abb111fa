"""Five rounds of k-means on points that are tuples: what is nearest to which of eight centres, then the centres' new means.

The program goes over all points 24 times a round, for eight counts and sixteen sums. So does C with "errors carried", whose sums are as
good as ufora's: the same arithmetic. numba and C are rewritten by hand besides, with one pass a round that adds to `x[best]`, to show what
that gives. Answers are compared with a tolerance, as the others' sums depend on the order.
"""

import math
from collections.abc import Sequence
from functools import cache
from itertools import chain

import numpy

from benchmarks.numba_peer import parallel, prange, signed
from benchmarks.peers import ADDRESS, INT, c_way, large_row, load_function, small_row, way
from benchmarks.records import Check, Row, Way
from benchmarks.stage import Stage
from benchmarks.targets import AS_COMPILED_EXACTLY, EFFICIENT, EXACT_C, NUMBA, C
from benchmarks.teams import Team, cut
from pyfora import Executor

Point = tuple[float, float]
Sums = tuple[int, float, float]  #: how many points, and their sums
Table = numpy.ndarray[tuple[int, int], numpy.dtype[numpy.float64]]
CENTRES, ROUNDS, STRETCHES = 8, 5, 64
TOLERANCE = 1e-9  #: far above what sums of 10**6 lose, far below what one point in a wrong cluster would change
COMMON = """
#include <stdint.h>
#include <stdlib.h>
static void make(int64_t n, double *points, double *centres) {
    #pragma omp parallel for
    for (int64_t i = 0; i < n; i++) {
        points[2 * i] = (i * 7919 % 10007) / 10007.0;
        points[2 * i + 1] = (i * 104729 % 10009) / 10009.0;
    }
    for (int k = 0; k < 16; k++) centres[k] = points[k];
}
static inline int find_nearest(const double *point, const double *centres) {
    double least = 1e300;
    int best = 0;
    for (int k = 0; k < 8; k++) {
        double dx = point[0] - centres[2 * k], dy = point[1] - centres[2 * k + 1];
        double distance = dx * dx + dy * dy;
        if (distance < least) { least = distance; best = k; }
    }
    return best;
}
"""
AS_WRITTEN = (
    COMMON
    + """
enum { LANES = 8 };
static int64_t count(int64_t n, const int64_t *labels, int64_t k) {
    int64_t found = 0;
    #pragma omp parallel for reduction(+:found)
    for (int64_t i = 0; i < n; i++) found += labels[i] == k;
    return found;
}
static double add_up(int64_t n, const double *values, const int64_t *labels, int64_t k) { /* every second of the values */
    double total = 0, carried = 0;
    #pragma omp parallel reduction(+:total, carried)
    {
        double high[LANES] = {0}, low[LANES] = {0};
        #pragma omp for
        for (int64_t i = 0; i < n / LANES; i++)
            for (int j = 0; j < LANES; j++) {                                                 /* Knuth's TwoSum */
                double term = labels[LANES * i + j] == k ? values[2 * (LANES * i + j)] : 0.0;
                double sum = high[j] + term, part = sum - high[j];
                low[j] += (high[j] - (sum - part)) + (term - part);
                high[j] = sum;
            }
        for (int j = 0; j < LANES; j++) { total += high[j]; carried += low[j]; }
    }
    for (int64_t i = n / LANES * LANES; i < n; i++) total += labels[i] == k ? values[2 * i] : 0.0;
    return total + carried;
}
void run(int64_t n, double *centres) {
    double *points = malloc(2 * n * sizeof(double));
    int64_t *labels = malloc(n * sizeof(int64_t));
    make(n, points, centres);
    for (int round = 0; round < 5; round++) {
        #pragma omp parallel for
        for (int64_t i = 0; i < n; i++) labels[i] = find_nearest(points + 2 * i, centres);
        for (int k = 0; k < 8; k++) {
            int64_t found = count(n, labels, k);
            centres[2 * k] = add_up(n, points, labels, k) / found;
            centres[2 * k + 1] = add_up(n, points + 1, labels, k) / found;
        }
    }
    free(points);
    free(labels);
}
"""
)
REWRITTEN = (
    COMMON
    + """
void run(int64_t n, double *centres) {
    double *points = malloc(2 * n * sizeof(double));
    make(n, points, centres);
    for (int round = 0; round < 5; round++) {
        double x[8] = {0}, y[8] = {0};
        int64_t count[8] = {0};
        #pragma omp parallel for reduction(+:x, y, count)
        for (int64_t i = 0; i < n; i++) {
            int best = find_nearest(points + 2 * i, centres);
            x[best] += points[2 * i]; y[best] += points[2 * i + 1]; count[best]++;
        }
        for (int k = 0; k < 8; k++) { centres[2 * k] = x[k] / count[k]; centres[2 * k + 1] = y[k] / count[k]; }
    }
    free(points);
}
"""
)


def make_point(i: int) -> Point:
    return ((i * 7919 % 10007) / 10007.0, (i * 104729 % 10009) / 10009.0)


def find_nearest(point: Point, centres: list[Point]) -> int:
    best = 0
    least = 1e300
    for k in range(len(centres)):
        dx = point[0] - centres[k][0]
        dy = point[1] - centres[k][1]
        distance = dx * dx + dy * dy
        if distance < least:
            least = distance
            best = k
    return best


def find_mean(points: list[Point], labels: list[int], k: int) -> Point:
    count = sum(1 for label in labels if label == k)
    x = sum(point[0] for point, label in zip(points, labels) if label == k)  # noqa: B905 - as it is mostly written
    y = sum(point[1] for point, label in zip(points, labels) if label == k)  # noqa: B905
    return (x / count, y / count)


def find_centres(n: int) -> list[Point]:
    points = [make_point(i) for i in range(n)]
    centres = points[:CENTRES]
    for _ in range(ROUNDS):
        labels = [find_nearest(point, centres) for point in points]
        centres = [find_mean(points, labels, k) for k in range(CENTRES)]
    return centres


def find_remotely(executor: Executor, n: int) -> list[Point]:
    with executor.remotely.downloadAll():
        centres = find_centres(n)
    return centres


@parallel
def find_with_numba(n: int) -> Table:
    points = numpy.empty((n, 2))
    for each in prange(n):
        i = signed(each)
        points[i, 0] = (i * 7919 % 10007) / 10007.0
        points[i, 1] = (i * 104729 % 10009) / 10009.0
    centres = points[:CENTRES].copy()
    for _ in range(ROUNDS):
        sums = numpy.zeros((STRETCHES, CENTRES, 3))
        for one in prange(STRETCHES):
            stretch = signed(one)
            for i in range(n * stretch // STRETCHES, n * (stretch + 1) // STRETCHES):
                best = 0
                least = 1e300
                for k in range(CENTRES):
                    dx = points[i, 0] - centres[k, 0]
                    dy = points[i, 1] - centres[k, 1]
                    distance = dx * dx + dy * dy
                    if distance < least:
                        least = distance
                        best = k
                sums[stretch, best, 0] += 1
                sums[stretch, best, 1] += points[i, 0]
                sums[stretch, best, 2] += points[i, 1]
        whole = sums.sum(axis=0)
        for k in range(CENTRES):
            centres[k, 0] = whole[k, 1] / whole[k, 0]
            centres[k, 1] = whole[k, 2] / whole[k, 0]
    return centres


@cache  # each process keeps the points it has made, over the rounds
def make_points(piece: tuple[int, int]) -> list[Point]:
    return [make_point(i) for i in range(*piece)]


def add_up_piece(piece: tuple[tuple[int, int], list[Point]]) -> list[Sums]:
    stretch, centres = piece
    points = make_points(stretch)
    sums = [(0, 0.0, 0.0)] * len(centres)
    for point in points:
        k = find_nearest(point, centres)
        count, x, y = sums[k]
        sums[k] = (count + 1, x + point[0], y + point[1])
    return sums


def find_with_team(team: Team, n: int) -> list[Point]:
    """As one writes it for processes: only sums travel."""
    centres = [make_point(i) for i in range(CENTRES)]
    for _ in range(ROUNDS):
        parts = team.map(add_up_piece, [(stretch, centres) for stretch in cut(n)])
        sums = [tuple(map(sum, zip(*each, strict=True))) for each in zip(*parts, strict=True)]
        centres = [(x / count, y / count) for count, x, y in sums]
    return centres


def near_all(expected: Sequence[Sequence[float]]) -> Check:
    def check(answer: object) -> str:
        assert isinstance(answer, list)
        pairs = zip(chain.from_iterable(expected), chain.from_iterable(answer), strict=True)
        far = max(abs(a - b) for a, b in pairs)
        return "" if far <= TOLERANCE and not math.isnan(far) else f"a centre is {far:g} away from where it should be"

    return check


def _in_c(stage: Stage, name: str, text: str, n: int, check: Check, way_name: str) -> Way:
    centres = numpy.zeros((CENTRES, 2))
    function = load_function(stage.openmp, name, text, None, INT, ADDRESS)
    return c_way(function, (n, centres.ctypes.data), lambda _: check(centres.tolist()), way_name)


def rows(stage: Stage) -> list[Row]:
    n, small = stage.choose(10**4, 10**6), stage.choose_small(10**4, 10**5)
    # CPython would take a minute for the large one, and C has to agree with numba.
    right, right_small = near_all(find_with_numba(n).tolist()), near_all(find_centres(small))
    return [
        large_row(
            stage,
            ("kmeans", f"{n:,} tuples"),
            lambda executor: find_remotely(executor, n),
            right,
            way(NUMBA, lambda: find_with_numba(n).tolist(), right),
            _in_c(stage, "kmeans", REWRITTEN, n, right, C),
            _in_c(stage, "kmeans_as_written", AS_WRITTEN, n, right, EXACT_C),
            warm_up=lambda executor: find_remotely(executor, 1000),
            targets=(AS_COMPILED_EXACTLY, EFFICIENT),
        ),
        small_row(
            stage,
            ("kmeans", f"{small:,} tuples"),
            lambda executor: find_remotely(executor, small),
            right_small,
            lambda: find_centres(small),
            lambda team: find_with_team(team, small),
        ),
    ]
