"""Lanes whose ways part: every block is run through, and a mask says for which lanes.

    if c: A else: B; C      A under m & c ─► B under m & not c ─► C under both together
    while c: A              A under m & c, again while any lane is left

Where all lanes go the same way (uniform.py), that is one way as without lanes, and what they count together is one number.

The blocks stand in one line, those of a loop together; each has a mask in memory, which LLVM makes registers of. A jump adds the lanes that
take it to the mask of where it goes. What is stored is stored for lanes of the mask only, and only they stop anything. So whatever is
computed for another lane is forgotten, be it poison: masks are put together by `select`, which looks at nothing else. What
could trap is `Uneven`. Addresses that are computed are the same for all lanes, and used only where some lane is: elsewhere they need not
be any.

Lanes wait for the one that takes the most turns. So loops must be of floats: those of ints gain less, and differ more. And what lanes
gain and lose by it is counted turn by turn: where too few of them are left for too long, they give up.
"""

from collections.abc import Mapping
from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]

from ufora.compile.copies import Copy, Functions, leaves, list_blocks, next_blocks, root_of, uses
from ufora.compile.uniform import find_parted
from ufora.compile.values import I1, I64, bool_word, int_word
from ufora.compile.vectors import Uneven

_DIVISIONS = frozenset({"sdiv", "udiv", "srem", "urem"})
_OF_FLOATS = frozenset({"fadd", "fsub", "fmul", "fdiv"})
_WORTH = 4
"""One of so many lanes must be active, on the average of all turns, or they are not worth it. Chosen by trying 2, 3 and 4 with AVX2:
a turn of all lanes takes as long as four to five turns of one."""
_PATIENCE = 64  #: turns without any lane that may be lost before they give up. Guessed
_FEW = 6
"""Instructions that are run through rather than jumped over when no lane comes there. Guessed."""


class Masked(Copy):
    def __init__(self, lanes: Functions, function: Any, values: Mapping[Any, Any], varying: set[Any], mask: Any = None) -> None:
        super().__init__(lanes, function, values, varying)
        self._given = next(iter(values))
        none = self._all(False)
        self._none = none
        self._now = mask if mask is not None else self._all(True)  #: which lanes run the block that is written
        self._masks: dict[Any, Any] = {}
        self._merged: dict[Any, Any] = {}  #: phi → memory
        self._loops: dict[Any, set[Any]] = {}
        self._behind: dict[Any, Any] = {}  #: head of a loop → where writing goes on behind the loop
        self._fresh: set[tuple[Any, Any]] = set()  #: jumps that no lanes have come to the same place before
        self._surely: set[Any] = set()  #: blocks that some lane comes to, each time they are run
        self._is_run_by_some = True  #: the block that is written
        self._gained: Any = None  #: memory: lanes that took a turn, beyond those that make it worth it

    def _all(self, truth: bool) -> Any:
        return ir.Constant(self._shape.widen(I1), [bool_word(truth)] * self._shape.width)

    def write(self, head: Any, end: Any) -> None:
        blocks = list_blocks(head, end)
        self._loops = _find_loops(blocks)
        order = _arrange(blocks, self._loops)
        self._check(order)
        instructions = [instruction for block in order for instruction in block.instructions]
        for instruction in instructions:
            self._vary(instruction)
        self._find_varying(instructions)
        while parted := find_parted(order, self._loops, self._varies) - self._varying:
            self._varying |= parted
            self._find_varying(instructions)
        memory = ir.IRBuilder(self._entry)
        self._gained = memory.alloca(I64)
        for block in [*order, *([end] if end is not None else [])]:
            self._masks[block] = memory.alloca(self._now.type)
            memory.store(self._none, self._masks[block])
            for phi in _phis(block):
                self._merged[phi] = memory.alloca(self._shape.widen(phi.type))
        memory.store(int_word(0), self._gained)
        self._surely = {head}
        self._fresh = _find_fresh(order, self._loops)
        start = self._function.append_basic_block()
        self.builder.position_at_end(start)
        self.builder.store(self._now, self._masks[head])
        self._write_all(order)
        ir.IRBuilder(self._entry).branch(start)
        if self._loops:
            self._give_up_if(self.builder.icmp_signed("<", self.builder.load(self._gained, typ=I64), int_word(0)))
        if end is None:
            self.builder.ret(bool_word(False))

    def leave(self, word: Any, results: Any, at: int) -> None:
        if isinstance(word, ir.Instruction) and any(word.parent in loop for loop in self._loops.values()):
            raise Uneven("a value of a turn")
        super().leave(word, results, at)

    # before writing

    def _vary(self, instruction: Any) -> None:
        """What is taken for different whatever is in it."""
        match instruction:
            case ir.StoreInstr():
                place = instruction.operands[1]
                if not isinstance(place, ir.AllocaInstr) or place.operands:
                    self._varying.add(root_of(place))
            case ir.PhiInstr():
                self._varying.add(instruction)
            case ir.CallInstr() if instruction.callee.blocks:
                self._varying.add(root_of(instruction.args[1]))

    def _check(self, order: list[Any]) -> None:
        for block in order:
            for instruction in block.instructions:
                for value, place in uses(instruction):
                    self._check_use(value, place)
                if instruction.opname in _DIVISIONS:
                    divisor = instruction.operands[1]
                    if not isinstance(divisor, ir.Constant) or divisor.constant in (0, -1):
                        raise Uneven("a division")
        for loop in self._loops.values():
            if not any(instruction.opname in _OF_FLOATS for block in loop for instruction in block.instructions):
                raise Uneven("a loop of ints")

    def _check_use(self, value: Any, place: Any) -> None:
        """Lanes leave a loop at different turns: what a turn computed is the last one's behind it."""
        if isinstance(value, ir.AllocaInstr):
            return
        if isinstance(value, ir.Instruction) and any(value.parent in loop and place not in loop for loop in self._loops.values()):
            raise Uneven("a value of a turn")

    # writing

    def _write_all(self, order: list[Any]) -> None:
        heads: dict[Any, Any] = {}
        self._behind = {head: self._function.append_basic_block() for head in self._loops}
        last = {head: max(loop, key=order.index) for head, loop in self._loops.items()}
        for block in order:
            if block in self._loops:
                heads[block] = self._function.append_basic_block()
                self._enter(block, heads[block])
            self._write_block(block)
            for head in [head for head in reversed(heads) if last[head] is block]:
                after = self._behind[head]
                left = self.builder.load(self._masks[head], typ=self._now.type)
                self._count(left)
                self.builder.cbranch(self._is_any(left), heads[head], after)
                self.builder.position_at_end(after)

    def _enter(self, block: Any, head: Any) -> None:
        """A loop, when any lane comes to it."""
        if block in self._surely:
            self.builder.branch(head)
        else:
            entering = self.builder.load(self._masks[block], typ=self._now.type)
            self.builder.cbranch(self._is_any(entering), head, self._behind[block])
            self._surely.add(block)
        self.builder.position_at_end(head)

    def _count(self, mask: Any) -> None:
        """At the end of a turn: which lanes take another."""
        width = self._shape.width
        kind = ir.IntType(width)
        count = self._lanes.declare(f"llvm.ctpop.i{width}", kind, [kind])
        active = self.builder.zext(self.builder.call(count, [self.builder.bitcast(mask, kind)]), I64)
        more = self.builder.sub(self.builder.mul(active, int_word(_WORTH)), int_word(width))
        gained = self.builder.add(self.builder.load(self._gained, typ=I64), more)
        self.builder.store(gained, self._gained)
        self._give_up_if(self.builder.icmp_signed("<", gained, int_word(-_PATIENCE * width)))

    def _write_block(self, block: Any) -> None:
        mask = self._masks[block]
        self._now = self.builder.load(mask, typ=self._now.type)
        after = None
        self._is_run_by_some = block in self._surely
        is_long = len(block.instructions) > _FEW or any(self._needs_lanes(instruction) for instruction in block.instructions)
        if is_long and not self._is_run_by_some and not _is_used_outside(block):
            self._is_run_by_some = True
            after, inside = self._function.append_basic_block(), self._function.append_basic_block()
            self.builder.cbranch(self._is_any(self._now), inside, after)
            self.builder.position_at_end(inside)
        self.builder.store(self._none, mask)
        for instruction in block.instructions:
            if isinstance(instruction, ir.PhiInstr):
                self._values[instruction] = self.builder.load(self._merged[instruction], typ=self._shape.widen(instruction.type))
            else:
                self._write(instruction)
        if after is not None:
            self.builder.branch(after)
            self.builder.position_at_end(after)

    def _is_any(self, mask: Any) -> Any:
        return self.builder.call(self._lanes.reduce("or"), [mask])

    def _jump(self, instruction: Any) -> None:
        operands = instruction.operands
        if instruction.opname == "ret":
            if not isinstance(operands[0], ir.Constant) or operands[0].constant:
                raise Uneven("a stop")
        elif len(operands) == 1:
            self._go_together(instruction.parent, operands[0])
        elif _is_look(operands[0]):
            self._give_up_if(self._value(operands[0]))
            self._go_together(instruction.parent, operands[2])
        elif self._is_end_of_all(instruction):
            self._leave_together(instruction)
        else:
            self._part(instruction)

    def _is_end_of_all(self, jump: Any) -> bool:
        """Do all lanes leave a loop at its head, or none?"""
        condition, yes, no = jump.operands
        loop = self._loops.get(jump.parent)
        return loop is not None and (yes in loop) != (no in loop) and not self._varies(condition)

    def _leave_together(self, jump: Any) -> None:
        """Then the loop is over."""
        head, (condition, yes, no) = jump.parent, jump.operands
        inside, outside = (yes, no) if yes in self._loops[head] else (no, yes)
        stay, leave = self._function.append_basic_block(), self._function.append_basic_block()
        self.builder.cbranch(self._value(condition), *((stay, leave) if yes is inside else (leave, stay)))
        self.builder.position_at_end(leave)
        self._go(head, outside, self._now)
        self.builder.branch(self._behind[head])
        self.builder.position_at_end(stay)
        self._go_together(head, inside)

    def _part(self, jump: Any) -> None:
        block, (condition, yes, no) = jump.parent, jump.operands
        truth = self._value(condition)
        takes_yes, takes_no = self._take(truth), self._take(self.builder.not_(truth))
        for stop, mask, other in ((yes, takes_yes, no), (no, takes_no, yes)):
            if leaves(stop):
                self._give_up_if(self._is_any(mask))
                self._go_together(block, other)
                return
        self._go(block, yes, takes_yes)
        self._go(block, no, takes_no)

    def _take(self, way: Any) -> Any:
        """Which of the lanes that are here go that way, lane by lane or all together?"""
        if isinstance(way.type, ir.VectorType):
            return self.builder.select(self._now, way, self._none)
        return self.builder.select(way, self._now, self._none)

    def _give_up_if(self, condition: Any) -> None:
        go_on = self._function.append_basic_block()
        self.builder.cbranch(condition, self._stopped, go_on)
        self.builder.position_at_end(go_on)

    def _go_together(self, block: Any, target: Any) -> None:
        """From a block of a loop only to another of it, else it were none of it. So what is sure stays so."""
        if block in self._surely:
            self._surely.add(target)
        self._go(block, target, self._now)

    def _go(self, block: Any, target: Any, mask: Any) -> None:
        """These lanes go from the one block to the other."""
        if leaves(target):
            self._give_up_if(self._is_any(mask))
            return
        for phi in _phis(target):
            (value,) = {value for value, source in phi.incomings if source is block}
            self._keep(mask, self._vector(value), self._merged[phi])
        slot = self._masks[target]
        if (block, target) not in self._fresh:
            mask = self.builder.or_(self.builder.load(slot, typ=mask.type), mask)
        self.builder.store(mask, slot)

    def _keep(self, mask: Any, word: Any, place: Any) -> None:
        self.builder.store(self.builder.select(mask, word, self.builder.load(place, typ=word.type)), place)

    def _store(self, instruction: Any) -> None:
        value, place = instruction.operands
        root = root_of(place)
        if not isinstance(root, ir.AllocaInstr) and root not in self._inputs:
            raise Uneven("memory that others see")
        if root in self._varying:
            self._keep(self._now, self._vector(value), self._value(place))
        else:
            self._keep(self._is_any(self._now), self._value(value), self._value(place))

    def _reach(self, instruction: Any) -> Any:
        if self._needs_lanes(instruction) and not self._is_run_by_some:
            raise Uneven("an address")
        return super()._reach(instruction)

    def _needs_lanes(self, instruction: Any) -> bool:
        """Addresses that are computed need not be any where no lane is."""
        match instruction:
            case ir.CallInstr():
                return bool(instruction.callee.blocks)
            case ir.GEPInstr():
                return not all(isinstance(index, ir.Constant) for index in instruction.indices)
            case ir.LoadInstr():
                root = root_of(instruction.operands[0])
                return not isinstance(root, ir.AllocaInstr) and root is not self._given
        return False

    def _call(self, instruction: Any) -> Any:
        callee, args = instruction.callee, instruction.args
        if not callee.blocks:
            return super()._call(instruction)
        varying = tuple(self._varies(arg) for arg in args)
        if varying[:3] != (False,) * 3 or not self._is_run_by_some:
            raise Uneven("a call")
        words = [self._vector(arg) if varies else self._value(arg) for arg, varies in zip(args, varying, strict=True)]
        return self.builder.call(self._lanes.find_called(callee, varying, masked=True), [*words, self._now])


def _phis(block: Any) -> list[Any]:
    return [instruction for instruction in block.instructions if isinstance(instruction, ir.PhiInstr)]


def _is_look(condition: Any) -> bool:
    """At the flag?"""
    return isinstance(condition, ir.ICMPInstr) and isinstance(condition.operands[0], ir.LoadAtomicInstr)


def _is_used_outside(block: Any) -> bool:
    made = set(block.instructions)
    others = (other for other in block.function.blocks if other is not block)
    return any(value in made for other in others for each in other.instructions for value, _ in uses(each))


def _find_loops(blocks: list[Any]) -> dict[Any, set[Any]]:
    """The blocks of each loop, by its head: the only one that is come to from outside."""
    at = {block: number for number, block in enumerate(blocks)}
    before: dict[Any, list[Any]] = {block: [] for block in blocks}
    for block in blocks:
        for other in next_blocks(block):
            if other in at:
                before[other].append(block)
    loops: dict[Any, set[Any]] = {}
    for head in blocks:
        pending = [block for block in before[head] if at[block] >= at[head]]
        if pending:
            loop = loops[head] = {head}
            while pending:
                block = pending.pop()
                if block not in loop:
                    loop.add(block)
                    pending += before[block]
            if any(at[block] < at[head] for block in loop):
                raise Uneven("a loop with two entries")
    return loops


def _arrange(blocks: list[Any], loops: dict[Any, set[Any]]) -> list[Any]:
    """In the same order, but all of a loop together."""
    done: list[Any] = []
    for block in blocks:
        if block in done:
            continue
        done.append(block)
        if block in loops:
            inside = [other for other in blocks if other in loops[block] and other is not block]
            done += _arrange(inside, loops)
    return done


def _find_fresh(order: list[Any], loops: dict[Any, set[Any]]) -> set[tuple[Any, Any]]:
    """The first jump to each place, in this order; to the head of a loop, also the first out of the loop itself."""

    def find_loops(block: Any) -> set[Any]:
        return {head for head, loop in loops.items() if block in loop}

    met: set[tuple[Any, bool]] = set()
    fresh = set()
    for block in order:
        for target in next_blocks(block):
            around, is_back = find_loops(target), block in loops.get(target, ())
            if (target, is_back) not in met and find_loops(block) == (around if is_back else around - {target}):
                fresh.add((block, target))
            met.add((target, is_back))
    return fresh
