"""Lanes: the same machine code for several elements at once, an operation of vectors for each of its operations.

    element(x):  mul, add, branch if overflow ─► stop       lanes(x₀ … x₇):  mul, add of vectors, branch if any overflows ─► give up

Made from what is already written for one element, where all lanes go the same way: jumps depend on what is the same for all of them
(*uniform*), except those that stop. When one lane would stop, the lanes give up, and their elements are computed one by one, as if nothing
had been: what stops, where and why is decided there. So every lane does exactly what its element does alone, in the same order. Lanes also
give up when the flag (flag.py) asks for anything.

What `Uneven` names makes it impossible, or not worth it: jumps of their own, memory of their own, words that vectors are slow with.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]

from ufora.compile.flag import SOON
from ufora.compile.values import DOUBLE, I1, I32, I64, POINTER, Word, bool_word, int_word
from ufora.numerics.machine import describe_processor

WIDTH = 16
"""Elements at once: two vectors of 512 bits, so that one is computed while the other waits for its product. Chosen by trying."""
SUFFIX = ".lanes"  #: of names of functions
_FEATURES = ("+avx512f", "+avx512dq", "+avx512vl")  #: without these, 64 bits are multiplied, and made floats of, one by one
_WORDS = (I1, I32, I64, DOUBLE)
_BINARY = frozenset({"add", "sub", "mul", "shl", "lshr", "ashr", "and", "or", "xor", "fadd", "fsub", "fmul", "fdiv", "fneg"})
_CASTS = frozenset({"trunc", "zext", "sext", "sitofp", "uitofp", "fptosi", "fptoui", "bitcast"})
_OF_INTS = {"sadd.with.overflow", "ssub.with.overflow", "uadd.with.overflow", "usub.with.overflow", "smin", "smax", "umin", "umax"}
_OF_FLOATS = {"sqrt", "fabs", "floor", "ceil", "trunc", "copysign"}
_BY_LANE = frozenset({f"llvm.{name}.i64" for name in _OF_INTS} | {f"llvm.{name}.f64" for name in _OF_FLOATS})


class Uneven(Exception):  # noqa: N818 - states a fact
    """No lanes for this code."""


def is_there() -> bool:
    """Has this processor the vectors for it?"""
    features = describe_processor()[1].split(",")
    return all(feature in features for feature in _FEATURES)


def widen(kind: Any) -> Any:
    if isinstance(kind, ir.LiteralStructType):
        return ir.LiteralStructType([widen(part) for part in kind.elements])
    if kind not in _WORDS:
        raise Uneven(f"{kind}")
    return ir.VectorType(kind, WIDTH)


class Lanes:
    """Functions of lanes in one module."""

    def __init__(self, module: Any) -> None:
        self.module = module
        self._made: dict[tuple[str, tuple[bool, ...]], tuple[Any, bool]] = {}

    def write_element(self, name: str, given: Word, words: Iterable[Word], head: Any, end: Any, result: Iterable[Word]) -> Any:
        """From the blocks between `head` and `end`, in which `result` is made of `words`: a function of vectors of these, which leaves
        vectors in memory and gives True when it gave up."""
        inputs = tuple(words)
        signature = ir.FunctionType(I1, [POINTER, POINTER, *(widen(word.type) for word in inputs)])
        before = set(self.module.globals)
        function = ir.Function(self.module, signature, name)
        try:
            copy = _Copy(self, function, {given: function.args[0], **dict(zip(inputs, function.args[2:], strict=True))}, set(inputs))
            copy.write(head, end)
            for at, word in enumerate(result):
                copy.leave(word, function.args[1], at)
            copy.builder.ret(bool_word(False))
        except Uneven:
            for added in set(self.module.globals) - before:
                if self.module.globals[added].blocks:
                    del self.module.globals[added]
            raise
        return function

    def find_called(self, called: Any, varying: tuple[bool, ...]) -> Any:
        """The lanes of a function that gets these of its arguments as vectors. What it leaves behind its second one are vectors."""
        key = called.name, varying
        if key in self._made:
            function, is_whole = self._made[key]
            if not is_whole:
                raise Uneven("recursion")
            return function
        kinds = [widen(arg.type) if varies else arg.type for arg, varies in zip(called.args, varying, strict=True)]
        function = ir.Function(self.module, ir.FunctionType(I1, kinds), f"{called.name}.{len(self._made)}{SUFFIX}")
        self._made[key] = function, False
        inputs = {arg for arg, varies in zip(called.args, varying, strict=True) if varies} | {called.args[1]}
        _Copy(self, function, dict(zip(called.args, function.args, strict=True)), inputs).write(called.blocks[0], None)
        self._made[key] = function, True
        return function

    def reduce(self, how: str) -> Any:
        return self.declare(f"llvm.vector.reduce.{how}.v{WIDTH}i1", I1, [widen(I1)])

    def declare(self, name: str, result: Any, kinds: list[Any]) -> Any:
        if name not in self.module.globals:
            ir.Function(self.module, ir.FunctionType(result, kinds), name)
        return self.module.globals[name]


def drop(module: Any, label: str) -> None:
    """Of one version of a kernel: its lanes give up at once, and LLVM finds nothing left of them."""
    for name, function in list(module.globals.items()):
        if f".{label}" in name and name.endswith(SUFFIX):
            function.blocks.clear()
            ir.IRBuilder(function.append_basic_block("entry")).ret(bool_word(True))


def _leaves(block: Any) -> bool:
    """Is it one that stops the function?"""
    stopped = block.function.blocks[1]
    ends = block.terminator
    return block is stopped or (ends is not None and ends.opname == "br" and len(ends.operands) == 1 and ends.operands[0] is stopped)


def _next_blocks(block: Any) -> list[Any]:
    if block.terminator is None or block.terminator.opname not in ("br", "ret"):
        raise Uneven(f"{block.terminator}")
    return [operand for operand in block.terminator.operands if isinstance(operand, ir.Block) and not _leaves(operand)]


def _list_blocks(head: Any, end: Any) -> list[Any]:
    """Those between, each behind all that must have run before it."""
    done: list[Any] = []
    seen = {head, end}
    pending = [(head, iter(_next_blocks(head)))]
    while pending:
        after = next((other for other in pending[-1][1] if other not in seen), None)
        if after is None:
            done.append(pending.pop()[0])
        else:
            seen.add(after)
            pending.append((after, iter(_next_blocks(after))))
    return done[::-1]


class _Copy:
    """Blocks of one function, copied into another with vectors for what varies from lane to lane."""

    def __init__(self, lanes: Lanes, function: Any, values: Mapping[Any, Any], varying: set[Any]) -> None:
        self._lanes = lanes
        self._function = function
        self._values = dict(values)  #: of the original → of the copy
        self._varying = varying  #: values, and memory by its address
        self._entry = function.append_basic_block("entry")
        self._stopped = function.append_basic_block("stopped")
        ir.IRBuilder(self._stopped).ret(bool_word(True))
        self._blocks: dict[Any, Any] = {}
        self.builder = ir.IRBuilder(self._entry)

    def write(self, head: Any, end: Any) -> None:
        """Leaves the builder at the copy of `end`, where there is one."""
        blocks = _list_blocks(head, end)
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
            found = self._add(ir.CastInstr(self.builder.block, "zext", found, widen(I64)))
        elif word.type not in (I64, DOUBLE):
            raise Uneven(f"a value of {word.type}")
        self.builder.store(found, self.builder.gep(results, [int_word(at * WIDTH)], source_etype=I64)).align = 8

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
                    self._varying.add(_root(place))
                return
            case ir.LoadInstr():
                varies = _root(instruction.operands[0]) in self._varying
            case ir.CallInstr() if instruction.callee.blocks:
                if any(self._varies(arg) for arg in instruction.args[3:]):
                    self._varying.add(_root(instruction.args[1]))
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
            kind = widen(kind)
        builder = ir.IRBuilder(self._entry)
        place = builder.alloca(kind, *memory.operands)
        if kind in (I1, widen(I1)) and not memory.operands:
            builder.store(bool_word(False) if kind == I1 else ir.Constant(kind, None), place)  # of a variable: it has no value yet
        return place

    def _vector(self, value: Any) -> Any:
        word = self._value(value)
        if isinstance(word.type, ir.VectorType):
            return word
        vector = widen(word.type)
        if isinstance(word, ir.Constant) and not isinstance(word.constant, str):
            return ir.Constant(vector, [word] * WIDTH)
        first = self.builder.insert_element(ir.Constant(vector, ir.Undefined), word, ir.Constant(I32, 0))
        return self.builder.shuffle_vector(first, ir.Constant(vector, ir.Undefined), ir.Constant(ir.VectorType(I32, WIDTH), [0] * WIDTH))

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
                made = self.builder.phi(widen(kind) if instruction in self._varying else kind)
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
        kind = widen(instruction.type) if varies else instruction.type
        block, opname = self.builder.block, instruction.opname
        match instruction:
            case ir.ICMPInstr() | ir.FCMPInstr():
                made = type(instruction)(block, instruction.op, *operands, flags=instruction.flags)
            case ir.CastInstr() if not varies or opname in _CASTS:
                made = ir.CastInstr(block, opname, operands[0], kind)
            case ir.SelectInstr():
                made = ir.SelectInstr(block, *operands)
            case _ if type(instruction) is ir.Instruction and (not varies or opname in _BINARY):
                made = ir.Instruction(block, kind, opname, operands, flags=instruction.flags)
            case _:
                raise Uneven(opname)
        return self._add(made)

    def _reach(self, instruction: Any) -> Any:
        place = self._value(instruction.operands[0])
        varies = _root(instruction.operands[0]) in self._varying
        match instruction:
            case ir.GEPInstr():
                if any(self._varies(index) for index in instruction.indices):
                    raise Uneven("an address")
                kind = instruction.source_etype
                indices = [self._value(index) for index in instruction.indices]
                return self.builder.gep(place, indices, source_etype=widen(kind) if varies else kind)
            case ir.LoadAtomicInstr():
                made = self.builder.load_atomic(place, instruction.ordering, instruction.align, typ=instruction.type)
            case _:
                made = self.builder.load(place, typ=widen(instruction.type) if varies else instruction.type)
        for name, data in instruction.metadata.items():
            made.set_metadata(name, data)
        return made

    def _store(self, instruction: Any) -> None:
        value, place = instruction.operands
        root = _root(place)
        if not isinstance(root, ir.AllocaInstr) and root not in self._varying:
            raise Uneven("memory that others see")
        self.builder.store(self._vector(value) if root in self._varying else self._value(value), self._value(place))

    def _call(self, instruction: Any) -> Any:
        callee, args = instruction.callee, instruction.args
        varying = tuple(self._varies(arg) for arg in args)
        if callee.blocks:
            if varying[:3] != (False,) * 3 or _root(args[1]) not in self._varying:
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
        wide = self._lanes.declare(f"{stem}.v{WIDTH}{kind}", widen(instruction.type), [vector.type for vector in vectors])
        return self.builder.call(wide, vectors)

    def _jump(self, instruction: Any) -> None:
        operands = instruction.operands
        if instruction.opname == "ret":
            self.builder.ret(self._value(operands[0]))
            return
        targets = [self._stopped if _leaves(block) else self._blocks[block] for block in operands if isinstance(block, ir.Block)]
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
            raise Uneven("a jump")
        return self.builder.call(self._lanes.reduce("or" if targets[0] is self._stopped else "and"), [condition])

    def _join(self, phi: Any) -> None:
        varies = phi in self._varying
        for value, block in phi.incomings:
            if block not in self._blocks:
                continue
            with self.builder.goto_block(self._blocks[block]):
                word = self._vector(value) if varies else self._value(value)
            self._values[phi].add_incoming(word, self._blocks[block])


def _root(place: Any) -> Any:
    """The memory that an address lies in."""
    while isinstance(place, ir.GEPInstr):
        place = place.pointer
    return place
