"""The smallest program that still goes wrong: statements are dropped, expressions become their parts or constants, as long as it does."""

import ast
import copy
from collections.abc import Callable, Iterator

TRIES = 600


def shrink(text: str, is_bad: Callable[[str], bool]) -> str:
    tries = 0
    changed = True
    while changed:
        changed = False
        for smaller in _smaller(text):
            tries += 1
            if tries > TRIES:
                return text
            if is_bad(smaller):
                text, changed = smaller, True
                break
    return text


def _smaller(text: str) -> Iterator[str]:
    """Programs a little smaller, the largest steps first."""
    tree = ast.parse(text)
    edits = sorted(_edits(tree), key=lambda edit: -edit[0])
    seen = {ast.unparse(tree)}
    for _, change in edits:
        changed = copy.deepcopy(tree)
        change(changed)
        try:
            smaller = ast.unparse(ast.fix_missing_locations(changed))
            compile(smaller, "<smaller>", "exec")
        except (SyntaxError, ValueError):
            continue
        if smaller not in seen and len(smaller) < len(text):
            seen.add(smaller)
            yield smaller


Edit = Callable[[ast.Module], None]


def _edits(tree: ast.Module) -> Iterator[tuple[int, Edit]]:
    """Each with how much it takes away."""
    for number, node in enumerate(ast.walk(tree)):
        for field, value in ast.iter_fields(node):
            if isinstance(value, list):
                for at, item in enumerate(value):
                    if isinstance(item, ast.stmt):
                        yield _size(item), _replace(number, field, at, [])
                        inner = [each for part in ("body", "orelse") for each in getattr(item, part, [])]
                        if inner and not isinstance(item, ast.FunctionDef):
                            yield 1 + _size(item) // 2, _replace(number, field, at, inner)
                    elif isinstance(item, ast.expr):
                        if isinstance(node, ast.List | ast.BoolOp):
                            yield _size(item), _replace(number, field, at, [])
                        for part in _instead(item):
                            yield _size(item) - _size(part), _replace(number, field, at, [part])
                    elif isinstance(item, ast.comprehension):
                        yield _size(item), _replace(number, field, at, [])
            elif isinstance(value, ast.expr) and field != "func":
                for part in _instead(value):
                    yield _size(value) - _size(part), _set(number, field, part)


def _instead(node: ast.expr) -> Iterator[ast.expr]:
    if isinstance(node, ast.Constant) and node.value in (0, 1):
        return
    called = [child.func for child in ast.walk(node) if isinstance(child, ast.Call)]
    for child in ast.walk(node):
        if isinstance(child, ast.expr) and child is not node and child not in called and not _is_part(child):
            yield child
    if not isinstance(node, ast.Constant | ast.Name):
        yield from (ast.Constant(0), ast.Constant(1), ast.Constant(1.0))
    elif isinstance(node, ast.Constant) and type(node.value) is int:
        yield from (ast.Constant(value) for value in (0, 1, 2, 3))


def _is_part(node: ast.expr) -> bool:
    """Nothing by itself: a target, a module."""
    if isinstance(node, ast.Name) and node.id == "math":
        return True
    return isinstance(node, ast.Name | ast.Tuple) and isinstance(node.ctx, ast.Store)


def _replace(number: int, field: str, at: int, items: list[ast.AST]) -> Edit:
    def change(tree: ast.Module) -> None:
        owner = list(ast.walk(tree))[number]
        getattr(owner, field)[at : at + 1] = copy.deepcopy(items)

    return change


def _set(number: int, field: str, part: ast.expr) -> Edit:
    return lambda tree: setattr(list(ast.walk(tree))[number], field, copy.deepcopy(part))


def _size(node: ast.AST) -> int:
    return sum(1 for _ in ast.walk(node))
