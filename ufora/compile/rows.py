"""A list whose elements are lists: `[[… for j in …] for i in …]`.

space    one word for each position of the run: how long its row is; then the items of all rows, one behind the other
out[1]   how many items, out[3] how many rows; out[2] items with those of the row that stopped, as for other lists
"""

import ast
from collections.abc import Callable
from dataclasses import replace

from ufora.compile.comprehensions import Taking, element_of, run_comprehension
from ufora.compile.elements import Element, RowsOf
from ufora.compile.frame import Frame
from ufora.compile.harvest import Ends, ListHarvest
from ufora.compile.heads import load_head
from ufora.compile.made import has_nan
from ufora.compile.made_text import ORIGIN
from ufora.compile.sources import source_of
from ufora.compile.spec import MadeList
from ufora.compile.turns import run_through
from ufora.compile.values import I64, INT, Value, Word, int_word


class Rows(ListHarvest):
    def __init__(self, frame: Frame, ends: Ends, positions: Word) -> None:
        """`positions`: how many there are, a word known where the loop starts."""
        with frame.at(ends.start):
            items = frame.builder.gep(ends.space, [positions], source_etype=I64)
        super().__init__(frame, replace(ends, space=items), single=False)
        self._lengths = ends.space

    def take_row(self, tree: ast.ListComp) -> None:
        self._take(lambda: run_comprehension(self.frame, tree, Taking(element_of(self.frame, tree), self._take_item, ahead=True)))

    def take_list(self, row: Value) -> None:
        """One that was made."""
        assert isinstance(row.type, MadeList)
        origin = load_head(self.frame, row.word, ORIGIN)
        was_given = self.frame.builder.icmp_signed("!=", origin, int_word(0))
        self.frame.stop_if(was_given, "an element is a list that was given, and stays that one")
        if row.type.element is None:  # it is always empty
            row = Value(MadeList(INT), row.words)

        def take(item: Value) -> None:
            self.frame.stop_if(has_nan(self.frame, item), "a list that was made holds a NaN")
            self._take_item(item)

        self._take(lambda: run_through(self.frame, source_of(self.frame, row), take))

    def _take(self, run: Callable[[], None]) -> None:
        """`run` takes each item of a row."""
        builder = self.frame.builder
        self._count()
        working_rows, self._rows = self._remember(I64, int_word(0))
        before = builder.load(self._working_count, typ=I64)
        run()
        length = builder.sub(builder.load(self._working_count, typ=I64), before)
        row = builder.load(working_rows, typ=I64)
        builder.store(length, builder.gep(self._lengths, [row], source_etype=I64))
        builder.store(builder.add(row, int_word(1)), working_rows)
        self.element = RowsOf(self._item)

    def _take_item(self, value: Value) -> None:
        self._element(value)
        self._item: Element = value.type  # type: ignore[assignment]
        self._stop_when_full()
        self._store_element(self._count_one(), value)

    def finish(self) -> None:
        super().finish()
        self._put(3, self.frame.builder.load(self._rows, typ=I64))
