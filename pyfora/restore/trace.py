"""Tracebacks through the user's own lines, of frames that ran on another machine.

Python makes a traceback of live frames only. So for each frame that ran there, a frame of that file, function and line is made here:
a piece of code that does nothing but raise.
"""

import ast
import linecache
import traceback
from collections.abc import Sequence
from types import TracebackType

from pyfora.program.nodes import TraceFrame


def attach_trace(error: BaseException, frames: Sequence[TraceFrame]) -> BaseException:
    """The same exception, with a traceback through these frames, outermost first."""
    trace: TracebackType | None = None
    for frame in reversed(frames):
        trace = _make_traceback(frame, trace)
    return error.with_traceback(trace)


def _make_traceback(frame: TraceFrame, inner: TracebackType | None) -> TracebackType:
    line = max(frame.line, 1)
    is_known = (frame.end_line, frame.end_column) > (line, frame.column) and frame.end_line >= line
    end_line, column, end_column = (frame.end_line, frame.column, frame.end_column) if is_known else (line, -1, -1)
    statement = ast.Raise(ast.Name("Exception", ast.Load()))
    for node in (statement, statement.exc):
        node.lineno, node.end_lineno = line, end_line  # type: ignore[union-attr]
        node.col_offset, node.end_col_offset = column, end_column  # type: ignore[union-attr]
    code = compile(ast.Module([statement], []), frame.path.replace("\0", "?"), "exec", dont_inherit=True)
    try:
        exec(code.replace(co_name=frame.function, co_qualname=frame.function), {"__name__": "", "Exception": _Here})
    except _Here as here:
        *_, (made, _) = traceback.walk_tb(here.__traceback__)
        return TracebackType(inner, made, made.f_lasti, line)
    raise AssertionError("a statement that only raises did not raise")


class _Here(Exception):  # noqa: N818 - nobody sees it
    pass


def format_error(error: BaseException, frames: Sequence[TraceFrame]) -> str:
    """A restored exception's traceback as Python prints it, chain and marks included; without a newline at the end.

    Where Python does not find the lines as they ran, those that came along are shown, of this exception alone."""
    if all(not frame.text or linecache.getline(frame.path, frame.line).strip() == frame.text for frame in frames):
        return "".join(traceback.format_exception(error)).removesuffix("\n")
    return format_trace(type(error).__qualname__, str(error), frames)


def format_trace(error_type: str, text: str, frames: Sequence[TraceFrame]) -> str:
    """A traceback as Python prints it, without a newline at the end. `text` is the message, `error_type` the qualified name."""
    summary = traceback.StackSummary.from_list([(frame.path, frame.line, frame.function, frame.text) for frame in frames])
    lines = ["Traceback (most recent call last):\n", *summary.format()] if frames else []
    return "".join(lines) + (f"{error_type}: {text}" if text else error_type)
