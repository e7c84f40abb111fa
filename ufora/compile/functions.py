"""The user's functions: one machine function for each list of argument types they are called with.

i1 f(ptr given, ptr results, words of the arguments…)      true: stopped; else the value lies in results, 8 bytes a word
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]

from ufora.compile.frame import Frame, Unit, Widen
from ufora.compile.spec import Binding, Code, Given
from ufora.compile.statements import write_body, write_return
from ufora.compile.values import I1, I64, POINTER, Meaning, Type, Value, bool_word, word_types


@dataclass(frozen=True, slots=True)
class Written:
    function: Any
    returns: Type


class Functions:
    """Those of one module, by code and types."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._written: dict[tuple[Code, tuple[Type, ...]], Written | None] = {}  #: None while it is being written

    def call(self, frame: Frame, code: Code, args: list[Value], keywords: dict[str, Value]) -> Value:
        values = _bind(frame, code, args, keywords)
        written = self._find(frame, code, tuple(value.type for value in values))
        kinds = word_types(written.returns)
        results = frame.allocate(I64, max(1, len(kinds)))
        words = [word for value in values for word in value.words]
        frame.stop_if(frame.builder.call(written.function, [frame.given, results, *words]))
        loaded = (frame.builder.load(frame.result_slot(results, at), typ=kind) for at, kind in enumerate(kinds))
        return Value(written.returns, tuple(loaded))

    def _find(self, frame: Frame, code: Code, types: tuple[Type, ...]) -> Written:
        key = (code, types)
        if key not in self._written:
            self._written[key] = None
            self._written[key] = self._write(code, types, f"{code.name}.{len(self._written)}")
        written = self._written[key]
        if written is None:
            frame.refuse(f"`{code.name}` calls itself: recursion is not compiled yet")
        return written

    def _write(self, code: Code, types: tuple[Type, ...], name: str) -> Written:
        widened: frozenset[str] = frozenset()
        while True:
            try:
                return self._attempt(code, types, name, widened)
            except Widen as widen:
                widened |= {widen.name}
                del self._unit.module.globals[name]

    def _attempt(self, code: Code, types: tuple[Type, ...], name: str, widened: frozenset[str]) -> Written:
        kinds = [word for kind in types for word in word_types(kind)]
        function = ir.Function(self._unit.module, ir.FunctionType(I1, [POINTER, POINTER, *kinds]), name)
        given, results, *words = function.args
        frame = Frame(self._unit, function, code.path, code.names, given)
        frame.results, frame.widened, frame.line = results, widened, code.tree.lineno
        ir.IRBuilder(frame.stopped).ret(bool_word(True))
        parameters = _parameter_names(frame, code)
        frame.open_scope({*parameters, *_local_names(frame, code.tree)})
        at = 0
        for parameter, kind in zip(parameters, types, strict=True):
            count = len(word_types(kind))
            frame.assign(parameter, Value(kind, tuple(words[at : at + count])))
            at += count
        if isinstance(code.tree, ast.Lambda):
            write_return(frame, frame.settle(self._unit.evaluate(frame, code.tree.body)))
        else:
            write_body(frame, code.tree.body)
        if frame.is_open:  # Python would return None here: for the interpreted tier
            frame.stop()
        frame.finish()
        if frame.returns is None:
            frame.refuse(f"`{code.name}` never returns a value", code.tree)
        return Written(function, frame.returns)


def _parameter_names(frame: Frame, code: Code) -> list[str]:
    args = code.tree.args
    if args.vararg or args.kwarg or args.kwonlyargs:
        frame.refuse(f"`{code.name}` has `*` parameters, which are not compiled", code.tree)
    if isinstance(code.tree, ast.FunctionDef) and code.tree.decorator_list:
        frame.refuse(f"`{code.name}` is decorated", code.tree)
    return [arg.arg for arg in (*args.posonlyargs, *args.args)]


def _bind(frame: Frame, code: Code, args: list[Value], keywords: dict[str, Value]) -> list[Value]:
    """The value of every parameter, as Python finds them."""
    names = _parameter_names(frame, code)
    positional_only = {arg.arg for arg in code.tree.args.posonlyargs}
    if len(args) > len(names) or any(name not in names[len(args) :] or name in positional_only for name in keywords):
        frame.refuse(f"the arguments do not fit `{code.name}`")
    found = dict(zip(names, args, strict=False)) | keywords
    for name, default in zip(reversed(names), reversed(code.defaults), strict=False):
        if name not in found:
            found[name] = _default(frame, default)
    if len(found) < len(names):
        frame.refuse(f"`{code.name}` is called with too few arguments")
    return [found[name] for name in names]


def _default(frame: Frame, binding: Binding) -> Value:
    return frame.unit.load_given(frame, binding) if isinstance(binding, Given) else Value(Meaning(binding), ())


_SCOPES = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def _local_names(frame: Frame, tree: ast.FunctionDef | ast.Lambda) -> set[str]:
    """What the body assigns: those names are local wherever they stand in it."""
    body = tree.body if isinstance(tree.body, list) else [tree.body]
    return {name for node in body for name in _assigned(frame, node, False)}


def _assigned(frame: Frame, node: ast.AST, in_comprehension: bool) -> Iterator[str]:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef() | ast.Lambda() | ast.Global() | ast.Nonlocal() | ast.Delete():
            frame.refuse(f"`{ast.unparse(node).splitlines()[0]}` inside a function is not compiled yet", node)
        case ast.NamedExpr(ast.Name(name)):
            yield name
        case ast.Name(name, ast.Store()) if not in_comprehension:
            yield name
    inside = in_comprehension or isinstance(node, _SCOPES)
    for child in ast.iter_child_nodes(node):
        yield from _assigned(frame, child, inside)
