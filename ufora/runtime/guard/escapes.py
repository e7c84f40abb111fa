"""Statements through which guarded code could lose an exception that must rise, and patterns that read attributes by computed names.

try: … except E: …     →   try: … except __unstoppable__: raise; except E: …
finally: …             →   finally: __pass_on__(); …
with c: …              →   with c: …
                           __pass_on__()
match x:               →   __pattern_1__ = __pattern__(C)
    case C(a, b): …        match x:
                               case __pattern_1__(a, b): …
"""

import ast
from typing import TypeVar

Made = TypeVar("Made", bound=ast.AST)


class EscapeGuard(ast.NodeTransformer):
    """Rewrites in place."""

    def __init__(self) -> None:
        self._patterns = 0

    def visit_Try(self, node: ast.Try) -> ast.AST:
        self.generic_visit(node)
        if node.handlers:
            rise = ast.ExceptHandler(ast.Name("__unstoppable__", ast.Load()), None, [ast.Raise()])
            node.handlers.insert(0, located(rise, node))
        if node.finalbody:
            node.finalbody.insert(0, _pass_on(node))
        return node

    def visit_With(self, node: ast.With) -> ast.AST | list[ast.stmt]:
        self.generic_visit(node)
        return [node, _pass_on(node)]

    def visit_Match(self, node: ast.Match) -> ast.AST | list[ast.stmt]:
        self.generic_visit(node)
        before: list[ast.stmt] = []
        for case in node.cases:
            for pattern in ast.walk(case.pattern):
                if isinstance(pattern, ast.MatchClass) and pattern.patterns:
                    self._patterns += 1
                    name = f"__pattern_{self._patterns}__"
                    checked = ast.Call(ast.Name("__pattern__", ast.Load()), [pattern.cls], [])
                    before.append(located(ast.Assign([ast.Name(name, ast.Store())], checked), node))
                    pattern.cls = located(ast.Name(name, ast.Load()), pattern)
        return [*before, node]


def _pass_on(at: ast.stmt) -> ast.stmt:
    return located(ast.Expr(ast.Call(ast.Name("__pass_on__", ast.Load()), [], [])), at)


def located(made: Made, at: ast.AST) -> Made:
    """New nodes get the place of what they stand for."""
    for node in ast.walk(made):
        if not hasattr(node, "lineno"):
            ast.copy_location(node, at)
    return made
