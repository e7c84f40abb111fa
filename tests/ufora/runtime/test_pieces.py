import numpy
import pytest

from ufora.compile.spec import Consumer
from ufora.runtime.pieces import Kind, Piece, SumData, fold, fold_in_order, join_arrays, merge_neighbours, merge_sums, sum_array, sum_value

EDGE = 2**63


@pytest.mark.parametrize(
    "numbers",
    [
        [],
        [-5],
        [EDGE - 1],
        [-EDGE],
        [EDGE - 1, EDGE - 1, 1],
        [-EDGE, -EDGE, -1],
        [-EDGE, EDGE - 1, 7],
        [2**40] * 1000,
        [EDGE // 1000] * 1000,
        [-(EDGE // 1000) - 1] * 1000,
    ],
)
def test_the_sum_of_an_array_of_ints_never_wraps(numbers: list[int]) -> None:
    assert sum_array(numpy.array(numbers, dtype=numpy.int64)) == SumData(sum(numbers), head=sum(numbers))


HUGE = 10**400


@pytest.mark.parametrize("cut", range(6))
@pytest.mark.parametrize(
    "numbers", [[1, HUGE, -HUGE, 0.5, 2], [HUGE, -HUGE, 1, 2, 0.25], [1, 2, 3, True, 4], [0.5, 1, 2.5, 7, -3]], ids=str
)
def test_sums_do_not_show_where_they_were_cut(numbers: list[int | float], cut: int) -> None:
    parts = [fold(Consumer.SUM, iter(part)) for part in (numbers[:cut], numbers[cut:])]
    assert [kind for kind, _ in parts] == [Kind.SUM, Kind.SUM]
    assert sum_value(merge_sums([data for _, data in parts])) == sum(numbers)


@pytest.mark.parametrize("cut", range(4))
def test_an_int_beyond_floats_after_the_first_float_raises_wherever_the_cut_is(cut: int) -> None:
    numbers = [1.0, HUGE, -HUGE]
    with pytest.raises(OverflowError, match="int too large to convert to float"):
        merge_sums([fold(Consumer.SUM, iter(part))[1] for part in (numbers[:cut], numbers[cut:])])


def test_in_order_no_more_is_taken_than_python_would_take() -> None:
    numbers = iter([1, 2, "a", 3])
    kind, items = fold_in_order(Consumer.SUM, numbers)
    assert kind is Kind.ITEMS
    with pytest.raises(TypeError):
        sum(items)
    assert list(numbers) == [3]


RECORDS = numpy.dtype([("0", numpy.int64), ("1", numpy.float64)])
TURNED = numpy.dtype([("0", numpy.float64), ("1", numpy.int64)])


def test_arrays_of_records_are_joined_as_others_are() -> None:
    arrays = [numpy.array([(n, n / 8)] * n, RECORDS) for n in range(4)]
    joined = join_arrays(arrays)
    assert joined.dtype == RECORDS
    assert joined.tolist() == [(n, n / 8) for n in range(4) for _ in range(n)]


def test_records_of_other_fields_stay_apart() -> None:
    """Though they are as long."""
    pieces = [Piece(at, at + 1, Kind.ARRAY, numpy.array([(at, at)], kind)) for at, kind in enumerate((RECORDS, RECORDS, TURNED))]
    merged = merge_neighbours(Consumer.LIST, pieces)
    assert [piece.data.tolist() for piece in merged] == [[(0, 0.0), (1, 1.0)], [(2.0, 2)]]
