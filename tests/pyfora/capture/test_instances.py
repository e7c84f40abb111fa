import dataclasses
import enum
import threading
import typing

from pyfora.program.nodes import Class, Constant, EnumMember, ExceptionOf, Instance, ListOf, Named, Refused, TupleOf


@dataclasses.dataclass(frozen=True, slots=True)
class Point:
    x: int
    y: int = 2


class Shades(enum.Flag):
    RED = 1
    BLUE = 2


class Numbers(list):
    def __iter__(self):
        raise AssertionError("not to be called")


class Text(str):
    def __str__(self):
        return "something else"


class Pair(typing.NamedTuple):
    a: int
    b: int = 0


class LostError(Exception):
    def __init__(self, what):
        super().__init__("lost", what)
        self.what = what


class Worker(threading.Thread):
    pass


def fields(node, nodes):
    return {name: nodes[ref].value for name, ref in node.fields}


def test_slots_and_fields(node_of):
    node, nodes = node_of(Point(1))
    assert isinstance(node, Instance)
    assert fields(node, nodes) == {"x": 1, "y": 2}
    assert isinstance(nodes[node.cls], Class)
    assert node.base == -1


def test_the_plain_value_of_a_builtin_base_whatever_is_overridden(node_of):
    numbers = Numbers([1, 2])
    numbers.unit = "m"
    node, nodes = node_of(numbers)
    assert isinstance(nodes[node.base], ListOf)
    assert fields(node, nodes) == {"unit": "m"}
    node, nodes = node_of(Text("x"))
    assert nodes[node.base] == Constant("x")
    assert type(nodes[node.base].value) is str
    node, nodes = node_of(Pair(1))
    assert isinstance(nodes[node.base], TupleOf)


def test_enum_members(node_of):
    node, _ = node_of(Shades.RED)
    assert isinstance(node, EnumMember)
    assert node.name == "RED"
    assert node_of(Shades.RED | Shades.BLUE)[0].name == "RED|BLUE"


def test_exceptions(node_of):
    error = LostError("key")
    error.add_note("look again")
    error.__cause__ = KeyError("key")
    node, nodes = node_of(error)
    assert isinstance(node, ExceptionOf)
    assert isinstance(nodes[node.cls], Class)
    assert [nodes[ref].value for ref in nodes[node.args].items] == ["lost", "key"]
    assert fields(node, nodes) == {"what": "key"}
    assert node.notes == ("look again",)
    cause = nodes[node.cause]
    assert nodes[cause.cls] == Named("builtins.KeyError")


def test_objects_that_are_more_than_data_are_refused(node_of):
    for value in (threading.Lock(), Worker(), iter([1]), memoryview(b"x")):
        node, nodes = node_of([value])
        assert isinstance(nodes[node.items[0]], Refused)
