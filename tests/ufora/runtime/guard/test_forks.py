"""Which calls of a piece of code need nothing of each other."""

import ast
import textwrap
from typing import Any

import pytest

from ufora.runtime.guard.forks import find_groups, fork_suites, has_groups
from ufora.runtime.guard.skips import Skips


def groups_of(text: str) -> list[list[str]]:
    suite = ast.parse(textwrap.dedent(text)).body
    return [[ast.unparse(call) for call in group.calls] for group in find_groups(suite)]


@pytest.mark.parametrize(
    ("text", "calls"),
    [
        ("x = f(a) + g(b)", [["f(a)", "g(b)"]]),
        ("x = h(f(a), g(b))", [["f(a)", "g(b)"]]),
        ("x = f(a)\ny = g(b + 1)", [["f(a)", "g(b + 1)"]]),
        ("x = f(a)\ny = g(x)\nz = h(b)", [["f(a)", "h(b)"]]),
        ("x = [f(1), (f(2), {f(3): 4})]", [["f(1)", "f(2)", "f(3)"]]),
        ("x = f(a[1:]) + f(b.left)", [["f(a[1:])", "f(b.left)"]]),
        ("x = f(1) < f(2) < f(3)", [["f(1)", "f(2)"]]),
        ("x, y = f(1), f(2)", [["f(1)", "f(2)"]]),
    ],
)
def test_independent_calls_are_found(text: str, calls: list[list[str]]) -> None:
    assert groups_of(text) == calls


@pytest.mark.parametrize(
    "text",
    [
        "x = f(a)",
        "x = f(a)\ny = g(x)",
        "x = f(a) if b else g(c)",
        "x = f(a) and g(b)",
        "x = [f(a) for a in g]",
        "x = f(a)\nitems.append(1)\ny = f(a)",
        "x = f(a)\nitems[0] = 1\ny = f(a)",
        "x = f(a) + items.pop()\ny = f(items)",
        "x = len(a) + len(b)",
        "x = f(*a) + f(**b)",
        "x = f(y := 1) + f(y)",
        "x = (lambda: f(1) + f(2))",
    ],
)
def test_calls_that_may_need_each_other_or_may_not_be_met_are_left_alone(text: str) -> None:
    assert groups_of(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "def f():\n return v\nv = 1\na = f()\nv = 2\nb = f()",
        "f = lambda: v\nx = f()\nv = 2\ny = f()",
        "def outer():\n def f():\n  return v\n a = f()\n v = 2\n return a, f()",
        "def f():\n nonlocal v\n v = g(1)\n w = g(2)",
        "items = (v for _ in range(3))\nx = f(items)\nv = 2\ny = f(items)",
    ],
)
def test_calls_around_what_their_callees_may_see_are_left_alone(text: str) -> None:
    owner = ast.parse(text)
    assert not has_groups(owner)
    nested = [node for node in ast.walk(owner) if isinstance(node, ast.FunctionDef)]
    assert not any(map(has_groups, nested))
    before = ast.dump(owner)
    fork_suites(owner, 0, Skips())
    assert ast.dump(owner) == before


def test_a_choice_of_values_becomes_a_choice_of_returns() -> None:
    tree = ast.parse("def f(n):\n    return n if n < 2 else f(n - 1) + f(n - 2)")
    function = tree.body[0]
    assert has_groups(function)
    fork_suites(function, 3, Skips())
    assert isinstance(function, ast.FunctionDef)
    assert isinstance(function.body[0], ast.If)


class Calls:
    """Stands for a Fork of which all calls but the first are offered."""

    def __init__(self, call_of):
        self.call_of = call_of

    def enter(self, number):
        return number == 0

    def take(self, number):
        callee, args = self.call_of(number)
        return callee(*args)


def run_forked(text: str, skips: Skips, **names: object) -> dict[str, Any]:
    """What the text's function becomes, as code that was run."""
    tree = ast.parse(textwrap.dedent(text))
    function = tree.body[0]
    assert isinstance(function, ast.FunctionDef)
    fork_suites(function, 0, skips)
    names |= {"__skips__": skips.slots, "__unbound__": NameError}
    exec(compile(ast.fix_missing_locations(tree), "program", "exec"), names)
    return names


FIB = "def f(n):\n    if n < 2:\n        return n\n    a = f(n - 1)\n    return a + f(n - 2)"


@pytest.mark.parametrize("fork", [lambda *_: None, lambda number, ordinal, line, count, call_of: Calls(call_of)])
def test_rewritten_code_means_the_same_with_and_without_offers(fork: object) -> None:
    names = run_forked(FIB, Skips(), __fork__=fork)
    assert [names["f"](n) for n in range(8)] == [0, 1, 1, 2, 3, 5, 8, 13]


def test_a_group_is_asked_about_again_after_those_to_be_skipped() -> None:
    asked: list[int] = []
    skips = Skips()
    names = run_forked("def f(g):\n    return g(1) + g(2)", skips, __fork__=lambda number, ordinal, line, *_: asked.append(line))
    skips.skip(("__fork__", 0, 2), 3)
    assert [names["f"](lambda x: x) for _ in range(5)] == [3] * 5
    assert asked == [2, 2]


def test_a_group_makes_no_closure_of_the_functions_variables() -> None:
    names = run_forked(FIB, Skips(), __fork__=lambda *_: None)
    assert names["f"].__code__.co_cellvars == ()


def test_a_name_that_the_group_binds_is_read_when_it_is_asked_for() -> None:
    described: list[object] = []
    text = """
        def f(g, h):
            a = g(1)
            g = h(2)
            return a, g, g
    """
    names = run_forked(text, Skips(), __fork__=lambda number, ordinal, line, count, call_of: described.append(call_of))
    assert names["f"](abs, str) == (1, "2", "2")
    (call_of,) = described
    assert call_of(1) == (str, (2,))  # type: ignore[operator]


def test_a_variable_without_a_value_is_missed_where_python_misses_it() -> None:
    called: list[int] = []
    text = """
        def f(g, knows):
            if knows:
                x = 5
            return g(1) + g(x)
    """
    names = run_forked(text, Skips(), __fork__=lambda *_: None)
    with pytest.raises(UnboundLocalError, match="'x'"):
        names["f"](lambda x: called.append(x) or 0, False)
    assert called == [1]
