"""From a Loop to LLVM text: the whole loop over positions `start … stop - 1` of its source becomes one machine function.

void kernel(ptr data, i64 first, i64 step, i64 start, i64 stop, ptr given, ptr out, ptr space)

    start                 sums and counters begin
    ├─ outer  ◄────────┐  blocks of BLOCK positions
    │   ├─ inner ◄───┐ │
    │   │   turn     │ │  element, filters, take
    │   │   next ────┘ │  commit
    │   └─ block_end ──┘
    └─ finish             also reached by every `stop`: `position` then names the element that could not be computed
"""

import ast
from dataclasses import dataclass
from functools import partial
from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]

from ufora.compile import choices, expressions, made
from ufora.compile.ahead import Ahead
from ufora.compile.comprehensions import Taking, clauses, element_of, filters
from ufora.compile.elements import Element, Result, RowsOf, can_leave
from ufora.compile.flag import HEAD_WORDS, SOON
from ufora.compile.frame import Frame, Refused
from ufora.compile.functions import Functions
from ufora.compile.given import GivenType, collect_given, count_slots, list_bindings
from ufora.compile.harvest import BLOCK, Ends, Harvest, Outcome, choose_harvest
from ufora.compile.holders import find_held
from ufora.compile.joins import Widen
from ufora.compile.lanes import drop
from ufora.compile.made import Known, Learned, Waiting, begin, find_known, guess
from ufora.compile.ranges import NARROW, NARROW_SOURCE, Range, Ranges
from ufora.compile.recursion import write_out
from ufora.compile.rows import Rows
from ufora.compile.sources import load_element
from ufora.compile.spec import (
    CALLEE,
    ArrayOf,
    ArraySource,
    Code,
    Consumer,
    Given,
    Instance,
    Loop,
    MadeDict,
    MadeList,
    NotCompiled,
    ObjectOf,
    RangeSource,
    TupleOf,
)
from ufora.compile.stops import Site, Sites
from ufora.compile.turns import assign_target, list_target_names
from ufora.compile.values import BOOL, DOUBLE, FLOAT, I1, I64, INT, POINTER, VOID, Value, bool_word, int_word, join_tuple

MOST_TRIES = 64
"""How often a kernel is written: one time more for each `[]` of which it is learned what it holds. Guessed."""
KERNEL = "kernel"  #: the one function of the machine code that is called from outside


@dataclass(frozen=True, slots=True)
class Lowered:
    text: str  #: LLVM's, with the user's code above it
    element: Element | Result | RowsOf  #: what the consumer collects
    given: tuple[GivenType, ...]
    changes: bool  #: are items of lists assigned?
    has_lists: bool  #: of its own, or dicts, or given ones that may grow?
    may_refuse: bool  #: may it stop because something that was given may not change?
    sites: tuple[Site, ...]


def lower(loop: Loop) -> Lowered | NotCompiled:
    lists = Known()
    try:
        module, unit, harvest = _write_until_known(loop, lists)
    except Refused as refused:
        return NotCompiled(refused.reason, refused.path, refused.line)
    except Widen as widen:
        return NotCompiled(f"`{widen.name}` is an int first and another number later", loop.path, loop.tree.lineno)
    except RecursionError:
        return NotCompiled("the code is nested too deeply to be compiled", loop.path, loop.tree.lineno)
    if not all(map(can_leave, unit.given_types)):
        return NotCompiled("objects that machine code makes are put into a list or dict that was there before", loop.path, loop.tree.lineno)
    changes = unit.changes or any(map(find_held, unit.given_types))
    text = _describe(loop) + write_out(module, str(module))
    sites = unit.sites.list()
    return Lowered(text, harvest.element, unit.given_types, changes, lists.makes_lists, lists.may_refuse, sites)


def _write_until_known(loop: Loop, lists: Known) -> "tuple[Any, _Unit, Harvest]":
    """Whatever is found out of the lists that are made changes what is written."""
    for _ in range(MOST_TRIES):
        module, lists.waits = ir.Module(name=KERNEL), None
        try:
            unit, harvest = _write_versions(module, loop, lists)
        except (Learned, Waiting):
            pass
        else:
            if lists.waits is None:
                return module, unit, harvest
        if not lists.has_learned:
            guess(lists)
        lists.has_learned = False
    raise Refused("too much is to be found out of its lists", loop.path, loop.tree.lineno)


class _Unit:
    """The module that is written. It knits together the parts that need each other: expressions, functions, comprehensions."""

    def __init__(self, module: Any, loop: Loop, sites: Sites, lists: Known, *, narrow: bool) -> None:
        self.module = module
        self.lists = lists
        self.ranges = Ranges(narrow)
        self.label = "narrow" if narrow else "wide"
        self._functions = Functions(self)
        self._offsets: dict[int, int] = {}
        offset, types = HEAD_WORDS, []
        for given in collect_given(loop):
            self._offsets[id(given)] = offset
            offset += count_slots(given.type)
            types.append(find_known(lists, given.type))
        self.given_types = tuple(types)
        called = loop.names.get(CALLEE) if loop.is_call else None
        self.called = called if isinstance(called, Code) else None
        self.is_heavy = False
        self.changes = False
        self.sites = sites

    def list_int_slots(self) -> list[int]:
        """Which words of the argument record are given ints."""
        slots, at = [], HEAD_WORDS
        pending = list(self.given_types)
        while pending:
            match pending.pop(0):
                case TupleOf(items):
                    pending[:0] = items
                    continue
                case scalar:
                    slots += [at] if scalar == INT else []
                    at += count_slots(scalar)
        return slots

    def load_given(self, frame: Frame, given: Given) -> Value:
        return self._load(frame, find_known(self.lists, given.type), self._offsets[id(given)])

    def _load(self, frame: Frame, of: GivenType, at: int) -> Value:
        match of:
            case TupleOf(items):
                parts = []
                for item in items:
                    parts.append(self._load(frame, item, at))
                    at += count_slots(item)
                return join_tuple(parts)
            case ArrayOf():
                return Value(of, (self._load_slot(frame, at, POINTER), self._load_slot(frame, at + 1, I64)))
            case MadeList() | MadeDict():
                begin(frame)
                self.lists.may_refuse = True
                return Value(of, (self._load_slot(frame, at, POINTER),))
            case ObjectOf():
                return Value(of, (self._load_slot(frame, at, POINTER),))
            case scalar if scalar == BOOL:
                return Value(BOOL, (frame.builder.trunc(self._load_slot(frame, at, I64), I1),))
            case scalar if scalar == INT:
                return Value(INT, (self.ranges.note_narrow(self._load_slot(frame, at, I64), NARROW),))
            case scalar:
                return Value(scalar, (self._load_slot(frame, at, DOUBLE if scalar == FLOAT else I64),))

    def _load_slot(self, frame: Frame, at: int, kind: Any) -> Any:
        word = frame.builder.load(frame.builder.gep(frame.given, [int_word(at)], source_etype=I64), typ=kind)
        word.set_metadata("invariant.load", self.module.add_metadata([]))
        return word

    def call(self, frame: Frame, code: Code, args: list[Value], keywords: dict[str, Value]) -> Value:
        return self._functions.call(frame, code, args, keywords)

    def call_value(self, frame: Frame, called: Value, args: list[Value]) -> Value:
        return expressions.call_value(frame, called, args, {})

    def evaluate(self, frame: Frame, node: ast.expr) -> Value:
        return expressions.evaluate(frame, node)

    def test(self, frame: Frame, node: ast.expr, yes: Any, no: Any) -> None:
        expressions.test(frame, node, yes, no)

    def external(self, symbol: str, result: Any, parameters: list[Any]) -> Any:
        if symbol not in self.module.globals:
            ir.Function(self.module, ir.FunctionType(result, parameters), symbol)
        return self.module.globals[symbol]

    def number_site(self, owner: Loop | Code, line: int, why: str) -> int:
        return self.sites.number(owner, line, why)


def _write_versions(module: Any, loop: Loop, lists: Known) -> tuple[_Unit, Harvest]:
    """The narrow version, if it is better than the other and gives elements of the same type; that; and what chooses between them."""
    before = set(module.globals)
    sites = Sites(loop)
    narrow, wide = (_Unit(module, loop, sites, lists, narrow=is_narrow) for is_narrow in (True, False))
    of_narrow, harvest = _write_kernel(narrow, loop), _write_kernel(wide, loop)
    if narrow.ranges.gains == wide.ranges.gains or of_narrow.element != harvest.element:
        for name in set(module.globals) - before:
            if f".{narrow.label}" in name:
                del module.globals[name]
    else:
        drop(module, wide.label)  # of large numbers: rarely met, and twice the time for LLVM
    _write_choice(wide, loop, module.globals.get(f"{KERNEL}.{narrow.label}"), module.globals[f"{KERNEL}.{wide.label}"])
    return wide, harvest


def _write_choice(unit: _Unit, loop: Loop, narrow: Any, wide: Any) -> None:
    function = ir.Function(unit.module, wide.function_type, KERNEL)
    builder = ir.IRBuilder(function.append_basic_block("choose"))
    if narrow is not None:
        _, first, step, start, stop, given, *_ = function.args
        fit = bool_word(True)
        if isinstance(loop.source, RangeSource):
            for position in (start, builder.sub(stop, int_word(1))):
                fit = builder.and_(fit, _lies_in(builder, builder.add(first, builder.mul(position, step)), NARROW_SOURCE))
        for at in unit.list_int_slots():
            word = builder.load(builder.gep(given, [int_word(at)], source_etype=I64), typ=I64)
            fit = builder.and_(fit, _lies_in(builder, word, NARROW))
        with builder.if_then(fit, likely=True):
            builder.call(narrow, function.args)
            builder.ret_void()
    builder.call(wide, function.args)
    builder.ret_void()


def _lies_in(builder: Any, word: Any, within: Range) -> Any:
    return builder.icmp_unsigned("<=", builder.sub(word, int_word(within[0])), int_word(within[1] - within[0]))


def _write_kernel(unit: _Unit, loop: Loop) -> Harvest:
    kind = ir.FunctionType(VOID, [POINTER, I64, I64, I64, I64, POINTER, POINTER, POINTER])
    function = ir.Function(unit.module, kind, f"{KERNEL}.{unit.label}")
    function.attributes.add("noinline")  # or LLVM would work through all of it once more
    data, first, step, start, stop, given, out, space = function.args
    frame = Frame(unit, function, loop, given, int_word(0))
    builder = frame.builder
    begin, position = builder.block, frame.allocate(I64)
    next_one, block_end, decided, finish = (frame.block(name) for name in ("next", "block_end", "decided", "finish"))
    builder.store(start, position)
    positions = builder.sub(stop, start)
    frame.open_scope(list_target_names(loop.tree.generators))

    outer, inner, here = _open_blocks(frame, position, stop, block_end, finish)
    find = partial(_element_of_source, frame, loop, data, first, step)
    ahead = Ahead(frame, here, builder.sub(stop, here), find(here), lambda later: find(builder.add(here, later)))
    harvest = _write_turn(frame, loop, ahead, Ends(begin, out, space, decided), positions)
    frame.go(next_one)
    harvest.commit()
    if unit.lists.makes_lists and not loop.is_call:
        made.free_all(frame)
    _step(frame, position)
    ahead.go_on(builder.load(position, typ=I64), inner)
    if unit.is_heavy:
        frame.poll(SOON)
    builder.branch(inner)

    builder.position_at_end(block_end)
    harvest.end_block()
    frame.poll(SOON)
    builder.branch(outer)
    builder.position_at_end(decided)
    _step(frame, position)
    builder.branch(finish)
    builder.position_at_end(finish)
    harvest.finish()
    builder.store(builder.load(position, typ=I64), out)
    builder.ret_void()
    ir.IRBuilder(frame.stopped).branch(finish)
    frame.finish()
    return harvest


def _element_of_source(frame: Frame, loop: Loop, data: Any, first: Any, step: Any, here: Any) -> Value:
    if isinstance(loop.source, ArraySource):
        return load_element(frame, loop.source.element, data, here)
    word = frame.builder.add(first, frame.builder.mul(here, step))
    return Value(INT, (frame.ranges.note_narrow(word, NARROW_SOURCE),))


def _open_blocks(frame: Frame, position: Any, stop: Any, block_end: Any, finish: Any) -> tuple[Any, Any, Any]:
    """The heads of the two loops; writing goes on inside them. Gives (outer, inner, position now)."""
    builder = frame.builder
    outer, block, inner, turn = (frame.block(name) for name in ("outer", "block", "inner", "turn"))
    limit = frame.allocate(I64)
    frame.go(outer)
    here = builder.load(position, typ=I64)
    builder.cbranch(builder.icmp_signed("<", here, stop), block, finish)
    builder.position_at_end(block)
    left = builder.sub(stop, here)
    whole = builder.icmp_signed(">", left, int_word(BLOCK))
    builder.store(builder.add(here, builder.select(whole, int_word(BLOCK), left)), limit)
    frame.go(inner)
    here = builder.load(position, typ=I64)
    builder.cbranch(builder.icmp_signed("<", here, builder.load(limit, typ=I64)), turn, block_end)
    builder.position_at_end(turn)
    return outer, inner, here


def _step(frame: Frame, position: Any) -> None:
    frame.builder.store(frame.builder.add(frame.builder.load(position, typ=I64), int_word(1)), position)


def _write_turn(frame: Frame, loop: Loop, ahead: Ahead, ends: Ends, positions: Any) -> Harvest:
    """One element of the source, from its target to the consumer."""
    harvests: list[Harvest] = []
    generator, *rest = loop.tree.generators
    if generator.is_async:
        frame.refuse("`async for` is not compiled")

    def take_row(tree: ast.ListComp) -> None:
        rows = Rows(frame, ends, positions)
        harvests.append(rows)
        rows.take_row(tree)

    def take(element: Value) -> None:
        if not (rest or generator.ifs or loop.is_call):
            element = ahead.take(element)
        if isinstance(element.type, MadeList) and loop.consumer == Consumer.LIST and not (rest or loop.is_call):
            row = Rows(frame, ends, positions)
            harvests.append(row)
            row.take_list(element)
            return
        kind = Outcome if loop.is_call else choose_harvest(loop.consumer, element)
        harvest = kind(frame, ends, single=not rest)
        harvests.append(harvest)
        harvest.take(element)

    def take_all() -> None:
        if isinstance(loop.tree.elt, ast.ListComp) and loop.consumer == Consumer.LIST and not rest:
            take_row(loop.tree.elt)
        else:
            clauses(frame, rest, Taking(element_of(frame, loop.tree), take, ahead=True))

    assign_target(frame, generator.target, ahead.value)
    chosen = None if rest or not _takes_without_jump(frame, loop) else choices.choose_taken(frame, generator.ifs, loop.tree.elt)
    if chosen is None:
        filters(frame, generator.ifs, take_all)
    else:
        harvests.append(choose_harvest(loop.consumer, chosen[1])(frame, ends, single=True))
        harvests[0].take_if(*chosen)
    (harvest,) = harvests
    return harvest


def _takes_without_jump(frame: Frame, loop: Loop) -> bool:
    return loop.consumer == Consumer.LIST or (loop.consumer == Consumer.SUM and choices.is_float(frame, loop.tree.elt))


def _describe(loop: Loop) -> str:
    """The user's code as comment."""
    parts = [f"{loop.consumer.value}: {ast.unparse(loop.tree)}"]
    seen: set[int] = set()
    pending = list_bindings(loop)
    while pending:
        binding = pending.pop(0)
        if isinstance(binding, Code | Instance) and id(binding) not in seen:
            seen.add(id(binding))
            pending.extend(list_bindings(binding))
            if isinstance(binding, Code):
                parts.append(ast.unparse(binding.tree))
    return "".join(f"; {line}\n" for part in parts for line in part.splitlines())
