"""The with-block: its body is captured, skipped, run elsewhere, and its names are written back.

    with executor.remotely.downloadAll():    __enter__ captures the body and sets a trap: a trace function on the caller's frame
        x = f(y)                             the trap springs at the next instruction and raises _Skip: nothing of the body runs
    print(x)                                 __exit__ swallows _Skip, runs the Program and writes the names into the frame

The trap watches instructions, not lines, since the body may stand on the line of the `with`. This is the only module that touches
frames and tracing. Before Python 3.13 the variables of a running function are written with PyFrame_LocalsToFast.
"""

import ctypes
import opcode
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from inspect import CO_OPTIMIZED
from types import CodeType, FrameType, TracebackType
from typing import Any

from pyfora.capture.block import check_block
from pyfora.capture.code import MISSING, bind_names
from pyfora.capture.encoder import Encoder
from pyfora.capture.free_names import Names, find_names, find_problems
from pyfora.capture.origin import Origin
from pyfora.capture.sources import BlockPlace, find_block
from pyfora.errors import BadWithBlockError, PythonToForaConversionError
from pyfora.program.nodes import Block, Program


@dataclass(frozen=True, slots=True)
class BlockResult:
    values: Mapping[str, object]  #: names that the block bound
    error: BaseException | None  #: what it raised, or why it could not run


class _Skip(BaseException):
    """Raised in the user's frame in place of the body."""


@dataclass(frozen=True, slots=True)
class _Tracing:
    """What was being traced before."""

    function: Any
    frame_function: Any
    opcodes: bool


class WithBlock:
    """The context manager that `executor.remotely.downloadAll()` gives. It may be entered many times, also at once in several threads."""

    def __init__(
        self, origin: Origin, run: Callable[[Program], BlockResult], note_capture: Callable[[float], None] = lambda seconds: None
    ) -> None:
        """`note_capture` is told how long capturing took, in the thread that enters the block, before `run` is called there."""
        self._origin = origin
        self._run = run
        self._note_capture = note_capture
        self._entered: dict[FrameType, tuple[Program, Names, BlockPlace, _Tracing]] = {}

    def __enter__(self) -> None:
        began = time.perf_counter()
        frame = sys._getframe(1)
        place = _find_place(frame)
        names = find_names(place.source, place.ordinal)
        program = _capture(frame, place, names, self._origin)
        self._note_capture(time.perf_counter() - began)
        _TRACING.acquire()
        try:
            self._entered[frame] = (program, names, place, _set_trap(frame, _Skip()))
        except BaseException:  # then there is no trap that `__exit__` takes away
            _TRACING.release()
            raise

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> bool:
        frame = sys._getframe(1)
        program, names, place, before = self._entered.pop(frame)
        _restore_tracing(frame, before)
        _TRACING.release()
        if isinstance(error, KeyboardInterrupt):
            return False  # Ctrl-C came in just that moment
        if not isinstance(error, _Skip):
            raise BadWithBlockError(
                f"{_where(frame)}: the body of the with-block was not skipped but ran here. Leave out what traces Python."
            )
        try:
            self._finish(frame, program, names, place)
        except BaseException as raised:
            _forget_context(raised, error)
            raise
        return True

    def _finish(self, frame: FrameType, program: Program, names: Names, place: BlockPlace) -> None:
        result = self._run(program)
        wanted = {name: result.values[name] for name in names.binds if name in result.values}
        gone = [name for name in names.deletes if name not in result.values] if result.error is None else []
        _write_names(frame, wanted, gone, place.global_names)
        if result.error is not None:
            context = result.error.__context__  # raising overwrites it
            try:
                raise result.error
            except BaseException as raised:
                raised.__context__ = context
                raise


def _forget_context(raised: BaseException, skip: BaseException) -> None:
    """Nobody shall read "during handling of _Skip": take it out of the chain."""
    while raised.__context__ is not None:
        if raised.__context__ is skip:
            raised.__context__ = None
            return
        raised = raised.__context__


def _where(frame: FrameType) -> str:
    return f"{frame.f_code.co_filename}, line {frame.f_lineno}"


# finding and capturing


_places: dict[tuple[int, int], tuple[CodeType, BlockPlace]] = {}
"""With statements by the identity of their code and the instruction that enters them; the code is kept so that its number stays its own."""


def _find_place(frame: FrameType) -> BlockPlace:
    key = (id(frame.f_code), frame.f_lasti)
    known = _places.get(key)
    if known is None:
        code = frame.f_code
        if frame.f_lasti < 0 or opcode.opname[code.co_code[frame.f_lasti]] != "BEFORE_WITH":
            raise BadWithBlockError(
                f"{_where(frame)}: a remote block must be entered by a `with` statement: `with executor.remotely.downloadAll():`."
            )
        known = _places[key] = (code, find_block(code, frame.f_lasti, frame.f_globals))
    return known[1]


def _capture(frame: FrameType, place: BlockPlace, names: Names, origin: Origin) -> Program:
    look_up = _lookup_in(frame, place.global_names)
    check_block(place, names.binds, look_up)
    for name in names.deletes:
        if frame.f_code.co_flags & CO_OPTIMIZED and name not in place.global_names and look_up(name) is not MISSING:
            raise BadWithBlockError(
                f"{_where(frame)}: `del {name}` deletes a variable of the function around the with-block. Delete it behind the block."
            )
    for problem in find_problems(place.source, place.ordinal):
        raise PythonToForaConversionError(str(problem))
    encoder = Encoder(origin)
    source = encoder.add_source(place.source)
    bound = bind_names(names.uses, look_up, place.source.path, encoder)
    module = frame.f_globals.get("__name__", "__main__")
    function = frame.f_code.co_qualname if frame.f_code.co_flags & CO_OPTIMIZED or "." in frame.f_code.co_qualname else frame.f_code.co_name
    return encoder.program(Block(source, place.ordinal, str(module), function, tuple(bound.items()), names.binds))


def _lookup_in(frame: FrameType, global_names: frozenset[str]) -> Callable[[str], object]:
    """What names mean in a frame, by Python's rules. Variables of a function that are not bound yet mean nothing."""
    code = frame.f_code
    names = frame.f_locals
    closed = frozenset(code.co_freevars)
    own = frozenset((*code.co_varnames, *code.co_cellvars, *closed)) if code.co_flags & CO_OPTIMIZED else closed
    around: Mapping[str, object] = {}
    if closed and not code.co_flags & CO_OPTIMIZED and frame.f_back is not None:
        around = frame.f_back.f_locals  # a class body keeps its closure to itself; its function is the caller

    def look_up(name: str) -> object:
        if name in names and name not in global_names:
            return names[name]
        if name in own:
            return around.get(name, MISSING)
        return frame.f_globals.get(name, MISSING)

    return look_up


# skipping

_TRACING = threading.RLock()
"""Held from the moment a trap is set until it is taken away, a few microseconds: CPython 3.12 crashes when threads change at once how the
code that they run is traced (python/cpython#116818, #137030)."""


def _set_trap(frame: FrameType, skip: _Skip) -> _Tracing:
    """Make the frame raise at its next instruction."""
    before = _Tracing(sys.gettrace(), frame.f_trace, frame.f_trace_opcodes)
    seen: list[str] = []

    def spring(caught: FrameType, event: str, argument: object) -> Any:
        if caught is frame:
            raise skip
        return None

    def watch(caught: FrameType, event: str, argument: object) -> Any:
        seen.append(event)
        return None

    sys.settrace(watch)
    _probe()
    if not seen:
        sys.settrace(before.function)
        raise BadWithBlockError(
            f"{_where(frame)}: a with-block cannot be skipped from inside a debugger's or tracer's own code. Run it outside."
        )
    frame.f_trace = spring
    frame.f_trace_opcodes = True
    sys.settrace(watch)  # again: from 3.12 on this is when instructions come to be watched
    return before


def _probe() -> None:
    """Called to see whether calls are traced at all: inside a trace function they are not."""


def _restore_tracing(frame: FrameType, before: _Tracing) -> None:
    frame.f_trace_opcodes = before.opcodes
    if before.frame_function is None:
        del frame.f_trace
    else:
        frame.f_trace = before.frame_function
    sys.settrace(before.function)


# writing back

HELD_BY_FRAME_ALONE = 3
"""References to a frame's snapshot of its variables when the frame and we alone have it: the frame's, ours, the question's own."""


def _write_names(frame: FrameType, values: Mapping[str, object], gone: list[str], global_names: frozenset[str]) -> None:
    code = frame.f_code
    own = frozenset((*code.co_varnames, *code.co_cellvars, *code.co_freevars))
    is_function = bool(code.co_flags & CO_OPTIMIZED)
    inner = {name: value for name, value in values.items() if name not in global_names and (name in own or not is_function)}
    frame.f_globals.update({name: value for name, value in values.items() if name not in inner})
    names = frame.f_locals
    for name, value in inner.items():
        names[name] = value
    for name in gone:
        target = frame.f_globals if is_function else names  # what a function holds itself was refused
        target.pop(name, None)
    if is_function and sys.version_info < (3, 13):
        ctypes.pythonapi.PyFrame_LocalsToFast(ctypes.py_object(frame), ctypes.c_int(0))
        if sys.getrefcount(names) <= HELD_BY_FRAME_ALONE:
            names.clear()  # the frame would keep this snapshot, and all it names, until the function returns; not so when it is the user's
