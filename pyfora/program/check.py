"""What code may not contain, judged by its syntax alone. The client checks before it sends, the worker before it runs.

Names are not judged here: what a name means is known where it is resolved, and there the allow list is asked.
"""

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from pyfora.program.allowed import ALLOWED_MODULES, REFUSED_NAMES, REFUSED_STORES, SENSITIVE_ATTRIBUTES, is_allowed, is_allowed_attribute

Owner = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """One thing that may not be; as text it is a sentence for the user."""

    path: str  #: file, as Python shows it
    line: int
    construct: str  #: the code, shortened
    reason: str  #: what is wrong with it
    way_out: str  #: what to do instead, a sentence
    owner: Owner | None = None  #: innermost function it stands in, itself included; None outside of any

    def __str__(self) -> str:
        return f"{self.path}, line {self.line}: `{self.construct}` {self.reason}. {self.way_out}"


_GUARD_PREFIXES = ("__pattern_", "__hoisted_", "__our_", "__plain_")
"""Of names that the worker's guard makes up."""
_INSIDE = "reaches into the interpreter, which code on the cluster may not do"


def check_tree(tree: ast.AST, path: str) -> list[Problem]:
    """All problems of a piece of code, in the order they stand in the tree. `path` is its file, for the messages."""
    found: list[Problem] = []
    stack: list[tuple[ast.AST, Owner | None]] = [(tree, None)]
    while stack:
        node, owner = stack.pop()
        if isinstance(node, Owner):
            owner = node
        found += [
            Problem(path, getattr(node, "lineno", 0), shorten(node), reason, way_out, owner) for reason, way_out in _problems_of(node)
        ]
        stack.extend((child, owner) for child in reversed(list(ast.iter_child_nodes(node))))
    return found


def _problems_of(node: ast.AST) -> Iterator[tuple[str, str]]:
    """Reason and way out for each problem of this node alone."""
    match node:
        case ast.AsyncFunctionDef() | ast.AsyncFor() | ast.AsyncWith() | ast.Await():
            yield "is asynchronous", _SIDE_BY_SIDE
        case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp() if any(each.is_async for each in node.generators):
            yield "is asynchronous", _SIDE_BY_SIDE
        case ast.Global():
            yield "changes names outside the function", "Return the value and assign it where the function is called."
        case ast.TryStar():
            yield "handles exception groups, which cannot happen on the cluster", "Use a plain `except`."
        case ast.Attribute(attr=name) if not is_allowed_attribute(name):
            yield _INSIDE, f"Leave `{name}` out."
        case ast.Attribute(attr=name, ctx=ast.Store() | ast.Del()) if name in REFUSED_STORES:
            yield "changes how an object works", f"Define `{name}` in its class."
        case ast.MatchClass(kwd_attrs=names) if not all(map(_may_be_matched, names)):
            yield _INSIDE, "Match other attributes."
        case ast.Import():
            yield from (problem for each in node.names for problem in _imported(each.name))
        case ast.ImportFrom():
            yield from _imported_from(node)
    for name in _names_in(node):
        if name in REFUSED_NAMES or name.startswith(_GUARD_PREFIXES):
            yield _INSIDE, f"Leave `{name}` out."


def _may_be_matched(name: str) -> bool:
    return is_allowed_attribute(name) and name not in SENSITIVE_ATTRIBUTES


def _names_in(node: ast.AST) -> Iterator[str]:
    """The names that a node reads or binds, itself alone."""
    match node:
        case ast.Name(id=name) | ast.arg(arg=name) | ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            yield name
        case ast.MatchMapping(rest=str(name)) | ast.alias(asname=str(name)):
            yield name
        case ast.Global(names=names) | ast.Nonlocal(names=names):
            yield from names


def _imported(module: str) -> Iterator[tuple[str, str]]:
    if module in ALLOWED_MODULES:
        return
    if module.partition(".")[0] in sys.stdlib_module_names or module.partition(".")[0] in ALLOWED_MODULES:
        yield refuse_module(module)
    else:
        yield "imports a module inside code for the cluster", "Import it at the top of the file: it then travels along."


def _imported_from(node: ast.ImportFrom) -> Iterator[tuple[str, str]]:
    if node.level or not node.module:
        yield "imports a module inside code for the cluster", "Import it at the top of the file: it then travels along."
        return
    problems = list(_imported(node.module))
    yield from problems
    for each in [] if problems else node.names:
        if each.name == "*":
            yield "imports names that cannot be known beforehand", "Name what you need."
        elif not is_allowed(f"{node.module}.{each.name}"):
            yield refuse_member(f"{node.module}.{each.name}")


_WAYS_OUT = {
    "open": ("reads or writes a file", "Read the data before the block and use the value inside it."),
    "input": ("asks the user", "Ask before the block and use the value inside it."),
    "eval": ("runs code made from text", "Write the code out, or pass a function."),
    "exec": ("runs code made from text", "Write the code out, or pass a function."),
    "compile": ("runs code made from text", "Write the code out, or pass a function."),
    "ExceptionGroup": ("makes an exception group", "Raise one exception."),
    "BaseExceptionGroup": ("makes an exception group", "Raise one exception."),
    "id": ("asks for an address in memory, which differs from machine to machine", "Compare with `is`, or number the things yourself."),
    **dict.fromkeys(("globals", "locals", "vars", "dir"), ("asks the interpreter for names", "Name what you need.")),
    "time": ("asks the clock", "Ask before the block and use the value inside it."),
    "random": ("draws from a state shared by the whole program", "Make a generator with a seed: `random.Random(seed)`."),
}


_SIDE_BY_SIDE = "Write it as ordinary code: the cluster finds what can run side by side."
_MODULES_WAYS_OUT = {
    "datetime": _WAYS_OUT["time"][1],
    "time": "Ask the clock before the block and use the value inside it; nothing there needs to sleep.",
    **dict.fromkeys(("random", "secrets", "uuid"), _WAYS_OUT["random"][1]),
    **dict.fromkeys(("asyncio", "concurrent", "multiprocessing", "queue", "threading"), _SIDE_BY_SIDE),
    "logging": "Use `print`: its text arrives where the block stands.",
}


def refuse_builtin(name: str) -> tuple[str, str]:
    """Reason and way out for a builtin that is not allowed."""
    what, way_out = _WAYS_OUT.get(name, ("reaches outside of pure code", "Do it before or after the block."))
    return f"{what}, which code on the cluster may not do", way_out


def refuse_module(name: str) -> tuple[str, str]:
    """Reason and way out for a module that is not allowed."""
    way_out = _MODULES_WAYS_OUT.get(name.partition(".")[0], "Do this before or after the block, and use the value inside it.")
    return f"uses the module {name}, which is not one that code on the cluster may use", way_out


def refuse_member(path: str) -> tuple[str, str]:
    """Reason and way out for a member of an allowed module."""
    top = path.partition(".")[0]
    way_out = _WAYS_OUT["random"][1] if top == "random" else "Do this before or after the block, and use the value inside it."
    if path.startswith("numpy.random."):
        way_out = "Make a generator with a seed: `numpy.random.default_rng(seed)`."
    return f"uses {path}, which is not among what code on the cluster may use", way_out


def shorten(node: ast.AST) -> str:
    """The first line of a node's code, at most 60 characters."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        word = "async def" if isinstance(node, ast.AsyncFunctionDef) else "def"
        return f"{word} {node.name}(…)"
    if isinstance(node, ast.TryStar):
        return "except* " + ", ".join(ast.unparse(each.type) for each in node.handlers if each.type is not None)
    text = ast.unparse(node) if isinstance(node, ast.stmt | ast.expr | ast.pattern) else type(node).__name__
    first, _, more = text.partition("\n")
    return first[:60] + ("…" if more or len(first) > 60 else "")
