"""Lists of lists made by machine code, and columns of those it is given."""

import pickle

import numpy
import pytest

from tests.ufora.compile.programs import bits, kernel_of, parse, plain, run
from ufora.compile.elements import RowsOf
from ufora.compile.given import Table, Unfit
from ufora.compile.kernel import FIRST_ROOM, Kernel, compile_loop, load_kernel
from ufora.compile.spec import ArrayOf, ArraySource, Consumer, Loop, NotCompiled, Scalar

FLOATS = ArrayOf(Scalar.FLOAT)


def rows_of(partial: object) -> object:
    return partial if isinstance(partial, list) else plain(partial)


@pytest.mark.parametrize(
    "text",
    [
        "[[i * j for j in range(7)] for i in range(50)]",
        "[[i / (j + 1) for j in range(7)] for i in range(50)]",
        "[[i < j for j in range(7)] for i in range(50)]",
        "[[(i, j / 2) for j in range(3)] for i in range(50)]",
        "[[j for j in range(i)] for i in range(50)]",
        "[[j for j in range(i) if j % 3] for i in range(50) if i % 4]",
        "[[j + k for j in range(3) for k in range(j)] for i in range(50)]",
        "[[j for j in range(0)] for i in range(50)]",
        "[[j for j in range(3)] for i in range(0)]",
    ],
)
def test_rows_are_pythons(text: str) -> None:
    program = parse(text)
    result = run(program)
    assert bits(rows_of(result.partial)) == bits(program.expected())
    assert result.stopped_at == len(program.source)


def test_rows_longer_than_the_first_room() -> None:
    program = parse(f"[[i + j for j in range({FIRST_ROOM} + i)] for i in range(5)]")
    assert rows_of(run(program).partial) == program.expected()


def test_a_row_that_stops_is_not_there() -> None:
    program = parse("[[100 // (40 - i - j) for j in range(7)] for i in range(50)]")
    result = run(program)
    assert result.stopped_at == 34
    assert plain(result.partial) == program.elements(0, 34)
    assert kernel_of(program).sites[result.site - 1].why


def test_equally_long_rows_are_one_array_others_a_list() -> None:
    even = run(parse("[[j for j in range(3)] for i in range(5)]")).partial
    assert isinstance(even, numpy.ndarray)
    assert even.shape == (5, 3)
    assert isinstance(run(parse("[[j for j in range(i)] for i in range(5)]")).partial, list)


def test_a_kept_kernel_makes_rows() -> None:
    program = parse("[[i * j for j in range(3)] for i in range(5)]")
    again = load_kernel(kernel_of(program).to_bytes())
    assert again.element == RowsOf(Scalar.INT)
    assert plain(again.run(range(5), 0, 5, ()).partial) == program.expected()


def test_rows_of_rows_are_refused() -> None:
    refused = compile_loop(parse("[[[k for k in range(2)] for j in range(3)] for i in range(5)]").loop, None)
    assert isinstance(refused, NotCompiled)


def over_rows(text: str) -> Kernel:
    """The comprehension's source are lists of floats."""
    loop = parse(text).loop
    kernel = compile_loop(Loop(loop.tree, "", Consumer.LIST, ArraySource(FLOATS), loop.names), None)
    assert isinstance(kernel, Kernel), kernel
    return kernel


def table(*rows: list[float]) -> Table:
    return Table(FLOATS, tuple(map(numpy.array, rows)))


def test_lists_of_lists_are_sources() -> None:
    kernel = over_rows("[row[0] + len(row) for row in range(3)]")
    source = table([1.5, 2.5], [3.5], [4.5, 0.0, 0.0])
    assert plain(kernel.run(source, 0, 3, ()).partial) == [3.5, 4.5, 7.5]
    assert plain(kernel.run(source[1:], 1, 2, ()).partial) == [7.5]


def test_another_source_is_not_taken() -> None:
    kernel = over_rows("[row[0] for row in range(3)]")
    assert kernel.run(Table(ArrayOf(Scalar.INT), (numpy.array([1]),)), 0, 1, ()).stopped_at == 0


def test_tables_travel() -> None:
    here = table([1.5, 2.5], [3.5])
    there = pickle.loads(pickle.dumps(here))
    assert there.tolist() == here.tolist() == [[1.5, 2.5], [3.5]]
    assert there.address != here.address
    with pytest.raises(Unfit):
        Table(ArrayOf(Scalar.INT), here.lists)
