"""Lists of tuples and lists of lists in machine code."""

from collections.abc import Callable, Iterator
from types import FunctionType

import pytest

from tests.parity.same import run_here
from tests.ufora.runtime.here import Here
from ufora.runtime.packing import find_records
from ufora.runtime.policy import When

POINTS = [(k * 0.5, -k * 0.25, k) for k in range(3000)]
CENTRES = [(1.0, 2.0), (700.5, -300.0), (1400.0, -20.25)]
MATRIX = [[float(i * 7 % 11 - j) for j in range(9)] for i in range(9)]
MIXED = [(1, 2.0), (3, 4)]
NESTED = [((k, k % 2 == 0), 0.5 * k) for k in range(50)]


@pytest.fixture(params=[When.ALWAYS, When.NEVER])
def cut(request: pytest.FixtureRequest) -> Iterator[Here]:
    here = Here(compile=When.ALWAYS, cut=request.param)
    yield here
    here.close()


def nearest(x, y):
    best, found = 1e300, -1
    for number, (a, b) in enumerate(CENTRES):
        distance = (x - a) * (x - a) + (y - b) * (y - b)
        if distance < best:
            best, found = distance, number
    return found


def points_as_source():
    return [nearest(x, y) for x, y, _ in POINTS], sum(p[0] * p[2] for p in POINTS), max((p[1], p[2]) for p in POINTS)


def records_as_elements():
    return [(n, x, flag) for (n, flag), x in NESTED if n % 3]


def a_matrix_product():
    n = len(MATRIX)
    return [[sum(MATRIX[i][k] * MATRIX[k][j] for k in range(n)) for j in range(n)] for i in range(n)]


def rows_of_a_matrix():
    texts, total = [], 0.0
    for row in MATRIX:
        for a, b in zip(row, reversed(row), strict=True):
            total += a * b
    texts.append(total)
    return texts


def a_list_that_grows_between_loops():
    texts, pairs = [], [(1, 0.5)]
    for number in range(3):
        total = 0.0
        for a, b in pairs:
            total += a * b
        texts.append(total)
        pairs.append((number, 2.5))
    return texts


def tuples_that_are_not_alike():
    return [a + b for a, b in MIXED * 40]


PROGRAMS = [
    points_as_source,
    records_as_elements,
    a_matrix_product,
    rows_of_a_matrix,
    a_list_that_grows_between_loops,
    tuples_that_are_not_alike,
]


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_program_over_records_gives_what_python_gives(cut: Here, program: Callable[[], object]) -> None:
    assert isinstance(program, FunctionType)
    assert cut.run(program).bits == run_here(program)


def test_records_run_as_machine_code() -> None:
    here = Here(compile=When.ALWAYS, cut=When.NEVER)
    lines = here.run(points_as_source).explanation.lines
    here.close()
    assert sum(line.compiled for line in lines) >= 3 * len(POINTS)
    assert not any(line.interpreted for line in lines)


@pytest.mark.parametrize("items", [[], [()], [(1,), (1, 2)], [(1,), [1]], [(1,), (1.0,)], [("a",)], [(2**64,)], [((1,), 2), ((1.0,), 2)]])
def test_what_is_no_list_of_records(items: list[object]) -> None:
    assert find_records(items) is None
