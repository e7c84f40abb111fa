"""Syntax of Python 3.12 and later: type parameters, type aliases, and f-strings that hold any expression."""

import importlib
import sys
import textwrap
from types import FunctionType

import pytest

from tests.parity.products import Product
from tests.parity.same import see_here

NEWER = """
class Box[T]:
    def __init__(self, value: T) -> None:
        self.value = value

    def map[S](self, function) -> "Box[S]":
        return Box(function(self.value))


def first[T](items: list[T], default: T | None = None) -> T:
    return items[0] if items else default


type Pair[A] = tuple[A, A]


def swap(pair: Pair[int]) -> Pair[int]:
    return pair[1], pair[0]


def type_parameters():
    return [first([x, 1]) for x in range(40)], Box(5).map(str).value, first([], "none"), swap((1, 2))


def a_generic_class_made_inside():
    class Stack[T]:
        def __init__(self):
            self.items: list[T] = []

        def push(self, item: T):
            self.items.append(item)
            return self

    def last[T](stack: Stack[T]) -> T:
        return stack.items[-1]

    return [last(Stack().push(x).push(x * 2)) for x in range(40)]


def f_strings():
    words = ["a", "b"]
    return [f"{", ".join(f"{w}{x}" for w in words)} {x!r:>{4}} {{}} {'\\n'.join(words)}" for x in range(40)]


def comprehensions_that_are_inlined():
    x = "outside"
    rows = [[x * y for y in range(3)] for x in range(4)]
    total = {x: [y for y in range(x) if y % 2] for x in range(5)}
    return x, rows, total, [lambda: x for x in range(2)][0]()
"""
NAMES = ("type_parameters", "a_generic_class_made_inside", "f_strings", "comprehensions_that_are_inlined")
OLD = sys.version_info < (3, 12)


@pytest.fixture(scope="module")
def newer(tmp_path_factory: pytest.TempPathFactory):
    """A module of a user who has that Python; on an older one, nothing can have such code."""
    folder = tmp_path_factory.mktemp("newer")
    (folder / "newer_programs.py").write_text(textwrap.dedent(NEWER))
    sys.path.insert(0, str(folder))
    try:
        yield None if OLD else importlib.import_module("newer_programs")
    finally:
        sys.path.remove(str(folder))
        sys.modules.pop("newer_programs", None)


@pytest.mark.parametrize("name", NAMES)
def test_newer_syntax(products: list[Product], newer, name: str) -> None:
    if newer is None:
        with pytest.raises(SyntaxError):
            compile(NEWER, "newer_programs.py", "exec")
        return
    program = getattr(newer, name)
    assert isinstance(program, FunctionType)
    for product in products:
        assert product.see(program) == see_here(program), str(product)
