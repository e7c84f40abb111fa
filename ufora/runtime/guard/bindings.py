"""Which names a tree binds, to what, and which of them its functions and generators read later."""

import ast
from collections.abc import Iterator

USING_UP = frozenset({"sum", "min", "max", "any", "all", "sorted", "list", "tuple", "set", "frozenset", "dict", "len", "bytes"})
"""Builtins that call a function or run a generator at once and keep nothing of it."""


def shares_its_variables(tree: ast.AST) -> bool:
    """May elements of a comprehension be functions or generators that read its variable, which moves on under them?"""
    clauses = getattr(tree, "generators", ())
    targets = {node.id for clause in clauses for node in ast.walk(clause.target) if isinstance(node, ast.Name)}
    if not targets:
        return False
    used_up = {id(argument) for node in ast.walk(tree) if isinstance(node, ast.Call) for argument in _used_up(node)}
    return any(
        id(node) not in used_up and node is not tree and targets & _read_later(node)
        for node in ast.walk(tree)
        if isinstance(node, ast.Lambda | ast.GeneratorExp)
    )


def _used_up(call: ast.Call) -> list[ast.expr]:
    """Arguments that are functions or generators of which nothing is left when the call returns."""
    if isinstance(call.func, ast.Lambda):
        return [call.func]
    if isinstance(call.func, ast.Name) and call.func.id in USING_UP:
        return [*call.args, *(keyword.value for keyword in call.keywords)]
    return call.args if isinstance(call.func, ast.Attribute) and call.func.attr == "join" else []


def _read_later(node: ast.Lambda | ast.GeneratorExp) -> set[str]:
    """Names that are read when it runs, not when it is made."""
    parts = [node.body] if isinstance(node, ast.Lambda) else [node.elt, *node.generators[0].ifs, *node.generators[1:]]
    return {each.id for part in parts for each in ast.walk(part) if isinstance(each, ast.Name)}


def bound_names(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()) | ast.arg(arg=name) | ast.FunctionDef(name=name) if node is not tree:
                yield name
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                yield name
            case ast.MatchMapping(rest=str(name)):
                yield name


def values_bound(tree: ast.AST, name: str) -> Iterator[ast.AST | None]:
    """What is assigned to a name anywhere in the tree; None where it is no plain assignment."""
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    if isinstance(target, ast.Name):
                        if target.id == name:
                            yield value
                    elif _binds(target, name):
                        yield _unpacked(target, value, name)
            case ast.AnnAssign(target=ast.Name(id=found), value=value) | ast.NamedExpr(target=ast.Name(id=found), value=value):
                if found == name:
                    yield value
            case ast.FunctionDef(name=found) if found == name and node is not tree:
                yield node
            case ast.For(target=target) | ast.comprehension(target=target):
                if _binds(target, name):
                    yield _element_of(node.iter)
            case ast.ExceptHandler(name=found) | ast.MatchAs(name=found) | ast.MatchStar(name=found) if found == name:
                yield None


def _binds(target: ast.AST, name: str) -> bool:
    return any(isinstance(part, ast.Name) and part.id == name and isinstance(part.ctx, ast.Store) for part in ast.walk(target))


def _unpacked(target: ast.AST, value: ast.AST, name: str) -> ast.AST | None:
    """`a, b = x, y` gives `name` its own part of the right side."""
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts):
        for part, given in zip(target.elts, value.elts, strict=True):
            if isinstance(part, ast.Name) and part.id == name:
                return given
    return None


def _element_of(iterable: ast.expr) -> ast.AST | None:
    """The elements of `range(…)` are ints; of others nothing is known."""
    match iterable:
        case ast.Call(func=ast.Name(id="range")):
            return ast.Constant(0)
    return None
