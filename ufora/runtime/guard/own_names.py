"""What the text of a function, or of a block, says about the names that it binds."""

import ast
from collections import Counter
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass

_FRESH_DISPLAYS = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.SetComp, ast.DictComp)
_FRESH_CALLS = frozenset({"list", "dict", "set", "bytearray", "sorted"})
_SMALL_DISPLAYS = (ast.List, ast.Tuple, ast.Dict, ast.Set, ast.SetComp, ast.DictComp, ast.JoinedStr, ast.Constant)
_SMALL_CALLS = frozenset({"dict", "set", "str", "tuple", "frozenset"})
_NUMBER_CALLS = frozenset({"abs", "bool", "float", "int", "len", "ord", "round", "str"})
_NUMBERS = (ast.Constant, ast.JoinedStr, ast.BinOp, ast.UnaryOp, ast.Compare)
"""Expressions whose value is no object that could be changed in place by `+=`."""

_SCOPES = (ast.FunctionDef, ast.Lambda, ast.ClassDef, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


@dataclass(frozen=True, slots=True)
class OwnNames:
    fresh: frozenset[str] = frozenset()  #: surely hold an object made here
    numbers: frozenset[str] = frozenset()  #: hold what `+=` cannot change in place
    steady: frozenset[str] = frozenset()  #: parameters that always hold what they held at the beginning
    settled: frozenset[str] = frozenset()  #: bound by one statement, before anything mentions them, and never again
    own: frozenset[str] = frozenset()  #: bound by nothing else that could run between two statements
    rebound: Set[str] = frozenset()  #: no builtins, perhaps

    def is_number(self, value: ast.expr) -> bool:
        return is_number(value, self.rebound) or (isinstance(value, ast.Name) and value.id in self.numbers)


def find_own_names(scope: ast.FunctionDef | ast.Module, rebound: Set[str] = frozenset()) -> OwnNames:
    """A block's names may have a value before it begins: of them only those count that it binds before it mentions them. `rebound`: names
    that may mean something else than the builtin so called."""
    stored, fresh, numbers = _count_bindings(scope, rebound)
    first = _find_first_bindings(scope.body)
    if isinstance(scope, ast.FunctionDef):
        arguments = scope.args
        parameters = {each.arg for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)}
        known = own = {name for node in _walk_scope(scope) for name in list_bound(node)}
    else:
        parameters, known = set(), first
        own = {name for node in ast.walk(scope) for name in _list_mentioned(node)}
    shared = {name for node in ast.walk(scope) if isinstance(node, ast.Nonlocal | ast.Global) for name in node.names}
    return OwnNames(
        frozenset(name for name in known if fresh[name] == stored[name]),
        frozenset(name for name in known if numbers[name] == stored[name]),
        frozenset(name for name in parameters if stored[name] == 1),
        frozenset(name for name in first if stored[name] == 1),
        frozenset(own - shared),
        rebound,
    )


def find_small_names(scope: ast.FunctionDef) -> frozenset[str]:
    """Names that are bound to what `is_small`, and nothing else."""
    stored = Counter(name for node in ast.walk(scope) for name in list_bound(node))
    small = Counter(name for node in ast.walk(scope) for name, value in _plain_assignments(node) if is_small(value))
    return frozenset(name for name, times in small.items() if times == stored[name])


def list_bound(node: ast.AST) -> Iterator[str]:
    """Every name that a node itself binds, in whatever way."""
    match node:
        case ast.Name(id=name, ctx=ast.Store() | ast.Del()) | ast.arg(arg=name) | ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            yield name
        case ast.MatchMapping(rest=str(name)):
            yield name
        case ast.alias(name=name, asname=asname):
            yield asname or name.partition(".")[0]
        case ast.Global(names=names) | ast.Nonlocal(names=names):
            yield from names


def is_fresh(value: ast.expr, rebound: Set[str]) -> bool:
    """Does this give an object that nobody else has?"""
    return is_display(value) or calls(value, _FRESH_CALLS - rebound)


def is_display(value: ast.expr) -> bool:
    """Does this surely, whatever any name means?"""
    return isinstance(value, (*_FRESH_DISPLAYS, ast.JoinedStr, ast.Constant))


def is_small(value: ast.expr) -> bool:
    """Is this, most likely, neither a generator nor a long list of numbers?"""
    return isinstance(value, _SMALL_DISPLAYS) or calls(value, _SMALL_CALLS)


def is_number(value: ast.expr, rebound: Set[str]) -> bool:
    return isinstance(value, _NUMBERS) or calls(value, _NUMBER_CALLS - rebound)


def calls(value: ast.expr, names: Set[str]) -> bool:
    return isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id in names


def _count_bindings(scope: ast.AST, rebound: Set[str]) -> tuple[Counter[str], Counter[str], Counter[str]]:
    """How often a name is bound at all, to a fresh object, to a number."""
    stored: Counter[str] = Counter()
    fresh: Counter[str] = Counter()
    numbers: Counter[str] = Counter()
    for node in ast.walk(scope):
        for name in list_bound(node):
            stored[name] += 1
        for name, value in _plain_assignments(node):
            fresh[name] += is_fresh(value, rebound)
            numbers[name] += is_number(value, rebound)
        if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            numbers[node.target.id] += 1
        if isinstance(node, ast.For | ast.comprehension) and isinstance(node.target, ast.Name) and calls(node.iter, {"range"} - rebound):
            numbers[node.target.id] += 1
    return stored, fresh, numbers


def _find_first_bindings(body: Sequence[ast.stmt]) -> set[str]:
    """Names whose plain assignment is reached in any case and before any other mention of them."""
    first: set[str] = set()
    mentioned: set[str] = set()
    for statement in body:
        assigned = {name for name, _ in _plain_assignments(statement)}
        targets = {id(node) for target in _list_targets(statement) for node in ast.walk(target) if _is_stored(node)}
        read = {name for node in ast.walk(statement) if id(node) not in targets for name in _list_mentioned(node)}
        first |= assigned - mentioned - read
        mentioned |= {name for node in ast.walk(statement) for name in _list_mentioned(node)}
    return first


def _list_targets(statement: ast.stmt) -> list[ast.expr]:
    match statement:
        case ast.Assign(targets=targets):
            return targets
        case ast.AnnAssign(target=target):
            return [target]
    return []


def _is_stored(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)


def _list_mentioned(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Name):
        yield node.id
    yield from list_bound(node)


def _walk_scope(node: ast.AST) -> Iterator[ast.AST]:
    """All that runs in the scope itself, not in functions, classes and comprehensions within it."""
    for child in ast.iter_child_nodes(node):
        yield child
        if not isinstance(child, _SCOPES):
            yield from _walk_scope(child)


def _plain_assignments(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    match node:
        case ast.Assign(targets=targets, value=value):
            for target in targets:
                if isinstance(target, ast.Name):
                    yield target.id, value
                elif isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts):
                    for each, part in zip(target.elts, value.elts, strict=True):
                        if isinstance(each, ast.Name):
                            yield each.id, part
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
            yield name, value
