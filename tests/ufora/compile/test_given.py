import pickle

import numpy
import pytest

from tests.ufora.compile.programs import parse
from ufora.compile.flag import HEAD_WORDS, NEVER
from ufora.compile.given import Table, Unfit, collect_given, pack
from ufora.compile.spec import ArrayOf, Scalar, TupleOf


def test_each_given_is_listed_once_in_a_fixed_order() -> None:
    text = "def f(x, y=1.5):\n    return x * k + y + z\nsum(f(i) + a + k for i in range(10))"
    program = parse(text, k=True, a=2, z=[1.0])
    assert [given.type for given in collect_given(program.loop)] == [Scalar.INT, Scalar.BOOL, ArrayOf(Scalar.FLOAT), Scalar.FLOAT]
    assert [type(value) for value in program.values] == [int, bool, numpy.ndarray, float]


def test_values_lie_in_words_of_eight_bytes() -> None:
    array = numpy.array([1.0, 2.0, 3.0])
    kind = TupleOf((Scalar.BOOL, ArrayOf(Scalar.FLOAT), TupleOf((Scalar.FLOAT,))))
    slots = pack([Scalar.INT, kind], [-7, (True, array, (0.5,))], NEVER, [])[HEAD_WORDS:]
    assert slots[:2].tolist() == [-7, 1]
    assert slots[2:4].tolist() == [array.ctypes.data, 3]
    assert slots.view(numpy.float64)[4] == 0.5


def test_ints_without_a_sign_fill_a_word() -> None:
    slots = pack([Scalar.UNSIGNED, TupleOf((Scalar.UNSIGNED, Scalar.INT))], [2**64 - 1, (2**63, -1)], NEVER, [])[HEAD_WORDS:]
    assert slots.view(numpy.uint64).tolist() == [2**64 - 1, 2**63, 2**64 - 1]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Scalar.INT, 2**63),
        (Scalar.UNSIGNED, -1),
        (Scalar.UNSIGNED, 2**64),
        (Scalar.UNSIGNED, True),
        (Scalar.INT, True),
        (Scalar.INT, 1.0),
        (Scalar.FLOAT, 1),
        (Scalar.BOOL, 1),
        (TupleOf((Scalar.INT,)), (1, 2)),
        (TupleOf((Scalar.INT,)), [1]),
        (ArrayOf(Scalar.INT), [1, 2]),
        (ArrayOf(Scalar.INT), numpy.array([1.0])),
        (ArrayOf(Scalar.INT), numpy.arange(10)[::2]),
        (ArrayOf(Scalar.INT), numpy.zeros((2, 2), dtype=numpy.int64)),
    ],
)
def test_a_value_of_another_type_does_not_fit(kind: object, value: object) -> None:
    with pytest.raises(Unfit):
        pack([kind], [value], NEVER, [])  # type: ignore[list-item]


def test_the_rows_of_an_array_are_lists_of_one_length() -> None:
    rows = numpy.arange(12.0).reshape(4, 3)
    table = Table(ArrayOf(Scalar.FLOAT), rows)
    alike = Table(ArrayOf(Scalar.FLOAT), tuple(rows))
    assert table.words.tolist() == alike.words.tolist()
    assert table[1:3].words.tolist() == alike.words[1:3].tolist()
    assert (len(table), table.nbytes, table.tolist()) == (4, 96, rows.tolist())
    assert pickle.loads(pickle.dumps(table)).tolist() == rows.tolist()


@pytest.mark.parametrize("rows", [numpy.arange(12).reshape(4, 3), numpy.arange(12.0), numpy.arange(12.0).reshape(4, 3).T])
def test_rows_that_do_not_fit(rows: object) -> None:
    with pytest.raises(Unfit):
        Table(ArrayOf(Scalar.FLOAT), rows)
