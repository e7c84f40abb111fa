"""An interpreter process: runs slices of comprehensions in CPython, one at a time.

A slice has a time. When it is over the slice ends with the stretch of elements under way, and the worker cuts what is left anew.

Any machine code it uses for comprehensions inside the elements comes from the same store as the driver's.
"""

from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import msgpack
import numpy

from pyfora.program.nodes import Remote
from ufora.compile.given import Table
from ufora.runtime.captured import use_captured
from ufora.runtime.consume import Conductor
from ufora.runtime.consumers import Consumers
from ufora.runtime.environment import Workshop
from ufora.runtime.explain import Recorder
from ufora.runtime.forms import FORMS
from ufora.runtime.guard.purity import PurityJudge
from ufora.runtime.guard.stopping import CannotPrint, refuse
from ufora.runtime.kernels import Kernels
from ufora.runtime.namespace import make_builtins
from ufora.runtime.pieces import Piece
from ufora.runtime.policy import Policy, When, make_policy
from ufora.runtime.processes.child import Channel
from ufora.runtime.processes.confine import confine
from ufora.runtime.slice_run import compute_part
from ufora.runtime.tasks import Slice, SliceDone, pack_task, unpack_task

PROGRAMS_KEPT = 32  #: programs an interpreter keeps restored; a slice of another costs its transfer


def no_remote(node: Remote) -> NoReturn:
    refuse(f"the value `{node.name}` of an earlier block cannot be reached from within a slice")


@dataclass(frozen=True, slots=True)
class InterpreterSettings:
    cache_dir: str  #: where machine code is kept; "" for nowhere
    compile: When

    def pack(self) -> bytes:
        packed: bytes = msgpack.packb([self.cache_dir, self.compile])
        return packed

    @classmethod
    def unpack(cls, data: bytes) -> "InterpreterSettings":
        cache_dir, compile = msgpack.unpackb(data)  # noqa: A001 - the setting's name
        return cls(cache_dir, When(compile))


class Prepared:
    """A lease's Program, restored in a workshop of its own: keys of different sessions never meet."""

    def __init__(self, data: bytes, policy: Policy, kernels: Kernels) -> None:
        self.workshop = workshop = Workshop(no_remote)
        environment, registry = workshop.environment, workshop.registry
        judge = PurityJudge(registry, environment.find_named)
        self.recorder = Recorder()
        conductor = Conductor(policy, registry, judge, environment.find_named, kernels, None, self.recorder, _go_on)
        consumers = Consumers(registry, conductor)
        replaced = consumers.builtins | {"print": _cannot_print}
        environment.set_builtins(make_builtins(consumers.names() | replaced), replaced)
        self.body, self.whole, self.captured = workshop.unpack_body(data)


class Interpreter:
    """The state of one interpreter process."""

    def __init__(self, settings: InterpreterSettings) -> None:
        self._policy = make_policy(settings.compile, When.NEVER)
        self._kernels = Kernels(Path(settings.cache_dir) if settings.cache_dir else None)
        self._programs: OrderedDict[str, Prepared] = OrderedDict()

    def answer(self, message: bytes) -> bytes:
        """A SliceDone, pickled; None when its Program is not here."""
        task: Slice = unpack_task(message)
        if task.program:
            self._programs[task.program_hash] = Prepared(task.program, self._policy, self._kernels)
            if len(self._programs) > PROGRAMS_KEPT:
                self._programs.popitem(last=False)
        prepared = self._programs.get(task.program_hash)
        if prepared is None:
            return pack_task(None)
        piece = run_slice(task, prepared)
        return pack_task(SliceDone(piece, prepared.recorder.take_lines()))


def run_slice(task: Slice, prepared: Prepared) -> Piece:
    """The elements of one slice, for their consumer."""
    if task.source is None:
        part = prepared.whole[task.offset : task.offset + task.stop - task.start]
    else:  # an array stands for a packed list, whose elements are Python's own numbers
        part = task.source.tolist() if isinstance(task.source, numpy.ndarray | Table) else task.source
    FORMS.clear()
    use_captured(prepared.captured)
    return compute_part(task, prepared.body, part, prepared.workshop)


def _cannot_print(*_args: object, **_options: object) -> NoReturn:
    raise CannotPrint


def _go_on() -> None:
    """Interpreters are ended by their worker, never cancelled from within."""


def main(channel: Channel) -> None:
    """Entry point of the process."""
    settings = InterpreterSettings.unpack(channel.settings)
    interpreter = Interpreter(settings)
    confine([settings.cache_dir] if settings.cache_dir else [], connects=False)
    channel.serve(interpreter.answer)
