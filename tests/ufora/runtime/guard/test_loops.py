"""Which loops stand alone, and what goes into them and comes out."""

import ast
import textwrap

import pytest

from ufora.runtime.guard.loops import LoneLoop, as_lone_loop


def lone(text: str) -> LoneLoop | None:
    (loop,) = ast.parse(textwrap.dedent(text)).body
    assert isinstance(loop, ast.For | ast.While)
    return as_lone_loop(loop)


@pytest.mark.parametrize(
    ("text", "reads", "binds"),
    [
        ("while i < n:\n    i += 1", "i n", "i"),
        ("for i in range(n):\n    t = i * k\n    s = s + t", "k n range s", "i s t"),
        ("for a in xs:\n    if a > 0:\n        b = a\n    c = b", "b xs", "a b c"),
        ("for a in xs:\n    if a > 0:\n        b = a\n    else:\n        b = 2\n    c = b", "xs", "a b c"),
        ("while True:\n    a, b = b, a\n    if a > 9:\n        break", "a b", "a b"),
        ("for i in range(n):\n    s = sum(x * i for x in range(i))\nelse:\n    q = s", "n range s sum", "i q s"),
        ("while f(x) > 1:\n    for x in range(3):\n        y = x\n    z = y", "f range x y", "x y z"),
    ],
)
def test_what_is_read_and_what_is_bound(text: str, reads: str, binds: str) -> None:
    loop = lone(text)
    assert loop is not None
    assert loop.reads == tuple(reads.split())
    assert loop.binds == tuple(binds.split())


@pytest.mark.parametrize(
    "text",
    [
        "for i in range(n):\n    del x",
        "for i in range(n):\n    return i",
        "for i in range(n):\n    import math",
        "for i in range(n):\n    try:\n        x = 1\n    finally:\n        y = 1",
        "while x < 3:\n    self.__x = x = x + 1\n    __x = 1",
        "for i in range(9):\n    x = x + i",
        "while f():\n    pass",
        "for i in range(n):\n    x = i\nelse:\n    if x:\n        continue",
    ],
)
def test_a_loop_with_what_no_kernel_has_or_with_little_to_do_is_left_alone(text: str) -> None:
    assert lone(text) is None
