"""Changes to objects, in guarded code: each asks whether the object came from outside.

    x[i] = v          →   (x if FREE(x) else __look__(x, 4, …))[i] = v
    x.append          →   (x if FREE(x) else __look__(x, 4, 'append')).append
    x.randint(…)      →   the same
    f().n = v         →   (__hoisted_v__ if __type__(__hoisted_v__ := f()) is __seats__[4] else __look__(__hoisted_v__, 4, …)).n = v
    x += v            →   if not FREE(x): __look__(x, 4, …)
                          x += v

where FREE(x) is    __type__(x) is __seats__[4] or (__seats__[4] is not None and __id__(x) not in __captured__)

What was surely made in the function or block itself (`out = []`, and no other assignment) is not asked about, and what a name holds all
the time is asked about once, before the loop: so hot loops cost next to nothing. Elsewhere the type answers mostly: see `seats`.
"""

import ast
import random
from collections.abc import Collection, Sequence

import numpy

from ufora.runtime.guard.escapes import located
from ufora.runtime.guard.own_names import OwnNames, calls, find_own_names, is_display, list_bound
from ufora.runtime.guard.seats import Seats

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

    def __init__(self, number: int, seats: Seats, names: Collection[str] = ()) -> None:
        """`number`: of the source. `names`: bound outside of the tree, and so perhaps no builtins."""
        self._number = number
        self._seats = seats
        self._rebound = frozenset(names)
        self._places = 0  #: that have a seat so far
        self._may_hoist = False  #: is this code where a name bound on the way is the function's own?
        self._names = [OwnNames()]  #: of the functions around, the innermost last
        self._asked: set[str] = set()  #: names that an earlier statement on the way here asked about, and that were not bound since
        self._count = 0
        self._loops = 0  #: how many loops of the function there are around
        self._flags: dict[str, str] = {}  #: name → variable that says whether its object is free to change

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.Module) -> ast.AST:
        before, self._flags = self._flags, {}
        names = find_own_names(node, self._rebound)
        self._visit_scope(node, names, may_hoist=True)
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
        before, self._loops, self._may_hoist = (self._loops, self._may_hoist), 0, False
        self.generic_visit(node)
        self._loops, self._may_hoist = before
        return node

    visit_SetComp = visit_DictComp = visit_GeneratorExp = visit_ListComp  # noqa: N815

    def visit_Lambda(self, node: ast.Lambda) -> ast.AST:
        return self._visit_scope(node, OwnNames())

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        return self._visit_scope(node, OwnNames())

    def _visit_scope(self, node: ast.AST, names: "OwnNames", *, may_hoist: bool = False) -> ast.AST:
        before, self._asked, self._loops = (self._asked, self._loops, self._may_hoist), set(), 0
        self._may_hoist = may_hoist
        self._names.append(names)
        self.generic_visit(node)
        self._names.pop()
        self._asked, self._loops, self._may_hoist = before
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
                self._spell_addend(node)
                return (
                    node
                    if name in self._names[-1].numbers or name in self._names[-1].fresh
                    else [self._check(ast.Name(name, ast.Load()), node), node]
                )
            case ast.Attribute() | ast.Subscript() if not self._names[-1].is_number(node.value):
                return self._visit_deep_augment(node, node.target)
        self.generic_visit(node)
        self._spell_addend(node)
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
        check = self._check(ast.copy_location(read, target), node)
        self.generic_visit(node)
        self._spell_addend(node)
        return [*before, check, node]

    def _hoist(self, value: ast.expr, before: list[ast.stmt]) -> ast.expr:
        """An expression that may be written twice."""
        if isinstance(value, ast.Name | ast.Constant):
            return value
        self._count += 1
        name = f"__hoisted_{self._count}__"
        before.append(ast.copy_location(ast.Assign([ast.Name(name, ast.Store())], self.visit(value)), value))
        return ast.copy_location(ast.Name(name, ast.Load()), value)

    def _own(self, value: ast.expr, method: str) -> ast.expr:
        if isinstance(value, ast.Name):
            known = value.id in self._names[-1].fresh or value.id in self._asked
            return value if known else located(self._own_named(value.id, method), value)
        if is_display(value):
            return value
        if not self._may_hoist:
            return located(_call("__own__", [value, ast.Constant(method)]), value)
        return located(self._own_seated(value, method), value)

    def _own_named(self, name: str, method: str) -> ast.expr:
        """In a loop this is found out once, before it, if the name always holds the same object."""
        names = self._names[-1]
        if self._loops and (name in names.steady or name in names.settled):
            flag = ast.Name(self._flags.setdefault(name, f"__hoisted_{name}__"), ast.Load())
            return ast.IfExp(flag, ast.Name(name, ast.Load()), _call("__caught__", [ast.Name(name, ast.Load()), ast.Constant(method)]))
        seat = self._take_seat()
        return ast.IfExp(_is_free(ast.Name(name, ast.Load()), name, seat), ast.Name(name, ast.Load()), _look(name, seat, method))

    def _own_seated(self, value: ast.expr, method: str) -> ast.expr:
        seat = self._take_seat()
        is_seated = _has_type(ast.NamedExpr(ast.Name(HOISTED, ast.Store()), value), seat)
        return ast.IfExp(is_seated, ast.Name(HOISTED, ast.Load()), _look(HOISTED, seat, method))

    def _check(self, value: ast.expr, at: ast.stmt) -> ast.stmt:
        if not (self._may_hoist or isinstance(value, ast.Name)):
            return located(ast.Expr(_call("__own__", [value, ast.Constant("")])), at)
        seat = self._take_seat()
        name = value.id if isinstance(value, ast.Name) else HOISTED
        first = value if isinstance(value, ast.Name) else ast.NamedExpr(ast.Name(HOISTED, ast.Store()), value)
        asked = ast.UnaryOp(ast.Not(), _is_free(first, name, seat))
        return located(ast.If(asked, [ast.Expr(_look(name, seat, ""))], []), at)

    def _take_seat(self) -> int:
        self._places += 1
        return self._seats.number((self._number, self._places))

    def _spell_addend(self, node: ast.AugAssign) -> None:
        """A list asks what is added to it first, and a chunked list would answer with a new list, as for `+`."""
        if not isinstance(node.op, ast.Add) or not isinstance(node.value, _ADDENDS):
            return
        if not (self._may_hoist or isinstance(node.value, ast.Name)):
            node.value = located(_call("__real_list__", [node.value]), node.value)
            return
        name = node.value.id if isinstance(node.value, ast.Name) else ADDEND
        first = node.value if isinstance(node.value, ast.Name) else ast.NamedExpr(ast.Name(ADDEND, ast.Store()), node.value)
        is_plain = ast.Compare(_call("__type__", [first]), [ast.NotIn()], [ast.Name("__like_lists__", ast.Load())])
        chosen = ast.IfExp(is_plain, ast.Name(name, ast.Load()), _call("__real_list__", [ast.Name(name, ast.Load())]))
        node.value = located(chosen, node.value)


HOISTED = "__hoisted_v__"
"""Holds what is looked at."""
ADDEND = "__hoisted_a__"
_ADDENDS = (ast.Name, ast.Call, ast.Attribute, ast.Subscript, ast.IfExp, ast.NamedExpr, ast.ListComp)
"""Expressions that may give a chunked list."""


def _find_first_mention(body: Sequence[ast.stmt], name: str) -> int:
    return next(at for at, statement in enumerate(body) for node in ast.walk(statement) if isinstance(node, ast.Name) and node.id == name)


def _is_super(value: ast.expr) -> bool:
    return calls(value, {"super"})


def _call(name: str, arguments: list[ast.expr]) -> ast.Call:
    return ast.Call(ast.Name(name, ast.Load()), arguments, [])


def _is_captured(value: ast.expr, operator: ast.cmpop) -> ast.Compare:
    return ast.Compare(_call("__id__", [value]), [operator], [ast.Name("__captured__", ast.Load())])


def _seat(seat: int) -> ast.expr:
    return ast.Subscript(ast.Name("__seats__", ast.Load()), ast.Constant(seat), ast.Load())


def _has_type(value: ast.expr, seat: int) -> ast.expr:
    return ast.Compare(_call("__type__", [value]), [ast.Is()], [_seat(seat)])


def _is_free(first: ast.expr, name: str, seat: int) -> ast.expr:
    """FREE of what `first` gives, and `name` holds from then on."""
    is_taken = ast.Compare(_seat(seat), [ast.IsNot()], [ast.Constant(None)])
    is_own = _is_captured(ast.Name(name, ast.Load()), ast.NotIn())
    return ast.BoolOp(ast.Or(), [_has_type(first, seat), ast.BoolOp(ast.And(), [is_taken, is_own])])


def _look(name: str, seat: int, method: str) -> ast.expr:
    return _call("__look__", [ast.Name(name, ast.Load()), ast.Constant(seat), ast.Constant(method)])
