import getpass

import pytest

from pyfora.client.owner import say_owner, say_source
from pyfora.program.nodes import Block, Call, Constant, Function, Program, Source, Value

SOURCE = Source("/some/where/prices.py", 10, "def f(x):\n    return x\n\nwith executor.remotely:\n    y = f(1)\n")
FUNCTION = Function(0, 0, "f", "f", "__main__", (), (), (), (), "")


def say(entry: object, *nodes: object) -> str:
    return say_source(Program((SOURCE,), nodes, (), entry))


def test_a_block_is_named_by_file_and_line():
    assert say(Block(0, 1, "__main__", "<module>", (), ("y",))) == "prices.py:13"


def test_a_call_is_named_by_its_function():
    assert say(Call(0, (), ()), FUNCTION) == "prices.py:10 f"
    assert say(Call(0, (), ()), Constant(3)) == "submit"


def test_a_value_has_no_place():
    assert say(Value(0), Constant(3)) == "define"


def test_the_owner_is_user_and_machine(monkeypatch: pytest.MonkeyPatch):
    assert say_owner().startswith(getpass.getuser() + "@")

    def fail() -> str:
        raise KeyError("no name")

    monkeypatch.setattr(getpass, "getuser", fail)
    assert say_owner().startswith("?@")
