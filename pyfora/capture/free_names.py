"""Which names a piece of code uses from outside, and along which attributes: `np.linalg.norm` is ("np", "linalg", "norm").

Python's own scoping rules, read from the syntax tree. Where it depends on the run whether a name is bound inside before it is read (class
bodies and blocks, which look outside for what they have not bound yet), the name counts as used. Annotations, decorators and
defaults of a captured function are not evaluated again, so they count for nothing; a class body runs again, so in it they do.
"""

import ast
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache

from pyfora.program.check import Problem, check_tree
from pyfora.program.nodes import Source
from pyfora.program.places import find_place, list_places, parse_source


@dataclass(frozen=True, slots=True)
class Use:
    chain: tuple[str, ...]  #: the name, then the attributes taken from it
    line: int
    deep: bool = False  #: inside a function defined there: looked up only when that function runs
    soft: bool = False  #: in an annotation: nobody minds when it means nothing


@dataclass(frozen=True, slots=True)
class Names:
    """What a place uses and binds."""

    uses: tuple[Use, ...]
    binds: tuple[str, ...]  #: names bound at its own scope, in order of appearance
    deletes: frozenset[str]  #: names in `del` statements at its own scope


@lru_cache(maxsize=4096)
def find_names(source: Source, ordinal: int, given: frozenset[str] = frozenset()) -> Names:
    """Names of a place. Class attributes in `given` get their values from elsewhere: what their assignments use does not count."""
    place = find_place(source, ordinal)
    private = _class_name_around(source, ordinal)
    match place:
        case ast.With():
            visitor = _Visitor("block", private)
            visitor.visit_all(place.body)
        case ast.ClassDef():
            visitor = _Visitor("block", private)
            visitor.visit_class(place, given)
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda():
            visitor = _Visitor("block", private)
            visitor.visit_function(place)
            visitor.uses = [replace(use, deep=False) for use in visitor.uses]
        case _:  # a comprehension stands for a function of its first source, which is no part of it
            visitor = _Visitor("block", private)
            visitor.visit_elements(place)
    return Names(tuple(dict.fromkeys(visitor.uses)), tuple(visitor.bound), frozenset(visitor.deleted))


@lru_cache(maxsize=4096)
def find_problems(source: Source, ordinal: int) -> tuple[Problem, ...]:
    """What the captured part of a place contains that may not be."""
    place = find_place(source, ordinal)
    match place:
        case ast.FunctionDef() | ast.With():
            return tuple(check_tree(ast.Module(place.body, []), source.path))
        case ast.ClassDef():
            return tuple(problem for problem in check_tree(place, source.path) if problem.owner is None)
        case _:
            return tuple(check_tree(place, source.path))


def _class_name_around(source: Source, ordinal: int) -> str:
    """The class that a place stands in within its Source: it is mixed into private names."""
    tree = parse_source(source)
    place = list_places(tree)[ordinal]
    classes = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef) and node is not place and place in ast.walk(node)]
    return classes[-1].name.lstrip("_") if classes else ""


class _Visitor(ast.NodeVisitor):
    """One scope. "function" and "comprehension" know their names beforehand, "block" and "class" look outside until a name is bound."""

    def __init__(self, kind: str, private: str) -> None:
        self.kind = kind
        self.private = private
        self.uses: list[Use] = []
        self.bound: dict[str, None] = {}
        self.declared: set[str] = set()
        self.deleted: set[str] = set()
        self.sure: set[str] = set()  #: bound by now on every path
        self.outward: dict[str, None] = {}  #: bound by := in a comprehension: they belong to the scope around it

    def visit_all(self, nodes: Iterable[ast.AST | None]) -> None:
        for node in nodes:
            if node is not None:
                self.visit(node)

    def bind(self, name: str) -> None:
        self.bound[self.mangle(name)] = None
        self.sure.add(self.mangle(name))

    def mangle(self, name: str) -> str:
        return f"_{self.private}{name}" if self.private and name.startswith("__") and not name.endswith("__") else name

    def use(self, chain: tuple[str, ...], line: int) -> None:
        chain = tuple(map(self.mangle, chain))
        if chain[0] != "__class__" and not (self.kind in ("block", "class") and chain[0] in self.sure):
            self.uses.append(Use(chain, line))

    def take_over(self, inner: "_Visitor", *, deep: bool) -> None:
        """What an inner scope did not find in itself is looked up here."""
        own = set(inner.bound) - inner.declared if inner.kind in ("function", "comprehension") else set()
        hidden = own | (self.sure if self.kind == "block" else set())
        self.uses += [replace(use, deep=use.deep or deep) for use in inner.uses if use.chain[0] not in hidden]
        for name in inner.outward:
            (self.outward if self.kind == "comprehension" else self.bound)[name] = None

    @contextmanager
    def maybe(self) -> Iterator[None]:
        """What is bound inside may not be bound behind it."""
        before = set(self.sure)
        yield
        self.sure = before

    # names

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load):
            self.use((node.id,), node.lineno)
        elif isinstance(node.ctx, ast.Store):
            self.bind(node.id)
        else:
            self.use((node.id,), node.lineno)
            self.bound[self.mangle(node.id)] = None
            self.deleted.add(self.mangle(node.id))
            self.sure.discard(self.mangle(node.id))

    def visit_Attribute(self, node: ast.Attribute) -> None:
        names: list[str] = []
        base: ast.expr = node
        while isinstance(base, ast.Attribute):
            names.append(base.attr)
            base = base.value
        if isinstance(base, ast.Name):
            chain = (base.id, *reversed(names))
            self.use(chain if isinstance(node.ctx, ast.Load) else chain[:-1], node.lineno)
        else:
            self.visit(base)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.visit(node.value)
        if self.kind == "comprehension":
            self.outward[node.target.id] = None
        else:
            self.bound[self.mangle(node.target.id)] = None  # not sure: it may stand behind an `and`

    def visit_Global(self, node: ast.Global | ast.Nonlocal) -> None:
        self.declared.update(node.names)

    visit_Nonlocal = visit_Global  # noqa: N815

    def visit_alias(self, node: ast.alias) -> None:
        if node.name != "*":
            self.bind(node.asname or node.name.partition(".")[0])

    # statements in the order in which they are carried out

    def visit_Assign(self, node: ast.Assign) -> None:
        self.visit(node.value)
        self.visit_all(node.targets)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        if isinstance(node.target, ast.Name):
            self.use((node.target.id,), node.lineno)
        self.visit(node.value)
        self.visit(node.target)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if self.kind == "class":
            before = len(self.uses)
            self.visit(node.annotation)
            self.uses[before:] = [replace(use, soft=True) for use in self.uses[before:]]
        self.visit_all([node.value])
        if node.value is not None or not isinstance(node.target, ast.Name):
            self.visit(node.target)
        elif self.kind == "function":
            self.bind(node.target.id)

    def visit_If(self, node: ast.If | ast.While) -> None:
        self.visit(node.test)
        for part in (node.body, node.orelse):
            with self.maybe():
                self.visit_all(part)

    visit_While = visit_If  # noqa: N815

    def visit_For(self, node: ast.For) -> None:
        self.visit(node.iter)
        with self.maybe():
            self.visit(node.target)
            self.visit_all(node.body)
        with self.maybe():
            self.visit_all(node.orelse)

    def visit_Try(self, node: ast.Try) -> None:
        parts: list[list[ast.stmt] | list[ast.ExceptHandler]] = [node.body, *([handler] for handler in node.handlers), node.orelse]
        for part in parts:
            with self.maybe():
                self.visit_all(part)
        self.visit_all(node.finalbody)

    def visit_With(self, node: ast.With) -> None:
        self.visit_all(node.items)
        with self.maybe():  # the context manager may swallow an exception
            self.visit_all(node.body)

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        self.visit_all([node.type])
        if node.name:
            self.bind(node.name)
        self.visit_all(node.body)

    def visit_match_case(self, node: ast.match_case) -> None:
        with self.maybe():
            self.generic_visit(node)

    def visit_MatchAs(self, node: ast.MatchAs | ast.MatchStar) -> None:
        self.generic_visit(node)
        if node.name:
            self.bind(node.name)

    visit_MatchStar = visit_MatchAs  # noqa: N815

    def visit_MatchMapping(self, node: ast.MatchMapping) -> None:
        self.generic_visit(node)
        if node.rest:
            self.bind(node.rest)

    # scopes within

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self.visit_all([*node.decorator_list, *node.args.defaults, *node.args.kw_defaults])
        self.bind(node.name)
        self.visit_function(node)

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self.visit_all([*node.args.defaults, *node.args.kw_defaults])
        self.visit_function(node)

    def visit_function(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> None:
        inner = _Visitor("function", self.private)
        for each in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs, node.args.vararg, node.args.kwarg):
            if each is not None:
                inner.bind(each.arg)
        self.bind_type_params(node, inner)
        inner.visit_all([node.body] if isinstance(node, ast.Lambda) else node.body)
        self.take_over(inner, deep=True)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self.visit_class(node, frozenset())
        self.bind(node.name)

    def visit_class(self, node: ast.ClassDef, given: frozenset[str]) -> None:
        self.visit_all([*node.decorator_list, *node.bases, *node.keywords])
        inner = _Visitor("class", node.name.lstrip("_"))
        self.bind_type_params(node, inner)
        inner.visit_all(statement for statement in node.body if not set(simple_targets(statement)) & given)
        self.take_over(inner, deep=False)

    def bind_type_params(self, node: ast.AST, inner: "_Visitor") -> None:
        for param in getattr(node, "type_params", ()):
            inner.bind(param.name)

    def visit_GeneratorExp(self, node: ast.GeneratorExp | ast.ListComp | ast.SetComp | ast.DictComp) -> None:
        self.visit(node.generators[0].iter)
        self.visit_elements(node)

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp  # noqa: N815

    def visit_elements(self, node: ast.GeneratorExp | ast.ListComp | ast.SetComp | ast.DictComp) -> None:
        inner = _Visitor("comprehension", self.private)
        for number, each in enumerate(node.generators):
            inner.visit_all([each.iter] if number else [])
            inner.visit_all([each.target, *each.ifs])
        inner.visit_all([node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt])
        self.take_over(inner, deep=False)


def simple_targets(statement: ast.stmt) -> list[str]:
    """The names of `a = b = …` and `a: … = …`; none when it is not just that."""
    match statement:
        case ast.Assign(targets=targets) if all(isinstance(target, ast.Name) for target in targets):
            return [target.id for target in targets if isinstance(target, ast.Name)]
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr()):
            return [name]
    return []
