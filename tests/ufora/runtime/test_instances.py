"""Objects of the user's classes in machine code."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import FunctionType

import pytest

from tests.parity.same import run_here
from tests.ufora.runtime.here import Here
from ufora.runtime.policy import When


@pytest.fixture
def compiling() -> Iterator[Here]:
    here = Here(compile=When.ALWAYS, cut=When.AUTO)
    yield here
    here.close()


class Mul:
    unit = 0.5

    def __init__(self, factor):
        self.factor = factor

    def __call__(self, x):
        return x * self.factor + self.unit


class Add:
    def __init__(self, term):
        self.term = term

    def __call__(self, x):
        return x + self.term


class Compose:
    def __init__(self, first, second):
        self.first, self.second = first, second

    def __call__(self, x):
        return self.first(self.second(x))


class Shape:
    name = "shape"  # has no machine type, and nobody asks

    def __init__(self, width, height, inner=None):
        self.width, self.height, self.inner = width, height, inner

    @property
    def area(self):
        return self.width * self.height

    @staticmethod
    def twice(x):
        return 2 * x

    def scaled(self, by=3):
        return self.twice(self.area) * by

    def __add__(self, other):
        return self.width + other

    __radd__ = __add__

    def __lt__(self, other):
        return self.area < other

    def __getitem__(self, at):
        return self.width if at == 0 else self.height

    def __neg__(self):
        return -self.width


class Square(Shape):
    def __init__(self, side):
        super().__init__(side, side)

    def scaled(self, by=5):
        return self.width + by

    def run(self, n):
        total = 0
        for k in range(n):
            total += self.scaled() * k - self[1]
        return total


@dataclass(frozen=True)
class Point:
    x: float
    y: float

    def distance(self, x, y):
        return math.sqrt((self.x - x) ** 2 + (self.y - y) ** 2)


def loop_sum(f, n):
    total = 0.0
    for i in range(n):
        total += f(i)
    return total


def composed_in_a_function():
    return loop_sum(Compose(Mul(10.0), Add(20.0)), 1000), loop_sum(Compose(Add(1), Compose(Mul(2), Add(3))), 1000)


def composed_in_a_comprehension():
    f = Compose(Mul(10.0), Add(20.0))
    return sum(f(i) for i in range(1000)), [f(i) for i in range(50)]


def composed_in_a_lone_loop():
    texts, total, f = [], 0.0, Compose(Mul(0.1), Add(20))
    for i in range(1000):
        total += f(i)
    texts.append(total)
    return texts


def members_of_all_kinds():
    shapes, texts = (Shape(3, 4), Square(7)), []
    for shape in shapes:
        total = 0
        for k in range(200):
            total += shape.area * k + shape.scaled() + (shape + k) + (k + shape) + shape[k % 2] - (-shape)
            if shape < 1000 and shape.inner is None:
                total += 1
        texts.append(total)
    return texts


def a_method_with_a_loop():
    return Square(7).run(1000), Square(7.5).run(1000)


def a_dataclass():
    point = Point(1.5, -2.0)
    return sum(point.distance(k, k * 0.5) for k in range(1000))


def what_has_no_machine_type():
    shape, texts = Shape(1, 2), []
    for k in range(100):
        if k % 50 == 0:
            texts.append(shape.name * k)
    total = 0
    for k in range(100):
        total += len(shape.name) + k
    return texts, total


def an_exception_inside_a_method():
    class Inverse:
        def __init__(self, number):
            self.number = number

        def __call__(self, x):
            return self.number / (x - 5)

    texts, f = [], Inverse(3)
    try:
        for k in range(100):
            texts = texts or f(k)
    except ZeroDivisionError as error:
        return str(error), k
    return texts


def objects_in_a_circle():
    one, two = Add(1), Add(2)
    one.other, two.other = two, one
    total = 0
    for k in range(100):
        total += one.other.other.term * k + one.other(k)
    return [total]


def an_object_changed_between_loops():
    texts, f = [], Add(1)
    for step in (1, 2.5, 3):
        f.term = step
        total = 0.0
        for k in range(100):
            total += f(k)
        texts.append(total)
    return texts


PROGRAMS = [
    composed_in_a_function,
    composed_in_a_comprehension,
    composed_in_a_lone_loop,
    members_of_all_kinds,
    a_method_with_a_loop,
    a_dataclass,
    what_has_no_machine_type,
    an_exception_inside_a_method,
    objects_in_a_circle,
    an_object_changed_between_loops,
]


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_program_with_objects_gives_what_python_gives(compiling: Here, program: Callable[[], object]) -> None:
    assert isinstance(program, FunctionType)
    assert compiling.run(program).bits == run_here(program)


@pytest.mark.parametrize("program", [composed_in_a_function, composed_in_a_lone_loop, a_method_with_a_loop, objects_in_a_circle])
def test_a_loop_over_objects_is_machine_code(compiling: Here, program: Callable[[], object]) -> None:
    answer = compiling.run(program)
    assert [line for line in answer.explanation.lines if line.compiled]
    assert not [line for line in answer.explanation.lines if line.interpreted and not line.text.startswith("def ")]
