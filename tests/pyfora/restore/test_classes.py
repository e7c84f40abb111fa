import dataclasses
import enum
import sys
import textwrap
import types

import pytest

from pyfora.errors import WireError
from pyfora.program import nodes
from tests.pyfora.restore.building import Building, plain
from tests.pyfora.restore.test_functions import Rewriting

SHAPES = """
    import enum, dataclasses, collections, typing

    class Shape:
        sides = count()
        def describe(self): return f"{type(self).__name__} of {self.sides} sides"
        def double(self): return Square(self.sides * 2)

    class Square(Shape):
        def __init__(self, size): self.size = size
        def describe(self): return super().describe() + f", size {self.size}, {__class__.__name__}"
        def __hidden(self): return self.__size
        @property
        def area(self): return self.size ** 2
        @staticmethod
        def unit(): return Square(1)
        @classmethod
        def of(cls, n): return cls(n)

    @dataclasses.dataclass(frozen=True, order=True)
    class Point:
        x: int
        y: "Unknown" = 3
        tags: typing.List[int] = dataclasses.field(default_factory=list, compare=False)

    class Colour(enum.Enum):
        RED = 1
        GREEN = 2
        def darker(self): return Colour.RED

    class Pair(collections.namedtuple("Pair", "left right")):
        __slots__ = ()
        def swapped(self): return Pair(self.right, self.left)

    class Row(typing.NamedTuple):
        name: str
        n: int = 4
"""


def shapes() -> tuple[Building, dict[str, int]]:
    building = Building(SHAPES)
    refs = {name: building.later() for name in ("Shape", "Square", "Point", "Colour", "Pair", "Row")}
    four, three = building.const(4), building.const(3)
    modules = {name: (name, building.named(name)) for name in ("enum", "dataclasses", "collections", "typing")}
    building.cls("Shape", refs["Shape"], names=(("Square", refs["Square"]),), members=(("sides", four),))
    building.cls("Square", refs["Square"], names=(("Shape", refs["Shape"]), ("Square", refs["Square"])))
    building.cls("Point", refs["Point"], names=(modules["dataclasses"], modules["typing"]), members=(("y", three),))
    building.cls("Colour", refs["Colour"], names=(modules["enum"], ("Colour", refs["Colour"])))
    building.cls("Pair", refs["Pair"], names=(modules["collections"], ("Pair", refs["Pair"])))
    building.cls("Row", refs["Row"], names=(modules["typing"],))
    return building, refs


def original(name: str):
    module = types.ModuleType("original_shapes")
    sys.modules["original_shapes"] = module
    vars(module)["count"] = lambda: 4
    try:
        exec(compile(textwrap.dedent(SHAPES), "user.py", "exec", dont_inherit=True), vars(module))
    finally:
        del sys.modules["original_shapes"]
    return vars(module)[name]


BEHAVIOURS = {
    "Shape": [lambda c: c().describe(), lambda c: c.sides, lambda c: c().double().describe(), lambda c: c.__qualname__],
    "Square": [
        *[lambda c: c(3).describe(), lambda c: c.of(2).area, lambda c: c.unit().size, lambda c: sorted(vars(c).keys())],
        *[lambda c: [k.__name__ for k in c.__mro__], lambda c: c.describe.__qualname__, lambda c: c(1)._Square__hidden.__name__],
    ],
    "Point": [
        *[lambda c: repr(c(1)), lambda c: c(1) < c(1, 4), lambda c: hash(c(1, 2)) == hash(c(1, 2)), lambda c: c(1).tags is c(1).tags],
        *[lambda c: [f.name for f in dataclasses.fields(c)], lambda c: c.__init__.__qualname__, lambda c: c.__match_args__],
    ],
    "Colour": [
        lambda c: list(map(str, c)),
        lambda c: c.GREEN.darker() is c.RED,
        lambda c: c["RED"].value,
        lambda c: isinstance(c, enum.EnumMeta),
    ],
    "Pair": [lambda c: repr(c(1, 2).swapped()), lambda c: c(1, 2) == (1, 2), lambda c: c._fields, lambda c: hasattr(c(1, 2), "__dict__")],
    "Row": [lambda c: repr(c("a")), lambda c: c._field_defaults, lambda c: c("a", 5).n, lambda c: c.__annotations__],
}


@pytest.mark.parametrize("first", BEHAVIOURS)
@pytest.mark.parametrize("name", BEHAVIOURS)
def test_a_class_behaves_like_the_original_whichever_is_made_first(name, first):
    building, refs = shapes()
    restorer = building.restorer()
    restorer.value(refs[first])
    made = restorer.value(refs[name])
    for behaviour in BEHAVIOURS[name]:
        if sys.version_info < (3, 13) or behaviour is not BEHAVIOURS["Square"][3]:
            assert behaviour(made) == behaviour(original(name))
    assert made.__module__ == "user"


def test_making_a_class_leaves_nothing_behind():
    building, refs = shapes()
    restorer = building.restorer()
    restorer.value(refs["Point"])
    assert "user" not in sys.modules
    assert "__members__" not in restorer.globals_for("user")


def test_classes_in_functions_see_their_closure_each_other_and_themselves():
    building = Building(
        """
        def outer(k):
            class A:
                scale = k
                def b(self): return B(self.scale + later())
            class B(A):
                def __init__(self, n): self.n = n
                def me(self): return B, self.n
        """
    )
    a, b, k, later = building.later(), building.later(), building.const(10), building.later()
    building.function("outer", later)  # stands for something that is made after the classes
    building.cls("A", a, qualname="outer.<locals>.A", cells=(("k", k), ("B", b), ("later", later)))
    building.cls("B", b, qualname="outer.<locals>.B", cells=(("A", a), ("B", b)))
    for first in (a, b):
        restorer = building.restorer()
        restorer.value(first)
        made = restorer.value(b)
        assert issubclass(made, restorer.value(a))
        assert made(2).me() == (made, 2)
        assert restorer.value(a).scale == 10
        assert (made.__qualname__, made.me.__qualname__) == ("outer.<locals>.B", "outer.<locals>.B.me")


def test_a_nested_class_calls_by_its_name_what_its_module_calls_so():
    building = Building("class Outer:\n    class Inner:\n        def f(self): return Inner, k\n")
    number = building.const(7)
    building.cls("Inner", qualname="Outer.Inner", names=(("Inner", number),), cells=(("k", number),))
    made = building.restore()
    assert made().f() == (7, 7)
    assert (made.__name__, made.__qualname__, made.f.__qualname__) == ("Inner", "Outer.Inner", "Outer.Inner.f")


def test_private_names_in_bases_belong_to_the_class_around():
    building = Building("class Outer:\n    class __Inner(__Base):\n        __n = 1\n        def f(self): return self.__n\n")
    base, k = building.named("builtins.Exception"), building.const(1)
    for cells in ((), (("k", k),)):
        building.cls("__Inner", qualname="Outer.__Inner", names=(("_Outer__Base", base),), cells=cells)
        made = building.restore()
        assert made.__bases__ == (Exception,)
        assert made().f() == 1


def test_a_class_whose_body_calls_functions_that_are_made_from_it():
    building = Building("def make(): return helper()\ndef helper(): return 5\nclass C:\n    n = make()\n")
    make, helper, cls = building.later(), building.later(), building.later()
    building.cls("C", cls, names=(("make", make),))
    building.function("make", make, names=(("C", cls), ("helper", helper)))
    building.function("helper", helper)
    for first in (make, helper, cls):
        restorer = building.restorer()
        restorer.value(first)
        assert restorer.value(cls).n == 5
        assert restorer.value(make).__globals__["C"] is restorer.value(cls)


def test_annotations_that_name_each_other_become_text():
    building = Building("class A:\n    b: B\n    def f(self, n: B) -> 'A': pass\nclass B:\n    a: A\n")
    a, b = building.later(), building.later()
    building.cls("A", a, names=(("B", b),))
    building.cls("B", b, names=(("A", a),))
    restorer = building.restorer()
    made = restorer.value(a)
    assert made.__annotations__ == {"b": restorer.value(b)}
    assert restorer.value(b).__annotations__ == {"a": "A"}


def test_dataclasses_know_their_class_variables_when_annotations_are_text():
    building = Building(
        """
        @dataclass
        class Point:
            x: Unknown
            kind: t.ClassVar[str] = "p"
            other: "ClassVar" = 1
            scale: InitVar[int] = 2
            _: KW_ONLY
            y: int = 3
            def __post_init__(self, scale): self.x *= scale
        """
    )
    decorate = building.named("dataclasses.dataclass")
    building.cls("Point", names=(("dataclass", decorate),))
    made = building.restore()
    assert repr(made(1, 5, y=4)) == "Point(x=5, y=4)"
    assert [field.name for field in dataclasses.fields(made)] == ["x", "y"]
    assert made.__match_args__ == ("x", "scale")


def test_data_of_a_class_is_what_it_is_now():
    building = Building(
        """
        @decorate
        class C:
            '''Text.'''
            a = boom()
            b: int = boom()
            c: int
            __d = boom()
            e = f = 1
        """
    )
    values = {"a": 1, "b": 2, "c": 3, "_C__d": 4, "e": 5, "g": 6, "__doc__": 7}
    members = tuple((name, building.const(value)) for name, value in values.items())
    decorate = building.add(nodes.Named("builtins.repr"))
    building.cls("C", names=(("decorate", decorate),), members=members)
    assert "user.C" in building.restore()
    building = Building(building.source.text.replace("@decorate\n", ""))
    members = tuple((name, building.const(value)) for name, value in values.items())
    building.cls("C", members=members)
    made = building.restore()
    assert [vars(made)[name] for name in ("a", "b", "c", "_C__d", "e", "f", "g")] == [1, 2, 3, 4, 5, 1, 6]
    assert made.__doc__ == "Text."


def test_a_member_that_cannot_be_set_is_refused():
    building = Building("import enum\nclass C(enum.Enum):\n    A = B = 1\n")
    enums, one = building.named("enum"), building.const(1)
    building.cls("C", names=(("enum", enums),), members=(("A", one),))
    with pytest.raises(WireError, match="attribute A of class C"):
        building.restore()


def test_known_classes_are_used_and_new_ones_remembered():
    known: dict[str, object] = {"k1": Building}
    building = Building("class A: pass\nclass B: pass")
    building.cls("A", key="k1")
    building.cls("B", key="k2")
    assert building.restore(0, plain(known)) is Building
    assert building.restore(1, plain(known)) is known["k2"]


def test_methods_are_rewritten_by_the_environment():
    building = Building("class A:\n    n = 1\n    def f(self): return (lambda: self.n)()\n")
    two = building.const(2)
    building.cls("A", members=(("n", two),))
    environment = Rewriting()
    assert building.restore(environment=environment)().f() == 2
    assert environment.seen == [("f", 1), ("<lambda>", 2)]


def test_a_class_that_needs_itself_to_be_made_is_refused():
    building = Building("class A(B): pass\nclass B(A): pass\n")
    a, b = building.later(), building.later()
    building.cls("A", a, names=(("B", b),))
    building.cls("B", b, names=(("A", a),))
    with pytest.raises(WireError, match="need each other"):
        building.restore()
