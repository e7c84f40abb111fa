"""Functions of the user's that bear the names of builtins, and give what came from outside."""

from collections.abc import Iterator

import pytest

from pyfora import InvalidPyforaOperation
from tests.ufora.runtime.here import Here


class Account:
    def __init__(self) -> None:
        self.balance = 1


ACCOUNT = Account()
NUMBERS = [1, 2, 3]
TABLE = {"a": 1}


def list(_):  # noqa: A001 - that is the point
    return ACCOUNT


def sorted(_):  # noqa: A001
    return NUMBERS


def int(_):  # noqa: A001
    return TABLE


def assign_attribute():
    account = list(3)
    account.balance = 7
    return account.balance


def assign_item():
    numbers = sorted(3)
    numbers[0] = 9
    return numbers


def update():
    table = int(3)
    table |= {"a": 2}
    return table


def assign_what_a_function_inside_gives():
    def dict(_):  # noqa: A001
        return TABLE

    table = dict(3)
    table["a"] = 5
    return table


@pytest.fixture
def here() -> Iterator[Here]:
    here = Here()
    yield here
    here.close()


@pytest.mark.parametrize("function", [assign_attribute, assign_item, update, assign_what_a_function_inside_gives])
def test_it_cannot_be_changed(here: Here, function):
    error = here.run(function).error
    assert isinstance(error, InvalidPyforaOperation)
    assert "made outside of this computation" in str(error)
