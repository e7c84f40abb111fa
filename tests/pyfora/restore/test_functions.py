import ast
import inspect
import traceback

import pytest

from pyfora.errors import InternalError, PythonToForaConversionError, WireError
from pyfora.program import nodes
from pyfora.restore.plain import PlainEnvironment
from tests.pyfora.restore.building import Building, plain


def test_a_function_computes_what_the_original_does():
    building = Building("def scaled(n, by=2, *, offset=1):\n    return n * by + offset\n")
    five = building.const(5)
    seven = building.const(7)
    building.function("scaled", defaults=(five,), kwdefaults=(("offset", seven),))
    made = building.restore()
    assert (made(1), made(1, 2), made(1, offset=0)) == (12, 9, 5)
    assert (made.__name__, made.__qualname__, made.__module__) == ("scaled", "scaled", "user")
    assert (made.__defaults__, made.__kwdefaults__) == ((5,), {"offset": 7})


def test_code_is_compiled_once_for_what_is_restored_again():
    environment, other = plain(), plain()

    def restore(step, environment, qualname="make.<locals>.move"):
        building = Building("def move(n): return n + step")
        value = building.const(step)
        building.function("move", qualname=qualname, cells=(("step", value),))
        return building.restore(environment=environment)

    one, two, renamed, elsewhere = restore(1, environment), restore(2, environment), restore(3, environment, "move"), restore(1, other)
    assert (one(0), two(0), renamed(0), elsewhere(0)) == (1, 2, 3, 1)
    assert one is not two
    assert one.__code__ is two.__code__
    assert renamed.__code__.co_qualname == "move"
    assert renamed.__code__ is not one.__code__
    assert elsewhere.__code__ is not one.__code__


def test_globals_of_a_module_are_one_dictionary():
    building = Building("def f(): return g() + a\ndef g(): return b")
    a, b = building.const(1), building.const(2)
    g = building.function("g", names=(("b", b),))
    f = building.function("f", names=(("a", a), ("g", g)))
    restorer = building.restorer()
    made = restorer.value(f)
    assert made() == 3
    assert made.__globals__ is restorer.value(g).__globals__ is restorer.globals_for("user")
    assert made.__globals__["__here__"] is made.__globals__
    assert made.__globals__["__name__"] == "user"
    assert restorer.globals_for("other") is not restorer.globals_for("user")


def test_a_global_that_does_not_exist_stays_a_name_error():
    building = Building("def f(): return missing")
    building.function("f")
    with pytest.raises(NameError, match="missing"):
        building.restore()()


def test_recursion_and_mutual_recursion_through_globals():
    building = Building("def even(n): return n == 0 or odd(n - 1)\ndef odd(n): return n != 0 and even(n - 1)")
    even = building.later()
    odd = building.function("odd", names=(("even", even),))
    building.function("even", even, names=(("odd", odd), ("even", even)))
    assert building.restore(even)(10) is True
    assert building.restore(odd)(10) is False


def test_recursion_and_mutual_recursion_through_closures():
    building = Building(
        """
        def outer(step):
            def even(n): return n == 0 or odd(n - step)
            def odd(n): return n != 0 and even(n - step)
            def fact(n): return n * fact(n - step) if n else step
        """
    )
    step, even, odd, fact = building.const(1), building.later(), building.later(), building.later()
    building.function("even", even, qualname="outer.<locals>.even", cells=(("odd", odd), ("step", step)))
    building.function("odd", odd, qualname="outer.<locals>.odd", cells=(("even", even), ("step", step)))
    building.function("fact", fact, qualname="outer.<locals>.fact", cells=(("fact", fact), ("step", step)))
    restorer = building.restorer()
    assert restorer.value(even)(7) is False
    assert restorer.value(odd)(7) is True
    assert restorer.value(fact)(5) == 120
    assert restorer.value(fact).__qualname__ == "outer.<locals>.fact"
    assert restorer.value(fact).__code__.co_qualname == "outer.<locals>.fact"


def test_an_empty_cell_is_an_unbound_name():
    building = Building("def outer():\n    def f(): return late\n    late = 1\n")
    building.function("f", qualname="outer.<locals>.f", cells=(("late", -1),))
    with pytest.raises(NameError, match="late"):
        building.restore()()


def test_a_function_that_names_what_its_module_calls_by_its_own_name():
    """`fact` was decorated after it was defined; and a method may call a global function of its own name."""
    building = Building("def fact(n): return n and fact(n)\nclass A:\n    def area(self): return area(self, __class__)\n")
    wrapper = building.named("builtins.str")
    building.function("fact", names=(("fact", wrapper),))
    assert building.restore()(5) == "5"
    two, area = building.named("builtins.divmod"), building.const(7)
    building.function("area", qualname="A.area", names=(("area", two),), cells=(("__class__", area),))
    assert building.restore()(30) == (4, 2)
    building.function("area", qualname="A.area", cells=(("__class__", area),))
    with pytest.raises(NameError, match="area"):
        building.restore()(30)


def test_lambdas():
    building = Building("f = lambda n, by=scale(): n * by + offset")
    ten = building.const(10)
    building.function("<lambda>", names=(("offset", ten),), defaults=(ten,))
    assert building.restore()(2) == 30
    building.function("<lambda>", qualname="f.<locals>.<lambda>", cells=(("offset", ten),), defaults=(ten,))
    assert building.restore()(2, 1) == 12
    assert building.restore().__qualname__ == "f.<locals>.<lambda>"


@pytest.mark.parametrize(
    ("text", "place", "expected"),
    [
        ("[n * k for n in unknown if n > 1]", "ListComp", [20, 30]),
        ("{n % 2 for n in unknown() for m in range(k)}", "SetComp", {0, 1}),
        ("{n: m for n in unknown for m in range(n)}", "DictComp", {1: 0, 2: 1, 3: 2}),
        ("sum(n * k for n in unknown)", "GeneratorExp", [10, 20, 30]),
    ],
)
def test_a_comprehension_is_a_function_of_its_first_source(text, place, expected):
    for how in ("names", "cells"):
        building = Building(f"x = {text}")
        k = building.const(10)
        building.function(place, qualname=f"f.<locals>.{place}", **{how: (("k", k),)})
        made = building.restore()([1, 2, 3])
        assert (list(made) if place == "GeneratorExp" else made) == expected


def test_decorators_defaults_and_annotations_are_not_evaluated_again():
    building = Building("@boom\ndef f(n: Boom, *args: Boom, k: Boom = boom()) -> Boom:\n    x: Boom = n\n    return x, k\n")
    one = building.const(1)
    building.function("f", kwdefaults=(("k", one),))
    assert building.restore()(2) == (2, 1)


def test_annotations_of_inner_functions_are_evaluated_only_if_what_they_name_travelled():
    building = Building(
        """
        def f():
            import math as m
            def g(a: int, b: Unknown, c: m.inf) -> 'int': return a
            return g
        """
    )
    building.function("f")
    assert building.restore()().__annotations__ == {"a": int, "b": "Unknown", "c": float("inf"), "return": "int"}


def test_inner_functions_and_classes_have_their_own_names():
    building = Building(
        """
        class A:
            def f(self):
                class K: pass
                return (lambda: 0), K, k
        """
    )
    one = building.const(1)
    for how in ("names", "cells"):
        building.function("f", qualname="A.f", **{how: (("k", one),)})
        inner, cls, _ = building.restore()(None)
        assert inner.__qualname__ == "A.f.<locals>.<lambda>"
        assert cls.__qualname__ == "A.f.<locals>.K"
        assert (inner.__module__, cls.__module__) == ("user", "user")


def test_private_names_of_a_method_taken_alone():
    building = Building(
        """
        class _Account:
            def pay(self, __amount, *, __fee=0):
                def __inner(): return __amount + __fee
                class Note:
                    __text = 1
                self.__balance = __inner()
                return [self.__balance for __each in [1]], dict(__k=1), Note._Note__text, __module__
        """
    )
    one = building.const(1)
    building.function("pay", qualname="_Account.pay", names=(("__module__", one),), kwdefaults=(("_Account__fee", one),))
    account = type("Any", (), {})()
    assert building.restore()(account, 5) == ([6], {"__k": 1}, 1, 1)
    assert vars(account) == {"_Account__balance": 6}


def test_a_function_names_the_line_and_file_of_the_user_when_it_fails():
    building = Building("    def f(n):\n        return (1 //\n                n)\n", first_line=40, path="prices.py")
    building.source = nodes.Source("prices.py", 40, "    def f(n):\n        return (1 //\n                n)\n")
    building.function("f")
    with pytest.raises(ZeroDivisionError) as caught:
        building.restore()(0)
    frame = traceback.extract_tb(caught.tb)[-1]
    assert (frame.filename, frame.lineno, frame.name) == ("prices.py", 41, "f")


def test_functions_are_made_anew_and_remembered():
    known: dict[str, object] = {"f": len}
    building = Building("def f(): return 1")
    building.function("f", key="f")
    made = building.restore(0, plain(known))
    assert made() == 1
    assert known["f"] is made


def test_generators_and_async_functions_stay_what_they_are():
    building = Building("def f(n):\n    for i in range(n):\n        yield i\nasync def g(): return 1\n")
    building.function("f")
    building.function("g")
    assert list(building.restore(0)(3)) == [0, 1, 2]
    assert inspect.iscoroutinefunction(building.restore(1))


class Rewriting(PlainEnvironment):
    """Does to code what a guard does: wraps each def, each lambda, and puts names of its own into builtins."""

    def __init__(self) -> None:
        super().__init__(lambda path: True, {}.get, {}.__setitem__, lambda node: None)
        self.seen: list[tuple[str, int]] = []
        self._builtins = {**super().builtins, "__watch__": self.watch}

    @property
    def builtins(self):
        return self._builtins

    def watch(self, ordinal):
        return lambda function: self.seen.append((function.__name__, ordinal)) or function

    def prepare(self, tree, source, names):
        class Wrap(ast.NodeTransformer):
            def visit_FunctionDef(self, node):
                self.generic_visit(node)
                if hasattr(node, "ordinal"):
                    node.decorator_list.append(watch(node.ordinal))
                return node

            def visit_Lambda(self, node):
                self.generic_visit(node)
                return ast.Call(watch(node.ordinal), [node], [])

        def watch(ordinal):
            return ast.Call(ast.Name("__watch__", ast.Load()), [ast.Constant(ordinal)], [])

        return ast.fix_missing_locations(Wrap().visit(tree))


def test_the_environment_may_rewrite_code_and_sees_the_ordinals():
    building = Building("def outer(k):\n    def f(n):\n        return [(lambda m: m * k)(n)]\n    g = lambda x: x + k\n")
    two = building.const(2)
    environment = Rewriting()
    f = building.function("f", qualname="outer.<locals>.f", cells=(("k", two),))
    g = building.function("<lambda>", qualname="outer.<locals>.<lambda>", ordinal=3, cells=(("k", two),))
    restorer = building.restorer(environment)
    assert restorer.value(f)(3) == [6]
    assert restorer.value(g)(3) == 5
    assert environment.seen == [("f", 1), ("<lambda>", 2), ("<lambda>", 3)]


def test_an_environment_that_makes_something_else_of_a_function_is_our_fault():
    environment = Rewriting()
    environment.builtins["__watch__"] = lambda ordinal: lambda function: 1
    building = Building("def f(): pass")
    building.function("f")
    with pytest.raises(InternalError, match="made a int of the function f"):
        building.restore(environment=environment)


@pytest.mark.parametrize("name", ["__builtins__", "__here__", "__watch__", "__import__", "__build_class__"])
@pytest.mark.parametrize("how", ["names", "cells"])
def test_a_program_may_not_hide_what_guards_its_code(how, name):
    building = Building("def f(): pass\nclass C: pass\nwith r: pass")
    one = building.const(1)
    building.function("f", **{how: ((name, one),)})
    building.cls("C", **{how: ((name, one),)})
    for ref in (1, 2):
        with pytest.raises(WireError, match=name):
            building.restore(ref, Rewriting())
    with pytest.raises(WireError, match=name):
        building.block(environment=Rewriting(), names={name: one})


@pytest.mark.parametrize(
    "text", ["def f(:\n", "def f(): return (1,\n", "\0", "def f():\n  return" + "(" * 5000, "def f(): return " + "-" * 50_000 + "1"]
)
def test_code_this_python_cannot_read_names_file_line_and_version(text):
    building = Building()
    building.source = nodes.Source("new.py", 7, text)
    building.add(nodes.Function(0, 0, "f", "f", "user", (), (), (), (), ""))
    with pytest.raises(PythonToForaConversionError, match=r"new\.py, line \d+: Python 3\.\d+\.\d+"):
        building.restore()


def test_code_that_cannot_be_compiled_names_file_and_line():
    building = Building("def f():\n    break\n", first_line=20)
    building.function("f")
    with pytest.raises(PythonToForaConversionError, match=r"user\.py, line 21: .*'break' outside loop"):
        building.restore()


def test_a_place_that_is_not_there_or_is_something_else_is_refused():
    building = Building("class C: pass\nwith r: pass\ndef f(): pass\n")
    building.add(nodes.Function(0, 9, "f", "f", "user", (), (), (), (), ""))
    building.add(nodes.Function(0, 0, "f", "f", "user", (), (), (), (), ""))
    building.add(nodes.Function(0, 1, "f", "f", "user", (), (), (), (), ""))
    building.add(nodes.Class(0, 2, "f", "f", "user", (), (), (), ""))
    for ref, problem in enumerate(["no such place", "is a ClassDef", "is a With", "is a FunctionDef"]):
        with pytest.raises(WireError, match=problem):
            building.restore(ref)
