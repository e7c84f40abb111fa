"""Modules and functions are small and stay small. The lists of exceptions may only shrink: what has become short must leave."""

import ast
from collections.abc import Iterator

from tests.rules.tree import ROOT, list_modules, parse

MODULE_LINES = 400
FUNCTION_LINES = 40
COLLECTIONS = ("tests/parity/",)  #: not code but lists of small programs
LONG_MODULES: set[str] = set()
LONG_FUNCTIONS: set[str] = set()  #: "path:name"


def list_functions(file: str) -> Iterator[tuple[str, int]]:
    """Name and lines of every function. A nested function counts for the one around it too; the docstring does not count."""
    for node in ast.walk(parse(file)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) is not None else node.body
            if body:
                yield f"{file}:{node.name}", (body[-1].end_lineno or 0) - body[0].lineno + 1


def test_modules_are_small() -> None:
    lines = {
        file: (ROOT / file).read_text("utf-8").count("\n")
        for file in list_modules("pyfora", "ufora", "tests", "examples", "benchmarks")
        if not file.startswith(COLLECTIONS)
    }
    long = {file for file, count in lines.items() if count > MODULE_LINES}
    assert long == LONG_MODULES, f"longer than {MODULE_LINES} lines, or listed and short now"


def test_functions_are_small() -> None:
    long = {
        name
        for file in list_modules("pyfora", "ufora", "examples", "benchmarks")
        for name, lines in list_functions(file)
        if lines > FUNCTION_LINES
    }
    assert long == LONG_FUNCTIONS, f"longer than {FUNCTION_LINES} lines, or listed and short now"
