"""Blocks of one function, copied into another with vectors for what varies from lane to lane; see lanes.py."""

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from llvmlite import ir  # type: ignore[import-untyped]

from ufora.compile.conversions import to_double
from ufora.compile.flag import SOON
from ufora.compile.ranges import ALL, ALL_UNSIGNED, Ranges
from ufora.compile.values import DOUBLE, I1, I32, I64, POINTER, Word, bool_word, int_word
from ufora.compile.vectors import Shape, Uneven

_BINARY = frozenset({"add", "sub", "mul", "shl", "lshr", "ashr", "and", "or", "xor", "fadd", "fsub", "fmul", "fdiv", "fneg"})
_CASTS = frozenset({"trunc", "zext", "sext", "sitofp", "uitofp", "fptosi", "fptoui", "bitcast"})
_TO_FLOAT = frozenset({"sitofp", "uitofp"})
_CONVERSIONS = _TO_FLOAT | {"fptosi", "fptoui"}
_OF_INTS = {"sadd.with.overflow", "ssub.with.overflow", "uadd.with.overflow", "usub.with.overflow", "smin", "smax", "umin", "umax"}
_OF_FLOATS = {"sqrt", "fabs", "floor", "ceil", "trunc", "copysign"}
_BY_LANE = frozenset({f"llvm.{name}.i64" for name in _OF_INTS} | {f"llvm.{name}.f64" for name in _OF_FLOATS})


class Parting(Uneven):
    """The ways of lanes part."""


class Functions(Protocol):
    """Of the module that is written (lanes.py)."""

    shape: Shape
    ranges: Ranges  #: of the words that are copied

    def find_called(self, called: Any, varying: tuple[bool, ...], *, masked: bool = False) -> Any: ...

    def reduce(self, how: str) -> Any: ...

    def declare(self, name: str, result: Any, kinds: list[Any]) -> Any: ...


def leaves(block: Any) -> bool:
    """Is it one that stops the function?"""
    stopped = block.function.blocks[1]
    ends = block.terminator
    return block is stopped or (ends is not None and ends.opname == "br" and len(ends.operands) == 1 and ends.operands[0] is stopped)


def next_blocks(block: Any) -> list[Any]:
    if block.terminator is None or block.terminator.opname not in ("br", "ret"):
        raise Uneven(f"{block.terminator}")
    return [operand for operand in block.terminator.operands if isinstance(operand, ir.Block) and not leaves(operand)]


def list_blocks(head: Any, end: Any) -> list[Any]:
    """Those between, each behind all that must have run before it."""
    done: list[Any] = []
    seen = {head, end}
    pending = [(head, iter(next_blocks(head)))]
    while pending:
        after = next((other for other in pending[-1][1] if other not in seen), None)
        if after is None:
            done.append(pending.pop()[0])
        else:
            seen.add(after)
            pending.append((after, iter(next_blocks(after))))
    return done[::-1]


def uses(instruction: Any) -> list[tuple[Any, Any]]:
    """Values, and the blocks at whose end or in which they are needed."""
    if isinstance(instruction, ir.PhiInstr):
        return list(instruction.incomings)
    return [(operand, instruction.parent) for operand in instruction.operands]


def list_reached(blocks: Iterable[Any], kind: Any) -> dict[Any, None]:
    """The memory of this function that is loaded from, or stored to, in order: the same text each time."""
    at = 1 if kind is ir.StoreInstr else 0
    roots = [root_of(each.operands[at]) for block in blocks for each in block.instructions if isinstance(each, kind)]
    return dict.fromkeys(root for root in roots if isinstance(root, ir.AllocaInstr))


class Copy:
    """Blocks of one function, copied into another with vectors for what varies from lane to lane."""

    def __init__(self, lanes: Functions, function: Any, values: Mapping[Any, Any], varying: set[Any]) -> None:
        self._lanes = lanes
        self._shape = lanes.shape
        self._function = function
        self._values = dict(values)  #: of the original → of the copy
        self._inputs = frozenset(varying)  #: varying from the start
        self._varying = varying  #: values, and memory by its address
        self._entry = function.append_basic_block("entry")
        self._stopped = function.append_basic_block("stopped")
        ir.IRBuilder(self._stopped).ret(bool_word(True))
        self._blocks: dict[Any, Any] = {}
        self.first: Mapping[Any, Any] = {}  #: memory of the original → what it begins with
        self.builder = ir.IRBuilder(self._entry)

    def write(self, head: Any, end: Any) -> None:
        """Leaves the builder at the copy of `end`, where there is one."""
        blocks = list_blocks(head, end)
        self._find_varying([instruction for block in blocks for instruction in block.instructions])
        self._blocks = {block: self._function.append_basic_block() for block in [*blocks, *([end] if end is not None else [])]}
        phis = []
        for block in blocks:
            self.builder.position_at_end(self._blocks[block])
            for instruction in block.instructions:
                self._write(instruction)
            phis += [instruction for instruction in block.instructions if isinstance(instruction, ir.PhiInstr)]
        for phi in phis:
            self._join(phi)
        ir.IRBuilder(self._entry).branch(self._blocks[head])
        if end is not None:
            self.builder.position_at_end(self._blocks[end])

    def leave(self, word: Word, results: Word, at: int) -> None:
        """A word of the value, all lanes of it."""
        found = self._vector(word)
        if word.type == I1:
            found = self._add(ir.CastInstr(self.builder.block, "zext", found, self._shape.widen(I64)))
        elif word.type not in (I64, DOUBLE):
            raise Uneven(f"a value of {word.type}")
        self.builder.store(found, self.builder.gep(results, [int_word(at * self._shape.width)], source_etype=I64)).align = 8

    # what varies

    def _find_varying(self, instructions: list[Any]) -> None:
        before = -1
        while before != len(self._varying):
            before = len(self._varying)
            for instruction in instructions:
                if instruction not in self._varying:
                    self._judge(instruction)

    def _judge(self, instruction: Any) -> None:
        match instruction:
            case ir.PhiInstr():
                varies = any(self._varies(value) for value, _ in instruction.incomings)
            case ir.StoreInstr():
                value, place = instruction.operands
                if self._varies(value):
                    self._varying.add(root_of(place))
                return
            case ir.LoadInstr():
                varies = root_of(instruction.operands[0]) in self._varying
            case ir.CallInstr() if instruction.callee.blocks:
                if any(self._varies(arg) for arg in instruction.args[3:]):
                    self._varying.add(root_of(instruction.args[1]))
                return
            case ir.GEPInstr() | ir.AllocaInstr():
                return
            case _:
                varies = any(self._varies(operand) for operand in instruction.operands)
        if varies and not isinstance(instruction, ir.Terminator):
            self._varying.add(instruction)

    def _varies(self, value: Any) -> bool:
        return value in self._varying and value.type != POINTER and not isinstance(value, ir.AllocaInstr)

    # writing

    def _add(self, instruction: Any) -> Any:
        self.builder.block.instructions.append(instruction)
        self.builder.position_at_end(self.builder.block)
        return instruction

    def _value(self, value: Any) -> Any:
        if isinstance(value, ir.AllocaInstr) and value not in self._values:
            self._values[value] = self._allocate(value)
        if value in self._values:
            return self._values[value]
        if not isinstance(value, ir.Constant):
            raise Uneven(f"{value.type} from outside")
        return value

    def _allocate(self, memory: Any) -> Any:
        kind = memory.allocated_type
        if memory in self._varying:
            kind = self._shape.widen(kind)
        builder = ir.IRBuilder(self._entry)
        place = builder.alloca(kind, *memory.operands)
        if memory in self.first:
            with self.builder.goto_block(self._entry):
                self.builder.store(self._vector(self.first[memory]) if memory in self._varying else self.first[memory], place)
        elif kind in (I1, self._shape.widen(I1)) and not memory.operands:
            builder.store(bool_word(False) if kind == I1 else ir.Constant(kind, None), place)  # of a variable: it has no value yet
        return place

    def _vector(self, value: Any) -> Any:
        word = self._value(value)
        if isinstance(word.type, ir.VectorType):
            return word
        vector = self._shape.widen(word.type)
        if isinstance(word, ir.Constant) and not isinstance(word.constant, str):
            return ir.Constant(vector, [word] * self._shape.width)
        first = self.builder.insert_element(ir.Constant(vector, ir.Undefined), word, ir.Constant(I32, 0))
        return self.builder.shuffle_vector(
            first, ir.Constant(vector, ir.Undefined), ir.Constant(ir.VectorType(I32, self._shape.width), [0] * self._shape.width)
        )

    def _write(self, instruction: Any) -> None:
        if isinstance(instruction, ir.Terminator):
            self._jump(instruction)
            return
        match instruction:
            case ir.StoreInstr():
                self._store(instruction)
                return
            case ir.PhiInstr():
                kind = instruction.type
                made = self.builder.phi(self._shape.widen(kind) if instruction in self._varying else kind)
            case ir.CallInstr():
                made = self._call(instruction)
            case ir.AllocaInstr():
                return
            case ir.LoadInstr() | ir.LoadAtomicInstr() | ir.GEPInstr():
                made = self._reach(instruction)
            case _:
                made = self._compute(instruction)
        self._values[instruction] = made

    def _compute(self, instruction: Any) -> Any:
        if isinstance(instruction, ir.ExtractValue):
            return self.builder.extract_value(self._value(instruction.aggregate), instruction.indices)
        varies = instruction in self._varying
        operands = [self._vector(one) if varies else self._value(one) for one in instruction.operands]
        if isinstance(instruction.operands[0], ir.LoadAtomicInstr):  # the flag: lanes do not keep others waiting for all their elements
            operands[1] = int_word(SOON)
        kind = self._shape.widen(instruction.type) if varies else instruction.type
        block, opname = self.builder.block, instruction.opname
        match instruction:
            case ir.ICMPInstr() | ir.FCMPInstr():
                made = type(instruction)(block, instruction.op, *operands, flags=instruction.flags)
            case ir.CastInstr() if varies and not self._shape.converts and opname in _CONVERSIONS:
                return self._convert(instruction, operands[0])
            case ir.CastInstr() if not varies or opname in _CASTS:
                made = ir.CastInstr(block, opname, operands[0], kind)
            case ir.SelectInstr():
                made = ir.SelectInstr(block, *operands)
            case _ if type(instruction) is ir.Instruction and (not varies or opname in _BINARY):
                made = ir.Instruction(block, kind, opname, operands, flags=instruction.flags)
            case _:
                raise Uneven(opname)
        return self._add(made)

    def _convert(self, instruction: Any, number: Any) -> Any:
        """Between ints and floats, where the processor does that one by one."""
        source, opname = instruction.operands[0], instruction.opname
        if opname not in _TO_FLOAT:
            raise Uneven(opname)
        if source.type != I64:
            return self._add(ir.CastInstr(self.builder.block, opname, number, self._shape.widen(DOUBLE)))
        known = self._lanes.ranges.of(source, ALL if opname == "sitofp" else ALL_UNSIGNED)
        return to_double(self.builder, number, known, self._shape.width)

    def _reach(self, instruction: Any) -> Any:
        place = self._value(instruction.operands[0])
        varies = root_of(instruction.operands[0]) in self._varying
        match instruction:
            case ir.GEPInstr():
                if any(self._varies(index) for index in instruction.indices):
                    raise Uneven("an address")
                kind = instruction.source_etype
                indices = [self._value(index) for index in instruction.indices]
                return self.builder.gep(place, indices, source_etype=self._shape.widen(kind) if varies else kind)
            case ir.LoadAtomicInstr():
                made = self.builder.load_atomic(place, instruction.ordering, instruction.align, typ=instruction.type)
            case _:
                made = self.builder.load(place, typ=self._shape.widen(instruction.type) if varies else instruction.type)
        for name, data in instruction.metadata.items():
            made.set_metadata(name, data)
        return made

    def _store(self, instruction: Any) -> None:
        value, place = instruction.operands
        root = root_of(place)
        if not isinstance(root, ir.AllocaInstr) and root not in self._varying:
            raise Uneven("memory that others see")
        self.builder.store(self._vector(value) if root in self._varying else self._value(value), self._value(place))

    def _call(self, instruction: Any) -> Any:
        callee, args = instruction.callee, instruction.args
        varying = tuple(self._varies(arg) for arg in args)
        if callee.blocks:
            if varying[:3] != (False,) * 3 or root_of(args[1]) not in self._varying:
                raise Uneven("a call")
            words = [self._vector(arg) if varies else self._value(arg) for arg, varies in zip(args, varying, strict=True)]
            return self.builder.call(self._lanes.find_called(callee, varying), words)
        if any(arg.type == POINTER or isinstance(arg.type, ir.PointerType) for arg in args):
            raise Uneven("a call with memory")
        if not any(varying):
            return self.builder.call(callee, [self._value(arg) for arg in args])
        if callee.name not in _BY_LANE:
            raise Uneven(callee.name)
        stem, _, kind = callee.name.rpartition(".")
        vectors = [self._vector(arg) for arg in args]
        wide = self._lanes.declare(
            f"{stem}.v{self._shape.width}{kind}", self._shape.widen(instruction.type), [vector.type for vector in vectors]
        )
        return self.builder.call(wide, vectors)

    def _jump(self, instruction: Any) -> None:
        operands = instruction.operands
        if instruction.opname == "ret":
            self.builder.ret(self._value(operands[0]))
            return
        targets = [self._stopped if leaves(block) else self._blocks[block] for block in operands if isinstance(block, ir.Block)]
        if len(targets) == 1:
            jump = self.builder.branch(targets[0])
        else:
            jump = self.builder.cbranch(self._decide(self._value(operands[0]), targets), *targets)
        for name, data in instruction.metadata.items():
            jump.set_metadata(name, data)

    def _decide(self, condition: Any, targets: list[Any]) -> Any:
        if not isinstance(condition.type, ir.VectorType):
            return condition
        if self._stopped not in targets:
            raise Parting("a jump")
        return self.builder.call(self._lanes.reduce("or" if targets[0] is self._stopped else "and"), [condition])

    def _join(self, phi: Any) -> None:
        varies = phi in self._varying
        for value, block in phi.incomings:
            if block not in self._blocks:
                continue
            with self.builder.goto_block(self._blocks[block]):
                word = self._vector(value) if varies else self._value(value)
            self._values[phi].add_incoming(word, self._blocks[block])


def root_of(place: Any) -> Any:
    """The memory that an address lies in."""
    while isinstance(place, ir.GEPInstr):
        place = place.pointer
    return place
