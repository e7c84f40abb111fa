"""What a text says about the names it binds."""

import ast
import textwrap

import pytest

from ufora.runtime.guard.own_names import OwnNames, find_own_names


def names_of(text: str) -> OwnNames:
    """Of the function when the text is one, else of the block."""
    tree = ast.parse(textwrap.dedent(text))
    return find_own_names(tree.body[0] if len(tree.body) == 1 and isinstance(tree.body[0], ast.FunctionDef) else tree)


@pytest.mark.parametrize(
    ("text", "fresh"),
    [
        ("out = []\nout.append(1)", {"out"}),
        ("out.append(1)\nout = []", set()),
        ("if a: out = []\nout.append(1)", set()),
        ("out = out or []", set()),
        ("out = []\nout = other", set()),
        ("a[0] = out = []", {"out"}),
        ("out[0] = out = []", set()),
        ("a, b = [], {}", {"a", "b"}),
        ("def f():\n out = []\nout.append(1)", set()),
        ("def f():\n if a: out = []\n out.append(1)", {"out"}),
        ("def f():\n def g():\n  out = []\n out.append(1)", set()),
        ("def f():\n [out for out in xs]\n out.append(1)", set()),
        ("def f(out):\n out.append(1)", set()),
        ("def f():\n out = []\n for out in xs: pass", set()),
    ],
)
def test_only_what_is_surely_made_here_is_fresh(text: str, fresh: set[str]) -> None:
    assert names_of(text).fresh == fresh


@pytest.mark.parametrize(
    ("text", "settled"),
    [
        ("us = make()\nfor i in r: us[i] = 1", {"us"}),
        ("def f():\n us = make()\n for i in r: us[i] = 1", {"us"}),
        ("for i in r: us[i] = 1\nus = make()", set()),
        ("if a: us = make()", set()),
        ("us = make()\nus = make()", set()),
        ("us = make()\ndel us", set()),
        ("us: list = make()", {"us"}),
        ("def f():\n us = make()\n def g():\n  nonlocal us\n  us = 1", set()),
    ],
)
def test_settled_is_what_is_bound_once_before_any_mention(text: str, settled: set[str]) -> None:
    assert names_of(text).settled == settled


def test_names_that_inner_functions_bind_are_not_own() -> None:
    assert names_of("def f():\n a = 1\n b = 2\n def g():\n  nonlocal a\n  a = 3").own == {"b", "g"}


def test_what_bears_a_builtins_name_is_not_taken_for_it():
    text = "xs = list(3)\nn = len(xs)"
    names = find_own_names(ast.parse(text))
    assert (names.fresh, names.numbers) == ({"xs"}, {"n"})
    rebound = find_own_names(ast.parse(text), {"list", "len"})
    assert (rebound.fresh, rebound.numbers) == (frozenset(), frozenset())
