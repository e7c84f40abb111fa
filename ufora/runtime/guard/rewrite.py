"""The rewriting itself.

    f(x, y) for x, y in zip(xs, ys)   →   the source becomes __through__(zip, xs, ys); also of `enumerate`
    sum(f(x) for x in xs if x)    →   sum(__generator__(3, 7, xs, lambda __source: (f(x) for x in __source if x)))
    [f(x) for x in xs]            →   __comprehension__(3, 8, xs, lambda __source: [f(x) for x in __source])
    list(g)                       →   __consume__(list, g)
    sum(map(f, xs))               →   __mapped__(3, 17, sum, map, f, xs), also `filter`; 17 is the line
    any(x for x in xs)            →   __consume__(any, __generator__(…))
    "".join(f(x) for x in xs)     →   __drain__(0, "".join, __generator__(…)); 0 is the argument's place
    {f(x) for x in xs}            →   __built__("set", 3, 17, "(f(x) …)", xs, lambda __source: (f(x) …), lambda __source: {f(x) …})
    def f(): …                    →   @__function__(3, 1) on it; with loops or several calls in it, a first line that asks for machine code
    f(x) + g(y)                   →   calls that may run side by side: see `forks`
    for …: …  while …: …          →   machine code is asked for first: see `loops`
    lambda: …                     →   __lambda__(3, 2, lambda: …)
    class C: …                    →   @__class_made__(3, 4, __here__) on it
    text.format                   →   __attribute__(text, 'format')
    rng.state = v                 →   __settable__(rng, 'state').state = v
    max(a, b)                     →   (__plain_max__ if max is __our_max__ else max)(a, b)
    xs = xs + [x]                 →   xs = __grow__(xs, [x], xs)
    …                                 changes and handlers: see `changes` and `escapes`

The two numbers name the place: source and ordinal. The comprehension itself stays as the user wrote it, as a function of its first
source, so that run over a slice of the source it gives the slice's elements with Python's own meaning.
"""

import ast
import copy
from collections.abc import Collection, Mapping, Sequence, Set
from dataclasses import dataclass

from pyfora.program.allowed import REFUSED_NAMES, SENSITIVE_ATTRIBUTES, SENSITIVE_STORES, is_allowed_attribute
from pyfora.program.check import Problem
from ufora.runtime.guard.changes import ChangeGuard
from ufora.runtime.guard.escapes import EscapeGuard, located
from ufora.runtime.guard.forks import fork_suites, has_groups
from ufora.runtime.guard.formats import FORMATS, find_attributes
from ufora.runtime.guard.loops import LoneLoop, as_lone_loop, ask_about, has_never_compiled
from ufora.runtime.guard.own_names import find_small_names, is_small
from ufora.runtime.guard.seats import Seats
from ufora.runtime.guard.skips import Skips, ask_seldom

CONSUMING_TYPES = frozenset({"list", "tuple", "set", "frozenset", "type"})
"""Classes that stay themselves but whose calls with one argument the runtime sees."""
DECIDING = frozenset({"any", "all"})
"""Builtins that leave the rest of a generator to whoever else holds it; so only one that nobody else can hold is cut."""
CONSUMING = CONSUMING_TYPES - {"type"} | DECIDING | {"sum", "min", "max", "sorted"}
"""Builtins that go through all of an iterator, which nobody else holds when it is made in their call."""
PLAIN_CALLS = frozenset({"min", "max", "sorted"})
"""Builtins of which ours does nothing but call Python's for several arguments, or for what is neither a generator nor a long list."""
DRAINING = frozenset({"join", "fsum", "prod", "reduce", "Counter", "deque", "dict"})
"""Names of what goes through all of an iterator but is no builtin function; what they mean is asked at runtime."""
ITERATORS = frozenset({"zip", "enumerate", "product", "combinations", "combinations_with_replacement", "permutations"})
"""Names of what makes iterators that can be cut where nobody else holds them; what they mean is asked at runtime."""
SOURCE_NAME = "__source"

Comprehension = ast.GeneratorExp | ast.ListComp | ast.SetComp | ast.DictComp


def guard_tree(tree: ast.Module, number: int, skips: Skips, seats: Seats, names: Collection[str] = ()) -> ast.Module:
    """Rewrite in place. Places carry `.ordinal`; `number` is the source's number in the registry, whose `skips` and `seats` these are;
    `names` are bound outside of the tree."""
    lone = {node: as_lone_loop(node) for node in ast.walk(tree) if isinstance(node, ast.For | ast.While)}
    hot = {node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and may_be_hot(node)}
    texts = {node: as_elements(node) for node in ast.walk(tree) if isinstance(node, ast.SetComp | ast.DictComp)}
    ChangeGuard(number, seats, names).visit(tree)
    EscapeGuard().visit(tree)
    fork_suites(tree, number, skips)
    guarded: ast.Module = _Guard(number, _Noted(lone, hot, texts), skips).visit(tree)
    return ast.fix_missing_locations(guarded)


def shut_methods(tree: ast.Module, problems: Sequence[Problem]) -> dict[ast.FunctionDef, Problem]:
    """One method that may not run does not spoil its class: its body is taken out. Other code stays as it is."""
    methods = {id(each) for cls in ast.walk(tree) if isinstance(cls, ast.ClassDef) for each in ast.walk(cls)}
    shut: dict[ast.FunctionDef, Problem] = {}
    for problem in problems:
        owner = problem.owner
        if isinstance(owner, ast.FunctionDef) and id(owner) in methods:
            owner.body = [ast.copy_location(ast.Pass(), owner)]
            shut.setdefault(owner, problem)
    return shut


def let_refuse(shut: Mapping[ast.FunctionDef, Problem]) -> None:
    """Methods without a body say why when they are called."""
    for method, problem in shut.items():
        said = ast.Call(ast.Name("__refused__", ast.Load()), [ast.Constant(str(problem))], [])
        method.body = [ast.fix_missing_locations(ast.copy_location(ast.Expr(said), method))]


def comprehension_as_function(comprehension: Comprehension) -> ast.Lambda:
    """`lambda __source: <comprehension over __source>`; the comprehension is changed in place."""
    first = comprehension.generators[0]
    first.iter = ast.copy_location(ast.Name(SOURCE_NAME, ast.Load()), first.iter)
    arguments = ast.arguments(posonlyargs=[], args=[ast.arg(SOURCE_NAME)], kwonlyargs=[], kw_defaults=[], defaults=[])
    return ast.copy_location(ast.Lambda(arguments, comprehension), comprehension)


def can_be_cut(comprehension: Comprehension) -> bool:
    """False where moving the comprehension into a function of its own would change its meaning."""
    if any(clause.is_async for clause in comprehension.generators):
        return False
    for node in ast.walk(comprehension):
        if isinstance(node, ast.NamedExpr | ast.Await | ast.Yield | ast.YieldFrom):
            return False
        if isinstance(node, ast.Name) and node.id in ("super", "__class__"):
            return False
    return True


def calls_something(comprehension: ast.SetComp | ast.DictComp) -> bool:
    """Can its elements take long? Else making the set or dict, which one core does, is all there is to it."""
    made = [comprehension.key, comprehension.value] if isinstance(comprehension, ast.DictComp) else [comprehension.elt]
    parts = [*made, *(test for clause in comprehension.generators for test in clause.ifs), *comprehension.generators[1:]]
    return any(isinstance(node, ast.Call) for part in parts for node in ast.walk(part))


def _element_of(comprehension: ast.SetComp | ast.DictComp) -> ast.expr:
    if isinstance(comprehension, ast.SetComp):
        return comprehension.elt
    return ast.copy_location(ast.Tuple([comprehension.key, comprehension.value], ast.Load()), comprehension)


def as_elements(comprehension: ast.SetComp | ast.DictComp) -> str | None:
    """The text of a generator expression over `source` that gives the same elements. None where that would not pay, or mean something else
    outside of the class around it."""
    if not can_be_cut(comprehension) or not calls_something(comprehension):
        return None
    names = [getattr(node, "id", getattr(node, "attr", "")) for node in ast.walk(comprehension)]
    if any(name.startswith("__") and not name.endswith("__") for name in names):
        return None
    first = ast.comprehension(comprehension.generators[0].target, ast.Name("source", ast.Load()), comprehension.generators[0].ifs, 0)
    return ast.unparse(ast.GeneratorExp(_element_of(comprehension), [first, *comprehension.generators[1:]]))


def _may_drain(node: ast.Call) -> bool:
    """Could it be `"".join(…)`, `math.fsum(…)` or the like?"""
    name = getattr(node.func, "attr", getattr(node.func, "id", ""))
    return name in DRAINING and not _has_starred(node)


def _is_generator(function: ast.FunctionDef) -> bool:
    return any(isinstance(node, ast.Yield | ast.YieldFrom | ast.Await) for node in ast.walk(function))


def may_be_hot(function: ast.FunctionDef) -> bool:
    """Has it a loop or calls itself several times, and nothing that machine code never has?"""
    arguments = function.args
    if arguments.vararg or arguments.kwarg or arguments.kwonlyargs:
        return False
    inside = [node for statement in function.body for node in ast.walk(statement)]
    takes_long = any(isinstance(node, ast.For | ast.While) for node in inside) or has_groups(function)
    return takes_long and not has_never_compiled(inside)


def _free_names(function: ast.FunctionDef, parameters: list[str]) -> set[str]:
    names = [node for statement in function.body for node in ast.walk(statement) if isinstance(node, ast.Name)]
    bound = {node.id for node in names if not isinstance(node.ctx, ast.Load)} | set(parameters)
    return {node.id for node in names} - bound - REFUSED_NAMES


def _gives_list(node: ast.expr) -> bool:
    """Is it a list for certain, once it has been guarded?"""
    is_comprehension = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "__comprehension__"
    return is_comprehension or isinstance(node, ast.List | ast.ListComp)


def _as_python_has_it(func: ast.Name) -> ast.expr:
    """`(__plain_max__ if max is __our_max__ else max)`: a program may have a `max` of its own."""
    is_ours = ast.Compare(func, [ast.Is()], [ast.Name(f"__our_{func.id}__", ast.Load())])
    return located(ast.IfExp(is_ours, ast.Name(f"__plain_{func.id}__", ast.Load()), ast.Name(func.id, ast.Load())), func)


def _as_sequence(source: ast.expr) -> ast.expr:
    """`zip(xs, ys)` as what could be cut."""
    match source:
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name in ITERATORS and not _has_starred(source):
            return located(ast.Call(ast.Name("__through__", ast.Load()), [source.func, *source.args], source.keywords), source)
    return source


def _has_starred(call: ast.Call) -> bool:
    return any(isinstance(argument, ast.Starred) for argument in call.args)


def _is_of_mapped(node: ast.Call) -> bool:
    """Is it `sum(map(f, xs))` or the like?"""
    match node:
        case ast.Call(func=ast.Name(id=name), args=[ast.Call(func=ast.Name(id="map" | "filter"), keywords=[]) as mapped], keywords=[]):
            return name in CONSUMING and len(mapped.args) > 1 and not _has_starred(mapped)
    return False


def _is_harmless_format(node: ast.Attribute) -> bool:
    """`"{} of {}".format`, written out, which reads no attribute that may not be read."""
    match node:
        case ast.Attribute(value=ast.Constant(value=str(text)), attr=attr) if attr in FORMATS:
            return all(map(is_allowed_attribute, find_attributes(text)))
    return False


@dataclass(frozen=True, slots=True)
class _Noted:
    """Of a tree as the user wrote it."""

    lone: Mapping[ast.For | ast.While, LoneLoop | None]
    hot: Set[ast.FunctionDef]
    texts: Mapping[ast.SetComp | ast.DictComp, str | None]  #: of their elements; None: they stay as they are


class _Guard(ast.NodeTransformer):
    def __init__(self, number: int, noted: _Noted, skips: Skips) -> None:
        self._number = number
        self._noted = noted
        self._skips = skips
        self._is_in_class = False  #: whose body's names are no variables
        self._scope: ast.AST | None = None  #: the function around

    def _place(self, node: ast.AST) -> list[ast.expr]:
        return [ast.Constant(self._number), ast.Constant(node.ordinal)]  # type: ignore[attr-defined]

    def _call(self, name: str, arguments: list[ast.expr], at: ast.expr | ast.stmt) -> ast.Call:
        return ast.copy_location(ast.Call(ast.Name(name, ast.Load()), arguments, []), at)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        question = self._ask_for_machine_code(node) if hasattr(node, "ordinal") and node in self._noted.hot else []
        if not _is_generator(node):
            fork_suites(node, self._number, self._skips)
        self._visit_scope(node, is_class=False)
        if hasattr(node, "ordinal"):  # others are the restorer's own
            start = 1 if ast.get_docstring(node, clean=False) is not None else 0
            node.body[start:start] = question
            node.decorator_list.append(self._call("__function__", self._place(node), node))
        return node

    def _ask_for_machine_code(self, node: ast.FunctionDef) -> list[ast.stmt]:
        """`__answer__ = __hot__(…)` and `if __answer__ is not None: return __answer__[0]`, now and then; see `runtime/hot.py`."""
        parameters = [each.arg for each in (*node.args.posonlyargs, *node.args.args)]
        given: list[ast.expr] = [ast.Name(name, ast.Load()) for name in parameters]
        names = sorted(_free_names(node, parameters))
        values = ast.Dict([ast.Constant(name) for name in names], [ast.Name(name, ast.Load()) for name in names])
        no_arguments = ast.arguments(posonlyargs=[], args=[], kwonlyargs=[], kw_defaults=[], defaults=[])
        asked = self._call("__hot__", [*self._place(node), ast.Tuple(given, ast.Load()), ast.Lambda(no_arguments, values)], node)
        answer = ast.Name("__answer__", ast.Load())
        is_there = ast.Compare(answer, [ast.IsNot()], [ast.Constant(None)])
        first = ast.Subscript(answer, ast.Constant(0), ast.Load())
        question: list[ast.stmt] = [ast.Assign([ast.Name("__answer__", ast.Store())], asked), ast.If(is_there, [ast.Return(first)], [])]
        slot = self._skips.number(("__hot__", self._number, node.ordinal))  # type: ignore[attr-defined]
        return [located(ask_seldom("__answer__", slot, question), node)]

    def _visit_scope(self, node: ast.AST, *, is_class: bool) -> None:
        before, self._is_in_class, self._scope = (self._is_in_class, self._scope), is_class, node
        self.generic_visit(node)
        self._is_in_class, self._scope = before

    def visit_For(self, node: ast.For | ast.While) -> ast.AST | list[ast.stmt]:
        self.generic_visit(node)
        lone = self._noted.lone.get(node)
        return node if lone is None or self._is_in_class else ask_about(self._number, node, lone.reads, lone.binds, self._skips)

    visit_While = visit_For  # noqa: N815

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        self._visit_scope(node, is_class=True)
        if not hasattr(node, "ordinal"):  # the restorer's own
            return node
        # outermost: what a decorator gives back is the class the user knows
        node.decorator_list.insert(0, self._call("__class_made__", [*self._place(node), ast.Name("__here__", ast.Load())], node))
        return node

    def visit_Lambda(self, node: ast.Lambda) -> ast.AST:
        self.generic_visit(node)
        if not hasattr(node, "ordinal"):
            return node
        return self._call("__lambda__", [*self._place(node), node], node)

    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> ast.AST:
        return self._cut(node, "__generator__")

    def visit_ListComp(self, node: ast.ListComp) -> ast.AST:
        return self._cut(node, "__comprehension__")

    def visit_SetComp(self, node: ast.SetComp) -> ast.AST:
        return self._build(node, "set")

    def visit_DictComp(self, node: ast.DictComp) -> ast.AST:
        return self._build(node, "dict")

    def _build(self, node: ast.SetComp | ast.DictComp, kind: str) -> ast.AST:
        text = self._noted.texts.get(node)
        self.generic_visit(node)
        if text is None or not hasattr(node, "ordinal"):
            return node
        source = _as_sequence(node.generators[0].iter)
        elements = ast.copy_location(ast.GeneratorExp(_element_of(node), [copy.copy(clause) for clause in node.generators]), node)
        functions = [comprehension_as_function(elements), comprehension_as_function(node)]
        place = [ast.Constant(self._number), ast.Constant(node.lineno), ast.Constant(text)]
        return self._call("__built__", [ast.Constant(kind), *place, source, *functions], node)

    def _cut(self, node: ast.GeneratorExp | ast.ListComp, runtime_name: str) -> ast.AST:
        cut = can_be_cut(node)
        source = node.generators[0].iter
        self.generic_visit(node)
        if not cut or not hasattr(node, "ordinal") or (isinstance(source, ast.Name) and source.id == SOURCE_NAME):
            return node
        place, source = self._place(node), _as_sequence(node.generators[0].iter)
        return self._call(runtime_name, [*place, source, comprehension_as_function(node)], node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        is_held_by_none = bool(node.args) and isinstance(node.args[0], ast.GeneratorExp)
        generators = [at for at, argument in enumerate(node.args) if isinstance(argument, ast.GeneratorExp)]
        self.generic_visit(node)
        if len(generators) == 1 and _may_drain(node):
            node.args = [ast.Constant(generators[0]), node.func, *node.args]
            node.func = ast.Name("__drain__", ast.Load())
            return ast.fix_missing_locations(node)
        if _is_of_mapped(node):
            mapped = node.args[0]
            assert isinstance(mapped, ast.Call)
            place = [ast.Constant(self._number), ast.Constant(node.lineno)]
            return self._call("__mapped__", [*place, node.func, mapped.func, *mapped.args], node)
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name("list")), args=[first, *_]) if not isinstance(first, ast.Starred):
                node.args[0] = self._call("__real_list__", [first], first)
            case ast.Call(func=ast.Name(id=name), args=[argument], keywords=[]) if name in DECIDING and is_held_by_none:
                return self._call("__consume__", [node.func, argument], node)
            case ast.Call(func=ast.Name(id=name), args=[argument], keywords=[]) if name in CONSUMING_TYPES:
                if not isinstance(argument, ast.Starred):
                    return self._call("__consume__", [node.func, argument], node)
            case ast.Call(func=ast.Name(id=name) as func) if name in PLAIN_CALLS and self._needs_no_help(name, node.args):
                node.func = _as_python_has_it(func)
        return node

    def _needs_no_help(self, name: str, args: Sequence[ast.expr]) -> bool:
        """Would our form of this builtin do nothing but call Python's?"""
        if any(isinstance(argument, ast.Starred) for argument in args):
            return False
        if name != "sorted":
            return len(args) > 1
        match args:
            case [ast.Name(id=argument)]:
                return isinstance(self._scope, ast.FunctionDef) and argument in find_small_names(self._scope)
            case [ast.Call(func=ast.Attribute())]:
                return True
        return len(args) == 1 and is_small(args[0])

    def visit_Assign(self, node: ast.Assign) -> ast.AST:
        self.generic_visit(node)
        match node:
            case ast.Assign(
                targets=[ast.Name(id=bound)],
                value=ast.BinOp(left=ast.Name(id=name) as left, op=ast.Add(), right=ast.List() | ast.ListComp() | ast.Call() as right),
            ) if bound == name and _gives_list(right):
                node.value = self._call("__grow__", [left, right, ast.Name(name, ast.Load())], node.value)
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.ctx, ast.Load) and node.attr in SENSITIVE_ATTRIBUTES and not _is_harmless_format(node):
            return self._call("__attribute__", [node.value, ast.Constant(node.attr)], node)
        if isinstance(node.ctx, ast.Store) and node.attr in SENSITIVE_STORES:
            node.value = self._call("__settable__", [node.value, ast.Constant(node.attr)], node.value)
        return node
