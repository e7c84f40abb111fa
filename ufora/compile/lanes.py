"""Lanes: the same machine code for several elements at once, an operation of vectors for each of its operations.

    element(x):  mul, add, branch if overflow ─► stop       lanes(x₀ … x₇):  mul, add of vectors, branch if any overflows ─► give up

Made from what is already written for one element (copies.py), where all lanes go the same way: jumps depend on what is the same for all
of them (*uniform*), except those that stop. When one lane would stop, the lanes give up, and their elements are computed one by one, as if
nothing had been: what stops, where and why is decided there. So every lane does exactly what its element does alone, in the same order.
Lanes also give up when the flag (flag.py) asks for anything.

Where lanes jump differently, masks (masks.py) say which of them a block is for.

What `Uneven` names makes it impossible, or not worth it: memory of their own, words that vectors are slow with.
"""

from collections.abc import Callable, Iterable
from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]

from ufora.compile.copies import Copy, Parting, list_blocks, list_reached, uses
from ufora.compile.masks import Masked
from ufora.compile.ranges import Ranges
from ufora.compile.values import I1, POINTER, Word, bool_word
from ufora.compile.vectors import Shape, Uneven

SUFFIX = ".lanes"  #: of names of functions


class Lanes:
    """Functions of lanes in one module."""

    def __init__(self, module: Any, shape: Shape, ranges: Ranges) -> None:
        self.module = module
        self.shape = shape
        self.ranges = ranges  #: of the words that are copied
        self._made: dict[tuple[str, tuple[bool, ...], bool], tuple[Any, bool]] = {}

    def write_element(
        self, name: str, given: Word, words: Iterable[Word], head: Any, end: Any, result: Iterable[Word]
    ) -> tuple[Any, list[Word]]:
        """From the blocks between `head` and `end`, in which `result` is made of `words`: a function of vectors of these, which leaves
        vectors in memory and gives True when it gave up. And what it is to be given besides, the same for all lanes: words, and
        memory for what is in it."""
        inputs = tuple(words)
        outside = _list_outside(list_blocks(head, end), {given, *inputs})
        kinds = [*(self.shape.widen(word.type) for word in inputs), *(_type_of(word) for word in outside)]
        before = set(self.module.globals)
        function = ir.Function(self.module, ir.FunctionType(I1, [POINTER, POINTER, *kinds]), name)
        values = {given: function.args[0], **dict(zip([*inputs, *outside], function.args[2:], strict=True))}
        first = {memory: values.pop(memory) for memory in outside if isinstance(memory, ir.AllocaInstr)}

        def write(kind: type[Copy]) -> None:
            copy = kind(self, function, values, set(inputs))
            copy.first = first
            copy.write(head, end)
            for at, word in enumerate(result):
                copy.leave(word, function.args[1], at)
            copy.builder.ret(bool_word(False))

        try:
            _write_either(function, write)
        except Uneven:
            for added in set(self.module.globals) - before:
                if self.module.globals[added].blocks:
                    del self.module.globals[added]
            raise
        return function, outside

    def find_called(self, called: Any, varying: tuple[bool, ...], *, masked: bool = False) -> Any:
        """The lanes of a function that gets these of its arguments as vectors. What it leaves behind its second one are vectors.
        `masked`: its last argument says which lanes call it."""
        key = called.name, varying, masked
        if key in self._made:
            function, is_whole = self._made[key]
            if not is_whole:
                raise Uneven("recursion")
            return function
        kinds = [self.shape.widen(arg.type) if varies else arg.type for arg, varies in zip(called.args, varying, strict=True)]
        kinds += [self.shape.widen(I1)] if masked else []
        function = ir.Function(self.module, ir.FunctionType(I1, kinds), f"{called.name}.{len(self._made)}{SUFFIX}")
        self._made[key] = function, False
        inputs = {arg for arg, varies in zip(called.args, varying, strict=True) if varies} | {called.args[1]}
        values = dict(zip(called.args, function.args, strict=False))
        if masked:
            Masked(self, function, values, inputs, function.args[-1]).write(called.blocks[0], None)
        else:
            _write_either(function, lambda kind: kind(self, function, values, set(inputs)).write(called.blocks[0], None))
        self._made[key] = function, True
        return function

    def reduce(self, how: str) -> Any:
        return self.declare(f"llvm.vector.reduce.{how}.v{self.shape.width}i1", I1, [self.shape.widen(I1)])

    def declare(self, name: str, result: Any, kinds: list[Any]) -> Any:
        if name not in self.module.globals:
            ir.Function(self.module, ir.FunctionType(result, kinds), name)
        return self.module.globals[name]


def _type_of(word: Word) -> Any:
    return word.allocated_type if isinstance(word, ir.AllocaInstr) else word.type


def _list_outside(blocks: list[Any], known: set[Any]) -> list[Word]:
    """What these blocks need of the function around them."""
    here = set(blocks)
    function = blocks[0].function
    found: dict[Any, None] = {}
    others = [block for block in function.blocks if block not in here]
    read_later, written_before = list_reached(others, ir.LoadInstr), list_reached(others, ir.StoreInstr)
    if any(memory in read_later for memory in list_reached(blocks, ir.StoreInstr)):
        raise Uneven("memory that is read later")
    for memory in list_reached(blocks, ir.LoadInstr):
        if memory in written_before and memory.operands:
            raise Uneven("memory that is written before")
        if memory in written_before:
            found[memory] = None
    for block in blocks:
        for value in (value for instruction in block.instructions for value, _ in uses(instruction)):
            is_made_before = isinstance(value, ir.Argument) or (isinstance(value, ir.Instruction) and value.parent not in here)
            if is_made_before and value not in known and not isinstance(value, ir.AllocaInstr):
                found[value] = None
    return list(found)


def _write_either(function: Any, write: Callable[[type[Copy]], None]) -> None:
    """With masks only where ways part."""
    try:
        write(Copy)
    except Parting:
        function.blocks.clear()
        write(Masked)


def drop(module: Any, label: str) -> None:
    """Of one version of a kernel: its lanes give up at once, and LLVM finds nothing left of them."""
    for name, function in list(module.globals.items()):
        if f".{label}" in name and name.endswith(SUFFIX):
            function.blocks.clear()
            ir.IRBuilder(function.append_basic_block("entry")).ret(bool_word(True))
