"""Several computations of one session: what an earlier one made is the same thing in a later one, and stays as it is."""

import copy
import heapq
import itertools
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass

import numpy
import pytest

import pyfora
from tests.clusters import PrivateCluster


@pytest.fixture(scope="module")
def executor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[pyfora.Executor]:
    with PrivateCluster(tmp_path_factory.mktemp("cluster"), {}) as cluster, pyfora.connect(cluster.url) as executor:
        yield executor


class Token:
    pass


@dataclass
class Price:
    amount: int


def make_counter():
    count = 0

    def step():
        nonlocal count
        count += 1
        return count

    return step


STEP = make_counter()
FIRST_LINE = make_counter.__code__.co_firstlineno


def home(value):
    return value.toLocal().result(60)


def test_a_class_is_one_class_here_in_an_earlier_block_and_in_this_one(executor: pyfora.Executor) -> None:
    with executor.remotely:
        first = Token()
        tokens = [Token() for _ in range(40)]
    with executor.remotely.downloadAll():
        same = type(first) is Token and all(type(token) is Token for token in tokens)
        second = Token()
    assert same
    assert type(second) is Token
    assert type(home(first)) is Token


def test_an_object_is_one_object_in_all_blocks(executor: pyfora.Executor) -> None:
    with executor.remotely:
        shared = [1]
        pair = (shared, {"k": shared})
    with executor.remotely.downloadAll():
        same = pair[0] is shared, pair[1]["k"] is shared
    assert same == (True, True)


def test_a_class_made_in_a_block_is_the_same_in_the_next(executor: pyfora.Executor) -> None:
    with executor.remotely:

        class Inside:
            def __init__(self, x):
                self.x = x

        one = Inside(1)
    with executor.remotely.downloadAll():
        same = isinstance(one, Inside), Inside(2).x + one.x
    assert same == (True, 3)


def test_a_dataclass_sent_twice_leaves_the_library_as_it_was(executor: pyfora.Executor) -> None:
    for amount in range(3):
        with executor.remotely.downloadAll():
            prices = [Price(amount + x) for x in range(40)]

            @dataclass
            class Local:
                x: int

            shown = repr(Local(amount))
        assert prices == [Price(amount + x) for x in range(40)]
        assert shown.endswith(f"Local(x={amount})")


def test_random_numbers_of_an_earlier_block_cannot_be_drawn_twice(executor: pyfora.Executor) -> None:
    with executor.remotely:
        old, new, python = numpy.random.RandomState(3), numpy.random.default_rng(3), random.Random(3)
    for draw in (lambda: python.random(), lambda: python.shuffle([1, 2]), lambda: old.rand(), lambda: new.random()):
        line = rf"test_blocks.py, line {draw.__code__.co_firstlineno}: `.*`: `\.\w+\(…\)` changes a \w+ made outside of this computation"
        with pytest.raises(pyfora.InvalidPyforaOperation, match=line):
            executor.submit(draw).result(60)
    with pytest.raises(pyfora.InvalidPyforaOperation, match="drew from a Generator made outside"):
        executor.submit(lambda: new.power(2.0)).result(60)  # a method of many other things, too
    with executor.remotely.downloadAll():
        drawn = copy.copy(python).random()
    assert drawn == random.Random(3).random()


def test_an_iterator_of_an_earlier_block_cannot_be_used_up(executor: pyfora.Executor) -> None:
    with executor.remotely:
        numbers, endless, squares = iter([1, 2]), itertools.count(), (x * x for x in range(5))
    for use in (lambda: list(numbers), lambda: next(endless), lambda: sum(squares)):
        with pytest.raises(pyfora.InvalidPyforaOperation, match="is an iterator made by an earlier computation"):
            executor.submit(use).result(60)


def test_a_variable_of_a_captured_closure_cannot_change(executor: pyfora.Executor) -> None:
    for _ in range(2):
        with pytest.raises(pyfora.InvalidPyforaOperation, match=rf"test_blocks.py, line {FIRST_LINE + 5}: .*step` changed `count` of"):
            executor.submit(lambda: STEP()).result(60)
    assert STEP() == 1
    with executor.remotely:
        step = make_counter()
    with pytest.raises(pyfora.InvalidPyforaOperation, match=r"test_blocks.py, line \d+: .*step` changed `count` of the function around it"):
        executor.submit(lambda: step()).result(60)


def test_a_long_list_takes_part_in_all_that_lists_do(executor: pyfora.Executor) -> None:
    length = 3_000_000

    def grow():
        long = [x * 3 for x in range(length)]
        short = alias = [1]
        short += long
        held = {"k": [2]}
        held["k"] += long
        text = json.dumps([1, long])
        return short is alias, len(alias), len(held["k"]), len(text), alias[-1]

    assert home(executor.submit(grow).result(60)) == grow()


def test_printed_text_arrives_in_program_order(executor: pyfora.Executor, capsys: pytest.CaptureFixture[str]) -> None:
    with executor.remotely.downloadAll():
        print("one")
        values = [print("element", x) or x for x in range(3)]
    with executor.remotely.downloadAll():
        print("two", *values)
    assert capsys.readouterr().out == "one\nelement 0\nelement 1\nelement 2\ntwo 0 1 2\n"


def test_what_a_function_carries_comes_home_with_it(executor: pyfora.Executor) -> None:
    def make():
        def f(x: int, y: "str" = "") -> None:
            """Text."""

        f.tag = "tagged"
        return f

    f = home(executor.submit(make).result(60))
    assert (f.__annotations__, f.__doc__, f.tag) == ({"x": int, "y": "str", "return": None}, "Text.", "tagged")


def test_exception_groups_are_refused_before_anything_runs(executor: pyfora.Executor) -> None:
    def split():
        try:
            raise ExceptionGroup("several", [ValueError(1)])
        except* ValueError:
            print("caught")

    with pytest.raises(pyfora.PythonToForaConversionError, match=r"test_blocks.py, line \d+: .*"):
        executor.submit(split).result(60)


def test_what_machine_code_made_in_an_earlier_block_stays_as_it_is(executor: pyfora.Executor) -> None:
    """It may be an array still when the later block begins, and become a list in it."""
    with executor.remotely:
        numbers = [k * 7 % 1009 for k in range(20_000)]
        rows = [[i * j % 7 for j in range(100)] for i in range(200)]
    changes = (
        lambda: numbers.append(1),
        lambda: numbers.sort(),
        lambda: list.append(numbers, 1),
        lambda: numbers.__setitem__(0, 5),
        lambda: rows.pop(),
        lambda: rows[0].append(1),
        lambda: rows[3].__setitem__(0, 5),
        lambda: [row.reverse() for row in rows],
        lambda: heapq.heappush(numbers, 5),
    )
    for change in changes:
        with pytest.raises(pyfora.InvalidPyforaOperation, match="changes a list made outside of this computation"):
            executor.submit(change).result(60)
    with executor.remotely.downloadAll():
        copied, first = list(numbers), rows[0].copy()
        copied.append("end")
        first.append("end")
        doubled = [number * 2 for number in numbers]
        sums = [sum(row) for row in rows]
    expected = [k * 7 % 1009 for k in range(20_000)]
    table = [[i * j % 7 for j in range(100)] for i in range(200)]
    assert copied == [*expected, "end"]
    assert first == [*table[0], "end"]
    assert doubled == [number * 2 for number in expected]
    assert sums == [sum(row) for row in table]
    assert (home(numbers), home(rows)) == (expected, table)
