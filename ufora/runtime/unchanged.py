"""Whether a computation left alone what came from outside, where no statement could ask before: what C code changes, variables of
closures, and the state of random numbers. What belongs to an earlier block is put back.
"""

import dis
import enum
import random
from collections.abc import Iterator, Mapping, Sized
from dataclasses import dataclass
from types import CellType, CodeType, FunctionType
from typing import Any

import numpy

from ufora.runtime.captured import SIZED, describe

_EMPTY = object()


@dataclass(frozen=True, slots=True)
class Before:
    """How things from outside were when the computation began."""

    sized: tuple[tuple[Any, int], ...]  #: containers, and how many items they held
    cells: tuple[tuple[FunctionType, CellType, object], ...]  #: variables of closures, and what they held
    states: tuple[tuple[Any, object], ...]  #: sources of random numbers, and where they stood

    def put_back(self) -> str:
        """What can be as it was. Gives a sentence about the first change, or "" when there was none."""
        return next(iter([*self._find_resized(), *self._put_back_cells(), *self._put_back_states()]), "")

    def _find_resized(self) -> Iterator[str]:
        for container, size in self.sized:
            if len(container) != size:
                sizes = f"from {size} items to {len(container)}"
                yield f"the computation changed {describe(container)} made outside of it, {sizes}. Change a copy"

    def _put_back_cells(self) -> Iterator[str]:
        for function, cell, held in self.cells:
            if _contents(cell) is not held:
                _put_back(cell, held)
                yield self._describe_change(function, cell)

    def _put_back_states(self) -> Iterator[str]:
        for source, state in self.states:
            if not _is_same(_state_of(source), state):
                _set_state(source, state)
                yield (
                    f"the computation drew from {describe(source)} made outside of it, which would give other numbers the next time. "
                    "Make it inside, from its seed"
                )

    def _describe_change(self, function: FunctionType, changed: CellType) -> str:
        """`function` has the cell; which function changed it is seen from their code."""
        holders = [one for one, cell, _ in self.cells if cell is changed]
        for holder in holders:
            name = holder.__code__.co_freevars[(holder.__closure__ or ()).index(changed)]
            lines = sorted(set(_lines_of_stores(holder.__code__, name)))
            if lines:
                where = f"line {lines[0]}" if len(lines) == 1 else f"one of the lines {', '.join(map(str, lines))}"
                what = f"`{holder.__qualname__}` changed `{name}`"
                break
        else:
            what, where = f"`{function.__qualname__}` changed a variable", f"line {function.__code__.co_firstlineno}"
        return (
            f"{function.__code__.co_filename}, {where}: {what} of the function around it, which was made outside of this computation. "
            "Make the closure inside, or give the value back"
        )


def look(captured: Mapping[int, object]) -> Before:
    """`captured`: all that came from outside, by identity."""
    values = list(captured.values())
    # Python itself puts flags that were set together into an enum's table.
    tables = {id(vars(value).get("_value2member_map_")) for value in values if isinstance(value, enum.EnumMeta)}
    sized = [value for value in values if isinstance(value, Sized) and type(value) in SIZED and id(value) not in tables]
    return Before(
        tuple((value, len(value)) for value in sized),
        tuple(found for value in values if isinstance(value, FunctionType) for found in _cells_of(value)),
        tuple((value, _state_of(value)) for value in values if isinstance(value, _RANDOM)),
    )


_RANDOM = (random.Random, numpy.random.Generator, numpy.random.RandomState)


def _cells_of(function: FunctionType) -> Iterator[tuple[FunctionType, CellType, object]]:
    if "__here__" in function.__globals__:  # the user's own
        for cell in function.__closure__ or ():
            yield function, cell, _contents(cell)


def _lines_of_stores(code: CodeType, name: str) -> Iterator[int]:
    """Where a variable of the function around is assigned, in the functions inside this one, too."""
    for instruction in dis.get_instructions(code):
        if instruction.opname in ("STORE_DEREF", "DELETE_DEREF") and instruction.argval == name and instruction.positions is not None:
            yield instruction.positions.lineno or code.co_firstlineno
    for inner in code.co_consts:
        if isinstance(inner, CodeType) and name in inner.co_freevars:
            yield from _lines_of_stores(inner, name)


def _contents(cell: CellType) -> object:
    try:
        return cell.cell_contents
    except ValueError:
        return _EMPTY


def _put_back(cell: CellType, held: object) -> None:
    if held is _EMPTY:
        del cell.cell_contents
    else:
        cell.cell_contents = held


def _state_of(source: Any) -> Any:
    if isinstance(source, random.Random):
        return source.getstate()
    return source.bit_generator.state if isinstance(source, numpy.random.Generator) else source.get_state(legacy=False)


def _set_state(source: Any, state: Any) -> None:
    if isinstance(source, random.Random):
        source.setstate(state)
    elif isinstance(source, numpy.random.Generator):
        source.bit_generator.state = state
    else:
        source.set_state(state)


def _is_same(one: Any, other: Any) -> bool:
    """Of states, which may hold arrays."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_is_same(one[name], other[name]) for name in one)
    return numpy.array_equal(one, other) if isinstance(one, numpy.ndarray) else bool(one == other)
