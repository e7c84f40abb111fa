"""Running one Program in a driver: the block in CPython, its comprehensions through the conductor."""

from collections.abc import Mapping
from dataclasses import dataclass

from pyfora.program.nodes import Block, Call, Program, TraceFrame, Value
from pyfora.restore import Restorer
from ufora.runtime.guard.registry import Registry
from ufora.runtime.trace import user_frames


class CancelledInside(BaseException):
    """Raised in the middle of remote code when its computation is cancelled; no user code can catch it by Exception."""


@dataclass(frozen=True, slots=True)
class Evaluated:
    names: Mapping[str, object]  #: what was bound, in the order of Block.assigns
    error: BaseException | None
    trace: tuple[TraceFrame, ...]


def evaluate(program: Program, restorer: Restorer, registry: Registry) -> Evaluated:
    """Run a Program. The user's exceptions are part of the answer."""
    names: dict[str, object] = {}
    try:
        match program.entry:
            case Block():
                code, names = restorer.block()
                exec(code, names)
            case Call(function=function, args=args, kwargs=kwargs):
                callee = restorer.value(function)
                names[""] = callee(*map(restorer.value, args), **restorer.names(kwargs))
            case Value(value=value):
                names[""] = restorer.value(value)
    except Exception as error:  # noqa: BLE001 - whatever the user's code raises is the answer
        return Evaluated(_bound(program, names), error, user_frames(registry, error))
    return Evaluated(_bound(program, names), None, ())


def _bound(program: Program, names: Mapping[str, object]) -> dict[str, object]:
    wanted = program.entry.assigns if isinstance(program.entry, Block) else ("",)
    return {name: names[name] for name in wanted if name in names}
