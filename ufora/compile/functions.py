"""The user's functions: one machine function for each list of argument types, and of ranges of ints, that they are called with.

    i1 f(ptr given, ptr results, i64 depth, words of the arguments…)    true: stopped; else the value lies in results, 8 bytes a word

A function may call itself, also through others: such a call has the type of the `return` that stands before it. `depth` counts
calls within each other; far below the depth at which CPython raises RecursionError the element stops.
"""

import ast
from collections.abc import Iterator, Mapping, Sequence

from llvmlite import ir  # type: ignore[import-untyped]

from ufora.compile import holders
from ufora.compile.arguments import bind_arguments, parameter_names
from ufora.compile.flag import NOW
from ufora.compile.frame import Frame, Unit
from ufora.compile.joins import RETURN, Widen
from ufora.compile.ranges import Range, coarsen, list_limits
from ufora.compile.recursion import DEPTH_LIMIT, begin, check_depth, deepen
from ufora.compile.spec import Code
from ufora.compile.statements import write_body, write_return
from ufora.compile.turns import assign_together
from ufora.compile.values import (
    BOOL,
    FLOAT,
    I1,
    I64,
    NONE,
    POINTER,
    Nothing,
    Number,
    Type,
    Value,
    Word,
    bool_word,
    int_word,
    join_tuple,
    word_types,
)

MOST_VERSIONS = 3
"""Of one function for the same types, by what is known of its arguments; one more is for all others. Guessed: each takes time."""

_Key = tuple[Code, tuple[Type, ...], tuple[Range, ...]]
"""A function, and the types and ranges of the words that it is written for."""


class Functions:
    """Those of one module, by code and types."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._frames: dict[_Key, Frame] = {}  #: of functions written, and of those being written
        self._count = 0

    def call(self, frame: Frame, code: Code, args: list[Value], keywords: dict[str, Value]) -> Value:
        frame.calls = True
        values = bind_arguments(frame, code, args, keywords)
        types = tuple(value.type for value in values)
        known = [of for value in values for of in frame.ranges.of_words(value)]
        called = self._find(code, types, self._choose_ranges(code, types, known))
        if called.returns is None:
            frame.refuse(f"`{code.name}` calls itself before its first `return`: the type of its value is not known there")
        depth = self._deepen(frame, called)
        builder = frame.builder
        kinds = word_types(called.returns)
        results = frame.allocate(I64, max(1, len(kinds)))
        words = [word for value in values for word in value.words]
        with holders.holding(frame, values):  # or its own parameters would be the last that hold them
            frame.stop_with(builder.call(called.function, [frame.given, results, depth, *words]))
        loaded = [builder.load(frame.result_slot(results, at), typ=kind) for at, kind in enumerate(kinds)]
        if called.is_finished:
            for word, of, limits in zip(loaded, called.returned, list_limits(called.returns), strict=True):
                frame.ranges.note(word, of, limits)
        return Value(called.returns, tuple(loaded))

    def _deepen(self, frame: Frame, called: Frame) -> Word:
        """How many calls the called function stands in."""
        if not called.is_finished:  # it calls itself
            self._unit.is_heavy = True
            if called is frame:
                return deepen(frame)
            frame.poll(NOW)
        depth = frame.builder.add(frame.depth, int_word(1))
        if called.is_finished and not called.calls:  # one more, at the very end
            return depth
        check_depth(frame, frame.builder.icmp_signed(">", depth, int_word(DEPTH_LIMIT)))
        return depth

    def _choose_ranges(self, code: Code, types: tuple[Type, ...], found: list[Range]) -> tuple[Range, ...]:
        """What a function is told of its parameters: for few different calls, and nothing where it calls itself."""
        nothing = tuple(limits for kind in types for limits in list_limits(kind))
        written = {ranges for other, kinds, ranges in self._frames if (other, kinds) == (code, types)}
        calls_itself = any(binding is code for binding in code.names.values())
        is_open = any(other is code and not frame.is_finished for (other, _, _), frame in self._frames.items())
        chosen = tuple(coarsen(known) for known in found)
        return chosen if chosen in written or (len(written) < MOST_VERSIONS and not calls_itself and not is_open) else nothing

    def _find(self, code: Code, types: tuple[Type, ...], known: tuple[Range, ...]) -> Frame:
        key = (code, types, known)
        widened: dict[str, Type] = {}
        while key not in self._frames:
            before = len(self._frames)
            try:
                self._write(key, widened)
            except Widen as widen:
                widened = {**widened, widen.name: widen.kind}
                self._forget(before)
        return self._frames[key]

    def _forget(self, count: int) -> None:
        """Drop all functions but the first ones: they may call one that is to be written again."""
        for key in list(self._frames)[count:]:
            del self._unit.module.globals[self._frames.pop(key).function.name]

    def _write(self, key: _Key, widened: Mapping[str, Type]) -> None:
        code, types, known = key
        kinds = [word for kind in types for word in word_types(kind)]
        self._count += 1
        signature = ir.FunctionType(I1, [POINTER, POINTER, I64, *kinds])
        function = ir.Function(self._unit.module, signature, f"{code.name}.{self._unit.label}{self._count}")
        given, results, depth, *words = function.args
        frame = Frame(self._unit, function, code, given, depth)
        self._frames[key] = frame
        frame.results, frame.widened, frame.types = results, widened, types
        frame.returns = widened.get(RETURN)
        ir.IRBuilder(frame.stopped).ret(bool_word(True))
        words = begin(frame, code, types, words)
        parameters = parameter_names(frame, code)
        frame.open_scope([*parameters, *_list_assigned(frame, code.tree)])
        limits = [limits for kind in types for limits in list_limits(kind)]
        for word, of, within in zip(words, known, limits, strict=True):
            frame.ranges.note(word, of, within)
        assign_together(frame, parameters, split_words(types, words))
        if isinstance(code.tree, ast.Lambda):
            write_return(frame, self._unit.evaluate(frame, code.tree.body))
        else:
            write_body(frame, code.tree.body)
        if frame.is_open and code.outcome:
            write_return(frame, _outcome(frame, code.outcome))
        elif frame.is_open and (frame.returns is None or isinstance(frame.returns, Nothing)):
            write_return(frame, NONE)
        elif frame.is_open:  # Python would return None here: for the interpreted tier
            frame.stop(f"`{code.name}` ends without `return`")
        frame.finish()
        if frame.returns is None:
            frame.refuse(f"`{code.name}` never returns a value", code.tree)


def _outcome(frame: Frame, names: Sequence[str]) -> Value:
    """What names hold at the end of a loop that stands alone; see Code.outcome."""
    return join_tuple([join_tuple(_look(frame, name)) for name in names])


def _look(frame: Frame, name: str) -> list[Value]:
    """Has a local variable a value, and which? A Number's two words stand as a float and a bool."""
    variable = frame.find_variable(name)
    if variable is None or variable.type is None:
        return [Value(BOOL, (bool_word(False),))]
    builder = frame.builder
    words = tuple(builder.load(slot, typ=kind) for slot, kind in zip(variable.slots, word_types(variable.type), strict=True))
    bound = Value(BOOL, (builder.load(variable.bound, typ=I1),))
    if isinstance(variable.type, Number):
        return [bound, Value(FLOAT, words[:1]), Value(BOOL, words[1:])]
    return [bound, Value(variable.type, words)]


def split_words(types: Sequence[Type], words: Sequence[Word]) -> list[Value]:
    """The values of these types that lie one behind the other."""
    values, at = [], 0
    for kind in types:
        count = len(word_types(kind))
        values.append(Value(kind, tuple(words[at : at + count])))
        at += count
    return values


_SCOPES = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def _list_assigned(frame: Frame, tree: ast.FunctionDef | ast.Lambda) -> list[str]:
    """What the body assigns, place by place: those names are local wherever they stand in it."""
    body = tree.body if isinstance(tree.body, list) else [tree.body]
    return [name for node in body for name in _assigned(frame, node, False)]


def _assigned(frame: Frame, node: ast.AST, in_comprehension: bool) -> Iterator[str]:
    match node:
        case ast.Delete(targets) if all(isinstance(target, ast.Subscript) for target in targets):
            pass
        case ast.Lambda():  # which has names of its own
            return
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef() | ast.Global() | ast.Nonlocal() | ast.Delete():
            frame.refuse(f"`{ast.unparse(node).splitlines()[0]}` inside a function is not compiled yet", node)
        case ast.NamedExpr(ast.Name(name)):
            yield name
        case ast.Name(name, ast.Store()) if not in_comprehension:
            yield name
    inside = in_comprehension or isinstance(node, _SCOPES)
    for child in ast.iter_child_nodes(node):
        yield from _assigned(frame, child, inside)
