"""Changes to objects, in guarded code: each asks whether the object came from outside.

    x[i] = v          →   (x if __id__(x) not in __captured__ else __caught__(x, …))[i] = v
    x.append          →   (x if __id__(x) not in __captured__ else __caught__(x, 'append')).append
    x.randint(…)      →   the same
    f().n = v         →   __own__(f(), …).n = v
    x += v            →   if __id__(x) in __captured__: __caught__(x, …)
                          x += v

What was surely made in the function itself (`out = []`, and no other assignment) is not asked about, and parameters in loops are asked
about once a call: so hot loops cost next to nothing.
"""

import ast
import random
from collections import Counter
from collections.abc import Iterator, Set
from dataclasses import dataclass

import numpy

from ufora.runtime.guard.escapes import located

_CHANGING = """
    add append appendleft byteswap clear difference_update discard extend extendleft fill insert intersection_update itemset
    move_to_end partition pop popitem popleft put remove resize reverse rotate setdefault setfield setflags sort subtract
    symmetric_difference_update update __delitem__ __iadd__ __iand__ __ifloordiv__ __ilshift__ __imatmul__ __imod__ __imul__
    __init__ __ior__ __ipow__ __irshift__ __isub__ __itruediv__ __ixor__ __setitem__
"""
CHANGING_METHODS = frozenset(_CHANGING.split())
"""Methods of builtin and library types that change their object."""

DRAWING_METHODS = frozenset(
    name for kind in (random.Random, numpy.random.Generator, numpy.random.RandomState) for name in dir(kind) if not name.startswith("_")
) - frozenset({"VERSION", "bit_generator", "bytes", "f", "getstate", "get_state", "power"})
"""Methods that move a source of random numbers on. Without those that other objects have for other things: what these draw is found when
the computation ends (`unchanged`)."""

_FRESH_DISPLAYS = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.SetComp, ast.DictComp)
_FRESH_CALLS = frozenset({"list", "dict", "set", "bytearray", "sorted"})
_NUMBER_CALLS = frozenset({"abs", "bool", "float", "int", "len", "ord", "round", "str"})
_NUMBERS = (ast.Constant, ast.JoinedStr, ast.BinOp, ast.UnaryOp, ast.Compare)
"""Expressions whose value is no object that could be changed in place by `+=`."""


class ChangeGuard(ast.NodeTransformer):
    """Rewrites in place; runs before the other rewriting."""

    def __init__(self) -> None:
        self._names = [OwnNames()]  #: of the functions around, the innermost last
        self._asked: set[str] = set()  #: names that an earlier statement on the way here asked about, and that nobody binds again
        self._count = 0
        self._loops = 0  #: how many loops of the function there are around
        self._flags: dict[str, str] = {}  #: parameter → local variable that says whether it is free to change

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        before, self._flags = self._flags, {}
        self._visit_scope(node, find_own_names(node))
        start = 1 if ast.get_docstring(node, clean=False) is not None else 0
        node.body[start:start] = [
            located(ast.Assign([ast.Name(flag, ast.Store())], _is_captured(ast.Name(name, ast.Load()), ast.NotIn())), node)
            for name, flag in self._flags.items()
        ]
        self._flags = before
        return node

    def visit_For(self, node: ast.For | ast.While) -> ast.AST:
        self._loops += 1
        self.generic_visit(node)
        self._loops -= 1
        return node

    visit_While = visit_For  # noqa: N815

    def visit_ListComp(self, node: ast.expr) -> ast.AST:
        """Its elements may run elsewhere, where other objects are captured."""
        before, self._loops = self._loops, 0
        self.generic_visit(node)
        self._loops = before
        return node

    visit_SetComp = visit_DictComp = visit_GeneratorExp = visit_ListComp  # noqa: N815

    def visit_Lambda(self, node: ast.Lambda) -> ast.AST:
        return self._visit_scope(node, OwnNames())

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        return self._visit_scope(node, OwnNames())

    def _visit_scope(self, node: ast.AST, names: "OwnNames") -> ast.AST:
        before, self._asked, self._loops = (self._asked, self._loops), set(), 0
        self._names.append(names)
        self.generic_visit(node)
        self._names.pop()
        self._asked, self._loops = before
        return node

    def generic_visit(self, node: ast.AST) -> ast.AST:
        """What one suite asked about, the next does not know."""
        before = self._asked
        for field, part in ast.iter_fields(node):
            self._asked = set(before)
            if isinstance(part, list):
                part[:] = [made for each in part for made in self._visit_part(each)]
            elif isinstance(part, ast.AST):
                setattr(node, field, self.visit(part))
        self._asked = before
        return node

    def _visit_part(self, part: object) -> list[object]:
        if not isinstance(part, ast.AST):
            return [part]
        asked = self._asks_about(part)
        made = self.visit(part)
        self._asked |= asked & self._names[-1].steady
        return made if isinstance(made, list) else [made]

    def _asks_about(self, statement: ast.AST) -> set[str]:
        """Names whose objects this statement changes in any case."""
        match statement:
            case ast.Assign(targets=targets):
                pass
            case ast.AugAssign(target=target) | ast.AnnAssign(target=target, value=ast.expr()):
                targets = [target]
            case _:
                return set()
        owners = [target.value for target in targets if isinstance(target, ast.Attribute | ast.Subscript)]
        return {owner.id for owner in owners if isinstance(owner, ast.Name)}

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.ctx, ast.Store | ast.Del):
            node.value = self._own(node.value, "")
        elif node.attr in CHANGING_METHODS and not (node.attr == "__init__" and _is_super(node.value)):
            node.value = self._own(node.value, node.attr)
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.func, ast.Attribute) and node.func.attr in DRAWING_METHODS - CHANGING_METHODS:
            node.func.value = self._own(node.func.value, node.func.attr)
        return node

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.ctx, ast.Store | ast.Del):
            node.value = self._own(node.value, "")
        return node

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST | list[ast.stmt]:
        match node.target:
            case ast.Name(id=name):
                self.generic_visit(node)
                _spell_addend(node)
                return (
                    node
                    if name in self._names[-1].numbers or name in self._names[-1].fresh
                    else [_check(ast.Name(name, ast.Load()), node), node]
                )
            case ast.Attribute() | ast.Subscript() if not self._names[-1].is_number(node.value):
                return self._visit_deep_augment(node, node.target)
        self.generic_visit(node)
        _spell_addend(node)
        return node

    def _visit_deep_augment(self, node: ast.AugAssign, target: ast.Attribute | ast.Subscript) -> list[ast.stmt]:
        """`d[k] += v` may change the item in place: the item is looked at first."""
        before: list[ast.stmt] = []
        target.value = self._hoist(target.value, before)
        read: ast.expr
        if isinstance(target, ast.Subscript):
            if not isinstance(target.slice, ast.Slice):
                target.slice = self._hoist(target.slice, before)
            read = ast.Subscript(target.value, target.slice, ast.Load())
        else:
            read = ast.Attribute(target.value, target.attr, ast.Load())
        check = _check(ast.copy_location(read, target), node)
        self.generic_visit(node)
        _spell_addend(node)
        return [*before, check, node]

    def _hoist(self, value: ast.expr, before: list[ast.stmt]) -> ast.expr:
        """An expression that may be written twice."""
        if isinstance(value, ast.Name | ast.Constant):
            return value
        self._count += 1
        name = f"__hoisted_{self._count}__"
        before.append(ast.copy_location(ast.Assign([ast.Name(name, ast.Store())], self.visit(value)), value))
        return ast.copy_location(ast.Name(name, ast.Load()), value)

    def _is_free(self, value: ast.Name) -> ast.expr:
        """May its object be changed? Of a parameter in a loop this is found out once, when the function begins."""
        if not self._loops or value.id not in self._names[-1].steady:
            return _is_captured(value, ast.NotIn())
        flag = self._flags.setdefault(value.id, f"__hoisted_{value.id}__")
        return ast.Name(flag, ast.Load())

    def _own(self, value: ast.expr, method: str) -> ast.expr:
        if isinstance(value, ast.Name):
            if value.id in self._names[-1].fresh or value.id in self._asked:
                return value
            caught = _call("__caught__", [ast.Name(value.id, ast.Load()), ast.Constant(method)])
            checked = ast.IfExp(self._is_free(value), ast.Name(value.id, ast.Load()), caught)
            return located(checked, value)
        if isinstance(value, (*_FRESH_DISPLAYS, ast.JoinedStr, ast.Constant)):
            return value
        return located(_call("__own__", [value, ast.Constant(method)]), value)


_ADDENDS = (ast.Name, ast.Call, ast.Attribute, ast.Subscript, ast.IfExp, ast.NamedExpr, ast.ListComp)
"""Expressions that may give a chunked list."""


def _spell_addend(node: ast.AugAssign) -> None:
    """A list asks what is added to it first, and a chunked list would answer with a new list, as for `+`."""
    if isinstance(node.op, ast.Add) and isinstance(node.value, _ADDENDS):
        node.value = located(_call("__addend__", [node.value]), node.value)


@dataclass(frozen=True, slots=True)
class OwnNames:
    """What is known of a function's names from its text."""

    fresh: frozenset[str] = frozenset()  #: surely hold an object made in this function
    numbers: frozenset[str] = frozenset()  #: hold what `+=` cannot change in place
    steady: frozenset[str] = frozenset()  #: parameters that always hold what they held at the beginning

    def is_number(self, value: ast.expr) -> bool:
        return _is_number(value) or (isinstance(value, ast.Name) and value.id in self.numbers)


def find_own_names(function: ast.FunctionDef) -> OwnNames:
    stored: Counter[str] = Counter()
    fresh: Counter[str] = Counter()
    numbers: Counter[str] = Counter()
    for node in ast.walk(function):
        for name in _bound_by(node):
            stored[name] += 1
        for name, value in _plain_assignments(node):
            fresh[name] += _is_fresh(value)
            numbers[name] += _is_number(value)
        if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            numbers[node.target.id] += 1
        if isinstance(node, ast.For | ast.comprehension) and isinstance(node.target, ast.Name) and _calls(node.iter, {"range"}):
            numbers[node.target.id] += 1
    parameters = {each.arg for each in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)}
    return OwnNames(
        frozenset(name for name in stored if fresh[name] == stored[name]),
        frozenset(name for name in stored if numbers[name] == stored[name]),
        frozenset(name for name in parameters if stored[name] == 1),
    )


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


def _bound_by(node: ast.AST) -> Iterator[str]:
    """Every name that a node binds, in whatever way."""
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


def _is_fresh(value: ast.expr) -> bool:
    return isinstance(value, _FRESH_DISPLAYS) or _calls(value, _FRESH_CALLS)


def _is_number(value: ast.expr) -> bool:
    return isinstance(value, _NUMBERS) or _calls(value, _NUMBER_CALLS)


def _calls(value: ast.expr, names: Set[str]) -> bool:
    return isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id in names


def _is_super(value: ast.expr) -> bool:
    return _calls(value, {"super"})


def _call(name: str, arguments: list[ast.expr]) -> ast.Call:
    return ast.Call(ast.Name(name, ast.Load()), arguments, [])


def _is_captured(value: ast.expr, operator: ast.cmpop) -> ast.Compare:
    return ast.Compare(_call("__id__", [value]), [operator], [ast.Name("__captured__", ast.Load())])


def _check(value: ast.expr, at: ast.stmt) -> ast.stmt:
    caught = ast.Expr(_call("__caught__", [value, ast.Constant("")]))
    return located(ast.If(_is_captured(value, ast.In()), [caught], []), at)
