"""Calls that may run side by side: in one expression, or in statements that do not need each other's names.

    left = f(lo, mid)           for __calls__ in __skips__[9]: break
    return left + f(mid, hi)    else:
                                    try:
                                        __calls__ = __fork__(3, 7, 12, 2, lambda __place__, f=f, lo=lo, mid=mid, hi=hi:
                                            (f, (lo, mid)) if __place__ == 0 else (f, (mid, hi)) if __place__ == 1 else (f, f))
                                    except __unbound__:
                                        __calls__ = None
                                left = f(lo, mid) if __calls__ is None or __calls__.enter(0) else __calls__.take(0)
                                return left + (f(mid, hi) if __calls__ is None or __calls__.enter(1) else __calls__.take(1))

Each call stays where it was. While an earlier one runs, the runtime may have a later one computed elsewhere; when its turn comes, its
value is taken from there. So the order of everything that can be seen is that of the text. The arguments are names, constants, attributes,
items and arithmetic; whether the callees are pure is judged when there is something to gain. The variables in them are the description's
defaults: as variables of a closure they would be slow everywhere in their function. One that has no value yet leaves the group to Python.
"""

import ast
import copy
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import lru_cache

from pyfora.program.allowed import ALLOWED_BUILTINS
from pyfora.program.nodes import Source
from pyfora.program.places import find_place
from ufora.runtime.guard.bindings import bound_names
from ufora.runtime.guard.escapes import located
from ufora.runtime.guard.own_names import find_own_names
from ufora.runtime.guard.skips import Skips, ask_seldom

SIMPLE = (
    ast.Name, ast.Constant, ast.BinOp, ast.UnaryOp, ast.Subscript, ast.Slice, ast.Attribute, ast.Tuple, ast.operator, ast.unaryop,
    ast.expr_context,
)  # fmt: skip
"""What arguments are made of, so that they can be computed early, and not at all if that fails."""
SUITES = ("body", "orelse", "finalbody", "handlers", "cases")
CALLS = Source("<calls>", 1, "[call(*arguments) for call, arguments in calls]\n")
"""What evaluates calls that are computed elsewhere."""
NAME = "__calls__"
PLACE = "__place__"
NO_PLACE = -1  #: stands for the ordinal of what is no function


@dataclass(slots=True)
class Group:
    """Statements next to each other, and the calls in them that need nothing the others bind."""

    at: int  #: of the first statement in its suite
    stop: int
    calls: list[ast.Call] = field(default_factory=list)
    callees: list[str] = field(default_factory=list)  #: of all calls in them
    binds: set[str] = field(default_factory=set)


def fork_suites(owner: ast.FunctionDef | ast.Module, number: int, skips: Skips) -> None:
    """Rewrite the statements below a function or module in place; functions and classes inside are left to themselves."""
    variables = find_own_names(owner).own if isinstance(owner, ast.FunctionDef) else frozenset()
    place = number, getattr(owner, "ordinal", NO_PLACE)
    _fork_suites(owner, find_shared(owner), lambda group: _make_fork(group, place, variables, skips))


def _fork_suites(owner: ast.AST, shared: Set[str], make_fork: Callable[[Group], ast.stmt]) -> None:
    for suite in SUITES:
        body = getattr(owner, suite, None)
        if not isinstance(body, list):
            continue
        body[:] = map(_unfold, body)
        for statement in body:
            if not isinstance(statement, ast.FunctionDef | ast.ClassDef):
                _fork_suites(statement, shared, make_fork)
        if body and isinstance(body[0], ast.stmt):
            for group in reversed(list(find_groups(body, shared))):
                made = make_fork(group)
                taking = _Taking({id(call): place for place, call in enumerate(group.calls)})
                body[group.at : group.stop] = [made, *map(taking.visit, body[group.at : group.stop])]


def _unfold(statement: ast.stmt) -> ast.stmt:
    """`return a if test else f(x) + g(x)` as an `if` with two returns: only what is surely called can be offered."""
    match statement:
        case ast.Return(value=ast.IfExp(test=test, body=body, orelse=orelse)) if has_groups(
            ast.If(test, [ast.Return(body)], [ast.Return(orelse)])
        ):
            return located(ast.If(test, [_unfold(ast.Return(body))], [_unfold(ast.Return(orelse))]), statement)
    return statement


def find_shared(owner: ast.AST) -> frozenset[str]:
    """Names of a function or module that functions inside it, or the one around it, see too: a call may read what was assigned last."""
    inside = [part for node in ast.walk(owner) if isinstance(node, _OWN_SCOPE) and node is not owner for part in ast.walk(node)]
    declared = [name for node in ast.walk(owner) if isinstance(node, ast.Nonlocal | ast.Global) for name in node.names]
    return frozenset({node.id for node in inside if isinstance(node, ast.Name)}.union(declared))


_OWN_SCOPE = (ast.FunctionDef, ast.Lambda, ast.ClassDef, ast.GeneratorExp)


def find_groups(suite: Sequence[ast.stmt], shared: Set[str] = frozenset()) -> Iterator[Group]:
    """Groups with at least two calls. `shared`: names whose assignment a later call could see, wherever its callee reads them."""
    group: Group | None = None
    for at, statement in enumerate(suite):
        if group is not None and _add(group, statement, shared):
            group.stop = at + 1
            continue
        if group is not None and len(group.calls) > 1:
            yield group
        group = Group(at, at + 1)
        if not _add(group, statement, shared):
            group = None
    if group is not None and len(group.calls) > 1:
        yield group


def has_groups(owner: ast.AST, shared: Set[str] | None = None) -> bool:
    """Are there any below this function?"""
    shared = find_shared(owner) if shared is None else shared
    for suite in SUITES:
        body = getattr(owner, suite, None)
        if isinstance(body, list) and body:
            if any(isinstance(statement, ast.Return) and _unfold(statement) is not statement for statement in body):
                return True
            if isinstance(body[0], ast.stmt) and any(True for _ in find_groups(body, shared)):
                return True
            if any(has_groups(part, shared) for part in body if not isinstance(part, ast.FunctionDef | ast.ClassDef)):
                return True
    return False


@lru_cache(maxsize=512)
def is_forking(source: Source, ordinal: int) -> bool:
    """Is the place a function with groups in it?"""
    return has_groups(find_place(source, ordinal))


def _add(group: Group, statement: ast.stmt, shared: Set[str]) -> bool:
    """Put the statement into the group, if it can be part of one."""
    binds = set(bound_names(ast.Module([statement], [])))
    if binds & shared:
        return False
    value = _value_of(statement)
    if value is None or any(isinstance(node, ast.NamedExpr | ast.Yield | ast.YieldFrom | ast.Await) for node in ast.walk(value)):
        return False
    called = [node.func for node in ast.walk(value) if isinstance(node, ast.Call)]
    if not all(isinstance(callee, ast.Name) for callee in called):
        return False  # a method may change what later arguments are read from
    calls = [call for call in _always_called(value) if _is_independent(call, group.binds)]
    if not calls and not group.calls:
        return False
    group.calls += calls
    group.callees += [callee.id for callee in called if isinstance(callee, ast.Name)]
    group.binds |= binds
    return True


def _value_of(statement: ast.stmt) -> ast.expr | None:
    """What a statement computes that does nothing but bind names to it."""
    match statement:
        case ast.Assign(targets=targets, value=value) if all(map(_is_name, targets)):
            return value
        case ast.AnnAssign(target=ast.Name(), value=ast.expr() as value) | ast.Return(value=ast.expr() as value):
            return value
    return None


def _is_name(target: ast.expr) -> bool:
    return isinstance(target, ast.Name) or (isinstance(target, ast.Tuple) and all(map(_is_name, target.elts)))


def _always_called(value: ast.expr) -> Iterator[ast.Call]:
    """Calls of plain names that are met in any case, in the order Python meets them."""
    match value:
        case ast.BoolOp(values=[first, *_]):
            yield from _always_called(first)
        case ast.IfExp(test=test):
            yield from _always_called(test)
        case ast.Compare(left=left, comparators=[first, *_]):
            yield from _always_called(left)
            yield from _always_called(first)
        case ast.Lambda() | ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp() | ast.JoinedStr():
            return
        case _:
            for part in ast.iter_child_nodes(value):
                if isinstance(part, ast.expr):
                    yield from _always_called(part)
            if isinstance(value, ast.Call):
                yield value


def _is_independent(call: ast.Call, bound: set[str]) -> bool:
    if not isinstance(call.func, ast.Name) or call.func.id in ALLOWED_BUILTINS or call.keywords:
        return False
    nodes = [node for part in (call.func, *call.args) for node in ast.walk(part)]
    return all(isinstance(node, SIMPLE) and not (isinstance(node, ast.Name) and node.id in bound) for node in nodes)


def _make_fork(group: Group, owner: tuple[int, int], variables: Set[str], skips: Skips) -> ast.stmt:
    """The statement before the group; the calls are changed to what takes their values. `owner`: the function around it, by number of the
    source and ordinal; `variables`: its own."""
    first = group.calls[0]
    answers: ast.expr = ast.Tuple([ast.Name(name, ast.Load()) for name in group.callees], ast.Load())
    for place, call in reversed(list(enumerate(group.calls))):
        description = ast.Tuple([copy.deepcopy(call.func), ast.Tuple(copy.deepcopy(call.args), ast.Load())], ast.Load())
        answers = ast.IfExp(ast.Compare(ast.Name(PLACE, ast.Load()), [ast.Eq()], [ast.Constant(place)]), description, answers)
    mentioned = {node.id for node in ast.walk(answers) if isinstance(node, ast.Name)}
    held = sorted((mentioned & variables) - group.binds)
    names = [ast.arg(name) for name in (PLACE, *held)]
    defaults: list[ast.expr] = [ast.Name(name, ast.Load()) for name in held]
    parameters = ast.arguments(posonlyargs=[], args=names, kwonlyargs=[], kw_defaults=[], defaults=defaults)
    numbers: list[ast.expr] = [ast.Constant(each) for each in (*owner, first.lineno, len(group.calls))]
    asked = ast.Call(ast.Name("__fork__", ast.Load()), [*numbers, ast.Lambda(parameters, answers)], [])
    unknown = ast.ExceptHandler(ast.Name("__unbound__", ast.Load()), None, [_bind(ast.Constant(None))])
    slot = skips.number(("__fork__", owner[0], first.lineno))
    return located(ask_seldom(NAME, slot, [ast.Try([_bind(asked)], [unknown], [], [])]), first)


def _bind(value: ast.expr) -> ast.stmt:
    return ast.Assign([ast.Name(NAME, ast.Store())], value)


class _Taking(ast.NodeTransformer):
    """`f(x)` becomes `(f(x) if __calls__ is None or __calls__.enter(0) else __calls__.take(0))`."""

    def __init__(self, places: Mapping[int, int]) -> None:
        self._places = places  #: id of a call → its number in the group

    def visit_Call(self, node: ast.Call) -> ast.AST:
        place = self._places.get(id(node))
        self.generic_visit(node)
        if place is None:
            return node
        calls = ast.Name(NAME, ast.Load())
        enter = ast.Call(ast.Attribute(calls, "enter", ast.Load()), [ast.Constant(place)], [])
        take = ast.Call(ast.Attribute(calls, "take", ast.Load()), [ast.Constant(place)], [])
        is_here = ast.BoolOp(ast.Or(), [ast.Compare(calls, [ast.Is()], [ast.Constant(None)]), enter])
        return located(ast.IfExp(is_here, node, take), node)
