import traceback

import pytest

from pyfora.errors import InternalError
from pyfora.program import nodes
from tests.pyfora.restore.building import Building
from tests.pyfora.restore.test_functions import Rewriting


def run(code, namespace):
    exec(code, namespace)
    return namespace


def test_a_block_at_top_level_runs_in_the_globals_of_its_module():
    building = Building("a = 1\nwith r:\n    y = a + 1\n    x = f()\ndef f(): return y\n")
    f = building.function("f")
    code, namespace = building.block(names={"a": building.const(1), "f": f})
    assert run(code, namespace)["x"] == 2
    assert namespace["__here__"] is namespace
    assert (code.co_name, code.co_filename) == ("<module>", "user.py")


def test_a_block_in_a_function_has_names_of_its_own():
    building = Building(
        """
        def f(): return y

        def main():
            y = 2
            with r:
                x = y + f()
        """
    )
    globally, locally = building.const(10), building.const(2)
    f = building.function("f", names=(("y", globally),))
    code, namespace = building.block("main", names={"y": locally, "f": f})
    assert run(code, namespace)["x"] == 12
    assert namespace["f"].__globals__ is not namespace


def test_a_block_shows_file_line_and_function_when_it_fails():
    building = Building(path="prices.py")
    building.source = nodes.Source("prices.py", 30, "        with r:\n            x = 1\n            y = x / zero\n")
    code, namespace = building.block("Shop.run.<locals>.pay", names={"zero": building.const(0)})
    with pytest.raises(ZeroDivisionError) as caught:
        run(code, namespace)
    frame = traceback.extract_tb(caught.tb)[-1]
    assert (frame.filename, frame.lineno, frame.name) == ("prices.py", 32, "pay")
    assert code.co_qualname == "Shop.run.<locals>.pay"
    assert namespace["x"] == 1


def test_a_block_on_one_line():
    building = Building("with r: x = 1; y = x + 1")
    assert run(*building.block())["y"] == 2


def test_functions_of_a_block_may_change_its_names():
    building = Building(
        """
        def main():
            with r:
                total = 0
                def add(n):
                    nonlocal total
                    own = 0
                    def inner():
                        nonlocal own
                        own += n
                        return own
                    total += inner()
                for i in range(4): add(i)
                def g(): return 1
        """
    )
    namespace = run(*building.block("main"))
    assert namespace["total"] == 6
    assert namespace["g"].__qualname__ == "main.<locals>.g"
    assert namespace["g"].__module__ == "user"


def test_private_names_in_a_block_inside_a_method():
    building = Building(
        """
        class Shop:
            def run(self):
                with r:
                    x = self.__price
                    def __f(): return x
                    y = __f()
        """
    )
    cls = building.cls("Shop")
    price = building.const(5)
    shop = building.add(nodes.Instance(cls, (("_Shop__price", price),), -1))
    assert run(*building.block("Shop.run", names={"self": shop}))["y"] == 5


def test_a_block_is_rewritten_by_the_environment():
    building = Building("with r:\n    def f(): return 3\n    x = f()\n")
    environment = Rewriting()
    assert run(*building.block(environment=environment))["x"] == 3
    assert environment.seen == [("f", 1)]


def test_names_are_restored_by_name_and_shared():
    building = Building()
    ref = building.add(nodes.ListOf(()))
    names = building.restorer().names((("a", ref), ("b", ref)))
    assert names == {"a": [], "b": []}
    assert names["a"] is names["b"]


def test_only_a_block_has_a_block():
    with pytest.raises(InternalError, match="not a Block"):
        Building().restorer().block()
