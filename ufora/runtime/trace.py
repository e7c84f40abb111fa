"""The user's part of a traceback: the frames of guarded code, without the runtime's own."""

import traceback
from types import TracebackType

from pyfora.program.nodes import Source, TraceFrame
from ufora.runtime.guard.forks import CALLS
from ufora.runtime.guard.registry import Registry


def user_frames(registry: Registry, error: BaseException) -> tuple[TraceFrame, ...]:
    """Outermost first. A comprehension's body function is our doing and is left out."""
    return tuple(_frames(registry, error.__traceback__))


def _frames(registry: Registry, trace: TracebackType | None) -> list[TraceFrame]:
    found = []
    for frame, line in traceback.walk_tb(trace):
        code = frame.f_code
        source = registry.find_source(code.co_filename, line)
        if source is not None and source.path != CALLS.path and not registry.is_body(code):
            found.append(TraceFrame(code.co_filename, line, code.co_name, line_text(source, line)))
    return found


def line_text(source: Source, line: int) -> str:
    """A line of the user's without the space around it; "" when the source does not hold it."""
    lines = source.text.splitlines()
    return lines[line - source.first_line].strip() if 0 <= line - source.first_line < len(lines) else ""
