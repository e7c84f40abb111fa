import collections
import importlib
import math
import os
import time
from os.path import join

import pytest

from pyfora.capture.calls import capture_call
from pyfora.errors import PythonToForaConversionError
from pyfora.program.nodes import Attribute, Class, Constant, Function, Made, Named, Refused, UserModule
from pyfora.program.places import find_place

Card = collections.namedtuple("Card", "suit rank", defaults=[7])
size = 3


def names(node, nodes):
    return {name: nodes[ref] for name, ref in node.names}


def even(n):
    return n == 0 or odd(n - 1)


def odd(n):
    return n != 0 and even(n - 1)


def test_functions_that_call_each_other(node_of):
    node, nodes = node_of(even)
    other = names(node, nodes)["odd"]
    assert isinstance(other, Function)
    assert names(other, nodes)["even"] is node


def test_globals_are_those_used_and_no_others(node_of):
    def f(x, scale=2, *, shift=size):
        return len([math.sin(x) for _ in range(size)]) + missing  # noqa: F821

    node, nodes = node_of(f)
    assert names(node, nodes) == {"math": Named("math"), "size": Constant(3)}
    assert [nodes[ref] for ref in node.defaults] == [Constant(2)]
    assert [(name, nodes[ref]) for name, ref in node.kwdefaults] == [("shift", Constant(3))]


def test_closures(node_of):
    n = 5

    def inner():
        return n + later

    node, nodes = node_of(inner)
    assert [(name, ref if ref == -1 else nodes[ref]) for name, ref in node.cells] == [("later", -1), ("n", Constant(5))]
    later = 1
    node, nodes = node_of(inner)
    assert dict(node.cells)["later"] != -1


def test_a_function_that_names_itself_in_its_closure(node_of):
    def fact(n):
        return 1 if n < 2 else n * fact(n - 1)

    node, nodes = node_of(fact)
    assert nodes[dict(node.cells)["fact"]] is node


class Base:
    table = {"a": 1}  # noqa: RUF012
    computed = len(os.listdir("."))

    def area(self):
        return self.x * math.pi * size

    @staticmethod
    def twice(x):
        return x * 2

    @property
    def path(self):
        return os.getcwd()


class Derived(Base):
    def area(self):
        return super().area() + 1


Base.later = "set later"


def test_a_class_takes_along_what_its_body_and_methods_use(node_of):
    node, nodes = node_of(Base)
    assert isinstance(node, Class)
    assert set(dict(node.members)) == {"table", "computed", "later"}
    used = names(node, nodes)
    assert used["math"] == Named("math")
    assert isinstance(used["os"], Refused)
    assert names(*node_of(Derived))["Base"] == node_of(Base)[0] or isinstance(names(*node_of(Derived))["Base"], Class)


def test_functions_taken_from_classes_come_through_them(node_of):
    for function, name in ((Base.area, "area"), (Base.twice, "twice"), (Derived.area, "area")):
        node, nodes = node_of(function)
        assert isinstance(node, Attribute)
        assert node.name == name
        assert isinstance(nodes[node.owner], Class)


def test_a_local_class_knows_its_bases_and_closure(node_of):
    k = 4
    base = Base

    class Local(base):
        def m(self):
            return k

    node, nodes = node_of(Local)
    cells = dict(node.cells)
    assert nodes[cells["k"]] == Constant(4)
    assert nodes[cells["base"]].name == "Base"


def test_named_tuple_classes_are_made_again(node_of):
    node, nodes = node_of(Card)
    assert isinstance(node, Made)
    assert nodes[node.function] == Named("collections.namedtuple")
    assert node.key


@pytest.fixture
def helpers(tmp_path, monkeypatch):
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "__init__.py").write_text("big = list(range(10**4))\n")
    (tmp_path / "shop" / "prices.py").write_text("import math\nbase = 3\ndef price(x):\n    return base * math.floor(x)\n")
    monkeypatch.syspath_prepend(tmp_path)
    return importlib.import_module("shop.prices") and importlib.import_module("shop")


def test_modules_of_the_user_travel_with_what_is_used_of_them(node_of, helpers):
    def f(x):
        return helpers.prices.price(x)

    node, nodes = node_of(f)
    shop = nodes[dict(node.cells)["helpers"]]
    assert isinstance(shop, UserModule)
    assert [name for name, _ in shop.members] == ["prices"]
    prices = nodes[shop.members[0][1]]
    price = nodes[dict(prices.members)["price"]]
    assert (price.name, price.module) == ("price", "shop.prices")
    assert names(price, nodes) == {"base": Constant(3), "math": Named("math")}


def uses_clock():
    return time.time()


def uses_path(x):
    return join(x, "y")


def uses_eval(x):
    return eval(x)


def uses_module_value():
    return math.sin, collections.abc, os


async def is_async():
    pass


def has_global():
    global size
    size = 4


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (uses_clock, "`time.time` uses the module time"),
        (uses_path, "`join` uses posixpath.join"),
        (uses_eval, "`eval` runs code made from text"),
        (uses_module_value, "uses the module os"),
        (is_async, "is asynchronous"),
        (has_global, "changes names outside"),
        (exec, "has no Python source|cannot travel"),
    ],
)
def test_what_may_not_run_is_refused_with_line_and_way_out(origin, function, message):
    with pytest.raises(PythonToForaConversionError, match=message):
        capture_call(function, (), {}, origin)


def test_lambdas_on_one_line_are_told_apart(node_of):
    pair = [lambda x: x, lambda x: x + 1, lambda: 1]
    bodies = []
    for function in pair:
        node, _ = node_of(function)
        bodies.append(node.ordinal)
    assert bodies == [0, 1, 2]


def test_the_place_of_a_function_is_its_own(origin):
    program = capture_call(even, (4,), {}, origin)
    node = program.nodes[program.entry.function]
    source = program.sources[node.source]
    assert find_place(source, node.ordinal).name == "even"
    assert source.text.count("def ") == 1
