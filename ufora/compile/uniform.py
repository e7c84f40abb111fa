"""Memory that holds the same for all lanes that are in one place, though their ways part (masks.py): counters of loops, above all.

What is stored must be the same for all, and all must have come by the same stores. So memory is not uniform when it is stored

    between where ways part and where they meet again        if a > b: k = 1
    in a loop that lanes leave at different turns, and read behind it

Each loop is looked at by itself, loops within it as one step: lanes go through the turns of a loop together, and wait behind it for
each other. A lane that has left a loop is no longer there, so leaving is no parting within the loop.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]

from ufora.compile.copies import list_reached, next_blocks, root_of

_END = "end"  #: of a turn, or of all

Varies = Callable[[Any], bool]


@dataclass(frozen=True, slots=True)
class _Level:
    """A loop, or all blocks, with each loop directly within as one node, named by its head."""

    blocks: set[Any]
    inner: set[Any]  #: heads of the loops directly within
    node_of: dict[Any, Any]
    next: dict[Any, set[Any]]  #: of nodes, each before those behind it; without what leaves the loop


def find_parted(blocks: list[Any], loops: dict[Any, set[Any]], varies: Varies) -> set[Any]:
    """Memory of which lanes in the same place may need different contents, given which values vary. `blocks`: each behind all that must
    have run before it."""
    levels = [_make_level(blocks, loops, head) for head in (None, *loops)]
    found: set[Any] = set()
    for level, head in zip(levels, (None, *loops), strict=True):
        apart = _find_apart(level, varies)
        found.update(list_reached(apart, ir.StoreInstr))
        if head is not None:
            stored = set(list_reached(level.blocks, ir.StoreInstr))
            for block in level.blocks:
                for target in next_blocks(block):
                    is_alone = block in apart or level.node_of[block] in level.inner or _parts(block, varies)
                    if target not in level.blocks and is_alone:
                        found |= {memory for memory in stored - found if _is_read(memory, target)}
    return found


def _make_level(blocks: list[Any], loops: dict[Any, set[Any]], head: Any) -> _Level:
    inside = set(blocks) if head is None else loops[head]
    within = {other: loop for other, loop in loops.items() if other is not head and loop <= inside}
    outermost = {other: loop for other, loop in within.items() if not any(loop < around for around in within.values())}
    node_of = {block: next((other for other, loop in outermost.items() if block in loop), block) for block in blocks if block in inside}
    after: dict[Any, set[Any]] = {node: set() for block, node in node_of.items() if node is block}
    for block, node in node_of.items():
        targets = next_blocks(block)
        if head is None and not targets:
            after[node].add(_END)
        for target in targets:
            if target is head or (head is None and target not in inside):
                after[node].add(_END)
            elif target in inside and node_of[target] is not node:
                after[node].add(node_of[target])
    return _Level(inside, set(outermost), node_of, after)


def _find_apart(level: _Level, varies: Varies) -> set[Any]:
    """Blocks that are between where ways part and where they meet again."""
    found: set[Any] = set()
    behind = _find_behind(level)
    for node, targets in level.next.items():
        if len(targets) < 2 or (node not in level.inner and not _parts(node, varies)):
            continue
        meet = set.intersection(*(behind[target] for target in targets if _END in behind[target]))
        pending, seen = list(targets - meet), set(meet)
        while pending:
            one = pending.pop()
            if one not in seen:
                seen.add(one)
                found.add(one)
                pending += level.next[one]
    return {block for block, node in level.node_of.items() if node in found}


def _find_behind(level: _Level) -> dict[Any, set[Any]]:
    """What every way from a node to the end comes through, itself too; without the end where there is no way to it."""
    behind: dict[Any, set[Any]] = {_END: {_END}}
    for node in reversed(level.next):
        ways = [behind[other] for other in level.next[node] if _END in behind[other]]
        behind[node] = {node, *set.intersection(*ways)} if ways else {node}
    return behind


def _parts(block: Any, varies: Varies) -> bool:
    ends = block.terminator
    return len(next_blocks(block)) > 1 and varies(ends.operands[0])


def _is_read(memory: Any, start: Any) -> bool:
    """From this block on, before it is stored again?"""
    pending, seen = [start], set()
    while pending:
        block = pending.pop()
        if block in seen or block.terminator is None:
            continue
        seen.add(block)
        for each in block.instructions:
            if isinstance(each, ir.StoreInstr) and each.operands[1] is memory:
                break
            if isinstance(each, ir.LoadInstr) and root_of(each.operands[0]) is memory:
                return True
        else:
            pending += next_blocks(block)
    return False
