"""`zip` and `enumerate` where a comprehension begins have a length and parts, and are Python's own wherever that could be seen."""

from collections.abc import Iterator

import pytest

from tests.ufora.runtime.here import Here
from tests.ufora.runtime.test_chunked import KeepingMachine, chunk
from ufora.runtime.policy import When
from ufora.runtime.zipped import Zipped, can_be_cut, go_through

ONE, OTHER = list(range(30)), [number * 0.5 for number in range(25)]


@pytest.fixture(scope="module", params=[When.NEVER, When.ALWAYS])
def cluster(request: pytest.FixtureRequest) -> Iterator[Here]:
    here = Here(request.param, machine=KeepingMachine)
    yield here
    here.close()


def test_parts_are_what_python_gives_there() -> None:
    source = go_through(zip, ONE, OTHER)
    assert type(source) is Zipped
    assert list(source) == list(zip(ONE, OTHER, strict=False))
    assert len(source) == 25
    assert list(source[3:7]) == list(zip(ONE, OTHER, strict=False))[3:7]
    assert list(source[3:20][2:4]) == list(zip(ONE, OTHER, strict=False))[5:7]
    assert list(go_through(enumerate, OTHER, start=5)[20:40]) == list(enumerate(OTHER, 5))[20:]


def test_what_has_no_parts_stays_pythons() -> None:
    assert type(go_through(zip, iter(ONE), OTHER)) is zip
    assert type(go_through(zip, ONE, OTHER, iter(ONE))) is zip
    assert type(go_through(zip)) is zip
    assert type(go_through(enumerate, OTHER, True)) is enumerate  # whose first number is the bool itself
    assert go_through(sorted, [2, 1]) == [1, 2]
    assert can_be_cut(range(10**9))
    assert not can_be_cut(range(10**30))
    assert not can_be_cut({1: 2})


@pytest.mark.parametrize(
    ("make", "args", "options"),
    [(enumerate, ([1],), {"begin": 1}), (enumerate, ([1], "a"), {}), (enumerate, ([1], 1, 2), {}), (zip, ([1],), {"exact": True})],
)
def test_errors_are_pythons(make: type, args: tuple[object, ...], options: dict[str, object]) -> None:
    with pytest.raises(TypeError) as ours:
        go_through(make, *args, **options)
    with pytest.raises(TypeError) as pythons:
        make(*args, **options)
    assert str(ours.value) == str(pythons.value)


def test_unequal_lengths_that_must_be_equal_are_left_to_python() -> None:
    source = go_through(zip, ONE, OTHER, strict=True)
    assert source.find_length() is None
    with pytest.raises(ValueError, match="shorter"):
        list(source)
    assert go_through(zip, ONE, ONE, strict=True).find_length() == 30


def test_chunked_lists_with_different_cuts_are_gone_through_where_they_lie(cluster: Here) -> None:
    ints = [number * 3 % 101 for number in range(1000)]
    floats = [number / 8 for number in range(1100)]
    one, other = cluster.keep(chunk(cluster, ints)), cluster.keep(chunk(cluster, floats)[100:] + chunk(cluster, floats[:500]))
    beside = floats[100:] + floats[:500]

    def go(one: list[int], other: list[float]) -> tuple[object, ...]:
        total = sum(x * y for x, y in zip(one, other))  # noqa: B905 - as it is mostly written
        with_number = max(at * y for at, y in enumerate(other))
        return total, with_number, [x - y for x, y in zip(one, other)], [f"{x} {y}" for x, y in zip(one, other)]  # noqa: B905

    answer = cluster.run(go, one, other)
    assert answer.error is None
    assert answer.values[""] == go(ints, beside)


def test_a_chunked_list_beside_others(cluster: Here) -> None:
    ints = [number * 7 % 103 for number in range(500)]
    chunked = cluster.keep(chunk(cluster, ints))

    def go(chunked: list[int]) -> tuple[object, ...]:
        local = [number / 4 for number in range(450)]
        mixed = [x * y + at for x, y, at in zip(chunked, local, range(3, 5000, 2))]  # noqa: B905
        return mixed, [f"{x}{letter}" for x, letter in zip(chunked, "abc" * 50)], list(map(lambda x, y: x + y, chunked, local))  # noqa: B905

    answer = cluster.run(go, chunked)
    assert answer.error is None
    assert answer.values[""] == go(ints)
