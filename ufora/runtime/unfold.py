"""Recursion that takes long, as a list of the calls some levels below its root.

    f(0, 8) ┬ f(0, 4) ┬ f(0, 2) ┐
            │         └ f(2, 4) │  the leaves: one comprehension, [f(*arguments) for arguments in …], compiled and cut as any other
            └ f(4, 8) ┬ f(4, 6) │
                      └ f(6, 8) ┘
              ◄──────── then back to the root, level by level, in CPython

Machine code ran for a moment and was interrupted (`hot.py`), so the root's text is run. At its group of independent calls (`calls.py`)
each of them is *probed*: run to its own group, where it is left, which says what it would call. Up to there it changes nothing, as all is
pure. Calls with the same arguments are one leaf. What cannot be had so (a leaf raises, a callee is another function) is left to whoever
meets it.
"""

import ast
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from types import FunctionType
from typing import Any

from pyfora.program.nodes import Source
from pyfora.program.places import find_place
from ufora.compile.spec import Consumer
from ufora.runtime.comprehensions import Comprehension
from ufora.runtime.consume import Conductor
from ufora.runtime.guard.forks import is_forking
from ufora.runtime.guard.registry import Registry
from ufora.runtime.guard.rewrite import may_be_hot
from ufora.runtime.guard.stopping import Unstoppable
from ufora.runtime.pieces import list_items

LEAVES_PER_CORE = 16
"""So many leaves are looked for. Guessed: where they are unequal, the last ones still fill all cores."""
MOST_LEAVES = 1024  #: of any number of cores. Guessed: probing one takes some 20 µs
MOST_LEVELS = 12  #: below the root. Guessed: calls that share their arguments never become many leaves
PROBING_SECONDS = 0.02
"""Longer than this nothing is probed: what stands before the calls of one takes long itself. Guessed: as the optimistic start."""
_SCALARS = (int, float, bool)

Place = tuple[int, int]  #: of a function: the number of its source, and its ordinal
Call = tuple[Callable[..., object], tuple[object, ...]]


class _Reached(Unstoppable):
    """A probe came to its group of calls. Never noted as what ends an evaluation."""

    def __init__(self, calls: list[Call]) -> None:
        super().__init__("the calls of a probe are known")
        self.calls = calls


class _Cannot(Exception):  # noqa: N818 - states a fact
    """There is a call that no leaf can be made of."""


@dataclass(frozen=True, slots=True)
class Group:
    """A group of independent calls that the main thread has come to; see `Forks.begin`."""

    number: int  #: of its source
    line: int
    count: int
    call_of: Callable[[int], Any]

    def list_calls(self) -> list[Call]:
        return [self.call_of(place) for place in range(self.count)]


@dataclass(eq=False, slots=True)
class _Node:
    """A call near the root."""

    arguments: tuple[object, ...]
    calls: "list[_Node] | None" = None  #: None: a leaf
    answer: tuple[object] | None = None  #: its value, when it is known
    uses: int = 0  #: calls that it stands for
    is_probed: bool = False
    is_evaluated: bool = False

    def note(self, value: object) -> None:
        """Its value. Several calls share no object that could be told from another."""
        if self.uses == 1 or (type(value) in _SCALARS and value == value):
            self.answer = (value,)


@dataclass(slots=True)
class Known:
    """A group of calls whose values are known, as far as they are; takes a Fork's place."""

    answers: Sequence[tuple[object] | None]

    def enter(self, call: int) -> bool:
        """Shall the main thread run this call?"""
        return self.answers[call] is None

    def take(self, call: int) -> object:
        answer = self.answers[call]
        assert answer is not None
        return answer[0]


@dataclass(slots=True)
class Unfolder:
    """One per driver."""

    registry: Registry
    conductor: Conductor
    count_cores: Callable[[], int]
    is_busy: bool = False  #: does it probe calls, or put their values together?
    _is_entering: bool = False  #: has it just called a function, which is to run as it is written?
    _place: Place | None = None  #: of the function under way whose next group of calls it waits for
    _at_group: Callable[[Group], Known | None] | None = None  #: what it does there
    _questions: dict[Place, list[tuple[str | int, ...]]] = field(default_factory=dict)  #: of a function: slots of `skips`
    _failed: set[tuple[int, int]] = field(default_factory=set)  #: groups, by source and line, whose leaves raised something

    @property
    def has_failed(self) -> bool:
        """In this evaluation."""
        return bool(self._failed)

    def expect(self, place: Place) -> None:
        """The function that has begun there takes long."""
        self._let_ask(place)
        self._place, self._at_group = place, self._unfold

    def is_entered(self, place: Place) -> bool:
        """A function begins. Is it the one that was called here, and shall run as it is written?"""
        if self._is_entering:
            self._is_entering, self._place = False, place
            return True
        if self._place == place:  # called by itself before its group: which of the two comes there first cannot be told
            self._place = None
        return False

    def is_expected(self, place: Place) -> bool:
        return self._place == place

    def begin(self, group: Group) -> Known | None:
        """The function has come to its group. None: this is nothing to unfold."""
        at_group, self._place, self._at_group = self._at_group, None, None
        assert at_group is not None
        return at_group(group)

    def call(self, function: FunctionType, arguments: tuple[object, ...], at_group: Callable[[Group], Known | None]) -> object:
        """Run a function as it is written, and do this where it comes to its group of calls."""
        found = self.registry.find_place(function)
        assert found is not None
        self._let_ask((self.registry.add_source(found.source), found.ordinal))
        self._is_entering, self._place, self._at_group = True, None, at_group
        try:
            return function(*arguments)
        finally:
            self._is_entering, self._place, self._at_group = False, None, None

    def _let_ask(self, place: Place) -> None:
        """What the function asks next, at its beginning and at its groups, is not passed over."""
        if place not in self._questions:
            number, ordinal = place
            tree = find_place(self.registry.get_source(number), ordinal)
            lines = range(tree.lineno, (tree.end_lineno or tree.lineno) + 1)
            groups = [("__fork__", number, line) for line in lines]
            known = set(self.registry.skips.list_places())
            self._questions[place] = [each for each in [("__hot__", *place), *groups] if each in known]
        for question in self._questions[place]:
            self.registry.skips.skip(question, 0)

    def end(self) -> None:
        """The evaluation is over."""
        self._place = self._at_group = None
        self._is_entering = self.is_busy = False
        self._failed.clear()

    def _unfold(self, group: Group) -> Known | None:
        try:
            calls = group.list_calls()
        except Exception:  # noqa: BLE001 - of the user's code: it rises where the program meets it
            return None
        function = calls[0][0]
        place = group.number, group.line
        if place in self._failed or any(callee is not function for callee, _ in calls) or not isinstance(function, FunctionType):
            return None
        if not self.conductor.judge.judge_calls(calls, group.call_of(-1)).pure or not _may_be_left(self.registry, function):
            return None
        tree = _Tree(function, self)
        self.is_busy = True
        try:
            roots = [tree.find(arguments) for _, arguments in calls]
            tree.grow(min(LEAVES_PER_CORE * self.count_cores(), MOST_LEAVES))
            self.is_busy = False
            self._compute(tree, group)
            self.is_busy = True
            for node in roots:
                tree.evaluate(node)
        except Exception:  # noqa: BLE001 - of the user's code, as above; or there is a call that no leaf can be made of
            self._failed.add(place)
            return None
        finally:
            self.is_busy = False
        return Known([node.answer for node in roots])

    def _compute(self, tree: "_Tree", group: Group) -> None:
        """The leaves' values. Raises what one of them raises."""
        leaves = tree.list_leaves()
        if leaves:
            source = self.registry.get_source(group.number)
            self.conductor.explanation.at(source, group.line)  # with the text that stands there
            found = self.conductor.compute(Consumer.LIST, self._list_calls(tree.function, leaves, source.path, group.line))
            for node, value in zip(leaves, list_items(found), strict=True):
                node.note(value)

    def _list_calls(self, function: FunctionType, leaves: "Sequence[_Node]", path: str, line: int) -> Comprehension:
        """`[call(a0, a1, c2) for a0, a1 in …]`: what all leaves are given is a name, the rest stands in the list."""
        columns = list(zip(*(node.arguments for node in leaves), strict=True))
        varies = [len({_key(argument) for argument in column}) > 1 for column in columns]
        varying = [argument for column, is_varying in zip(columns, varies, strict=True) if is_varying for argument in column]
        if any(type(argument) not in _SCALARS for argument in varying):
            raise _Cannot
        names = [f"{'a' if is_varying else 'c'}{number}" for number, is_varying in enumerate(varies)]
        targets = [name for name, is_varying in zip(names, varies, strict=True) if is_varying]
        text = f"[call({', '.join(names)}) for {', '.join(targets) or '_'} in {{}}]"
        given = [column[0] for column, is_varying in zip(columns, varies, strict=True) if not is_varying]
        constants = [name for name, is_varying in zip(names, varies, strict=True) if not is_varying]
        body: FunctionType = _make(text, ("call", *constants))(function, *given)
        rows = [tuple(argument for argument, is_varying in zip(node.arguments, varies, strict=True) if is_varying) for node in leaves]
        written = Source(path, line, text.format("calls") + "\n")
        number = self.registry.add_source(written)
        self.registry.note_function(number, 0, body)
        return Comprehension(written, 0, [row[0] for row in rows] if len(targets) == 1 else rows, body, (number, 0))


@lru_cache(maxsize=256)
def _make(text: str, names: tuple[str, ...]) -> Callable[..., FunctionType]:
    """What makes the body of such a comprehension."""
    written = f"lambda {', '.join(names)}: lambda __source: {text.format('__source')}"
    maker: Callable[..., FunctionType] = eval(written, {"__builtins__": {}})
    return maker


def _may_be_left(registry: Registry, function: FunctionType) -> bool:
    """Has it a group of calls, does it ask for machine code, and is there nothing that an exception would be met by on its way out?"""
    place = registry.find_place(function)
    if place is None or not is_forking(place.source, place.ordinal):
        return False
    tree = find_place(place.source, place.ordinal)
    is_hot = isinstance(tree, ast.FunctionDef) and may_be_hot(tree)
    return is_hot and not any(isinstance(node, ast.Try | ast.With) for node in ast.walk(tree))


def _key(argument: object) -> object:
    """The same for arguments that are the same to any function."""
    if type(argument) is float:
        return float, argument.hex()
    return (type(argument), argument) if type(argument) in _SCALARS else id(argument)


class _Tree:
    """The calls near a root. Those with the same arguments are one node."""

    def __init__(self, function: FunctionType, unfolder: Unfolder) -> None:
        self.function = function
        self._unfolder = unfolder
        self._nodes: dict[tuple[object, ...], _Node] = {}

    def find(self, arguments: tuple[object, ...]) -> _Node:
        node = self._nodes.setdefault(tuple(map(_key, arguments)), _Node(arguments))
        node.uses += 1
        return node

    def list_leaves(self) -> list[_Node]:
        return [node for node in self._nodes.values() if node.calls is None and node.answer is None]

    def grow(self, wanted: int) -> None:
        """Level by level, until there are so many leaves."""
        ends = time.perf_counter() + PROBING_SECONDS
        for _ in range(MOST_LEVELS):
            leaves = self.list_leaves()
            if len(leaves) >= wanted:
                return
            for node in leaves:
                if time.perf_counter() > ends:
                    return
                if not node.is_probed:
                    self._probe(node)

    def _probe(self, node: _Node) -> None:
        node.is_probed, calls = True, None
        try:
            node.note(self._unfolder.call(self.function, node.arguments, _leave))
        except _Reached as reached:
            calls = reached.calls
        if calls is not None and all(callee is self.function for callee, _ in calls):
            node.calls = [self.find(arguments) for _, arguments in calls]

    def evaluate(self, node: _Node) -> None:
        """Its value, if all of those below it are known."""
        if node.answer is not None or node.calls is None or node.is_evaluated:
            return
        node.is_evaluated = True  # a call that needs itself never ends
        for each in node.calls:
            self.evaluate(each)
        answers = [each.answer for each in node.calls]
        if None not in answers:
            node.note(self._unfolder.call(self.function, node.arguments, lambda _: Known(answers)))


def _leave(group: Group) -> Known | None:
    raise _Reached(group.list_calls())
