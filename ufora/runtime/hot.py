"""Functions with loops run as machine code wherever they are called.

The guard puts a question at their beginning (`guard/rewrite.py`):

    def f(a, b):
        __answer__ = __hot__(3, 7, (a, b), lambda: {"limit": limit})
        if __answer__ is not None: return __answer__[0]
        …as the user wrote it…

Machine code changes nothing outside itself, so when it stops at something it cannot do exactly, the function runs from its beginning.
A function whose machine code is over at once is left to CPython for a while: then asking costs more than it gains.
"""

import ast
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pyfora.program.places import find_place
from ufora.compile.spec import NotCompiled
from ufora.runtime.bind import Binder
from ufora.runtime.consume import Conductor
from ufora.runtime.guard.registry import Registry
from ufora.runtime.policy import When

CALLS_SKIPPED = 64
"""Calls that are not asked about after one that did not pay; doubled each time, up to MOST_SKIPPED. Guessed."""
MOST_SKIPPED = 2**20
IDLE_RUN_SECONDS = 15e-6
"""What calling a kernel that has nothing to do takes, with room to spare: 5-12 µs measured."""
SPEED_UP = 30
"""How many times faster machine code is taken to be than CPython, when it is judged whether asking pays. Measured on loops: 20-80."""


@dataclass(slots=True)
class _History:
    """What asking about one function has brought."""

    skip: int = 0  #: calls still to pass over
    penalty: int = CALLS_SKIPPED

    def punish(self) -> None:
        self.skip = self.penalty
        self.penalty = min(2 * self.penalty, MOST_SKIPPED)


class HotFunctions:
    def __init__(self, registry: Registry, conductor: Conductor) -> None:
        self._registry = registry
        self._conductor = conductor
        self._histories: dict[tuple[int, int], _History] = {}
        self._is_on = conductor.policy.compile is not When.NEVER

    def ask(self, number: int, ordinal: int, args: tuple[object, ...], names: Callable[[], Mapping[str, object]]) -> tuple[object] | None:
        """The function's value for these arguments, in a tuple; None: run it."""
        history = self._histories.get((number, ordinal))
        if history is None:
            history = self._histories[number, ordinal] = _History()
        if history.skip or not self._is_on:
            history.skip -= 1
            return None
        began = time.perf_counter()
        answer, seconds = self._run(number, ordinal, args, names)
        if answer is None or (seconds - IDLE_RUN_SECONDS) * SPEED_UP < time.perf_counter() - began:
            history.punish()
        return answer

    def _run(
        self, number: int, ordinal: int, args: tuple[object, ...], names: Callable[[], Mapping[str, object]]
    ) -> tuple[tuple[object] | None, float]:
        """The answer, if there is one, and how long its machine code ran, seconds."""
        conductor = self._conductor
        source = self._registry.get_source(number)
        tree = find_place(source, ordinal)
        assert isinstance(tree, ast.FunctionDef)
        try:
            bound = Binder(self._registry, conductor.find_named).bind_call(source.path, tree, args, names())
        except NameError:
            return None, 0.0  # it will raise where it uses the name, if it does
        ready = bound if isinstance(bound, NotCompiled) else conductor.kernels.find(bound)
        if ready is None:
            assert not isinstance(bound, NotCompiled)
            with conductor.explanation.timing("compile"):
                ready = conductor.kernels.compile(bound)
        notes = conductor.explanation.at(source, tree.lineno)
        notes.times += 1
        if isinstance(ready, NotCompiled):
            notes.interpreted += 1
            notes.refuse(ready)
            return None, 0.0
        began = time.perf_counter()
        run = ready.run(0, 1)
        seconds = time.perf_counter() - began
        notes.seconds += seconds
        if run.stopped_at != 1:
            notes.deoptimise(1, f"machine code cannot do this call of `{tree.name}` exactly")
            return None, seconds
        notes.compiled += 1
        items = run.partial.tolist()  # type: ignore[union-attr]
        return (items[0],), seconds
