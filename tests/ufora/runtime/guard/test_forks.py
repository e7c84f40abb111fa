"""Which calls of a piece of code need nothing of each other."""

import ast
import textwrap

import pytest

from ufora.runtime.guard.forks import find_groups, fork_suites, has_groups


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
    fork_suites(owner, 0)
    assert ast.dump(owner) == before


def test_a_choice_of_values_becomes_a_choice_of_returns() -> None:
    tree = ast.parse("def f(n):\n    return n if n < 2 else f(n - 1) + f(n - 2)")
    function = tree.body[0]
    assert has_groups(function)
    fork_suites(function, 3)
    assert isinstance(function, ast.FunctionDef)
    assert isinstance(function.body[0], ast.If)


def test_rewritten_code_means_the_same_with_and_without_offers() -> None:
    text = "def f(n):\n    if n < 2:\n        return n\n    a = f(n - 1)\n    return a + f(n - 2)"
    tree = ast.parse(text)
    fork_suites(tree.body[0], 0)
    code = compile(ast.fix_missing_locations(tree), "program", "exec")

    class Calls:
        def __init__(self, call_of):
            self.call_of = call_of

        def enter(self, number):
            return number == 0

        def take(self, number):
            callee, args = self.call_of(number)
            return callee(*args)

    for fork in (None, lambda number, ordinal, line, count, call_of: Calls(call_of)):
        names = {"__fork__": fork}
        exec(code, names)
        assert [names["f"](n) for n in range(8)] == [0, 1, 1, 2, 3, 5, 8, 13]
