"""What guarded code looks like."""

import ast
import textwrap

import pytest

from pyfora.program.nodes import Source
from pyfora.program.places import list_places, parse_source
from ufora.runtime.guard.rewrite import can_be_cut, guard_tree, may_be_hot
from ufora.runtime.guard.seats import Seats
from ufora.runtime.guard.skips import Skips


def guarded(text: str) -> str:
    source = Source("prices.py", 1, textwrap.dedent(text))
    tree = parse_source(source)
    for ordinal, place in enumerate(list_places(tree)):
        place.ordinal = ordinal
    return ast.unparse(guard_tree(tree, 3, Skips(), Seats()))


def test_a_generator_becomes_a_function_of_its_first_source() -> None:
    assert "__generator__(3, 0, xs, lambda __source: (f(x) for x in __source if x for y in x))" in guarded(
        "sum(f(x) for x in xs if x for y in x)"
    )


def test_a_list_comprehension_does_too() -> None:
    assert guarded("[x for x in xs]") == "__comprehension__(3, 0, xs, lambda __source: [x for x in __source])"


def test_functions_and_lambdas_are_reported() -> None:
    assert guarded("def f(): return lambda: 1").splitlines()[0] == "@__function__(3, 0)"
    assert "__lambda__(3, 0, lambda : 1)" in guarded("g = lambda: 1").replace("lambda:", "lambda :")


def test_a_function_with_a_loop_asks_for_machine_code_behind_its_docstring() -> None:
    text = guarded('def f(n):\n    """Counts."""\n    for i in range(n):\n        pass\n    return limit')
    body = ast.parse(text).body[0]
    assert isinstance(body, ast.FunctionDef)
    assert ast.get_docstring(body) == "Counts."
    assert "__hot__(3, 0, (n,), lambda: {'limit': limit, 'range': range})" in text


@pytest.mark.parametrize("text", ["[y := x for x in xs]", "[super().f(x) for x in xs]"])
def test_what_would_change_its_meaning_is_left_alone(text: str) -> None:
    comprehension = ast.parse(text, mode="eval").body
    assert isinstance(comprehension, ast.ListComp)
    assert not can_be_cut(comprehension)


@pytest.mark.parametrize(
    ("text", "hot"),
    [
        ("def f(n):\n while n: n -= 1", True),
        ("def f(n): return n", False),
        ("def f(*n):\n for i in n: pass", False),
        ("def f(n):\n for i in n: yield i", False),
        ("def f(n):\n try:\n  for i in n: pass\n finally: pass", False),
    ],
)
def test_which_functions_ask(text: str, hot: bool) -> None:
    function = ast.parse(text).body[0]
    assert isinstance(function, ast.FunctionDef)
    assert may_be_hot(function) is hot


def test_a_format_that_is_written_out_is_looked_at_once() -> None:
    assert guarded("'{} of {0.real}'.format(x)") == "'{} of {0.real}'.format(x)"
    for text in ("'{0.__globals__}'.format(x)", "'{0:{1.f_back}}'.format(x, y)", "text.format(x)", "b'{}'.format(x)"):
        assert "__attribute__(" in guarded(text)


@pytest.mark.parametrize(
    ("text", "is_plain"),
    [
        ("max(a, b)", True),
        ("min(a, b, key=c)", True),
        ("sorted({1, 2})", True),
        ("sorted(a.items(), key=b)", True),
        ("def f():\n a = {}\n a = {1: 2}\n return sorted(a)", True),
        ("def f():\n a = {}\n a = g()\n return sorted(a)", False),
        ("def f(a):\n a = a or {}\n return sorted(a)", False),
        ("max(a)", False),
        ("max(a, *b)", False),
        ("max(*a)", False),
        ("sorted(a)", False),
        ("sorted([x for x in a])", False),
        ("sorted(x for x in a)", False),
    ],
)
def test_a_builtin_is_pythons_own_where_ours_could_not_help(text: str, is_plain: bool) -> None:
    assert ("__plain_" in guarded(text)) == is_plain
