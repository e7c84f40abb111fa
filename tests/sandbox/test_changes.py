"""What came from outside may not change, what a computation made itself may."""

import sys
import textwrap
from collections.abc import Callable
from types import ModuleType

import pytest

from pyfora.capture.calls import capture_call
from pyfora.capture.client_origin import ClientOrigin
from pyfora.errors import InvalidPyforaOperation
from pyfora.program import nodes
from pyfora.program.allowed import SENSITIVE_ATTRIBUTES, is_allowed_attribute, list_known
from pyfora.program.nodes import Call, Program, Source
from tests.pyfora.capture.conftest import run_file
from tests.sandbox.worker import Worker
from ufora.runtime.library import CONTAINERS, list_shared

__all__ = ["run_file"]

RunFile = Callable[..., dict[str, object]]

OUTSIDE = """
import bisect, collections, copy, dataclasses, functools, heapq, operator
import numpy
items = [3, 1, 2]
nested = [[1], {"a": [2]}, (set(), 4)]
rows = [[number] for number in range(100)]
squares = {number: number * number for number in range(100)}
table = {"a": 1, "b": [1]}
group = {1, 2}
raw = bytearray(b"abc")
queue = collections.deque([1, 2])
counts = collections.Counter("aab")
groups = collections.defaultdict(list)
ordered = collections.OrderedDict(a=1)
numbers = numpy.zeros(3)
bound = items.append
class Point:
    shared = []
    def __init__(self, x): self.x = x; self.seen = []
    def move(self): self.x += 1; return self
    def note(self, v): self.seen.append(v)
    def add(self, other): return Point(self.x + other.x)
    def __iadd__(self, other): self.x += other; return self
class Stack(list):
    def push(self, v): self.append(v)
    def push_above(self, v): super().append(v)
    def push_aside(self, holder, v): holder.held = super(); holder.held.append(v)
class Slots:
    __slots__ = ("n",)
    def __init__(self): self.n = 1
@dataclasses.dataclass
class Record:
    n: int = 0
    def twice(self): return 2 * self.n
point, stack, slots, record = Point(1), Stack([1]), Slots(), Record()
class Holder:
    def __init__(self): self.held = None
def grow(holder): holder.held.append(1)
def raise_up(holder): holder.held += [1]
def grow_item(items): items[0] += [1]
def grow_all(change, *values):
    holder = Holder()
    for holder.held in values: change(holder)
def get(): return items
def default(v, seen=[]): seen.append(v); return seen
def keyword(v, *, seen={}): seen[v] = 1; return seen
def closure():
    kept = []
    def inner(v): kept.append(v); return kept
    return inner
remember = closure()
"""

CHANGES = {
    "one of many rows": "rows[3].append(1)",
    "rows in a loop": "for k in range(1000): rows[k % 100][0] = k",
    "a row in a loop": "row = rows[5]\nfor k in range(1000): row.append(k)",
    "a dict in a loop": "for k in range(1000): squares[k] = k",
    "a set in a loop": "for k in range(1000): group.add(k)",
    "rows handed to a function": "def change(found):\n for k in range(100): found[k] += [1]\n return 1\nreturn change(rows)",
    "an item": "items[0] = 9",
    "a slice": "items[:] = []",
    "a deleted item": "del items[0]",
    "an alias": "b = items\nb.append(1)",
    "an alias in a loop": "for b in nested[0:1]:\n b.append(1)",
    "an augmented alias": "b = items\nb += [1]",
    "an augmented item": "table['b'] += [1]",
    "an augmented number": "table['a'] += 1",
    "an item of a local dictionary that came from outside": "d = {'k': items}\nd['k'] += [1]",
    "an item found by a call": "d = {'k': items}\nd[str('k')] += [1]",
    "an attribute that came from outside": "class L: pass\nl = L()\nl.n = items\nl.n += [1]",
    "something deep inside": "nested[1]['a'].append(1)",
    "a set in a tuple": "nested[2][0].add(1)",
    "a dictionary": "table['c'] = 1",
    "a dictionary's method": "table.update(c=1)",
    "setdefault": "table.setdefault('z', 1)",
    "a set": "group.add(3)",
    "an augmented set": "g = group\ng |= {4}",
    "a bytearray": "raw[0] = 1",
    "a deque": "queue.appendleft(1)",
    "a counter": "counts.update('z')",
    "a counter's item": "counts['z'] += 1",
    "an ordered dictionary": "ordered.move_to_end('a')",
    "an array": "numbers[0] = 1",
    "an array by a view": "v = numbers[1:]\nv[0] = 1",
    "an augmented array": "v = numbers\nv += 1",
    "an array's method": "numbers.sort()",
    "an array as output": "numpy.add(1, 2, out=numbers)",
    "a flag of an array": "numbers.setflags(write=True)",
    "a flag by its attribute": "numbers.flags.writeable = True",
    "an attribute": "point.x = 2",
    "a deleted attribute": "del point.x",
    "a method that changes its object": "point.move()",
    "a list in an object": "point.note(1)",
    "setattr": "setattr(point, 'x', 2)",
    "delattr": "delattr(point, 'x')",
    "object.__setattr__": "object.__setattr__(point, 'x', 2)",
    "its own +=": "p = point\np += 1",
    "a subclass of list": "stack.push(2)",
    "a subclass of list by super": "stack.push_above(2)",
    "a slot": "slots.n = 2",
    "a dataclass": "record.n = 1",
    "construction again": "record.__init__(5)",
    "a class attribute": "Point.kind = 1",
    "a list in a class": "Point.shared.append(1)",
    "a function's attribute": "get.n = 1",
    "what a function returns": "get().append(1)",
    "a default": "default(1)",
    "a keyword default": "keyword(1)",
    "a closure": "remember(1)",
    "an unbound method": "list.append(items, 1)",
    "an unbound method through map": "list(map(list.append, [items], [1]))",
    "a bound method": "f = items.append\nf(1)",
    "a bound method through map": "list(map(items.append, [1]))",
    "a method bound outside": "bound(1)",
    "a method by getattr": "getattr(items, 'append')(1)",
    "a method by methodcaller": "operator.methodcaller('append', 1)(items)",
    "operator.setitem": "operator.setitem(items, 0, 1)",
    "operator.iadd": "operator.iadd(items, [1])",
    "reduce": "functools.reduce(operator.iadd, [[1]], items)",
    "heappush": "heapq.heappush(items, 1)",
    "insort": "bisect.insort(items, 1)",
    "a comprehension": "return [items.append(n) for n in range(3)]",
    "a comprehension over them": "return [p.move() for p in [point]]",
    "unpacking": "items[0], b = 1, 2",
    "a loop's target": "for items[0] in range(2): pass",
    "a with target": "for point.x in range(2): pass",
    "a loop's else": "while False: pass\nelse: items.pop()",
    "a handler": "try:\n items.append(1)\nexcept BaseException:\n return 'unnoticed'",
    "a shuffle": "import random\nrandom.Random(1).shuffle(items)",
    "what copy shares": "copy.copy(nested)[0].append(1)",
    "a conditional": "(items if items else [])[0] = 1",
    "a walrus": "(b := items).append(1)",
    "a star argument": "def f(*a): a[0].append(1)\nf(items)",
    "a parameter in a loop": "def f(out):\n for n in range(2): out.append(n)\nf(items)",
    "a parameter's item in a loop": "def f(out):\n for n in range(2): out[0] += n\nf(items)",
    "an attribute in a loop": "def f(p):\n while True: p.x += 1\nf(point)",
    "an object that follows a new one of its class": "for p in (Point(1), point): p.move()",
    "a list that follows a new one": "grow_all(grow, [], [2], items)",
    "a set that follows a new list": "def f(s): s.held.add(1)\ngrow_all(f, set(), {2}, group)",
    "a list that is augmented as a new one was": "grow_all(raise_up, [], items)",
    "a number and then a list that are augmented": "h = Holder()\nfor h.held in (1, 2.5, items): h.held += [] if h.held == items else 1",
    "an augmented item as a new one was": "for i in ([[]], [[2]], [items]): grow_item(i)",
    "an augmented name as a new one was": "def f(x): x += [1]\nfor i in ([], items): f(i)",
    "a subclass of list by super that is held": "stack.push_aside(Holder(), 1)",
    "a subclass of list by super that is held, after a new one": "for s in (Stack(), stack): s.push_aside(Holder(), 1)",
    "a list of a library": "import re\ngrow_all(grow, [], re.RegexFlag._member_names_)",
    "a list of a library by getattr": "import re\ngrow_all(grow, [], getattr(re.RegexFlag, '_member_names_'))",
    "a list of a library by attrgetter": "import re\ngrow_all(grow, [], operator.attrgetter('_member_names_')(re.RegexFlag))",
    "a list of a library, taken early": "import re\nnames = re.RegexFlag._member_names_\ngrow_all(grow, [], names)",
    "a dictionary of a library": "import re\nf = lambda h: h.held.update(a=1)\ngrow_all(f, {}, re.RegexFlag._member_map_)",
    "an inner function": "def f():\n out = items\n def g(): out.append(1)\n g()\nf()",
}
LOCAL = {
    "a list": ("out = []\nfor n in range(3): out.append(n)\nreturn out", [0, 1, 2]),
    "a copy": ("out = list(items)\nout.append(1)\nout[0] += 5\nreturn out", [8, 1, 2, 1]),
    "a copy by slicing": ("out = items[:]\nout.sort()\nreturn out", [1, 2, 3]),
    "a deep copy": ("out = copy.deepcopy(nested)\nout[0].append(1)\nreturn out[0]", [1, 1]),
    "a number": ("n = items[0]\nn += 1\nreturn n", 4),
    "a dictionary of lists": ("d = {}\nfor n in range(4): d.setdefault(n % 2, []).append(n)\nreturn d", {0: [0, 2], 1: [1, 3]}),
    "a parameter": ("def f(out): out.append(1); return out\nreturn f([])", [1]),
    "an object": ("p = Point(1)\np.move().note(2)\np.x += 1\nreturn p.x, p.seen", (3, [2])),
    "a method that only sounds so": ("return point.add(Point(2)).x", 3),
    "its own +=": ("p = Point(1)\np += 2\nreturn p.x", 3),
    "a subclass of list": ("s = Stack()\ns.push(1)\ns.push_above(2)\nreturn list(s)", [1, 2]),
    "a slot": ("s = Slots()\ns.n += 1\nreturn s.n", 2),
    "a dataclass": ("r = Record()\nr.n += 1\nreturn r.n", 1),
    "a closure": ("f = closure()\nf(1)\nreturn f(2)", [1, 2]),
    "a default of one's own": ("def f(v, seen=[]): seen.append(v); return seen\nf(1)\nreturn f(2)", [1, 2]),
    "an array": ("a = numpy.array(numbers)\na[0] = 1\na += 1\nreturn a.tolist()", [2.0, 1.0, 1.0]),
    "a heap": ("h = []\nheapq.heappush(h, 2)\nheapq.heappush(h, 1)\nreturn heapq.heappop(h)", 1),
    "a counter": ("c = collections.Counter()\nc['a'] += 1\nc.update('ab')\nreturn dict(c)", {"a": 2, "b": 1}),
    "a class": ("class A:\n n = 1\nA.n += 1\nreturn A.n", 2),
    "a set": ("s = set()\ns |= group\ns.add(9)\nreturn s", {1, 2, 9}),
    "finally": ("out = []\ntry: 1 / 0\nexcept ZeroDivisionError: out.append(1)\nfinally: out.append(2)\nreturn out", [1, 2]),
    "objects of many kinds at one place": ("grow_all(grow, [], collections.deque(), Stack())\ngrow_all(raise_up, [], [2])\nreturn 1", 1),
    "the tables of an enum": ("import enum\nclass C(enum.Enum): A = 1\nreturn 1 in C._value2member_map_, C._member_names_", (True, ["A"])),
    "an iterated tuple": ("t = (1,)\nt += (2,)\nreturn t", (1, 2)),
    "a parameter in a loop": ("def f(out):\n 'text'\n for n in range(2): out.append(n)\n return out\nreturn f([])", [0, 1]),
    "a parameter of many": ("def f(p, q):\n for n in range(2): p.x += q.x\n return p.x\nreturn f(Point(1), point)", 3),
    "nonlocal": ("n = 0\ndef f():\n nonlocal n\n n += 1\nf()\nreturn n", 1),
    "a pattern": ("match Record(3):\n case Record(n): return n", 3),
    "attrgetter": ("return operator.attrgetter('x')(point), operator.methodcaller('upper')('a')", (1, "A")),
    "formats": ("return '{0.x} {1:>{2}}'.format(point, 1, 3), '{a}'.format_map({'a': 1})", ("1   1", "1")),
    "asdict": ("return dataclasses.asdict(Record(2)), dataclasses.replace(record, n=5).n", ({"n": 2}, 5)),
    "a metaclass": (
        "class M(type):\n def __new__(m, name, bases, names):\n  return super().__new__(m, name, bases, {**names, 'made': 1})\n"
        "class A(metaclass=M): pass\n"
        "return A.made, type(A) is M, isinstance(A, type), issubclass(M, type), type(M) is type, type(type) is type",
        (1, True, True, True, True, True),
    ),
    "types by other names": (
        "t = type\nkinds = {int: 'int', type: 'type'}\n"
        "return t(1) is int, list(map(t, [1, 'a'])) == [int, str], kinds[type(int)], t('A', (), {'n': 1}).n, (t | None) == (None | t)",
        (True, True, "type", 1, True),
    ),
    "a seeded generator": (
        "import random\nr = random.Random(3)\nc = copy.deepcopy(r)\nq = type(r)(3)\n"
        "return r.random() == c.random() == q.random(), isinstance(r, random.Random), r.seed(4), type(r) is random.Random",
        (True, True, None, True),
    ),
    "a generator with a seed of its own": (
        "import random\nclass R(random.Random):\n def __init__(self): super().__init__(7)\n"
        "return R().random() == random.Random(7).random()",
        True,
    ),
    "a seeded generator of numpy": (
        "g = numpy.random.default_rng(1)\ns = numpy.random.RandomState(5)\nm = numpy.random.Generator(numpy.random.PCG64(1))\n"
        "return g.random() == m.random(), s.rand() > 0, isinstance(s, numpy.random.RandomState), type(s) is numpy.random.RandomState",
        (True,) * 4,
    ),
    "an array that grows": ("a = numpy.zeros(2)\na.resize(3)\nreturn len(a)", 3),
    "wraps": (
        "def f(x):\n 'text'\n return x\nf.n = 1\n@functools.wraps(f)\ndef g(x): return f(x)\nreturn g.__name__, g.__doc__, g.n, g(2)",
        ("f", "text", 1, 2),
    ),
    "a field called state or parts": (
        "class A: pass\na = A()\na.state = 1\na.parts = [2]\nsetattr(a, 'state', 3)\nreturn a.state, a.parts, getattr(a, 'parts')",
        (3, [2], [2]),
    ),
    "an aware time": (
        "import datetime as t\nd = t.datetime(2020, 1, 1, tzinfo=t.timezone.utc)\nreturn d.timestamp(), d.astimezone(d.tzinfo) == d",
        (1577836800.0, True),
    ),
    "bytes as an array": (
        "return numpy.frombuffer(b'abc', dtype='u1').tolist(), list(numpy.ndindex(2)), len(numpy.zeros((2, 3)).data)",
        ([97, 98, 99], [(0,), (1,)], 2),
    ),
    "type": ("return type(numbers) is numpy.ndarray, isinstance(numbers, numpy.ndarray), numbers.__class__ is numpy.ndarray", (True,) * 3),
}


def make_module(space: dict[str, object]) -> ModuleType:
    """The module whose classes these are: classes are looked for there."""
    module = ModuleType("program")
    vars(module).update(space)
    return module


def body(text: str) -> str:
    return OUTSIDE + "def program():\n" + textwrap.indent(text, "    ") + "\n"


@pytest.mark.timeout(60)
@pytest.mark.parametrize("text", CHANGES.values(), ids=CHANGES)
def test_a_change_to_what_came_from_outside_is_refused_with_its_line(text: str, run_file: RunFile, monkeypatch: pytest.MonkeyPatch) -> None:
    space = run_file(body(text))
    monkeypatch.setitem(sys.modules, "program", make_module(space))
    error = Worker().run(capture_call(space["program"], (), {}, ClientOrigin(lambda value: None))).error
    assert isinstance(error, InvalidPyforaOperation), error
    assert "program0.py, line " in str(error)


@pytest.mark.timeout(60)
@pytest.mark.parametrize(("text", "expected"), LOCAL.values(), ids=LOCAL)
def test_what_a_computation_made_itself_may_change(text: str, expected: object, run_file: RunFile, monkeypatch: pytest.MonkeyPatch) -> None:
    space = run_file(body(text))
    monkeypatch.setitem(sys.modules, "program", make_module(space))
    evaluated = Worker().run(capture_call(space["program"], (), {}, ClientOrigin(lambda value: None)))
    assert evaluated.error is None, evaluated.error
    assert evaluated.names[""] == expected


def test_the_value_of_an_earlier_block_may_not_change() -> None:
    worker = Worker()
    text = "def make():\n    return [[1], {}]\ndef change(value):\n    value[0].append(2)\n"
    made = nodes.Function(0, 0, "make", "make", "user", (), (), (), (), "")
    change = nodes.Function(0, 1, "change", "change", "user", (), (), (), (), "")
    assert worker.run(Program((Source("a.py", 1, text),), (made,), (), Call(0, (), ())), "first").error is None
    second = Program((Source("a.py", 1, text),), (change, nodes.Remote("first", "", "list")), (), Call(0, (1,), ()))
    error = worker.run(second, "second").error
    assert str(error) == (
        "a.py, line 4: `value[0].append(2)`: `.append(…)` changes a list made outside of this computation. "
        "Make a new one here, for instance a copy, and change that"
    )
    assert worker.values.get("first", "") == [[1], {}]


def test_what_was_free_in_one_computation_is_asked_about_in_the_next() -> None:
    worker = Worker()
    text = "def make():\n    return [[1]]\ndef change(value):\n    value[0].append(2)\ndef begin():\n    change([[3]])\n"
    functions = [nodes.Function(0, at, name, name, "user", (), (), (), (), "") for at, name in enumerate(("make", "change"))]
    begin = nodes.Function(0, 2, "begin", "begin", "user", (("change", 1),), (), (), (), "")
    sources = (Source("a.py", 1, text),)
    for call, value in ((0, "made"), (2, "begun")):
        assert worker.run(Program(sources, (*functions, begin), (), Call(call, (), ())), value).error is None
    second = Program(sources, (functions[1], nodes.Remote("made", "", "list")), (), Call(0, (1,), ()))
    assert isinstance(worker.run(second, "second").error, InvalidPyforaOperation)
    assert worker.values.get("made", "") == [[1]]


LYING = """
def make():
    class Lying(type):
        def __hash__(cls): return hash(int)
        def __eq__(cls, other): return True
    class Liar(list, metaclass=Lying):
        def another(self): return Liar()
    return [Liar([1])]
def change(value):
    for one in (value[0].another(), value[0]):
        one.append(2)
"""


def test_a_class_that_equals_all_others_is_told_from_them() -> None:
    worker = Worker()
    make, change = (nodes.Function(0, at, name, name, "user", (), (), (), (), "") for at, name in ((0, "make"), (6, "change")))
    assert worker.run(Program((Source("a.py", 1, LYING),), (make,), (), Call(0, (), ())), "made").error is None
    second = Program((Source("a.py", 1, LYING),), (change, nodes.Remote("made", "", "list")), (), Call(0, (1,), ()))
    assert isinstance(worker.run(second, "second").error, InvalidPyforaOperation)


def test_no_container_of_a_library_is_had_by_an_attribute_that_is_not_looked_at() -> None:
    shared = list_shared()
    owners = [value for value in list_known() if isinstance(value, type)]
    names = {name for owner in owners for name, member in vars(owner).items() if type(member) in CONTAINERS and id(member) in shared}
    assert "_member_map_" in names
    assert {name for name in names if is_allowed_attribute(name)} <= SENSITIVE_ATTRIBUTES
    assert not [value for value in shared.values() if type(value) in CONTAINERS and not any(value is each for each in _members(owners))]


def _members(owners: list[type]) -> list[object]:
    return [member for owner in owners for member in vars(owner).values()]
