"""`max` and `min` with a key: the item that Python finds, whatever tier and cut."""

from collections.abc import Callable, Iterator

import pytest

from tests.parity.same import run_here
from tests.ufora.runtime.here import Here
from ufora.runtime.policy import When


@pytest.fixture(scope="module", params=[When.NEVER, When.ALWAYS], ids=["interpreted", "compiled"])
def here(request: pytest.FixtureRequest) -> Iterator[Here]:
    cluster = Here(request.param, slices=7)
    yield cluster
    cluster.close()


def longest_chain():
    def chain(number):
        length = 1
        while number != 1:
            number = number // 2 if number % 2 == 0 else 3 * number + 1
            length += 1
        return length

    return max(range(1, 2000), key=chain)


def first_of_equal_keys():
    return (
        max(range(-700, 700), key=lambda number: number % 7),
        min(range(-700, 1400, 3), key=lambda number: number % 7),
        max([number * 0.5 for number in range(1500)], key=lambda number: number % 3.5),
        min([5 - number for number in range(1500)], key=lambda number: -number % 3),
        max(range(1500, 0, -1), key=lambda number: number % 10),
    )


def keys_of_different_types():
    def key(number):
        return number % 5 == 4 if number < 700 else float(number % 5) if number < 1000 else number % 5 - 2**70 * (number % 2)

    return max(range(1200), key=key), min(range(1200), key=key)


def keys_that_are_nan():
    nan = float("inf") - float("inf")

    def key(number):
        return nan if number % 300 == 20 else float(number % 11)

    return max(range(1200), key=key), min(range(1200), key=key)


def keys_that_are_no_numbers():
    return max(range(1200), key=lambda number: str(number)), min(range(1200), key=lambda number: (number % 7, -number))


def keys_beyond_64_bits():
    return max(range(1200), key=lambda number: (number % 100) ** 12), min(range(1200), key=lambda number: (number % 100 - 50) ** 13)


def a_key_that_raises():
    return max(range(-1000, 1000), key=lambda number: 5 // (number - 600))


def a_key_that_notes_what_it_saw():
    seen = []

    def key(number):
        seen.append(number)
        return number % 10

    return max(range(1200), key=key), len(seen), seen[-1]


def a_default():
    return max(range(1200), key=lambda number: -number, default=5), max(range(0), key=lambda number: -number, default=5)


def items_of_a_list_of_all_kinds():
    items = [1, 2.5, True, *range(1200)]
    return max(items, key=lambda item: item * 2), min(items, key=lambda item: item * 2)


PROGRAMS = [
    longest_chain,
    first_of_equal_keys,
    keys_of_different_types,
    keys_that_are_nan,
    keys_that_are_no_numbers,
    keys_beyond_64_bits,
    a_key_that_raises,
    a_key_that_notes_what_it_saw,
    a_default,
    items_of_a_list_of_all_kinds,
]


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_item_is_pythons(here: Here, program: Callable[[], object]) -> None:
    assert here.run(program).bits == run_here(program)


def test_it_is_compiled_and_cut() -> None:
    cluster = Here(When.ALWAYS, slices=7)
    try:
        explanation = cluster.run(longest_chain).explanation
        line = next(line for line in explanation.lines if "key" in line.path)
        assert (line.compiled, line.interpreted, line.slices) == (1999, 0, 7)
    finally:
        cluster.close()
