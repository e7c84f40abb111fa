"""Which comprehensions may be cut, and why others may not."""

import ast
import builtins
from types import FunctionType

import pytest

from pyfora.program.nodes import Source
from pyfora.program.places import find_place, list_places, parse_source
from ufora.runtime.guard.judgement import Verdict
from ufora.runtime.guard.meanings import resolver_of
from ufora.runtime.guard.purity import PurityJudge
from ufora.runtime.guard.registry import Registry


def find_builtin(value: object) -> str | None:
    name = getattr(value, "__name__", "")
    return f"builtins.{name}" if getattr(builtins, name, None) is value else None


def judge(text: str) -> Verdict:
    """The verdict on the comprehension on the last line of a text whose functions and classes are all known."""
    return judge_each(text)[-1]


def judge_each(text: str) -> list[Verdict]:
    """The verdicts on the comprehensions that are statements of their own, by one judge."""
    source = Source("prices.py", 1, text)
    registry = Registry()
    number = registry.add_source(source)
    namespace: dict[str, object] = {"__builtins__": vars(builtins)}
    exec(compile(text, "prices.py", "exec"), namespace)
    places = list_places(parse_source(source))
    for ordinal, place in enumerate(places):
        find_place(source, ordinal)
        match place:
            case ast.FunctionDef(name=name) if name in namespace:
                registry.note_function(number, ordinal, namespace[name])  # type: ignore[arg-type]
            case ast.ClassDef(name=name):
                cls = namespace[name]
                assert isinstance(cls, type)
                registry.note_class(number, ordinal, namespace)(cls)
                for inner in place.body:
                    if isinstance(inner, ast.FunctionDef):
                        method = vars(cls)[inner.name]
                        registry.note_function(number, places.index(inner), getattr(method, "fget", method))
    statements = [node.value for node in parse_source(source).body if isinstance(node, ast.Expr)]
    body = FunctionType(compile("lambda: 0", "prices.py", "eval"), namespace)
    one = PurityJudge(registry, find_builtin)
    return [one.judge_comprehension(tree, resolver_of(body)) for tree in statements if isinstance(tree, ast.GeneratorExp | ast.ListComp)]


PURE = {
    "arithmetic": "[x * x + 1 for x in range(9)]",
    "an allowed builtin": "[abs(x) for x in range(9)]",
    "a loop with locals": "def f(p):\n x = 2\n while x * x <= p:\n  x = x + 1\n return x\n[f(x) for x in range(9)]",
    "a counter": "def f(p):\n n = 0\n for i in range(p):\n  n += i\n return n\n[f(x) for x in range(9)]",
    "a list of one's own": "def f(p):\n out = []\n out.append(p)\n out[0] = 1\n return out\n[f(x) for x in range(9)]",
    "recursion": "def f(n): return 1 if n < 2 else n * f(n - 1)\n[f(x) for x in range(9)]",
    "a fresh object": "class P:\n def __init__(self, x): self.x = x\n def twice(self): return self.x * 2\n[P(x).twice() for x in range(9)]",
    "string methods": "[str(x).zfill(3).upper() for x in range(9)]",
    "an inner comprehension": "[sum(y for y in range(x)) for x in range(9)]",
    "an exception": "def f(x):\n if x > 3: raise ValueError(x)\n return x\n[f(x) for x in range(3)]",
    "a local helper": "def f(x):\n def g(y): return y + x\n return g(1)\n[f(x) for x in range(9)]",
}

IMPURE = {
    "an outer list": ("seen = []\n[seen.append(x) for x in range(9)]", "append"),
    "an outer dict": ("d = {}\ndef f(x):\n d[x] = 1\n return x\n[f(x) for x in range(9)]", "in place"),
    "an augmented parameter": ("def f(a, b):\n a += b\n return a\n[f(x, x) for x in range(9)]", "a …="),
    "nonlocal": (
        "def g():\n n = 0\n def f():\n  nonlocal n\n  n += 1\n  return n\n return f\nf = g()\n[f() for x in range(9)]",
        "outside the function",
    ),
    "print": ("[print(x) for x in range(9)]", "print"),
    "next": ("it = iter(range(99))\n[next(it) for x in range(9)]", "next"),
    "a method that counts": (
        "class C:\n def __init__(self): self.n = 0\n def hit(self):\n  self.n = self.n + 1\n  return self.n\n"
        "c = C()\n[c.hit() for x in range(9)]",
        "in place",
    ),
    "a property that counts": (
        "class C:\n def __init__(self): self.n = 0\n @property\n def hit(self):\n  self.n = self.n + 1\n  return self.n\n"
        "c = C()\n[c.hit for x in range(9)]",
        "in place",
    ),
    "an operator that counts": (
        "log = []\nclass C:\n def __add__(self, other):\n  log.append(other)\n  return 1\nc = C()\n[c + x for x in range(9)]",
        "append",
    ),
    "an unknown callee": ("def f(g, x): return g(x)\n[f(abs, x) for x in range(9)]", "not known"),
    "the elements' own lists": ("rows = [[1], [2]]\n[row.append(1) for row in rows]", "append"),
    "an alias": ("seen = []\ndef f(x):\n a = seen\n a.append(x)\n return x\n[f(x) for x in range(9)]", "append"),
}


@pytest.mark.parametrize("text", PURE.values(), ids=PURE.keys())
def test_elements_that_change_nothing_are_pure(text: str) -> None:
    assert judge(text).reason == ""


@pytest.mark.parametrize(("text", "reason"), IMPURE.values(), ids=IMPURE.keys())
def test_elements_that_could_change_something_are_not(text: str, reason: str) -> None:
    verdict = judge(text)
    assert not verdict.pure
    assert reason in verdict.reason


def test_loops_and_recursion_are_heavy_and_formulas_are_not() -> None:
    assert judge(PURE["a loop with locals"]).heavy
    assert judge(PURE["recursion"]).heavy
    assert judge(PURE["an inner comprehension"]).heavy
    assert not judge(PURE["arithmetic"]).heavy


def test_only_where_a_list_might_be_changed_in_place_is_there_doubt() -> None:
    assert judge(IMPURE["an augmented parameter"][0]).doubtful
    assert not judge("seen = []\ndef f(a, b):\n a += b\n seen.append(a)\n return a\n[f(x, x) for x in range(9)]").doubtful


def test_a_function_that_calls_back_an_impure_one_is_impure_too() -> None:
    """Also when the other was judged first, and this one in the middle of that."""
    text = "def f(n, out):\n g(n - 1, out)\n out.append(n)\n return n\ndef g(n, out):\n return f(n, out) if n > 0 else 0\n"
    for verdict in judge_each(text + "[f(x, []) for x in range(9)]\n[g(x, []) for x in range(9)]"):
        assert "append" in verdict.reason
