"""Loops that stand alone: in the block itself, or in a function that has more than machine code can do.

    for … / while …:          for __answer__ in __skips__[5]: break
        …                     else:
                                  try:
                                      __answer__ = __loop__(3, 12, 4, (n, total))
                                  except __unbound__:
                                      __answer__ = None
                              if __answer__ is None:
                                  …as the user wrote it…
                              else:
                                  if 'i' in __answer__: i = __answer__['i']
                                  if 'total' in __answer__: total = __answer__['total']

The numbers name the loop: its source, line and column. What it may read from around it goes in, what it binds comes out. A name that has
no value, though the text may read it, leaves the loop to Python, which knows what that means.
"""

import ast
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from pyfora.program.allowed import REFUSED_NAMES
from pyfora.program.nodes import Source
from pyfora.program.places import parse_source
from ufora.runtime.guard.skips import Skips, ask_seldom

Loop = ast.For | ast.While
Comprehension = ast.GeneratorExp | ast.ListComp | ast.DictComp | ast.SetComp

NEVER_COMPILED = (
    ast.FunctionDef, ast.Lambda, ast.ClassDef, ast.Try, ast.With, ast.Global, ast.Nonlocal, ast.Import, ast.ImportFrom, ast.Yield,
    ast.YieldFrom, ast.Await, ast.JoinedStr, ast.Starred, ast.Match, ast.NamedExpr,
)  # fmt: skip
"""Syntax that no kernel has: neither a function nor a loop with it is asked about."""
LIGHT = frozenset({"abs", "bool", "enumerate", "float", "int", "len", "list", "max", "min", "range", "reversed", "zip"})
"""What elements may call that one core makes quickly enough: a list of such is not worth others."""
CONTAINERS = (ast.ListComp, ast.DictComp, ast.SetComp)
GROWING = frozenset({"add", "append", "clear", "discard", "extend", "insert", "pop", "remove", "setdefault"})
FEW_TURNS = 64
"""A loop of so many turns that neither calls nor loops inside is left to CPython. Guessed: compiling takes as long as 10**5 turns."""


@dataclass(frozen=True, slots=True, eq=False)
class LoneLoop:
    """A loop that may be computed apart from what is around it."""

    tree: Loop
    reads: tuple[str, ...]  #: names whose value from before it may read
    binds: tuple[str, ...]  #: names it may bind for what follows


def as_lone_loop(loop: Loop) -> LoneLoop | None:
    """None when it is not worth asking about, or has what no kernel has."""
    inside = list(ast.walk(loop))
    if any(isinstance(node, ast.Return) for node in inside) or has_never_compiled(inside) or _is_short(loop) or _jumps_out(loop.orelse):
        return None
    names = {node.id for node in inside if isinstance(node, ast.Name)}
    if names & REFUSED_NAMES or any("__" in name for name in names):  # private names mean another inside a class
        return None
    binds = tuple(_list_bound(loop))
    changes = binds or assigns_items(loop) or assigns_attributes(loop) or grows_lists(loop)
    return LoneLoop(loop, tuple(_list_read(loop)), binds) if changes else None


def has_never_compiled(inside: Iterable[ast.AST]) -> bool:
    """Is there what no kernel has, or a list that is better made on many cores?"""
    inside = list(inside)
    keys = {id(node.value) for node in inside if isinstance(node, ast.keyword) and node.arg == "key"}
    inside = [node for node in inside if not (isinstance(node, ast.Lambda) and id(node) in keys)]
    return any(
        isinstance(node, NEVER_COMPILED) or _unbinds(node) or (isinstance(node, CONTAINERS) and _is_for_many_cores(node)) for node in inside
    )


def _unbinds(node: ast.AST) -> bool:
    """`del x`, other than `del xs[0]`."""
    return isinstance(node, ast.Delete) and not all(isinstance(target, ast.Subscript) for target in node.targets)


def _is_for_many_cores(comprehension: ast.AST) -> bool:
    parts = list(ast.walk(comprehension))
    called = [node.func for node in parts if isinstance(node, ast.Call)]
    return any(isinstance(node, ast.GeneratorExp) for node in parts) or any(getattr(func, "id", "") not in LIGHT for func in called)


def assigns_items(tree: ast.AST) -> bool:
    """Does this code assign items of anything?"""
    return any(isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store) for node in ast.walk(tree))


def grows_lists(tree: ast.AST) -> bool:
    """Does this code make lists longer or shorter, as far as its text tells?"""
    for node in ast.walk(tree):
        match node:
            case ast.Call(ast.Attribute(attr=name)) if name in GROWING:
                return True
            case ast.AugAssign(ast.Name(), ast.Add(), ast.List() | ast.ListComp()):
                return True
    return False


def assigns_attributes(tree: ast.AST) -> bool:
    """Does this code assign attributes of anything?"""
    return any(isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) for node in ast.walk(tree))


def _jumps_out(body: Iterable[ast.AST]) -> bool:
    """Is there a `break` or `continue` of a loop further out? Behind `else` they are not of the loop itself."""
    return any(
        isinstance(node, ast.Break | ast.Continue) or _jumps_out(node.orelse if isinstance(node, Loop) else ast.iter_child_nodes(node))
        for node in body
    )


def _is_short(loop: Loop) -> bool:
    if any(isinstance(node, ast.Call | Loop) for statement in loop.body for node in ast.walk(statement)):
        return False
    match loop:
        case ast.For(iter=ast.Call(func=ast.Name(id="range"), args=[*bounds])):
            return all(isinstance(bound, ast.Constant) and type(bound.value) is int and abs(bound.value) <= FEW_TURNS for bound in bounds)
        case ast.For(iter=ast.Tuple()):
            return True
    return False


def _list_bound(loop: Loop) -> list[str]:
    """Not those of comprehensions inside."""
    inner = {
        id(node)
        for outer in ast.walk(loop)
        if isinstance(outer, Comprehension)
        for part in outer.generators
        for node in ast.walk(part.target)
    }
    return sorted(
        {node.id for node in ast.walk(loop) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and id(node) not in inner}
    )


def _list_read(loop: Loop) -> list[str]:
    reads = _Reads()
    reads.statement(loop, set())
    return sorted(reads.found)


class _Reads:
    """One walk in the order of running; `known` are the names that surely have a value made inside by then."""

    def __init__(self) -> None:
        self.found: set[str] = set()

    def statements(self, body: Iterable[ast.stmt], known: set[str]) -> set[str]:
        for statement in body:
            known = self.statement(statement, known)
        return known

    def statement(self, node: ast.stmt, known: set[str]) -> set[str]:
        match node:
            case ast.For(target, iterable, body, orelse):
                self._expression(iterable, known)
                self.statements(body, known | _stored(target))
                self.statements(orelse, known)
                return known
            case ast.While(test, body, orelse):
                self._expression(test, known)
                self.statements(body, known)
                self.statements(orelse, known)
                return known
            case ast.If(test, body, orelse):
                self._expression(test, known)
                return self.statements(body, known) & self.statements(orelse, known)
            case ast.AugAssign(ast.Name(name), _, value):
                self.found |= {name} - known
                self._expression(value, known)
                return known | {name}
            case ast.Assign(targets, value):
                self._expression(value, known)
                for target in targets:
                    self._expression(target, known)
                return known.union(*map(_stored, targets))
        self._expression(node, known)
        return known

    def _expression(self, node: ast.AST, known: set[str]) -> None:
        """Names of a comprehension's own are among them only where they are read outside of it, too."""
        inner = {name for part in ast.walk(node) if isinstance(part, Comprehension) for name in _targets(part)}
        loaded = [part.id for part in ast.walk(node) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load)]
        self.found |= {name for name in loaded if name not in inner} - known


def _targets(comprehension: Comprehension) -> set[str]:
    return {name for clause in comprehension.generators for name in _stored(clause.target)}


def _stored(target: ast.AST) -> set[str]:
    return {node.id for node in ast.walk(target) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}


def ask_about(number: int, loop: Loop, reads: Iterable[str], binds: Iterable[str], skips: Skips) -> list[ast.stmt]:
    """The statements that stand for the loop, which is one of them."""
    answer = ast.Name("__answer__", ast.Load())
    given: list[ast.expr] = [ast.Name(name, ast.Load()) for name in reads]
    place: list[ast.expr] = [ast.Constant(value) for value in (number, loop.lineno, loop.col_offset)]
    asked = ast.Call(ast.Name("__loop__", ast.Load()), [*place, ast.Tuple(given, ast.Load())], [])
    handler = ast.ExceptHandler(ast.Name("__unbound__", ast.Load()), None, [ast.Assign([_stored_name("__answer__")], ast.Constant(None))])
    slot = skips.number(("__loop__", number, loop.lineno, loop.col_offset))
    question = ask_seldom("__answer__", slot, [ast.Try([ast.Assign([_stored_name("__answer__")], asked)], [handler], [], [])])
    taken: list[ast.stmt] = [_take(name) for name in binds]
    choice = ast.If(ast.Compare(answer, [ast.Is()], [ast.Constant(None)]), [loop], taken)
    for made in (question, *taken):
        for node in ast.walk(made):
            ast.copy_location(node, loop)
    ast.copy_location(choice, loop)
    ast.copy_location(choice.test, loop)
    return [question, choice]


def _take(name: str) -> ast.stmt:
    answer = ast.Name("__answer__", ast.Load())
    has_value = ast.Compare(ast.Constant(name), [ast.In()], [answer])
    return ast.If(has_value, [ast.Assign([_stored_name(name)], ast.Subscript(answer, ast.Constant(name), ast.Load()))], [])


def _stored_name(name: str) -> ast.Name:
    return ast.Name(name, ast.Store())


@lru_cache(maxsize=256)
def _loops_of(source: Source) -> dict[tuple[int, int], LoneLoop | None]:
    return {(node.lineno, node.col_offset): as_lone_loop(node) for node in ast.walk(parse_source(source)) if isinstance(node, Loop)}


def find_loop(source: Source, line: int, column: int) -> LoneLoop | None:
    """The loop that begins there: shared, so not to be changed."""
    return _loops_of(source).get((line, column))
