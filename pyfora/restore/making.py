"""Making values that need each other, in any order and in circles, without recursion.

Each value that is made from others has a *maker*: a generator that yields what it needs and is sent the value.

    Need(ref)                  the value, as soon as it exists; a list exists before it is filled
    Need(ref, finished=True)   … and is filled, as a key must be before it is hashed
    Need(ref, give=set_it)     no waiting: `set_it(value)` is called once the value exists, and the maker goes on

Makers stand on a stack; what is needed is made first, depth first. A maker that needs something under way waits beside the stack.
When all wait for each other, a value that exists but is not filled is good enough; when there is none, the Program is wrong.
"""

from collections import defaultdict
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from typing import Any

from pyfora.errors import WireError
from pyfora.program.nodes import Names, Node, Program, Ref, Source
from pyfora.restore.environment import Environment

MISSING: Any = type("Missing", (), {"__repr__": lambda self: "MISSING"})()
"""Stands where there is no value yet; None is a value."""


@dataclass(frozen=True, slots=True)
class Need:
    ref: Ref
    finished: bool = False
    give: Callable[[Any], object] | None = None


Maker = Generator[Need, Any, Any]
MakeAtOnce = Callable[["Making", Any], object]
MakeInSteps = Callable[["Making", Ref, Any], Maker]


class Making:
    """One Program being restored."""

    def __init__(
        self,
        program: Program,
        environment: Environment,
        at_once: Mapping[type, MakeAtOnce],
        in_steps: Mapping[type, MakeInSteps],
    ) -> None:
        self.program = program
        self.environment = environment
        self._at_once = at_once  #: nodes that need no other node
        self._in_steps = in_steps
        self._values: list[Any] = [MISSING] * len(program.nodes)
        self._makers: dict[Ref, Maker] = {}  #: begun and not finished
        self._stack: list[tuple[Ref, Any]] = []  #: makers to go on with, the last first, and what each is sent
        self._until_made: defaultdict[Ref, list[Need | Ref]] = defaultdict(list)  #: by what is needed: who waits
        self._until_finished: defaultdict[Ref, list[Ref]] = defaultdict(list)
        self._globals: dict[str, dict[str, object]] = {}
        self.depths: dict[Ref, int] = {}  #: how deep tuples are nested

    def value(self, ref: Ref) -> Any:
        """The value of a node, made and filled."""
        if not 0 <= ref < len(self._values):
            raise WireError(f"this program has no node {ref}")
        if self.ready(ref) is MISSING:
            self._begin(ref)
        self._run()
        return self._values[ref]

    def list_made(self) -> list[tuple[Ref, Any]]:
        return [(ref, value) for ref, value in enumerate(self._values) if value is not MISSING]

    def ready(self, ref: Ref) -> Any:
        """The value if it exists or can be made at once, else MISSING."""
        value = self._values[ref]
        if value is MISSING:
            node = self.program.nodes[ref]
            make = self._at_once.get(type(node))
            if make is not None:
                value = self._values[ref] = make(self, node)
        return value

    def finished(self, ref: Ref) -> Any:
        """The value if it is made and filled, or can be at once, else MISSING."""
        return MISSING if ref in self._makers else self.ready(ref)

    def put(self, ref: Ref, value: Any) -> None:
        """Let others have a value before its maker is finished."""
        self._values[ref] = value
        for waiting in self._until_made.pop(ref, ()):
            if isinstance(waiting, Need):
                assert waiting.give is not None
                waiting.give(value)
            else:
                self._stack.append((waiting, value))

    def node(self, ref: Ref) -> Node:
        return self.program.nodes[ref]

    def source(self, index: int) -> Source:
        return self.program.sources[index]

    def find_known(self, key: str) -> Any:
        """What the environment has under a key, else MISSING."""
        known = self.environment.find_known(key) if key else None
        return MISSING if known is None else known

    def remember(self, key: str, value: object) -> None:
        if key:
            self.environment.remember(key, value)

    def globals_for(self, module: str) -> dict[str, object]:
        """The one globals dictionary of all functions of a module."""
        if module not in self._globals:
            self._globals[module] = self.make_globals(module)
        return self._globals[module]

    def make_globals(self, module: str) -> dict[str, object]:
        made: dict[str, object] = {"__builtins__": self.environment.builtins, "__name__": module}
        made["__here__"] = made
        return made

    def check_names(self, names: Names) -> None:
        """Names from outside may not replace what guards restored code. Raises WireError."""
        for name, _ in names:
            if name in _HIDING or (name.startswith("_") and name not in _OPEN and name in self.environment.builtins):
                raise WireError(f"a program may not bind the name {name}")

    def _begin(self, ref: Ref) -> None:
        node = self.program.nodes[ref]
        self._makers[ref] = self._in_steps[type(node)](self, ref, node)
        self._stack.append((ref, None))

    def _run(self) -> None:
        while self._stack or self._wake_one():
            ref, sent = self._stack.pop()
            try:
                need = self._makers[ref].send(sent)
            except StopIteration as done:
                self._finish(ref, done.value)
            else:
                self._serve(ref, need)
        if self._makers:
            circle = ", ".join(f"{ref} ({type(self.node(ref)).__name__})" for ref in list(self._makers)[:3])
            raise WireError(f"nodes of this program need each other before any of them can be made: {circle}")

    def _finish(self, ref: Ref, value: Any) -> None:
        del self._makers[ref]
        if self._values[ref] is MISSING:
            self.put(ref, value)
        self._stack.extend((waiting, self._values[ref]) for waiting in self._until_finished.pop(ref, ()))

    def _serve(self, ref: Ref, need: Need) -> None:
        """Let the maker of `ref` go on, now or once it can have what it needs."""
        value = self.ready(need.ref)
        under_way = need.ref in self._makers
        if value is not MISSING and not (need.finished and under_way):
            self._stack.append((ref, need.give(value) if need.give else value))
            return
        if need.give:
            self._until_made[need.ref].append(need)
            self._stack.append((ref, None))
        else:
            (self._until_finished if need.finished else self._until_made)[need.ref].append(ref)
        if not under_way:
            self._begin(need.ref)

    def _wake_one(self) -> bool:
        """All wait. Let one go on that waits for a value to be filled which at least exists."""
        for ref, waiting in self._until_finished.items():
            if self._values[ref] is not MISSING:
                self._stack.append((waiting.pop(), self._values[ref]))
                if not waiting:
                    del self._until_finished[ref]
                return True
        return False


_HIDING = frozenset({"__builtins__", "__here__", "__members__"})
_OPEN = frozenset({"__name__", "__doc__", "__package__", "__spec__", "__loader__"})
"""Names that Python puts into every module, `builtins` too; they guard nothing."""
