import pytest

from pyfora.errors import InvalidPyforaOperation, WireError
from pyfora.program import nodes
from pyfora.restore.plain import PlainEnvironment
from tests.pyfora.restore.building import Building, plain


def instance(text: str, base: object = None, fields: dict[str, object] | None = None, names: tuple = ()):
    """The restored instance of the first class of the text, and the building."""
    building = Building(text)
    named = tuple((name, building.named(path)) for name, path in names)
    cls = building.cls(building.source.text.split("class ")[1].split(":")[0].split("(")[0], names=named)
    base_ref = -1
    if isinstance(base, (list, tuple, dict, set, frozenset)):
        items = tuple(building.const(item) for item in base)
        containers = {list: nodes.ListOf, tuple: nodes.TupleOf, set: nodes.SetOf, frozenset: nodes.FrozenSetOf}
        base_ref = building.add(nodes.DictOf(items, items) if isinstance(base, dict) else containers[type(base)](items))
    elif base is not None:
        base_ref = building.const(base)
    given = tuple((name, building.const(value)) for name, value in (fields or {}).items())
    building.add(nodes.Instance(cls, given, base_ref))
    return building.restore(), building


def test_an_instance_has_its_fields_and_no_init_runs():
    made, _ = instance("class A:\n    def __init__(self): 1/0\n    def f(self): return self.x\n", fields={"x": 5})
    assert made.f() == 5
    assert vars(made) == {"x": 5}


def test_fields_go_to_slots_and_past_properties_and_setattr():
    text = """
        class A:
            __slots__ = ("x", "__hidden", "__dict__")
            def __setattr__(self, name, value): 1/0
            y = property(lambda self: 1, lambda self, value: 1/0)
    """
    made, _ = instance(text, fields={"x": 1, "_A__hidden": 2, "y": 3, "__class__": 4})
    assert (made.x, made._A__hidden, vars(made)["y"], type(made).__name__) == (1, 2, 3, "A")


@pytest.mark.parametrize("base", [5, 1.5, 2j, "text", b"bytes", (1, 2), [1, 2], {1: 1}, {1, 2}, frozenset({3})])
def test_instances_of_subclasses_of_builtin_types(base):
    name = type(base).__name__
    made, _ = instance(f"class A({name}):\n    def __new__(cls): 1/0\n    def __init__(self): 1/0\n", base, {"extra": 7})
    assert made == base
    assert type(made).__base__ is type(base)
    assert made.extra == 7


def test_instances_in_circles():
    building = Building(
        "class Node:\n    def __hash__(self): return hash(self.name)\n    def __eq__(self, other): return self.name == other.name\n"
    )
    cls = building.cls("Node")
    name_a, name_b = building.const("a"), building.const("b")
    a, b, of_a, of_b = (building.later() for _ in range(4))
    building.nodes[a] = nodes.Instance(cls, (("near", of_a), ("name", name_a)), -1)
    building.nodes[b] = nodes.Instance(cls, (("near", of_b), ("name", name_b)), -1)
    building.nodes[of_a] = nodes.SetOf((b, a))
    building.nodes[of_b] = nodes.FrozenSetOf((a,))
    for first in (a, b, of_a, of_b):
        restorer = building.restorer()
        restorer.value(first)
        assert {each.name for each in restorer.value(a).near} == {"a", "b"}
        assert restorer.value(a) in restorer.value(a).near
        assert restorer.value(b).near == {restorer.value(a)}


def test_a_list_subclass_that_holds_itself():
    building = Building("class A(list): pass")
    cls = building.cls("A")
    items = building.later()
    made_ref = building.add(nodes.Instance(cls, (), items))
    building.nodes[items] = nodes.ListOf((made_ref,))
    made = building.restore()
    assert made[0] is made


@pytest.mark.parametrize("cls", [nodes.Named("builtins.int"), nodes.Named("functools.partial"), nodes.Constant(5)])
def test_only_classes_of_the_users_own_have_instances(cls):
    building = Building()
    ref = building.add(cls)
    for node in (nodes.Instance(ref, (), -1), nodes.EnumMember(ref, "A")):
        building.add(node)
        with pytest.raises(WireError, match="no class of the user's own"):
            building.restore()


def test_a_builtin_reached_through_a_class_of_the_users_has_no_instances():
    building = Building("class A:\n    kind = type\n    class Inner: pass\n")
    cls = building.cls("A")
    inner = building.add(nodes.Attribute(cls, "Inner"))
    kind = building.add(nodes.Attribute(cls, "kind"))
    building.add(nodes.Instance(inner, (), -1))
    assert type(building.restore()).__qualname__ == "A.Inner"
    building.add(nodes.Instance(kind, (), -1))
    with pytest.raises(WireError, match="no class of the user's own"):
        building.restore()


def test_an_instance_that_does_not_fit_its_class_is_refused():
    for text, base, fields, problem in [
        ("class A: pass", 5, {}, "cannot be made as a int"),
        ("class A(int): pass", None, {}, "cannot be made"),
        ("class A:\n    __slots__ = ()", None, {"x": 1}, "field x of a A"),
    ]:
        with pytest.raises(WireError, match=problem):
            instance(text, base, fields)


def test_enum_members_are_the_one_object():
    building = Building("class Access(enum.Flag):\n    READ = 1\n    WRITE = 2\n")
    enums = building.named("enum")
    cls = building.cls("Access", names=(("enum", enums),))
    read, both, wrong = (building.add(nodes.EnumMember(cls, name)) for name in ("READ", "READ|WRITE", "RUN"))
    restorer = building.restorer()
    assert restorer.value(read) is restorer.value(cls).READ
    assert restorer.value(both) is restorer.value(cls)(3)
    building.add(nodes.EnumMember(cls, ""))
    assert building.restore().value == 0
    with pytest.raises(WireError, match="has no member 'RUN'"):
        restorer.value(wrong)
    plain_class = Building("class A: pass")
    plain_class.add(nodes.EnumMember(plain_class.cls("A"), "x"))
    with pytest.raises(WireError, match="is no enum"):
        plain_class.restore()


def exception(cls: nodes.Node, args: tuple, text: str = "class E(ValueError): pass", **fields: object):
    building = Building(text)
    ref = building.cls("E") if isinstance(cls, nodes.Class) else building.add(cls)
    args_ref = building.add(nodes.TupleOf(tuple(building.const(arg) for arg in args)))
    given = tuple((name, building.const(value)) for name, value in fields.items())
    building.add(nodes.ExceptionOf(ref, args_ref, given, ("first", "second"), -1, True))
    return building.restore()


OWN = nodes.Class(0, 0, "E", "E", "user", (), (), (), "")


@pytest.mark.parametrize(
    "original",
    [
        *[ValueError("bad", 5), KeyError("k"), ZeroDivisionError(), StopIteration(7), SystemExit(3), OSError(2, "no file")],
        *[UnicodeDecodeError("utf-8", b"x", 0, 1, "why"), FileNotFoundError(2, "no file"), AssertionError()],
    ],
)
def test_builtin_exceptions_come_back_whole(original):
    made = exception(nodes.Named(f"builtins.{type(original).__name__}"), original.args)
    assert type(made) is type(original)
    assert (made.args, str(made), repr(made)) == (original.args, str(original), repr(original))
    for name in ("value", "code", "errno", "reason", "start"):
        assert getattr(made, name, None) == getattr(original, name, None)
    assert made.__notes__ == ["first", "second"]
    assert made.__suppress_context__ is True


def test_exceptions_of_the_users_own_have_their_fields_and_no_init_runs():
    text = "class E(ValueError):\n    def __init__(self, code): 1/0\n    def __str__(self): return f'{self.code} {self.args}'\n"
    made = exception(OWN, ("text",), text, code=5)
    assert str(made) == "5 ('text',)"
    assert isinstance(made, ValueError)


def test_causes_go_in_circles_too():
    building = Building()
    cls, args = building.named("builtins.KeyError"), building.add(nodes.TupleOf(()))
    building.add(nodes.ExceptionOf(cls, args, (), (), 3, False))
    building.add(nodes.ExceptionOf(cls, args, (), (), 2, True))
    first = building.restore(2)
    assert first.__cause__.__cause__ is first
    assert (first.__suppress_context__, first.__cause__.__suppress_context__) == (False, True)


def test_what_is_no_exception_is_refused():
    for cls, args in [
        (nodes.Named("builtins.int"), ()),
        (nodes.Constant(1), ()),
        (nodes.Named("builtins.UnicodeDecodeError"), ("too few",)),
    ]:
        with pytest.raises(WireError, match=r"exception|args"):
            exception(cls, args)
    building = Building()
    cls_ref, args_ref = building.named("builtins.KeyError"), building.add(nodes.TupleOf(()))
    building.add(nodes.ExceptionOf(cls_ref, args_ref, (), (), cls_ref, False))
    with pytest.raises(WireError, match="caused by a type"):
        building.restore()


def attribute(owner: nodes.Node, name: str):
    building = Building("class A:\n    def f(self): return self, 1\n    def _g(self): return 2\n")
    building.cls("A")
    building.add(nodes.Instance(0, (), -1))
    building.add(nodes.Attribute(building.add(owner), name))
    return building.restore()


def test_bound_methods_and_functions_of_classes():
    building = Building("class A:\n    def f(self): return self, 1\n    def _g(self): return 2\n")
    building.cls("A")
    building.add(nodes.Instance(0, (), -1))
    for owner, name in [(1, "f"), (0, "f"), (1, "_g"), (1, "__eq__")]:
        building.add(nodes.Attribute(owner, name))
    restorer = building.restorer()
    assert restorer.value(2)() == (restorer.value(1), 1)
    assert restorer.value(3)(5) == (5, 1)
    assert restorer.value(4)() == 2
    assert restorer.value(5)(restorer.value(1)) is True


def test_methods_of_builtin_values():
    assert attribute(nodes.Constant(","), "join")(["a", "b"]) == "a,b"
    assert attribute(nodes.Constant(2), "__add__")(3) == 5
    assert attribute(nodes.Named("builtins.dict"), "fromkeys")("ab") == {"a": None, "b": None}


@pytest.mark.parametrize(
    "name", ["__class__", "__globals__", "__subclasses__", "__dict__", "__init__", "__reduce__", "__getattribute__", "__x"]
)
def test_attributes_that_lead_into_the_interpreter_are_refused(name):
    with pytest.raises(WireError, match=name):
        attribute(nodes.TupleOf(()), name)


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        (nodes.UserModule("m", ()), "x"),
        (nodes.Constant(1), "missing"),
    ],
)
def test_attributes_that_could_are_refused(owner, name):
    with pytest.raises(WireError, match="attribute"):
        attribute(owner, name)


def test_attributes_of_named_things_are_on_the_list_or_refused():
    building = Building()
    building.add(nodes.Attribute(building.named("random"), "_os"))
    with pytest.raises(InvalidPyforaOperation, match=r"random\._os"):
        building.restore(1, plain(allowed=lambda path: path != "random._os"))


class Guarding(PlainEnvironment):
    def get_named(self, path):
        return (lambda text, *args: f"guarded {text}") if path.startswith("builtins.str.format") else super().get_named(path)


@pytest.mark.parametrize("name", ["format", "format_map"])
def test_methods_that_read_attributes_named_in_text_are_those_of_the_environment(name):
    building = Building("class A(str): pass")
    building.const("{0.__class__}")
    building.add(nodes.Attribute(0, name))
    environment = Guarding(lambda path: True, {}.get, {}.__setitem__, lambda node: None)
    assert building.restore(environment=environment)(5) == "guarded {0.__class__}"
    building.add(nodes.Attribute(building.cls("A"), name))
    with pytest.raises(WireError, match="may not name"):
        building.restore()


def test_what_an_allowed_callable_made_is_made_again():
    building = Building("def f(n): return n\n")
    three, text, none = building.const(3), building.const("a b"), building.const(None)
    building.add(nodes.Made(building.named("fractions.Fraction"), (three,), (), ""))
    assert repr(building.restore()) == "Fraction(3, 1)"
    pair = building.add(nodes.Made(building.named("collections.namedtuple"), (building.const("Pair"), text), (), "k"))
    base = building.add(nodes.TupleOf((three, text)))
    building.add(nodes.Instance(pair, (), base))
    known: dict[str, object] = {}
    assert repr(building.restore(environment=plain(known))) == "Pair(a=3, b='a b')"
    assert type(building.restore(environment=plain(known))) is known["k"]
    cache = building.add(nodes.Made(building.named("functools.lru_cache"), (), (("maxsize", none),), ""))
    building.add(nodes.Made(cache, (building.function("f"),), (), ""))
    made = building.restore()
    assert (made(5), made(5), made.cache_info().hits) == (5, 5, 1)


def test_only_what_is_on_the_allow_list_makes_values():
    building = Building("def f(): pass\n")
    building.add(nodes.Made(building.function("f"), (), (), ""))
    with pytest.raises(WireError, match="not on the allow list"):
        building.restore()
    zero, fraction = building.const(0), building.named("fractions.Fraction")
    building.add(nodes.Made(fraction, (zero, zero), (), ""))
    with pytest.raises(WireError, match="ZeroDivisionError"):
        building.restore()
    building.add(nodes.Instance(building.add(nodes.Made(fraction, (zero,), (), "")), (), -1))
    with pytest.raises(WireError, match="no class of the user's own"):
        building.restore()
