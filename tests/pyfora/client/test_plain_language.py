"""The whole client: real blocks, calls and values, evaluated by plain CPython behind a real gateway."""

import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest

import pyfora
from pyfora.client.executor import Executor
from tests.pyfora.client.plain_workers import PlainWorkers
from tests.ufora.gateway.fakes import running_gateway


@pytest.fixture
def executor(tmp_path: Path) -> Iterator[Executor]:
    with running_gateway(PlainWorkers().evaluate, tmp_path) as gateway, pyfora.connect(gateway.address, 60) as connected:
        yield connected


class Point:
    def __init__(self, x: int, y: int) -> None:
        self.x = x
        self.y = y

    def doubled(self) -> "Point":
        return Point(2 * self.x, 2 * self.y)


def square(number):
    return number * number


def test_a_block_assigns_its_names_here(executor: Executor):
    count = 10
    with executor.remotely.downloadAll():
        squares = [square(i) for i in range(count)]
        total = sum(squares)
    assert (squares, total) == ([i * i for i in range(10)], 285)


def test_names_of_a_block_are_proxies_and_may_be_used_in_the_next(executor: Executor):
    with executor.remotely:
        squares = [square(i) for i in range(10)]
    assert isinstance(squares, pyfora.RemotePythonObject)
    assert repr(squares) == f"<RemotePythonObject squares: list on {executor.address}>"
    with executor.remotely.downloadAll():
        total = sum(squares)
    assert total == 285
    assert squares.toLocal().result() == [i * i for i in range(10)]


def test_a_proxy_is_used_in_a_closure(executor: Executor):
    with executor.remotely.remoteAll():
        offset = 100
    assert executor.submit(lambda number: number + offset, 5).result().toLocal().result() == 105


def test_a_future_is_used_in_a_block(executor: Executor):
    nine = executor.submit(square, 3)
    with executor.remotely.downloadAll():
        ten = nine + 1
    assert ten == 10


def test_a_function_on_the_cluster_is_called(executor: Executor):
    with executor.remotely:
        thrice = lambda number: 3 * number  # noqa: E731 - a value of its own
    assert thrice(5).result().toLocal().result() == 15


def test_instances_come_back_as_instances_of_the_users_own_class(executor: Executor):
    point = Point(1, 2)
    with executor.remotely.downloadAll():
        other = point.doubled()
    assert type(other) is Point
    assert (other.x, other.y) == (2, 4)


def test_an_exception_is_the_genuine_one_with_a_traceback_through_the_users_lines(executor: Executor):
    error = None
    try:
        with executor.remotely.downloadAll():
            before = 1
            after = 1 / (before - 1)
    except ZeroDivisionError as raised:
        error = raised
    assert str(error) == "division by zero"
    assert before == 1
    assert "after" not in locals()
    assert any("1 / (before - 1)" in (frame.line or "") for frame in traceback.extract_tb(error.__traceback__))


def test_a_future_tells_the_remote_traceback(executor: Executor):
    error = executor.submit(lambda: [][1]).exception()
    assert isinstance(error, pyfora.ComputationError)
    assert isinstance(error.remoteException, IndexError)
    assert error.trace.startswith("Traceback (most recent call last):")
    assert error.trace.endswith("IndexError: list index out of range")


def test_what_was_printed_there_is_printed_here(executor: Executor, capsys: pytest.CaptureFixture[str]):
    with executor.remotely.downloadAll():
        print("from far away")
    assert capsys.readouterr().out == "from far away\n"


def test_large_values_travel_both_ways(executor: Executor):
    numbers = list(range(1_000_000))
    with executor.remotely.downloadAll():
        backwards = numbers[::-1]
    assert backwards == list(range(999_999, -1, -1))


def test_a_wrong_bytecount_is_an_error_here(executor: Executor):
    with pytest.raises(ValueError, match="bytecount is a number of bytes"):
        executor.remotely.downloadSmall(bytecount=-1)
