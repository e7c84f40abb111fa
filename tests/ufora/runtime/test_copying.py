import copy

import pytest

from ufora.runtime.copying import guarded_copy, guarded_deepcopy
from ufora.runtime.guard.stopping import Refused


class Plain:
    def __init__(self, items):
        self.items = items


class OwnProtocol:
    def __reduce__(self):
        return print, ("called",)


def test_plain_objects_are_copied_as_python_copies_them():
    one = Plain([[1], [2]])
    shallow, deep = guarded_copy(one), guarded_deepcopy([one, one])
    assert shallow.items is one.items
    assert deep[0] is deep[1]
    assert deep[0].items == one.items
    assert deep[0].items[0] is not one.items[0]


@pytest.mark.parametrize("copied", [OwnProtocol(), [OwnProtocol()], {"a": Plain(OwnProtocol())}])
def test_a_copying_protocol_of_the_users_own_is_refused_at_any_depth(copied):
    with pytest.raises(Refused, match="__reduce__"):
        guarded_deepcopy(copied)


def test_the_error_is_the_one_that_python_raises():
    with pytest.raises(TypeError) as own:
        copy.deepcopy(item for item in [])
    with pytest.raises(TypeError) as guarded:
        guarded_deepcopy(item for item in [])
    assert str(guarded.value) == str(own.value)


def test_other_code_of_the_process_copies_as_before():
    guarded_deepcopy([Plain([])])
    copied = copy.deepcopy(Plain([1]))
    assert type(copied) is Plain
    assert copy.copy(OwnProtocol()) is None
