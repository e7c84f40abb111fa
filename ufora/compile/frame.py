"""One function of machine code while it is written: where the next instruction goes, what names mean, what to do when Python's
answer cannot be had.

`stop_if` is the guard that keeps compiled code honest: it leaves the function at once, saying why, and everything the current element
has done so far is forgotten. There is no other way to fail, and nothing ever continues with a wrong value.

A variable has one type, that of its first assignment; where it is assigned numbers of several, one that holds all of them (joins.py).
"""

import ast
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NoReturn, Protocol

from llvmlite import ir  # type: ignore[import-untyped]

from ufora.compile import holders, made
from ufora.compile.flag import HALTED_WORD, SITE_WORD
from ufora.compile.heads import NULL
from ufora.compile.joins import Widen, convert, join
from ufora.compile.ranges import Range, Ranges, list_limits
from ufora.compile.ranges import join as join_ranges
from ufora.compile.spec import Binding, Code, Fixed, Given, Loop, Made, Named
from ufora.compile.values import (
    FLOAT,
    I1,
    I64,
    POINTER,
    Meaning,
    Nothing,
    Number,
    Type,
    Value,
    Word,
    bool_word,
    describe,
    int_value,
    int_word,
    word_types,
)

STILL_INT = "a variable of floats and ints holds an int where machine code needs a float"
_RARE = (1, 1 << 20)  #: branch weights: guards are hardly ever hit


class Refused(Exception):  # noqa: N818 - states a fact
    """This code stays interpreted."""

    def __init__(self, reason: str, path: str, line: int) -> None:
        super().__init__(reason)
        self.reason, self.path, self.line = reason, path, line


class Unit(Protocol):
    """The module that is written, as functions see it (lower.py)."""

    module: Any
    changes: bool  #: is an item of a list assigned?
    lists: made.Known
    ranges: Ranges
    label: str  #: of the kernel's two versions, in the names of its functions
    called: Code | None  #: of a kernel that stands for a call: the function called
    is_heavy: bool  #: was a loop or a recursive call written? Then one element may take long

    def load_given(self, frame: "Frame", given: Given) -> Value: ...

    def call(self, frame: "Frame", code: Code, args: list[Value], keywords: dict[str, Value]) -> Value: ...

    def call_value(self, frame: "Frame", called: Value, args: list[Value]) -> Value: ...

    def evaluate(self, frame: "Frame", node: ast.expr) -> Value: ...

    def test(self, frame: "Frame", node: ast.expr, yes: Any, no: Any) -> None: ...

    def external(self, symbol: str, result: Any, parameters: list[Any]) -> Any: ...

    def number_site(self, owner: Loop | Code, line: int, why: str) -> int: ...


@dataclass(slots=True)
class Variable:
    """A local variable; its type and memory are there from its first assignment on."""

    type: Type | None = None
    slots: list[Any] = field(default_factory=list)
    bound: Any = None  #: i1 in memory: has it a value now?
    once: bool = False  #: is it assigned at one place only? Then what is known there holds wherever it is read
    known: list[Range] = field(default_factory=list)  #: of its words, if so
    held: Range | None = None  #: where it lies while a loop is written that moves it only so far; see counters.py
    last: tuple[Any, Value] | None = None  #: what it was assigned last, and in which straight line of blocks


@dataclass(frozen=True, slots=True)
class Turns:
    """Where `continue` and `break` go."""

    next: Any
    end: Any


class Frame:
    def __init__(self, unit: Unit, function: Any, owner: Loop | Code, given: Word, depth: Word) -> None:
        self.unit = unit
        self.ranges = unit.ranges
        self.repeats: int | None = 1  #: most turns of the loops around this place, from the comprehension's first or the function's on
        self.owner = owner  #: whose code is written
        self.path = owner.path
        self.names = owner.names
        self.given = given  #: where the Given values lie
        self.depth = depth  #: how many calls this one stands in
        self.line = owner.tree.lineno
        self.scopes: list[dict[str, Variable]] = []  #: innermost last
        self.widened: Mapping[str, Type] = {}  #: types of variables that were found too narrow before
        self.turns: list[Turns] = []
        self.results: Any = None  #: where a function leaves its value
        self.returned: list[Range] = []  #: of the words of that value
        self.returns: Type | None = None
        self.repeat: Any = None  #: how the function begins again without a call, if it may; see recursion.py
        self.function = function
        self.deepened: tuple[Any, Word] | None = None
        """Of the last call of itself: the line of blocks, and how many calls that one stands in."""
        self.calls = False  #: any of the user's functions?
        self.types: tuple[Type, ...] = ()  #: of a function's parameters
        self.held: list[tuple[Any, Made]] = []  #: memory of variables that hold lists
        self._leave: Any = None  #: where a function ends that may hold lists
        self.is_finished = False
        self._put_off: list[tuple[Word, str, int]] | None = None  #: stops that wait; None: they do not
        self._halted: Any = None
        self._sites: dict[int, Any] = {}  #: number → the block that leaves it
        self._lines: dict[Any, Any] = {}  #: blocks that only one other leads to, by a guard → the block where that straight line begins
        self._entry = function.append_basic_block("entry")
        self.stopped = function.append_basic_block("stopped")
        self.builder = ir.IRBuilder(function.append_basic_block("start"))

    def finish(self) -> None:
        """Close the entry block; after that no variable can be made."""
        if self._leave is not None:
            self.builder.position_at_end(self._leave)
            self._let_lists_go()
            self.builder.ret(bool_word(False))
        ir.IRBuilder(self._entry).branch(self.function.blocks[2])
        self.is_finished = True

    # blocks

    def block(self, name: str) -> Any:
        return self.function.append_basic_block(name)

    def go(self, block: Any) -> None:
        """Jump to a block, and write on there."""
        if self.is_open:
            self.builder.branch(block)
        self.builder.position_at_end(block)

    @property
    def is_open(self) -> bool:
        """Can the place that is written now be reached?"""
        return not self.builder.block.is_terminated

    def stop_if(self, wrong: Word, why: str) -> None:
        """`why`: in words that stand behind "because"."""
        if self._put_off is not None:
            self._put_off.append((wrong, why, self.line))
        elif not (isinstance(wrong, ir.Constant) and not wrong.constant):
            self._leave_if(wrong, self.find_stop(why))

    @contextmanager
    def putting_off(self) -> Iterator[list[tuple[Word, str, int]]]:
        """While code is written whose value may not be wanted: what should stop it, why, and in which line."""
        before, self._put_off = self._put_off, []
        try:
            yield self._put_off
        finally:
            self._put_off = before

    def stop_with(self, stopped: Word) -> None:
        """What was called has stopped, and said why."""
        self._leave_if(stopped, self.stopped)

    def stop(self, why: str) -> None:
        self.builder.branch(self.find_stop(why))

    def find_stop(self, why: str) -> Any:
        """The block that is gone to in order to stop here."""
        number = self.unit.number_site(self.owner, self.line, why)
        if number not in self._sites:
            self._sites[number] = block = self.block("stop")
            builder = ir.IRBuilder(block)
            builder.store(int_word(number), builder.gep(self.given, [int_word(SITE_WORD)], source_etype=I64))
            builder.branch(self.stopped)
        return self._sites[number]

    def _leave_if(self, wrong: Word, block: Any) -> None:
        go_on = self.block("ok")
        self._lines[go_on] = self.line_of_blocks
        self.builder.cbranch(wrong, block, go_on).set_weights(_RARE)
        self.builder.position_at_end(go_on)

    @property
    def line_of_blocks(self) -> Any:
        """Those one after the other that are written now, by the first. What was assigned before in the same one still holds."""
        return self._lines.get(self.builder.block, self.builder.block)

    def go_on_in(self, line: Any, block: Any) -> None:
        """Jump to a block that all ways from the line so far lead to, without having assigned anything."""
        self._lines[block] = line
        self.go(block)

    def poll(self, least: int) -> None:
        """Stop when the flag asks at least this; see flag.py."""
        flag = self.builder.load(self.given, typ=POINTER)
        flag.set_metadata("invariant.load", self.unit.module.add_metadata([]))
        asked = self.builder.load_atomic(flag, "monotonic", 8, typ=I64)
        go_on = self.block("ok")
        self.builder.cbranch(self.builder.icmp_unsigned(">=", asked, int_word(least)), self._find_halted(), go_on).set_weights(_RARE)
        self.builder.position_at_end(go_on)

    def count_pass(self) -> None:
        """Enter or leave a comprehension; see flag.py."""
        place = self.builder.gep(self.builder.load(self.given, typ=POINTER), [int_word(1)], source_etype=I64)
        self.builder.atomic_rmw("add", place, int_word(1), "monotonic")

    def _find_halted(self) -> Any:
        """The block that is gone to when the flag asks to stop."""
        if self._halted is None:
            self._halted = self.block("halted")
            builder = ir.IRBuilder(self._halted)
            builder.store(int_word(1), builder.gep(self.given, [int_word(HALTED_WORD)], source_etype=I64))
            builder.branch(self.stopped)
        return self._halted

    def return_done(self) -> None:
        if not self.unit.lists.makes_lists:
            self.builder.ret(bool_word(False))
            return
        self._leave = self._leave or self.block("leave")
        self.builder.branch(self._leave)

    def hold_returned(self, value: Value) -> None:
        if not (isinstance(self.owner, Code) and self.owner.outcome):
            holders.hold(self, value)

    def _let_lists_go(self) -> None:
        """All but what the function returns, which its caller may hold; at the end of a loop that stands alone nobody does."""
        if isinstance(self.owner, Code) and self.owner.outcome:
            return
        for slot, of in self.held:
            holders.release(self, self.builder.load(slot, typ=POINTER), of)
        for at, of in holders.find_held(self.returns or Nothing()):
            holders.let_go(self, Value(of, (self.builder.load(self.result_slot(self.results, at), typ=POINTER),)))

    def note_returned(self, value: Value) -> None:
        known = self.ranges.of_words(value)
        self.returned = [join_ranges(*pair) for pair in zip(self.returned, known, strict=True)] if self.returned else known

    def result_slot(self, results: Word, at: int) -> Word:
        """Where the word number `at` of a function's value is left."""
        return self.builder.gep(results, [int_word(at)], source_etype=I64)

    # memory

    def allocate(self, kind: Any, count: int | None = None) -> Word:
        """Memory of this call, made once at its start."""
        return ir.IRBuilder(self._entry).alloca(kind, None if count is None else int_word(count))

    def allocate_with(self, kind: Any, first: Word) -> Word:
        """The same, with a constant in it from then on."""
        place = self.allocate(kind)
        ir.IRBuilder(self._entry).store(first, place)
        return place

    def allocate_holder(self, of: Made) -> Word:
        """Memory that holds a list, or none; what it holds when the function ends goes."""
        place = self.allocate_with(POINTER, NULL)
        self.held.append((place, of))
        return place

    @contextmanager
    def at(self, block: Any) -> Iterator[None]:
        """Write at the end of another block for a while, before its jump."""
        with self.builder.goto_block(block):
            yield

    # names

    def refuse(self, reason: str, node: ast.AST | None = None) -> NoReturn:
        raise Refused(reason, self.path, getattr(node, "lineno", self.line))

    def open_scope(self, assigned: Iterable[str]) -> dict[str, Variable]:
        """New local variables, without a value every time this place is reached; each as often as there are places that assign it."""
        scope = {}
        for name, places in sorted(Counter(assigned).items()):
            variable = scope[name] = Variable(bound=self.allocate(I1), once=places == 1)
            self.builder.store(bool_word(False), variable.bound)
        self.scopes.append(scope)
        return scope

    def is_variable(self, name: str) -> bool:
        return self.find_variable(name) is not None

    def is_assigned_once(self, name: str) -> bool:
        variable = self.find_variable(name)
        return variable is not None and variable.once

    def type_of_variable(self, name: str) -> Type | None:
        variable = self.find_variable(name)
        return None if variable is None else variable.type

    def find_variable(self, name: str) -> Variable | None:
        return next((scope[name] for scope in reversed(self.scopes) if name in scope), None)

    def assign(self, name: str, value: Value) -> None:
        variable = self.find_variable(name)
        if variable is None:
            self.refuse(f"`{name}` is assigned outside the loop")
        kind = variable.type or self.widened.get(name) or value.type
        joined = join(kind, value.type, self.unit.lists)
        if joined is None:
            self.refuse(f"`{name}` is {describe(kind)} first and {describe(value.type)} later")
        if joined != kind or (isinstance(joined, Number) and name not in self.widened):
            raise Widen(name, joined)
        value = convert(self, value, joined)
        if variable.type is None:
            variable.type = joined
            variable.slots = [self.allocate(kind) for kind in word_types(joined)]
            for at, of in holders.find_held(joined):
                variable.slots[at] = self.allocate_holder(of)
        if variable.once:
            variable.known = self.ranges.of_words(value)
        holders.hold(self, value)
        for at, of in holders.find_held(joined):
            holders.release(self, self.builder.load(variable.slots[at], typ=POINTER), of)
        for word, slot in zip(value.words, variable.slots, strict=True):
            self.builder.store(word, slot)
        self.builder.store(bool_word(True), variable.bound)
        variable.last = self.line_of_blocks, value

    def hold(self, name: str, known: Range | None) -> None:
        """From here on a local int lies there wherever it is read; None: that is over."""
        variable = self.find_variable(name)
        assert variable is not None
        variable.held = known

    def settle(self, value: Value) -> Value:
        """A Number where nothing but a float will do."""
        if not isinstance(value.type, Number):
            return value
        double, is_int = value.words
        self.stop_if(is_int, STILL_INT)
        return Value(FLOAT, (double,))

    def read(self, name: str) -> Value:
        variable = self.find_variable(name)
        if variable is None:
            return self._read_outside(name)
        if variable.type is None:
            self.refuse(f"`{name}` is read before it is assigned")
        if variable.last is not None and variable.last[0] is self.line_of_blocks:
            return variable.last[1]
        bound = self.builder.load(variable.bound, typ=I1)
        self.stop_if(self.builder.not_(bound), f"`{name}` has no value")
        words = [self.builder.load(slot, typ=kind) for slot, kind in zip(variable.slots, word_types(variable.type), strict=True)]
        known_of_words = variable.known if variable.held is None else [variable.held]
        for word, known, limits in zip(words, known_of_words, list_limits(variable.type), strict=False):
            self.ranges.note(word, known, limits)
        return Value(variable.type, tuple(words))

    def _read_outside(self, name: str) -> Value:
        match self.names.get(name):
            case None:
                self.refuse(f"`{name}` is not known here")
            case binding:
                return self.value_of(binding)

    def value_of(self, binding: Binding) -> Value:
        match binding:
            case Given():
                return self.unit.load_given(self, binding)
            case Fixed(number):
                return int_value(number)
            case meaning:
                return Value(Meaning(meaning), ())


def is_named(value: Value, path: str) -> bool:
    return isinstance(value.type, Meaning) and value.type.of == Named(path)
