"""Classes: inheritance, special methods, dataclasses, named tuples, enums; and that a class stays one class."""

import abc
import enum
from collections import namedtuple
from dataclasses import KW_ONLY, InitVar, asdict, astuple, dataclass, field, fields, replace
from fractions import Fraction
from typing import ClassVar, Generic, NamedTuple, TypeVar

from tests.parity.same import same_as_python

T = TypeVar("T")


class Shape(abc.ABC):
    count = 0
    names: ClassVar[list] = ["shape"]

    def __init__(self, name):
        self.name = name

    @abc.abstractmethod
    def area(self): ...

    def describe(self):
        return f"{type(self).__name__} {self.name}: {self.area():.2f}"

    def __repr__(self):
        return f"<{self.describe()}>"


class Rectangle(Shape):
    def __init__(self, name, width, height):
        super().__init__(name)
        self._width, self.height = width, height

    @property
    def width(self):
        return self._width

    @width.setter
    def width(self, value):
        if value < 0:
            raise ValueError(f"negative width {value}")
        self._width = value

    @width.deleter
    def width(self):
        self._width = 0

    def area(self):
        return self.width * self.height

    @classmethod
    def square(cls, name, side):
        return cls(name, side, side)

    @staticmethod
    def unit():
        return 1


class Square(Rectangle):
    def describe(self):
        return "square " + super().describe()


class Slotted:
    __slots__ = ("x", "y")

    def __init__(self, x):
        self.x = x


class Private:
    def __init__(self):
        self.__secret = 5

    def reveal(self):
        return self.__secret

    def __hidden(self):
        return "hidden"

    def call(self):
        return self.__hidden()


class Letters:
    """Iterated by `__getitem__` alone."""

    def __getitem__(self, index):
        if index > 4:
            raise IndexError(index)
        return "abcde"[index]


class Bag:
    def __init__(self, *items):
        self.items = list(items)

    def __iter__(self):
        return iter(self.items)

    def __len__(self):
        return len(self.items)

    def __contains__(self, item):
        return item in self.items

    def __getitem__(self, key):
        return self.items[key]

    def __setitem__(self, key, value):
        self.items[key] = value

    def __delitem__(self, key):
        del self.items[key]

    def __reversed__(self):
        return reversed(self.items)

    def __call__(self, item):
        self.items.append(item)
        return self

    def __eq__(self, other):
        return isinstance(other, Bag) and sorted(self.items) == sorted(other.items)

    def __hash__(self):
        return hash(frozenset(self.items))


class Money(int):
    def __str__(self):
        return f"{int(self) / 100:.2f}"

    def __add__(self, other):
        return Money(int(self) + int(other))

    __radd__ = __add__


class Stack(list):
    def push(self, item):
        self.append(item)
        return self


class Missing(dict):
    def __missing__(self, key):
        return f"no {key}"


class Color(enum.Enum):
    RED = 1
    GREEN = "green"
    BLUE = 3
    AZURE = 3

    @property
    def pretty(self):
        return self.name.title()


class Level(enum.IntEnum):
    LOW = enum.auto()
    HIGH = enum.auto()


class Mode(enum.Flag):
    READ = enum.auto()
    WRITE = enum.auto()
    RUN = enum.auto()


class Planet(enum.Enum):
    EARTH = (5.97, 6.37)
    MARS = (0.64, 3.39)

    def __init__(self, mass, radius):
        self.mass, self.radius = mass, radius

    def density(self):
        return self.mass / self.radius**3


class Pair(NamedTuple):
    left: int
    right: str = "r"

    def swap(self):
        return self.right, self.left


Coordinate = namedtuple("Coordinate", "x y", defaults=[0])


@dataclass(order=True)
class Item:
    name: str
    price: float = 1.5
    tags: list = field(default_factory=list, compare=False)
    scale: ClassVar[int] = 2

    @property
    def cost(self):
        return self.price * self.scale


@dataclass(frozen=True, slots=True)
class Frozen:
    x: int
    _: KW_ONLY
    y: int = 2


@dataclass
class Derived(Item):
    amount: int = 1
    seed: InitVar[int] = 0

    def __post_init__(self, seed):
        self.amount += seed


class Box(Generic[T]):
    def __init__(self, value: T) -> None:
        self.value = value


class Plain:
    pass


def make_limited(limit, unit):
    """Its class's body uses variables that nothing else holds."""

    class Limited:
        top = limit * 2
        step: Fraction = Fraction(limit, 7)
        table = {limit: unit}

        def check(self, x):
            return x < self.top

    return Limited


LIMITED = make_limited(5, "m")


class NoMoney(Exception):
    def __init__(self, needed, had):
        super().__init__(f"{needed} needed, {had} there")
        self.needed, self.had = needed, had


class Detailed(ValueError):
    detail = "class attribute"


@same_as_python
def test_inheritance_and_super():
    shapes = [Rectangle("a", 2, 3), Square.square("b", 4)]
    return [shape.describe() for shape in shapes], repr(shapes[1]), isinstance(shapes[1], Shape), issubclass(Square, Rectangle)


@same_as_python
def test_an_abstract_class_makes_no_objects():
    try:
        Shape("x")
    except TypeError as error:
        return "abstract" in str(error)


@same_as_python
def test_properties():
    r = Rectangle("a", 2, 3)
    r.width = 5
    wide = r.area()
    del r.width
    try:
        r.width = -1
    except ValueError as error:
        return wide, r.area(), str(error)


@same_as_python
def test_class_and_static_methods():
    return Rectangle.unit(), Square.square("s", 1).unit(), type(Square.square("s", 2)) is Square, Rectangle.area(Square.square("s", 3))


@same_as_python
def test_class_attributes_and_instance_attributes():
    class Counter:
        total = 0
        seen = []

        def add(self):
            self.total += 1
            Counter.total += 10
            self.seen.append(self.total)
            return self

    a, b = Counter(), Counter()
    a.add().add()
    b.add()
    return a.total, b.total, Counter.total, a.seen is b.seen, Counter.seen


@same_as_python
def test_diamond_inheritance():
    class A:
        def who(self):
            return ["A"]

    class B(A):
        def who(self):
            return ["B", *super().who()]

    class C(A):
        def who(self):
            return ["C", *super().who()]

    class D(B, C):
        def who(self):
            return ["D", *super().who()]

    return D().who(), [isinstance(D(), each) for each in (A, B, C)]


@same_as_python
def test_slots():
    s = Slotted(1)
    try:
        s.z = 2
    except AttributeError as error:
        text = str(error)
    try:
        s.y
    except AttributeError as error:
        return s.x, text, str(error)


@same_as_python
def test_slotted_objects_come_home():
    return [Slotted(x).x for x in range(40)], [Slotted(x) for x in range(3)][2].x


@same_as_python
def test_private_names():
    return Private().reveal(), Private().call(), hasattr(Private(), "__secret")


@same_as_python
def test_iterating_by_getitem_alone():
    return (
        list(Letters()),
        "c" in Letters(),
        [x + y for x, y in zip(Letters(), "12345", strict=True)],
        max(Letters()),
        tuple(reversed("ab")),
    )


@same_as_python
def test_the_methods_of_containers():
    bag = Bag(3, 1, 2)
    bag[0] = 30
    del bag[1]
    bag(7)(8)
    return list(bag), len(bag), 7 in bag, bag[-1], bag[:2], list(reversed(bag)), Bag(1, 2) == Bag(2, 1), {Bag(1): "x"}[Bag(1)]


@same_as_python
def test_a_class_of_the_users_as_a_source():
    return [x * 2 for x in Bag(1, 2, 3)], sum(x for x in Bag(*range(50))), sorted(Bag(3, 1, 2))


@same_as_python
def test_attribute_hooks():
    class Lazy:
        def __init__(self):
            self.made = []

        def __getattr__(self, name):
            self.made.append(name)
            return name.upper()

    class Logged:
        def __setattr__(self, name, value):
            object.__setattr__(self, name, value * 2)

        def __delattr__(self, name):
            object.__delattr__(self, name)

    lazy, logged = Lazy(), Logged()
    logged.x = 4
    x = logged.x
    del logged.x
    return lazy.a + lazy.b, lazy.made, x, hasattr(logged, "x"), getattr(lazy, "c", None), getattr(logged, "x", "default")


@same_as_python
def test_descriptors():
    class Positive:
        def __set_name__(self, owner, name):
            self.name = "_" + name

        def __get__(self, instance, owner=None):
            return "class" if instance is None else getattr(instance, self.name)

        def __set__(self, instance, value):
            if value < 0:
                raise ValueError(self.name)
            setattr(instance, self.name, value)

    class Account:
        balance = Positive()

    a = Account()
    a.balance = 5
    try:
        a.balance = -1
    except ValueError as error:
        return a.balance, Account.balance, str(error)


@same_as_python
def test_init_subclass_and_class_getitem():
    made = []

    class Base:
        def __init_subclass__(cls, tag="none", **options):
            super().__init_subclass__(**options)
            made.append((cls.__name__, tag))

        def __class_getitem__(cls, item):
            return f"{cls.__name__}[{item}]"

    class A(Base, tag="a"): ...

    class B(A): ...

    return made, A[3], B["x"]


@same_as_python
def test_new():
    class Single:
        made = {}

        def __new__(cls, key):
            if key not in cls.made:
                cls.made[key] = super().__new__(cls)
            return cls.made[key]

    return Single("a") is Single("a"), Single("a") is Single("b"), len(Single.made)


@same_as_python
def test_equality_hash_and_order():
    class Card:
        def __init__(self, rank):
            self.rank = rank

        def __eq__(self, other):
            return self.rank == other.rank

        def __hash__(self):
            return hash(self.rank)

        def __lt__(self, other):
            return self.rank < other.rank

    cards = [Card(x % 5) for x in range(12)]
    return (
        len(set(cards)),
        [card.rank for card in sorted(cards)],
        max(cards).rank,
        cards.index(Card(3)),
        Card(1) in cards,
        Card(1) != Card(2),
    )


@same_as_python
def test_repr_and_str():
    class A:
        def __repr__(self):
            return "A()"

    class B(A):
        def __str__(self):
            return "b"

    return f"{A()} {B()} {B()!r} {[B()]} {(A(),)}", str(A()), "%s" % B()


@same_as_python
def test_subclasses_of_builtins():
    total = Money(150) + 25
    return str(total), type(sum([Money(1), Money(2)], Money(0))), Stack([1]).push(2).push(3), Missing(a=1)["b"], Money(5) * 2


@same_as_python
def test_subclasses_of_builtins_come_home():
    return Money(7), Stack([1, 2]), Missing(a=1), [Money(x) for x in range(30)]


@same_as_python
def test_enums():
    return (
        Color.RED,
        Color("green"),
        Color["BLUE"],
        Color.AZURE is Color.BLUE,
        [c.name for c in Color],
        Color.RED.pretty,
        len(Color),
        Color.RED in Color,
    )


@same_as_python
def test_int_enums_and_flags():
    both = Mode.READ | Mode.WRITE
    return Level.HIGH > Level.LOW, Level.LOW + 1, sorted(Level), both, Mode.RUN in both, both & Mode.READ, ~both & Mode.RUN, Level(2)


@same_as_python
def test_enums_with_values_and_methods():
    return [f"{p.name} {p.density():.4f}" for p in Planet], Planet((0.64, 3.39)) is Planet.MARS, [Planet.EARTH is p for p in Planet]


@same_as_python
def test_an_enum_made_inside():
    class Suit(enum.StrEnum):
        CLUBS = enum.auto()
        HEARTS = "h"

    return [s.value for s in Suit], Suit("h").name, f"{Suit.CLUBS}", Suit.HEARTS == "h"


@same_as_python
def test_a_value_that_is_no_member():
    return Color(99)


@same_as_python
def test_enum_members_over_slices():
    return [Color.RED if x % 2 else Color.BLUE for x in range(40)], {Color.RED: 1}, Level(1) is Level.LOW


@same_as_python
def test_named_tuples():
    p = Pair(1)
    return p, p._replace(left=5), p.swap(), p._asdict(), Pair._fields, p == (1, "r"), Pair._make([3, "x"]), p[0], [*p]


@same_as_python
def test_namedtuple_of_collections():
    c = Coordinate(1)
    return c, c.x + c.y, [Coordinate(x, -x) for x in range(30)], c._replace(y=9), Coordinate.__name__, hash(c) == hash((1, 0))


@same_as_python
def test_a_namedtuple_made_inside():
    Rgb = namedtuple("Rgb", ["r", "g", "b"])
    return Rgb(1, 2, 3).g, sum(Rgb(x, x, x).b for x in range(40)), str(Rgb(0, 0, 0))


@same_as_python
def test_dataclasses_of_every_kind():
    a, b = Item("a"), Item("b", 2.0, ["t"])
    return a, b > a, a == Item("a"), asdict(b), astuple(b), replace(b, name="c"), [f.name for f in fields(b)], a.cost, a.tags is b.tags


@same_as_python
def test_a_frozen_slotted_dataclass():
    f = Frozen(1, y=5)
    try:
        f.x = 2
    except AttributeError as error:
        return repr(f), str(error), hash(f) == hash(Frozen(1, y=5)), {f: 1}[Frozen(1, y=5)]


@same_as_python
def test_inherited_dataclasses():
    d = Derived("d", amount=2, seed=10)
    return d, d.amount, d.cost, [f.name for f in fields(Derived)]


@same_as_python
def test_a_dataclass_made_inside():
    @dataclass
    class Point:
        x: int
        y: int = field(default=3, repr=False)

        def __post_init__(self):
            self.total = self.x + self.y

    return [Point(x).total for x in range(40)], repr(Point(1)), Point(1) == Point(1)


@same_as_python
def test_dataclasses_over_slices():
    return sorted([Item(f"{x % 7}", float(x)) for x in range(40)])


@same_as_python
def test_dataclass_arguments_that_are_wrong():
    return [Item(), Item("a", b=1)]


@same_as_python
def test_generic_classes():
    return Box[int](5).value, [Box(x).value for x in range(40)], isinstance(Box("a"), Box)


@same_as_python
def test_a_class_using_a_variable_of_its_function_in_its_body():
    def make(limit):
        class Limited:
            top = limit * 2
            table = {limit: "limit"}

            def check(self, x):
                return x < self.top

        return Limited

    return [make(x)().check(5) for x in range(6)], make(3).table


@same_as_python
def test_a_captured_class_whose_body_used_variables_of_its_function():
    return LIMITED.top, LIMITED.step, LIMITED.table, [LIMITED().check(x) for x in range(8, 12)]


@same_as_python
def test_a_class_whose_name_its_methods_use():
    class Node:
        def __init__(self, value, next=None):
            self.value, self.next = value, next

        def push(self, value):
            return Node(value, self)

        def __iter__(self):
            node = self
            while node:
                yield node.value
                node = node.next

    head = Node(0)
    for x in range(1, 6):
        head = head.push(x)
    return list(head), sum(head)


@same_as_python
def test_a_class_inside_a_class():
    class Outer:
        class Inner:
            value = 5

            def double(self):
                return self.value * 2

        def make(self):
            return self.Inner()

    return Outer().make().double(), Outer.Inner.__qualname__.rpartition(".")[2], type(Outer().make()) is Outer.Inner


@same_as_python
def test_types_of_values():
    kinds = [type(x) for x in (1, True, 2.5, 1j, "", b"", None, [], (), {}, set(), frozenset(), range(1), slice(1), ..., Plain(), len)]
    return (
        [kind.__name__ for kind in kinds],
        type(Plain()) is Plain,
        type(Plain) is type,
        isinstance(True, int),
        isinstance(1, (str, int)),
        isinstance(1, int | str),
    )


@same_as_python
def test_the_class_comes_home_as_itself():
    return Plain, Color, Coordinate, [Plain, Plain], type(Plain()), Detailed


@same_as_python
def test_objects_that_name_each_other():
    a, b = Plain(), Plain()
    a.other, b.other, a.items = b, a, [a, b]
    return a, a.other.other is a


@same_as_python
def test_one_object_in_many_places():
    shared = Plain()
    shared.value = 1
    return [shared] * 3, {"a": shared, "b": [shared]}


@same_as_python
def test_exceptions_of_the_users_own():
    def spend(x):
        if x > 20:
            raise NoMoney(x, 20)
        return x

    try:
        return [spend(x) for x in range(50)]
    except NoMoney as error:
        return error.needed, error.had, str(error), error.args


@same_as_python
def test_an_exception_of_the_users_own_comes_home():
    raise Detailed("a", 5, [1, 2])


@same_as_python
def test_an_exception_with_fields_comes_home():
    raise NoMoney(5, 2)


@same_as_python
def test_exceptions_as_values():
    return [ValueError("a"), KeyError(1)][1].args, isinstance(Detailed(), ValueError), Detailed().detail, repr(NoMoney(1, 2))


@same_as_python
def test_bound_methods():
    add = [].append
    r = Rectangle("a", 2, 3)
    area, upper = r.area, "abc".upper
    r.height = 10
    return area(), upper(), [f() for f in map(lambda x: Money(x).__str__, range(3))], Bag(1).__len__(), add(1)


@same_as_python
def test_calling_special_methods_by_name():
    return (5).__add__(3), "ab".__len__(), [1, 2].__contains__(2), (2.5).__int__(), Bag(1, 2).__getitem__(1), int.__mul__(3, 4)


@same_as_python
def test_getattr_setattr_and_vars():
    p = Plain()
    setattr(p, "x", 5)
    p.y = 6
    return getattr(p, "x"), hasattr(p, "z"), [getattr(p, name) for name in "xy"], callable(p), type(p).__name__


@same_as_python
def test_type_errors_of_classes():
    texts = []
    for make in (
        lambda: Plain(1),
        lambda: Rectangle("a"),
        lambda: Plain().nothing,
        lambda: Plain() < Plain(),
        lambda: len(Plain()),
        lambda: Plain()[0],
    ):
        try:
            make()
        except (TypeError, AttributeError) as error:
            texts.append((type(error), str(error)))
    return texts
