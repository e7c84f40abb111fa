import ast

import pytest

from pyfora.program.check import check_tree


def problems(text):
    return [str(problem) for problem in check_tree(ast.parse(text), "prices.py")]


@pytest.mark.parametrize(
    "text",
    [
        "async def f(): pass",
        "def f():\n    global x",
        "x.__globals__",
        "x.__class__.__mro__",
        "(i for i in y).gi_frame",
        "__builtins__",
        "__import__('os')",
        "import os",
        "import os.path",
        "import helpers",
        "from . import helpers",
        "from math import *",
        "from math import system",
        "from numpy import os",
        "try: pass\nexcept* ValueError: pass",
        "match x:\n    case C(__globals__=y): pass",
        "[x async for x in y]",
    ],
)
def test_what_pure_code_does_not_need_is_refused(text):
    assert len(problems(text)) >= 1


@pytest.mark.parametrize(
    "text",
    [
        "import math, numpy as np",
        "from collections.abc import Iterable",
        "type(x).__name__",
        "class A:\n    def __init__(self): super().__init__(); self.__x = 1",
        "def f():\n    y = 1\n    def g():\n        nonlocal y\n        y = 2",
        "try: pass\nexcept ValueError: pass",
    ],
)
def test_ordinary_code_is_not(text):
    assert problems(text) == []


def test_a_problem_says_where_what_and_what_to_do():
    assert problems("x = 1\nimport helpers") == [
        "prices.py, line 2: `import helpers` imports a module inside code for the cluster. "
        "Import it at the top of the file: it then travels along."
    ]


def test_a_problem_knows_the_function_it_stands_in():
    tree = ast.parse("class A:\n    def save(self):\n        import os\n    import sys")
    owners = [problem.owner and problem.owner.name for problem in check_tree(tree, "a.py")]
    assert owners == ["save", None]
