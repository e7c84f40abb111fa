"""Changes to objects, in guarded code: each asks whether the object came from outside.

    x[i] = v          →   (x if __id__(x) not in __captured__ else __caught__(x, …))[i] = v
    x.append          →   (x if __id__(x) not in __captured__ else __caught__(x, 'append')).append
    x.randint(…)      →   the same
    f().n = v         →   __own__(f(), …).n = v
    x += v            →   if __id__(x) in __captured__: __caught__(x, …)
                          x += v

What was surely made in the function or block itself (`out = []`, and no other assignment) is not asked about, and what a name holds all
the time is asked about once, before the loop: so hot loops cost next to nothing.
"""

import ast
import random
from collections.abc import Collection, Sequence

import numpy

from ufora.runtime.guard.escapes import located
from ufora.runtime.guard.own_names import OwnNames, calls, find_own_names, is_display, list_bound

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


class ChangeGuard(ast.NodeTransformer):
    """Rewrites in place; runs before the other rewriting."""

    def __init__(self, names: Collection[str] = ()) -> None:
        """`names`: bound outside of the tree, and so perhaps no builtins."""
        self._rebound = frozenset(names)
        self._names = [OwnNames()]  #: of the functions around, the innermost last
        self._asked: set[str] = set()  #: names that an earlier statement on the way here asked about, and that were not bound since
        self._count = 0
        self._loops = 0  #: how many loops of the function there are around
        self._flags: dict[str, str] = {}  #: name → variable that says whether its object is free to change

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.Module) -> ast.AST:
        before, self._flags = self._flags, {}
        names = find_own_names(node, self._rebound)
        self._visit_scope(node, names)
        start = 1 if isinstance(node, ast.FunctionDef) and ast.get_docstring(node, clean=False) is not None else 0
        for name, flag in self._flags.items():
            at = _find_first_mention(node.body, flag) if name in names.settled else start
            asked = ast.Assign([ast.Name(flag, ast.Store())], _is_captured(ast.Name(name, ast.Load()), ast.NotIn()))
            node.body.insert(at, located(asked, node.body[at]))
        self._flags = before
        return node

    def visit_Module(self, node: ast.Module) -> ast.AST:
        self._rebound |= {name for inner in ast.walk(node) for name in list_bound(inner)}
        return self.visit_FunctionDef(node)

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
        self._asked.difference_update(*map(list_bound, ast.walk(part)))
        made = self.visit(part)
        self._asked |= asked & self._names[-1].own
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
        """May its object be changed? In a loop this is found out once, before it, if the name always holds the same object."""
        names = self._names[-1]
        if not self._loops or not (value.id in names.steady or value.id in names.settled):
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
        if is_display(value):
            return value
        return located(_call("__own__", [value, ast.Constant(method)]), value)


_ADDENDS = (ast.Name, ast.Call, ast.Attribute, ast.Subscript, ast.IfExp, ast.NamedExpr, ast.ListComp)
"""Expressions that may give a chunked list."""


def _spell_addend(node: ast.AugAssign) -> None:
    """A list asks what is added to it first, and a chunked list would answer with a new list, as for `+`."""
    if isinstance(node.op, ast.Add) and isinstance(node.value, _ADDENDS):
        node.value = located(_call("__addend__", [node.value]), node.value)


def _find_first_mention(body: Sequence[ast.stmt], name: str) -> int:
    return next(at for at, statement in enumerate(body) for node in ast.walk(statement) if isinstance(node, ast.Name) and node.id == name)


def _is_super(value: ast.expr) -> bool:
    return calls(value, {"super"})


def _call(name: str, arguments: list[ast.expr]) -> ast.Call:
    return ast.Call(ast.Name(name, ast.Load()), arguments, [])


def _is_captured(value: ast.expr, operator: ast.cmpop) -> ast.Compare:
    return ast.Compare(_call("__id__", [value]), [operator], [ast.Name("__captured__", ast.Load())])


def _check(value: ast.expr, at: ast.stmt) -> ast.stmt:
    caught = ast.Expr(_call("__caught__", [value, ast.Constant("")]))
    return located(ast.If(_is_captured(value, ast.In()), [caught], []), at)
