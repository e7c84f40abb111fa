"""The user's part of a traceback: the frames of guarded code, without the runtime's own.

A comprehension that may be cut runs as a function of its source, which the user did not write. What fails in its frame fails, in the user's
eyes, in the frame that the comprehension stands in: from Python 3.12 on that is so for all of a list comprehension, before only for the
start of it, and the elements have a frame of Python's own. When it ran in another process, the frame around is not known before the
traceback arrives: until then the function is called INLINED.
"""

import itertools
from dataclasses import replace
from types import TracebackType

from pyfora.program.nodes import Source, TraceFrame
from ufora.runtime.guard.forks import CALLS
from ufora.runtime.guard.registry import Registry

INLINED = "<in place>"
_ELEMENTS = "<listcomp>"  # before Python 3.12


def user_frames(registry: Registry, error: BaseException) -> tuple[TraceFrame, ...]:
    """Outermost first."""
    found: list[TraceFrame] = []
    trace = error.__traceback__
    while trace is not None:
        frame = _user_frame(registry, trace)
        if frame is not None:
            _settle(found, frame.function)
            found.append(frame)
        trace = trace.tb_next
    _settle(found, "")
    return tuple(found)


def _settle(found: list[TraceFrame], following: str) -> None:
    """Give the last frame its place, now that it is known what follows."""
    if not found or found[-1].function != INLINED:
        return
    if following == _ELEMENTS:
        found.pop()
    elif len(found) > 1:
        last = found.pop()
        found[-1] = replace(last, function=found[-1].function)


def _user_frame(registry: Registry, trace: TracebackType) -> TraceFrame | None:
    code, line = trace.tb_frame.f_code, trace.tb_lineno
    source = registry.find_source(code.co_filename, line)
    if source is None or source.path == CALLS.path:
        return None
    function = INLINED if registry.is_body(code) else code.co_name
    end_line, column, end_column = _position(trace)
    return TraceFrame(code.co_filename, line, function, line_text(source, line), end_line, column, end_column)


def _position(trace: TracebackType) -> tuple[int, int, int]:
    """Line where the code that failed ends, first column, column behind it; zeros when unknown."""
    if trace.tb_lasti < 0:
        return 0, 0, 0
    positions = trace.tb_frame.f_code.co_positions()
    line, end_line, column, end_column = next(itertools.islice(positions, trace.tb_lasti // 2, None))
    if line != trace.tb_lineno or end_line is None or column is None or end_column is None:
        return 0, 0, 0
    return end_line, column, end_column


def line_text(source: Source, line: int) -> str:
    """A line of the user's without the space around it; "" when the source does not hold it."""
    lines = source.text.splitlines()
    return lines[line - source.first_line].strip() if 0 <= line - source.first_line < len(lines) else ""
