"""The heads of lists that machine code makes, word by word (made_text.py).

Loads and stores of heads, counts of holders and items are marked as being of different memory, so that LLVM need not look up a list's items
and length again after each assignment to an item.
"""

from typing import Any, NoReturn, Protocol

from llvmlite import ir  # type: ignore[import-untyped]

from ufora.compile import made_text
from ufora.compile.ranges import Ranges
from ufora.compile.values import I64, POINTER, Word, int_word

NO_ROOM = "its lists take more memory than a run may have, or one may not grow"
NULL = ir.Constant(POINTER, None)
HEADS, HOLDERS, ITEMS = "heads", "holders", "items"


class WritesLists(Protocol):
    """What is needed of a Frame."""

    builder: Any
    ranges: Ranges
    given: Word
    path: str
    line: int
    unit: Any
    held: list[tuple[Any, Any]]

    def block(self, name: str) -> Any: ...

    def allocate(self, kind: Any) -> Word: ...

    def stop_if(self, wrong: Word, why: str) -> None: ...

    def refuse(self, reason: str) -> NoReturn: ...


def mark(frame: WritesLists, instruction: Any, of: str) -> Any:
    """Which memory it is."""
    module = frame.unit.module
    root = module.add_metadata(["ufora lists"])
    kind = module.add_metadata([of, root, int_word(0)])
    instruction.set_metadata("tbaa", module.add_metadata([kind, kind, int_word(0)]))
    return instruction


def head_place(frame: WritesLists, head: Word, at: int) -> Word:
    return frame.builder.gep(head, [int_word(at)], source_etype=I64)


def load_head(frame: WritesLists, head: Word, at: int) -> Word:
    kind = POINTER if at == made_text.ITEMS else I64
    return mark(frame, frame.builder.load(head_place(frame, head, at), typ=kind), HEADS)


def store_head(frame: WritesLists, head: Word, at: int, word: Word) -> None:
    mark(frame, frame.builder.store(word, head_place(frame, head, at)), HEADS)
