import numpy
import pytest

from ufora.runtime.pieces import SumData, sum_array

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
