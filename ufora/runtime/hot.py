"""Functions with loops, and loops that stand alone, run as machine code wherever they are met.

A function that calls itself several times is interrupted when it takes long and cores are idle: it then runs interpreted, and its calls
are spread over the cores (`calls.py`).

The guard puts a question at a function's beginning (`guard/rewrite.py`):

    def f(a, b):
        for __answer__ in __skips__[17]: break
        else:
            __answer__ = __hot__(3, 7, (a, b), lambda: {"limit": limit})
            if __answer__ is not None: return __answer__[0]
        …as the user wrote it…

and before a loop (`guard/loops.py`). Machine code changes nothing outside itself, so when it stops at something it cannot do exactly,
function or loop runs from its beginning. What is over at once as machine code is left to CPython for a while: then asking costs more
than it gains.
"""

import ast
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import lru_cache
from types import FunctionType
from typing import Any

from pyfora.program.nodes import Source
from pyfora.program.places import find_place
from ufora.compile.flag import NOW
from ufora.compile.kernel import Kernel
from ufora.compile.result import LoopRun
from ufora.compile.spec import CALLEE, Binding, Code, NotCompiled
from ufora.compile.stops import Stop
from ufora.runtime.bind import Binder, Bound
from ufora.runtime.calls import Forks
from ufora.runtime.consume import Conductor
from ufora.runtime.given_back import Unknowable
from ufora.runtime.guard.forks import is_forking
from ufora.runtime.guard.loops import Comprehension, assigns_attributes, assigns_items, find_loop, grows_lists
from ufora.runtime.guard.registry import Registry
from ufora.runtime.guard.skips import Place
from ufora.runtime.lists import Lists
from ufora.runtime.policy import When

CALLS_SKIPPED = 64
"""Calls that are not asked about after one that did not pay; doubled each time, up to MOST_SKIPPED. Guessed."""
MOST_SKIPPED = 2**20
PAYS = 1 / 12
"""The share of asking that has to be spent in machine code. A kernel with nothing to do takes 1/40 of it (2 of 80 µs), and loops run 20 to
80 times faster there than in CPython: both measured. A share, because both shrink and grow with the machine and its load."""
CALLS_PAY = 1 / 500
"""The same for a function that calls itself: a guarded call takes 1,000 times as long as one in machine code (0.9 µs, 0.8 ns: measured)."""
NAN = "a NaN is among the items or attributes that it may assign"
IN_ORDER = "statements run one after the other"

UNFOLD_SECONDS = 0.005
"""A function of several calls runs as machine code this long before it is interrupted, unless nothing starts optimistically. What it has
done is lost, and its calls then have a start of their own, which is not. Guessed: somewhat more than unfolding costs (3 ms measured)."""
LATER = 4
"""How many times longer a function of several calls runs before it is interrupted, once unfolding has failed. Guessed."""
ENDLESS = float("inf")
PASS_SECONDS = 0.01
"""A comprehension in which machine code of a call stays for a whole pause of so long is cut instead. Guessed: what was done is lost, one or
two pauses, and starting on all cores takes some ms."""
FOR_ALL_CORES = "a comprehension in it takes long, and is computed on all cores instead"


_assigns_items = lru_cache(maxsize=1024)(assigns_items)
_grows_lists = lru_cache(maxsize=1024)(grows_lists)
_assigns_attributes = lru_cache(maxsize=1024)(assigns_attributes)


@dataclass(slots=True)
class History:
    """What asking about one function or loop has brought."""

    skip: int = 0  #: calls still to pass over
    penalty: int = CALLS_SKIPPED
    pays: float = PAYS  #: the share of asking that has to be spent in machine code

    def pass_over(self) -> None:
        """For a while it is not asked about."""
        self.skip = self.penalty
        self.penalty = min(2 * self.penalty, MOST_SKIPPED)

    def judge(self, was_done: bool, seconds: float, in_all: float) -> None:
        """A call was answered or not, its machine code ran for `seconds` of the time `in_all` that asking took."""
        if seconds >= ENDLESS:
            return  # it was opened, or compiled, which is done once
        if not was_done or seconds < self.pays * in_all:
            self.pass_over()


class HotFunctions:
    def __init__(self, registry: Registry, conductor: Conductor, forks: Forks | None = None) -> None:
        """`forks`: knows where calls inside a function could run while it runs."""
        self._registry = registry
        self._conductor = conductor
        self._forks = forks
        self._was_interrupted = False
        self._is_for_cores = False  #: has a comprehension in what was asked about last taken long?
        self._histories: dict[Place, History] = {}
        self._is_on = conductor.policy.compile is not When.NEVER

    def ask(self, number: int, ordinal: int, args: tuple[object, ...], names: Callable[[], Mapping[str, object]]) -> tuple[object] | None:
        """The function's value for these arguments, in a tuple; None: run it."""
        if self._forks is not None and self._forks.unfolder.is_entered((number, ordinal)):
            return None
        place: Place = ("__hot__", number, ordinal)
        if not self._is_on:
            self._registry.skips.skip_always(place)
            return None
        calls_itself = is_forking(self._registry.get_source(number), ordinal)
        # the many small calls of a function that calls itself say nothing about the large ones
        sizes = [arg.bit_length() for arg in args if type(arg) is int] if calls_itself else []
        history = self._find_history((*place, *sizes), CALLS_PAY if calls_itself else PAYS)
        if history.skip:
            history.skip -= 1
            return None
        began = time.perf_counter()
        answer, seconds = self._run_call(number, ordinal, args, names)
        if self._forks is not None and self._was_interrupted:
            self._was_interrupted = False
            self._forks.unfolder.expect((number, ordinal))
        self._judge(history, answer is not None, seconds, time.perf_counter() - began)
        has_no_code = answer is None and not seconds
        if not sizes or has_no_code:
            self._pass_over(place, history)
        return answer

    def ask_loop(self, number: int, line: int, column: int, values: tuple[object, ...]) -> dict[str, object] | None:
        """What the loop's names hold behind it, for those that have a value; None: run it. `values`: of the names it reads."""
        place: Place = ("__loop__", number, line, column)
        if not self._is_on:
            self._registry.skips.skip_always(place)
            return None
        history = self._find_history(place)
        began = time.perf_counter()
        answer, seconds = self._run_loop(number, line, column, values)
        self._judge(history, answer is not None, seconds, time.perf_counter() - began)
        self._pass_over(place, history)
        return answer

    def _judge(self, history: History, was_done: bool, seconds: float, in_all: float) -> None:
        if self._is_for_cores:
            self._is_for_cores = False
            history.pass_over()
        else:
            history.judge(was_done, seconds, in_all)

    def _pass_over(self, place: Place, history: History) -> None:
        """What is to be skipped there, whatever comes, guarded code skips by itself."""
        if history.skip:
            self._registry.skips.skip(place, history.skip)
            history.skip = 0

    def _find_history(self, place: Place, pays: float = PAYS) -> History:
        history = self._histories.get(place)
        if history is None:
            history = self._histories[place] = History(pays=pays)
        return history

    def _run_call(
        self, number: int, ordinal: int, args: tuple[object, ...], names: Callable[[], Mapping[str, object]]
    ) -> tuple[tuple[object] | None, float]:
        """The answer, if there is one, and how long its machine code ran, seconds."""
        source = self._registry.get_source(number)
        forks = self._forks if is_forking(source, ordinal) else None
        if forks is not None and forks.open_calls:
            forks.open_calls -= 1
            return None, ENDLESS
        try:
            free = names()
            tree = find_place(source, ordinal)
            bound = self._bind(tree, free.values(), lambda binder: binder.bind_call(source, ordinal, args, free))
        except NameError:
            return None, 0.0  # it will raise where it uses the name, if it does
        return self._run(source, find_place(source, ordinal).lineno, bound, forks)

    def _run_loop(self, number: int, line: int, column: int, values: tuple[object, ...]) -> tuple[dict[str, object] | None, float]:
        source = self._registry.get_source(number)
        loop = find_loop(source, line, column)
        if loop is None or len(loop.reads) != len(values):  # its text was changed on its way here: a private name of a class
            return None, 0.0
        answer, seconds = self._run(source, line, self._bind(loop.tree, values, lambda binder: binder.bind_loop(source, loop, values)))
        if answer is None or not loop.binds:
            return None if answer is None else {}, seconds
        (outcome,) = answer
        assert isinstance(outcome, tuple)
        return {name: _value_of(*rest) for name, (has_value, *rest) in zip(loop.binds, outcome, strict=True) if has_value}, seconds

    def _bind(self, tree: ast.AST, values: Iterable[object], bind: Callable[[Binder], Bound | NotCompiled]) -> Bound | NotCompiled:
        """Lists are given in the form that may be assigned, or may grow, where the code, or what it calls, does that; objects where the
        code, or a function among the `values` it names, assigns attributes."""
        trees = [tree, *self._list_functions(values)]
        classes = self._registry if any(map(_assigns_attributes, trees)) else None
        may_grow = any(map(_grows_lists, trees))
        lists = Lists(may_grow or classes is not None or any(map(_assigns_items, trees)), may_grow, classes)
        binder = self._binder(lists)
        bound = bind(binder)
        called = [code.tree for code in binder.codes.values()]
        may_grow = may_grow or any(map(_grows_lists, called))
        if (may_grow and not lists.may_grow) or (not lists.may_change and any(map(_assigns_items, called))):
            bound = bind(self._binder(Lists(True, may_grow, classes)))
        return bound

    def _list_functions(self, values: Iterable[object]) -> Iterator[ast.AST]:
        for value in values:
            place = self._registry.find_place(value) if isinstance(value, FunctionType) else None
            if place is not None:
                yield find_place(place.source, place.ordinal)

    def _binder(self, lists: Lists) -> Binder:
        return Binder(self._registry, self._conductor.find_named, lists=lists)

    def _run(self, source: Source, line: int, bound: Bound | NotCompiled, forks: Forks | None = None) -> tuple[tuple[object] | None, float]:
        """`forks`: where the calls inside it could run."""
        conductor = self._conductor
        ready = bound if isinstance(bound, NotCompiled) else conductor.kernels.find(bound)
        was_compiled = ready is None
        if ready is None:
            assert not isinstance(bound, NotCompiled)
            with conductor.explanation.timing("compile"):
                ready = conductor.kernels.compile(bound)
        notes = conductor.explanation.at(source, line)
        notes.times += 1
        notes.why_not_cut = IN_ORDER
        if isinstance(ready, NotCompiled):
            notes.interpreted += 1
            notes.refuse(ready)
            return None, 0.0
        assert not isinstance(bound, NotCompiled)
        if ready.kernel.changes:
            bound.lists.remember()
        notes.use(ready.kernel.key)
        with self._watch_passes(bound.loop.names[CALLEE]) if forks is None else self._alarm(forks):
            run = ready.run(0, 1)
        notes.seconds += run.seconds
        if run.interrupted:
            conductor.check_cancelled()
            self._was_interrupted = forks is not None
            self._is_for_cores = forks is None
            if self._is_for_cores:
                notes.interpreted += 1
                notes.refuse(NotCompiled(FOR_ALL_CORES, source.path, line))
            return None, ENDLESS
        answer = _take_home(ready.kernel, bound, run) if run.stopped_at == 1 else None
        if answer is None:
            notes.interpreted += 1
            notes.deoptimise(1, ready.find_stop(run.site) if run.stopped_at != 1 else Stop(source.path, line, NAN))
            return None, run.seconds
        notes.compiled += 1
        return answer, ENDLESS if was_compiled else run.seconds

    def _watch_passes(self, called: Binding) -> AbstractContextManager[None]:
        """Interrupts a function, or a loop, that is in one comprehension for long, which could be cut."""
        conductor = self._conductor
        if conductor.alarm is None or not conductor.may_cut() or not isinstance(called, Code) or not _has_comprehension(called.tree):
            return nullcontext()
        return conductor.alarm.watch_passes(PASS_SECONDS)

    def _alarm(self, forks: Forks) -> AbstractContextManager[None]:
        """Interrupts a function of several calls that runs long while there are cores for them."""
        alarm = self._conductor.alarm
        if alarm is None or forks.unfolder.is_busy:
            return nullcontext()
        seconds = UNFOLD_SECONDS if self._conductor.policy.optimistic_seconds else 0.0
        seconds *= LATER if forks.unfolder.has_failed else 1
        return alarm.set(seconds, (NOW,), seconds, forks.wants_more)


def _take_home(kernel: Kernel, bound: Bound, run: LoopRun) -> tuple[object] | None:
    """What a call gave; what it changed goes into the lists and objects. None, and nothing is changed, where there is a NaN in a list."""
    (item,) = run.partial.tolist()  # type: ignore[union-attr]
    try:
        return (bound.lists.take_home(kernel.element, item, run.lists, changes=kernel.changes),)
    except Unknowable:
        return None


@lru_cache(maxsize=1024)
def _has_comprehension(tree: ast.AST) -> bool:
    return any(isinstance(node, Comprehension) for node in ast.walk(tree))


def _value_of(value: Any, is_int: bool = False) -> object:
    """What a name holds, from its part of the outcome; see `Code.outcome`."""
    return int(value) if is_int else value
