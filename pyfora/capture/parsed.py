"""A whole file or cell, parsed: which place a code object was compiled from, and the small Source that holds a place.

Code objects are compared with what the text compiles to now, so a file edited after its import is noticed and never believed.
"""

import __future__

import ast
import dis
import io
import operator
from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache
from types import CodeType

from pyfora.program.nodes import Source
from pyfora.program.places import Place, list_places, parse_source

_FUTURES = sum({getattr(__future__, name).compiler_flag for name in __future__.all_feature_names})
_REWRITTEN = "@py"  # names that pytest gives its helpers where it rewrites asserts

Span = tuple[int, int, int, int]  #: first line, last line, first column, column after the last, as in the syntax tree


def span_of(node: ast.AST) -> Span:
    return (node.lineno, node.end_lineno, node.col_offset, node.end_col_offset)  # type: ignore[attr-defined]


def first_line_of(node: ast.AST) -> int:
    """The line a place begins with, decorators included: that of its code object."""
    lines: list[int] = [node.lineno, *(each.lineno for each in getattr(node, "decorator_list", ()))]  # type: ignore[attr-defined]
    return min(lines)


def _opening_of(place: ast.AST) -> tuple[str, int]:
    """`co_name` and `co_firstlineno` of a place's code."""
    return getattr(place, "name", "<lambda>"), first_line_of(place)


def walk_code(code: CodeType) -> Iterator[CodeType]:
    """A code object and all those in it."""
    yield code
    for const in code.co_consts:
        if isinstance(const, CodeType):
            yield from walk_code(const)


def _is_same(one: CodeType, other: CodeType) -> bool:
    return _with_equal_nans(one) == _with_equal_nans(other)


def _with_equal_nans(code: CodeType) -> CodeType:
    """The code for comparing: Python folds `1e308 * 10 % 2.0` to a NaN, and no NaN equals that of another compilation."""
    consts = tuple(map(_equal_to_itself, code.co_consts))
    return code if all(map(operator.is_, consts, code.co_consts)) else code.replace(co_consts=consts)


def _equal_to_itself(const: object) -> object:
    if isinstance(const, CodeType):
        return _with_equal_nans(const)
    return ("NaN", repr(const)) if isinstance(const, float | complex) and const != const else const


def is_rewritten(code: CodeType) -> bool:
    """Were the asserts in it rewritten by pytest? Then it cannot equal what its text compiles to."""
    return any(name.startswith(_REWRITTEN) for each in walk_code(code) for name in (*each.co_names, *each.co_freevars))


@lru_cache(maxsize=64)
def parse_text(path: str, text: str) -> "ParsedText | None":
    """None when the text is not Python."""
    try:
        return ParsedText(path, text)
    except (SyntaxError, ValueError):
        return None


class ParsedText:
    """A text with its syntax tree. Shared: nothing in it is changed after it is made."""

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.lines = io.StringIO(text).readlines()  # str.splitlines would also split at form feeds
        self.tree = ast.parse(text, filename=path)
        self.places = list_places(self.tree)
        self._compiled: dict[tuple[int, str], CodeType] = {}

    @cached_property
    def parents(self) -> dict[ast.AST, ast.AST]:
        return {child: node for node in ast.walk(self.tree) for child in ast.iter_child_nodes(node)}

    def compiled(self, flags: int, mode: str = "exec") -> CodeType:
        """What the text compiles to, with the __future__ features in these code flags."""
        key = (flags & _FUTURES, mode)
        if key not in self._compiled:
            tree = self.tree if mode == "exec" else ast.Interactive(body=self.tree.body)
            options = key[0] | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
            self._compiled[key] = compile(tree, self.path, mode, flags=options, dont_inherit=True)
        return self._compiled[key]

    def find_function(self, code: CodeType) -> Place | None:
        """The `def` or `lambda` that this code was compiled from, exactly."""
        kind = ast.Lambda if code.co_name == "<lambda>" else ast.FunctionDef | ast.AsyncFunctionDef
        nearby = [
            place
            for place in self.places
            if isinstance(place, kind)
            and first_line_of(place) == code.co_firstlineno
            and getattr(place, "name", "<lambda>") == code.co_name
        ]
        same = [each for each in walk_code(self.compiled(code.co_flags)) if _is_same(each, code)] if nearby else []
        if not same and not (nearby and is_rewritten(code)):
            return None
        return nearby[0] if len(nearby) == 1 else self._pick_lambda(nearby, code)

    def _pick_lambda(self, nearby: Sequence[Place], code: CodeType) -> Place | None:
        """Which of several lambdas on one line: all are given lines of their own, and the code is found by its number among all."""
        tree = ast.parse("".join(self.lines), filename=self.path)
        places = list_places(tree)
        for mark, place in enumerate(nearby, start=len(self.lines) + 1):
            twin = places[self.places.index(place)]
            twin.lineno = twin.end_lineno = mark
        marked = compile(tree, self.path, "exec", flags=(code.co_flags & _FUTURES) | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
        for same, twin_code in zip(walk_code(self.compiled(code.co_flags)), walk_code(marked), strict=True):
            if _is_same(same, code):
                return nearby[twin_code.co_firstlineno - len(self.lines) - 1]
        return None

    def scope_code(self, scope: ast.AST | None, flags: int, mode: str) -> CodeType | None:
        """What a `def` or `class` of this text (None: the whole text) compiles to."""
        top = self.compiled(flags, mode)
        if scope is None:
            return top
        return next((code for code in walk_code(top) if (code.co_name, code.co_firstlineno) == _opening_of(scope)), None)

    def find_scope(self, node: ast.AST) -> ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | None:
        """The `def` or `class` around a statement; None at the top level."""
        parent = self.parents.get(node)
        while parent is not None and not isinstance(parent, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            parent = self.parents.get(parent)
        return parent

    def cut_source(self, place: Place) -> tuple[Source, int]:
        """The smallest Source with this place in it, and the place's number there."""
        node: ast.AST | None = self._class_around(place) if _has_private_names(place) else place
        while node is not None and not isinstance(node, ast.Module):
            if isinstance(node, ast.stmt):
                source = self._lines_of(node)
                ordinal = _ordinal_in(source, place)
                if ordinal is not None:
                    return source, ordinal
            node = self.parents.get(node)
        whole = Source(self.path, 1, "".join(self.lines))
        return whole, self.places.index(place)

    def _lines_of(self, statement: ast.stmt) -> Source:
        first = first_line_of(statement)
        return Source(self.path, first, "".join(self.lines[first - 1 : statement.end_lineno]))

    def _class_around(self, place: Place) -> ast.AST:
        """The class whose name is mixed into the private names of a place; the place itself outside of classes."""
        node = self.parents.get(place)
        while node is not None and not isinstance(node, ast.ClassDef):
            node = self.parents.get(node)
        return place if node is None else node


def _ordinal_in(source: Source, place: Place) -> int | None:
    try:
        places = list_places(parse_source(source))
    except SyntaxError:
        return None
    span = span_of(place)
    return next((number for number, each in enumerate(places) if type(each) is type(place) and span_of(each) == span), None)


def _has_private_names(place: Place) -> bool:
    for node in ast.walk(place):
        name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
        if name.startswith("__") and not name.endswith("__"):
            return True
    return False


_NO_MEANING = frozenset(
    {"RESUME", "COPY", "SWAP", "NOP", "CACHE", "EXTENDED_ARG", "CALL_INTRINSIC_1", "RETURN_CONST", "PRINT_EXPR", "RERAISE"}
)


def is_same_between(live: CodeType, compiled: CodeType, first: int, last: int) -> bool:
    """Do two code objects do the same on these lines? What lies before and behind may differ: cells compile statement by statement."""
    return _meaning(live, first, last) == _meaning(compiled, first, last)


def _meaning(code: CodeType, first: int, last: int) -> list[tuple[str, object]]:
    jumps = {*dis.hasjrel, *dis.hasjabs}
    return [
        (each.opname, each.argrepr if each.opname == "BINARY_OP" else _equal_to_itself(each.argval))
        for each in dis.get_instructions(code)
        if each.arg is not None
        and each.positions is not None
        and first <= (each.positions.lineno or 0) <= last
        and each.opcode not in jumps
        and each.opname not in _NO_MEANING
        and not (each.opname == "LOAD_CONST" and each.argval is None)
    ]
