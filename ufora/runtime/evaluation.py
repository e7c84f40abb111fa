"""Running one Program in a driver: the block in CPython, its comprehensions through the conductor."""

from collections.abc import Mapping
from dataclasses import dataclass
from opcode import opmap
from types import TracebackType

from pyfora.errors import InvalidPyforaOperation
from pyfora.program.nodes import Block, Call, Outcome, Program, TraceFrame, Value
from pyfora.restore import Restorer
from ufora.runtime.captured import collect, use_captured
from ufora.runtime.guard.registry import Registry
from ufora.runtime.guard.stopping import CancelledInside, Failed, Refused, Unstoppable, find_stopped, start_again
from ufora.runtime.surroundings import run_afresh
from ufora.runtime.trace import user_frames
from ufora.runtime.unchanged import look

SHOWN = 60  #: of the line that was refused, characters


@dataclass(frozen=True, slots=True)
class Evaluated:
    names: Mapping[str, object]  #: what was bound, in the order of Block.assigns
    error: BaseException | None
    trace: tuple[TraceFrame, ...]


def evaluate(program: Program, restorer: Restorer, registry: Registry) -> Evaluated:
    """Run a Program. The user's exceptions are part of the answer. Raises CancelledInside."""
    names: dict[str, object] = {}
    start_again()
    try:
        run_afresh(_run, program, restorer, names)
    except Exception as error:  # noqa: BLE001 - whatever the user's code raises is the answer
        ended: BaseException | None = error
    except Unstoppable as stopped:
        ended = stopped
    else:
        ended = None
    finally:
        use_captured({})  # or they would live until the next evaluation
    answer = as_answer(registry, find_stopped() or ended)
    return Evaluated(_bound(program, names), answer, () if answer is None else user_frames(registry, answer))


def _run(program: Program, restorer: Restorer, names: dict[str, object]) -> None:
    match program.entry:
        case Block():
            code, namespace = restorer.block()
            try:
                with _NothingElseChanged(restorer):
                    exec(code, namespace)
            finally:
                names.update(namespace)
        case Call(function=function, args=args, kwargs=kwargs):
            callee = restorer.value(function)
            positional, options = list(map(restorer.value, args)), restorer.names(kwargs)
            with _NothingElseChanged(restorer):
                names[""] = callee(*positional, **options)
        case Value(value=value):
            names[""] = restorer.value(value)
        case Outcome(names=bound):  # values that were computed before
            names.update(restorer.names(bound))


_READ_ONLY = (
    "this changes an array that can only be read: one that was made outside of this computation, or a view such as `broadcast_to` makes. "
    "Copy it first"
)


class _NothingElseChanged:
    """While it is entered, what the Program brought along may not change, not even by code that raises in the end."""

    def __init__(self, restorer: Restorer) -> None:
        captured = collect(restorer)
        use_captured(captured)
        self._before = look(captured)

    def __enter__(self) -> None: ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Raises InvalidPyforaOperation in place of what user's code raised; a cancelled run ends as it would."""
        changed = self._before.put_back()
        if changed and (error is None or isinstance(error, Exception)):
            raise InvalidPyforaOperation(changed) from error


def as_answer(registry: Registry, error: BaseException | None) -> BaseException | None:
    """An exception as the caller gets it: a refusal becomes InvalidPyforaOperation with its place, numpy's own MemoryError, whose class no
    other process can be told of, the builtin one."""
    if isinstance(error, MemoryError) and type(error).__module__.startswith("numpy."):
        error = MemoryError(str(error)).with_traceback(error.__traceback__)
    read_only = isinstance(error, ValueError) and str(error).endswith("is read-only") and not _is_raised_by_python(error)
    if not isinstance(error, Refused) and not read_only:
        if isinstance(error, CancelledInside):
            raise error
        return error.told_as(str(error)).with_traceback(error.__traceback__) if isinstance(error, Failed) else error
    assert error is not None
    message = _READ_ONLY if read_only else str(error)
    frames = user_frames(registry, error)
    if frames and not getattr(error, "has_place", False):
        last = frames[-1]
        code = last.text if len(last.text) <= SHOWN else last.text[:SHOWN] + "…"
        message = f"{last.path}, line {last.line}: `{code}`: {message}"
    return InvalidPyforaOperation(message).with_traceback(error.__traceback__)


def _is_raised_by_python(error: BaseException) -> bool:
    """By a `raise`, whatever its text is like, and not by numpy's machine code."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace is not None and trace.tb_frame.f_code.co_code[trace.tb_lasti] == opmap["RAISE_VARARGS"]


def _bound(program: Program, names: Mapping[str, object]) -> dict[str, object]:
    match program.entry:
        case Block(assigns=wanted):
            pass
        case Outcome(names=bound):
            wanted = tuple(name for name, _ in bound)
        case _:
            wanted = ("",)
    return {name: names[name] for name in wanted if name in names}
