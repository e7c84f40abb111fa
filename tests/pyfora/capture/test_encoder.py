import pytest

from pyfora.capture.calls import capture_call
from pyfora.capture.encoder import Encoder
from pyfora.errors import PythonToForaConversionError
from pyfora.program.nodes import Constant, DictOf, ListOf, Refused, TupleOf, Value


def test_scalars_keep_value_and_type(node_of):
    for value in (None, True, 1, 10**30, -0.0, 1j, "text", b"bytes"):
        node = node_of(value)[0]
        assert node == Constant(value)
        assert type(node.value) is type(value)


def test_one_object_is_one_node(node_of):
    shared = [1]
    node, _ = node_of((shared, shared, [1]))
    assert node.items[0] == node.items[1] != node.items[2]


def test_circles_close(node_of):
    circle: list[object] = []
    circle.append({"again": circle})
    node, nodes = node_of(circle)
    assert isinstance(node, ListOf)
    inner = nodes[node.items[0]]
    assert isinstance(inner, DictOf)
    assert nodes[inner.values[0]] is node


def test_no_value_is_too_deep(node_of):
    deep: tuple[object, ...] = ()
    for _ in range(100_000):
        deep = (deep,)
    node, nodes = node_of(deep)
    assert isinstance(node, TupleOf)
    assert len(nodes) == 100_001


def test_what_cannot_travel_harms_nobody_who_does_not_touch_it(node_of, tmp_path):
    with open(tmp_path / "x", "w") as file:
        node, nodes = node_of([file, 1])
    assert isinstance(nodes[node.items[0]], Refused)
    assert "open file" in nodes[node.items[0]].message


def test_a_value_that_cannot_travel_itself_is_an_error(node_of):
    with pytest.raises(PythonToForaConversionError, match="generator"):
        node_of(i for i in range(3))


def bad():
    return open("x")


def calls_bad():
    return bad()


def test_code_that_may_not_run_is_an_error_where_names_lead_to_it(origin):
    with pytest.raises(PythonToForaConversionError, match=r"test_encoder.py, line \d+: `open` reads or writes a file"):
        capture_call(calls_bad, (), {}, origin)


def test_code_that_may_not_run_is_refused_where_values_lead_to_it(origin):
    program = capture_call(len, ([bad],), {}, origin)
    assert any(isinstance(node, Refused) and "open" in node.message for node in program.nodes)


def test_the_same_values_give_the_same_program(origin):
    def program(value):
        encoder = Encoder(origin)
        return encoder.program(Value(encoder.ref(value)))

    assert program([1, {"a": (2.5, bad)}]) == program([1, {"a": (2.5, bad)}])
