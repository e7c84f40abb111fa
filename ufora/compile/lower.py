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
from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]

from ufora.compile import expressions
from ufora.compile.comprehensions import clauses, filters
from ufora.compile.elements import Element, Result, RowsOf
from ufora.compile.flag import HEAD_WORDS, SOON
from ufora.compile.frame import Frame, Refused, Widen
from ufora.compile.functions import Functions
from ufora.compile.given import GivenType, collect_given, count_slots, list_bindings
from ufora.compile.harvest import BLOCK, Ends, Harvest, Outcome, choose_harvest
from ufora.compile.rows import Rows
from ufora.compile.sources import load_element
from ufora.compile.spec import ArrayOf, ArraySource, Code, Consumer, Given, Instance, Loop, NotCompiled, TupleOf
from ufora.compile.turns import assign_target, list_target_names
from ufora.compile.values import BOOL, DOUBLE, I1, I64, INT, POINTER, VOID, Value, int_word, join_tuple

KERNEL = "kernel"  #: the one function of the machine code that is called from outside


@dataclass(frozen=True, slots=True)
class Lowered:
    text: str  #: LLVM's, with the user's code above it
    element: Element | Result | RowsOf  #: what the consumer collects
    given: tuple[GivenType, ...]
    changes: bool  #: are items of lists assigned?


def lower(loop: Loop) -> Lowered | NotCompiled:
    unit = _Unit(loop)
    try:
        harvest = _write_kernel(unit, loop)
    except Refused as refused:
        return NotCompiled(refused.reason, refused.path, refused.line)
    except Widen as widen:
        return NotCompiled(f"`{widen.name}` is an int first and a float later", loop.path, loop.tree.lineno)
    except RecursionError:
        return NotCompiled("the code is nested too deeply to be compiled", loop.path, loop.tree.lineno)
    return Lowered(_describe(loop) + str(unit.module), harvest.element, unit.given_types, unit.changes)


class _Unit:
    """The module that is written. It knits together the parts that need each other: expressions, functions, comprehensions."""

    def __init__(self, loop: Loop) -> None:
        self.module = ir.Module(name=KERNEL)
        self._functions = Functions(self)
        self._offsets: dict[int, int] = {}
        offset, types = HEAD_WORDS, []
        for given in collect_given(loop):
            self._offsets[id(given)] = offset
            offset += count_slots(given.type)
            types.append(given.type)
        self.given_types = tuple(types)
        self.is_heavy = False
        self.changes = False

    def load_given(self, frame: Frame, given: Given) -> Value:
        return self._load(frame, given.type, self._offsets[id(given)])

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
            case scalar if scalar == BOOL:
                return Value(BOOL, (frame.builder.trunc(self._load_slot(frame, at, I64), I1),))
            case scalar:
                return Value(scalar, (self._load_slot(frame, at, I64 if scalar == INT else DOUBLE),))

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


def _write_kernel(unit: _Unit, loop: Loop) -> Harvest:
    kind = ir.FunctionType(VOID, [POINTER, I64, I64, I64, I64, POINTER, POINTER, POINTER])
    function = ir.Function(unit.module, kind, KERNEL)
    data, first, step, start, stop, given, out, space = function.args
    frame = Frame(unit, function, loop.path, loop.names, given, int_word(0))
    frame.line = loop.tree.lineno
    builder = frame.builder
    begin, position = builder.block, frame.allocate(I64)
    next_one, block_end, decided, finish = (frame.block(name) for name in ("next", "block_end", "decided", "finish"))
    builder.store(start, position)
    positions = builder.sub(stop, start)
    frame.open_scope(set().union(*(list_target_names(generator.target) for generator in loop.tree.generators)))

    outer, inner, here = _open_blocks(frame, position, stop, block_end, finish)
    match loop.source:
        case ArraySource(element):
            value = load_element(frame, element, data, here)
        case _:
            value = Value(INT, (builder.add(first, builder.mul(here, step)),))
    harvest = _write_turn(frame, loop, value, Ends(begin, out, space, decided), positions)
    frame.go(next_one)
    harvest.commit()
    _step(frame, position)
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


def _write_turn(frame: Frame, loop: Loop, value: Value, ends: Ends, positions: Any) -> Harvest:
    """One element of the source, from its target to the consumer."""
    harvests: list[Harvest] = []
    generator, *rest = loop.tree.generators
    if generator.is_async:
        frame.refuse("`async for` is not compiled")

    def take() -> None:
        if isinstance(loop.tree.elt, ast.ListComp) and loop.consumer == Consumer.LIST and not rest:
            rows = Rows(frame, ends, positions)
            harvests.append(rows)
            rows.take_row(loop.tree.elt)
            return
        element = frame.settle(expressions.evaluate(frame, loop.tree.elt))
        kind = Outcome if loop.is_call else choose_harvest(loop.consumer, element)
        harvest = kind(frame, ends, single=not rest)
        harvests.append(harvest)
        harvest.take(element)

    assign_target(frame, generator.target, value)
    filters(frame, generator.ifs, lambda: clauses(frame, rest, take))
    (harvest,) = harvests
    return harvest


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
