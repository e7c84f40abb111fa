import collections
import datetime
import decimal
import fractions
import functools
import math
import operator
import re

import pytest

from pyfora.capture.calls import capture_value
from pyfora.program.nodes import Array, Attribute, Constant, Function, ListOf, Made, Named, Packed, Refused


def made(node, nodes):
    """(path, args, kwargs) of a Made whose arguments are scalars."""
    assert isinstance(node, Made)
    return nodes[node.function].path, [nodes[ref].value for ref in node.args], {name: nodes[ref].value for name, ref in node.kwargs}


@pytest.mark.parametrize(
    ("items", "typecode"),
    [
        (list(range(256)), "B"),
        (list(range(-1, 255)), "h"),
        ([*range(100), 256], "h"),
        ([-(2**15), *range(100), 2**15 - 1], "h"),
        ([*range(100), 2**15], "i"),
        ([-(2**31), *range(100), 2**31 - 1], "i"),
        ([*range(100), -(2**31) - 1], "q"),
        ([-(2**63), *range(100), 2**63 - 1], "q"),
        ([0.5] * 64, "d"),
    ],
)
def test_many_numbers_are_packed(origin, items, typecode):
    for container in (list, tuple):
        program = capture_value(container(items), origin)
        assert program.nodes == (Packed(container.__name__, typecode, 0),)
        assert list(program.buffers[0].cast(typecode)) == items


@pytest.mark.parametrize("items", [[1] * 63, [1] * 64 + [True], [1] * 64 + [2**63], [1.0] * 64 + [1]])
def test_others_are_not(node_of, items):
    assert isinstance(node_of(items)[0], ListOf)


def test_objects_of_allowed_libraries_are_made_again(node_of):
    assert made(*node_of(fractions.Fraction(1, 3))) == ("fractions.Fraction", [1, 3], {})
    assert made(*node_of(decimal.Decimal("-0.10"))) == ("decimal.Decimal", ["-0.10"], {})
    assert made(*node_of(datetime.date(2024, 2, 29))) == ("datetime.date", [2024, 2, 29], {})
    assert made(*node_of(datetime.timedelta(1, 2, 3))) == ("datetime.timedelta", [1, 2, 3], {})
    assert made(*node_of(datetime.time(1, 2, fold=1))) == ("datetime.time", [1, 2, 0, 0, None], {"fold": 1})
    assert made(*node_of(re.compile("a+", re.IGNORECASE))) == ("re.compile", ["a+", int(re.compile("a+", re.IGNORECASE).flags)], {})
    assert made(*node_of(operator.itemgetter(1, "x"))) == ("operator.itemgetter", [1, "x"], {})
    assert made(*node_of(operator.methodcaller("m", 1, k=2))) == ("operator.methodcaller", ["m", 1], {"k": 2})
    assert made(*node_of(bytearray(b"ab"))) == ("builtins.bytearray", [b"ab"], {})


def test_nested_ones_too(node_of):
    node, nodes = node_of(collections.defaultdict(list, a=1))
    assert nodes[node.function] == Named("collections.defaultdict")
    assert nodes[node.args[0]] == Named("builtins.list")
    node, nodes = node_of(functools.partial(math.pow, 2))
    assert nodes[node.args[0]] == Named("math.pow")


@functools.cache
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def test_a_cached_function_stays_cached(node_of):
    node, nodes = node_of(fib)
    assert isinstance(node, Made)
    assert made(nodes[node.function], nodes) == ("functools.lru_cache", [], {"maxsize": None, "typed": False})
    inner = nodes[node.args[0]]
    assert isinstance(inner, Function)
    assert nodes[dict(inner.names)["fib"]] is node


def test_an_object_that_holds_itself_cannot_be_made(node_of):
    circle: collections.deque[object] = collections.deque()
    circle.append(circle)
    node, nodes = node_of([circle])
    assert isinstance(nodes[node.items[0]], Refused)


def test_bound_methods(node_of):
    text = "a,b"
    node, nodes = node_of(text.split)
    assert isinstance(node, Attribute)
    assert (nodes[node.owner], node.name) == (Constant(text), "split")


class TestNumpy:
    numpy = pytest.importorskip("numpy")

    def test_arrays(self, origin):
        for array in (
            self.numpy.arange(6).reshape(2, 3).T,
            self.numpy.array(5.0),
            self.numpy.zeros((0, 3)),
            self.numpy.arange(3, dtype=">i4"),
        ):
            program = capture_value(array, origin)
            (node,) = program.nodes
            assert isinstance(node, Array)
            again = self.numpy.frombuffer(program.buffers[0], dtype=node.dtype).reshape(node.shape)
            assert self.numpy.array_equal(again, array)

    def test_scalars(self, node_of):
        assert made(*node_of(self.numpy.float32(0.1))) == ("numpy.float32", [float(self.numpy.float32(0.1))], {})
        assert made(*node_of(self.numpy.int64(-5))) == ("numpy.int64", [-5], {})
        assert made(*node_of(self.numpy.datetime64("2024-01-01"))) == ("numpy.datetime64", [19723, "1D"], {})
        assert made(*node_of(self.numpy.dtype("<i4"))) == ("numpy.dtype", ["<i4"], {})

    def test_functions(self, node_of):
        assert node_of(self.numpy.linalg.norm)[0] == Named("numpy.linalg.norm")

    def test_arrays_of_objects_are_refused(self, node_of):
        node, nodes = node_of([self.numpy.array([object()])])
        assert isinstance(nodes[node.items[0]], Refused)
