"""The source of live functions, classes and with-blocks on the client.

Raises PythonToForaConversionError (BadWithBlockError for blocks) when a source is there but is not what is running.
"""

import ast
import dis
import linecache
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import CodeType, FunctionType

from pyfora.capture.origin import CodePlace
from pyfora.capture.parsed import ParsedText, Span, first_line_of, is_rewritten, is_same_between, parse_text, span_of
from pyfora.capture.texts import find_file_texts, find_history_texts, find_texts
from pyfora.errors import BadWithBlockError, PythonToForaConversionError
from pyfora.program.nodes import Source


def find_code(code: FunctionType | type) -> CodePlace | None:
    """Where the source of a function or class is; None when it has none."""
    return find_function(code) if isinstance(code, FunctionType) else find_class(code)


def find_function(function: FunctionType) -> CodePlace | None:
    code = function.__code__
    edited = False
    for parsed in _parsed_texts(find_texts(code, function.__globals__), code.co_filename):
        place = parsed.find_function(code)
        if place is not None:
            source, ordinal = parsed.cut_source(place)
            return CodePlace(source, ordinal, function.__globals__)
        edited = True
    if edited and not code.co_filename.startswith("<"):
        raise PythonToForaConversionError(_changed(code.co_filename, code.co_firstlineno, f"`{function.__qualname__}`"))
    return None


def _changed(path: str, line: int, what: str) -> str:
    return f"{path}, line {line}: {what} is not what the file says now: it was changed since it was imported. Start Python anew."


def _parsed_texts(texts: Iterator[str], path: str) -> Iterator[ParsedText]:
    for text in texts:
        parsed = parse_text(path, text)
        if parsed is not None:
            yield parsed


def find_class(cls: type) -> CodePlace | None:
    """The class statement: it has the class's qualified name, and its functions are those of the class."""
    module = sys.modules.get(cls.__module__)
    names: Mapping[str, object] = vars(module) if module is not None else {}
    functions = [each.__code__ for each in _functions_of(cls)]
    edited = None
    for parsed in _class_texts(cls, functions, names):
        found = [place for place in parsed.places if isinstance(place, ast.ClassDef) and _qualname_of(parsed, place) == cls.__qualname__]
        for place in reversed(_at_line(found, cls)):
            if _holds(parsed, place, functions):
                source, ordinal = parsed.cut_source(place)
                return CodePlace(source, ordinal, names)
            edited = place, parsed.path
    if edited is not None and functions:
        raise PythonToForaConversionError(_changed(edited[1], edited[0].lineno, f"the class `{cls.__qualname__}`"))
    return None


def _functions_of(cls: type) -> Iterator[FunctionType]:
    """Functions written in the class statement."""
    for value in vars(cls).values():
        for part in (value, *(getattr(value, name, None) for name in ("__func__", "fget", "fset", "fdel", "func"))):
            inner = getattr(part, "__wrapped__", part)
            if not isinstance(inner, FunctionType) or inner.__code__.co_filename == "<string>":  # dataclasses make some from text
                continue
            if inner.__module__ == cls.__module__ and inner.__qualname__ == f"{cls.__qualname__}.{inner.__name__}":
                yield inner


def _class_texts(cls: type, functions: list[CodeType], names: Mapping[str, object]) -> Iterator[ParsedText]:
    """Texts that may hold the class statement."""
    line = getattr(cls, "__firstlineno__", None)
    for code in functions[:1]:
        yield from _parsed_texts(find_file_texts(code.co_filename, names), code.co_filename)
    path = names.get("__file__")
    if isinstance(path, str):
        yield from _parsed_texts(find_file_texts(path, names), path)
    elif not functions:
        for cell in [name for name in reversed(list(linecache.cache)) if name.startswith("<") or "ipykernel" in name]:
            yield from _parsed_texts(find_file_texts(cell, {}), cell)
    yield from _parsed_texts(find_file_texts("<string>", {}), "<string>")
    yield from _parsed_texts(find_history_texts(f"class {cls.__name__}", line or 1), "<stdin>")


def _qualname_of(parsed: ParsedText, place: ast.AST) -> str:
    scope = parsed.find_scope(place)
    name: str = place.name  # type: ignore[attr-defined]
    if scope is None:
        return name
    inner = "" if isinstance(scope, ast.ClassDef) else ".<locals>"
    return f"{_qualname_of(parsed, scope)}{inner}.{name}"


def _at_line(found: list[ast.ClassDef], cls: type) -> list[ast.ClassDef]:
    line = getattr(cls, "__firstlineno__", None)
    return [place for place in found if line is None or first_line_of(place) == line]


def _holds(parsed: ParsedText, place: ast.ClassDef, functions: list[CodeType]) -> bool:
    """Was each function of the class compiled from this statement?"""
    inside = [code for code in functions if first_line_of(place) <= code.co_firstlineno <= (place.end_lineno or 0)]
    return bool(inside) >= bool(functions) and all(parsed.find_function(code) is not None for code in inside)


@dataclass(frozen=True, slots=True)
class BlockPlace:
    """The source of a with-block."""

    source: Source
    ordinal: int
    statement: ast.With
    is_last_item: bool  #: ours is the last, or only, context manager of the statement
    global_names: frozenset[str]  #: names that the function around declares global


def find_block(code: CodeType, instruction: int, names: Mapping[str, object]) -> BlockPlace:
    """The with statement that is being entered at this instruction of a frame's code."""
    span, line = _span_at(code, instruction)
    seen = False
    for parsed in _parsed_texts(find_texts(code, names), code.co_filename):
        seen = True
        for statement in parsed.places:
            if isinstance(statement, ast.With) and span in _spans_of(statement) and _is_running(parsed, statement, code):
                return _block_place(parsed, statement, code, instruction)
    if not seen or code.co_filename == "<stdin>":
        raise BadWithBlockError(
            f"{code.co_filename}, line {line}: Python keeps no source text for this with-block. "
            "Put it into a file or a notebook cell; plain prompts keep it from Python 3.13 on."
        )
    raise BadWithBlockError(_changed(code.co_filename, line, "the with-block"))


def _spans_of(statement: ast.With) -> list[Span]:
    """What Python may say it is at when it enters a context manager: the statement (until 3.12) or the manager."""
    return [span_of(statement), *(span_of(item.context_expr) for item in statement.items)]


def _span_at(code: CodeType, instruction: int) -> tuple[Span, int]:
    first, last, start, stop = list(code.co_positions())[instruction // 2]
    if first is None or last is None or start is None or stop is None:
        raise BadWithBlockError(
            f"{code.co_filename}: the with-block cannot be found, because Python was told to keep no columns. "
            "Run it without `-X no_debug_ranges` and without PYTHONNODEBUGRANGES."
        )
    return (first, last, start, stop), first


def _is_running(parsed: ParsedText, statement: ast.With, code: CodeType) -> bool:
    """Does the frame's code do what the statement says?"""
    if is_rewritten(code):
        return True
    scope = parsed.find_scope(statement)
    last = statement.end_lineno or statement.lineno
    for mode in ("exec", "single") if scope is None else ("exec",):
        compiled = parsed.scope_code(scope, code.co_flags, mode)
        if compiled is not None and is_same_between(code, compiled, statement.lineno, last):
            return True
    return False


def _block_place(parsed: ParsedText, statement: ast.With, code: CodeType, instruction: int) -> BlockPlace:
    source, ordinal = parsed.cut_source(statement)
    positions = list(code.co_positions())
    later = [
        each.offset
        for each in dis.get_instructions(code)
        if each.opname == "BEFORE_WITH" and each.offset > instruction and positions[each.offset // 2] == (span_of(statement))
    ]
    item = statement.items[-1].context_expr
    span = positions[instruction // 2]
    is_last = len(statement.items) == 1 or (span == span_of(item) if span != span_of(statement) else not later)
    scope = parsed.find_scope(statement)
    declared = [node for node in ast.walk(scope) if isinstance(node, ast.Global)] if scope is not None else []
    names = frozenset(name for node in declared if parsed.find_scope(node) is scope for name in node.names)
    return BlockPlace(source, ordinal, statement, is_last, names)
