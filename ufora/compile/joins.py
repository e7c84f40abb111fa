"""One type for what is of one type here and of another there: a variable, the value of a function, of `a if c else b`, of `max`.

    total = 0       …    total += 0.5                     Number: a double with a mark "still the int of this value". Only arithmetic and
                                                          comparison with a float may use the int, where Python would convert it, too
    state = seed    …    state = (state * A + C) & M      UNSIGNED: a negative int stops
    h - 2**64 if h >= 2**63 else h                        INT, where the one is always negative: the other stops beyond it

`Widen` asks for the function to be written again when a variable has been read as the narrower type by then.
"""

from typing import Any, NoReturn, Protocol

from llvmlite import ir  # type: ignore[import-untyped]

from ufora.compile import made
from ufora.compile.ranges import ALL_UNSIGNED, Ranges
from ufora.compile.spec import ArrayOf, Made, MadeList
from ufora.compile.values import (
    DOUBLE,
    EXACT_LIMIT,
    FLOAT,
    INT,
    INT_MAX,
    UNSIGNED,
    Number,
    Type,
    Value,
    Word,
    bool_word,
    describe,
    int_word,
)

RETURN = "return"  #: where names of variables stand: the value of the function


class Widen(Exception):  # noqa: N818 - an order
    """That local variable, or what the function returns (RETURN), is of that type, though it may seem narrower."""

    def __init__(self, name: str, kind: Type) -> None:
        super().__init__(name)
        self.name, self.kind = name, kind


class Writes(Protocol):
    """What conversions need of a Frame."""

    builder: Any
    ranges: Ranges
    unit: Any

    def stop_if(self, wrong: Word, why: str) -> None: ...

    def refuse(self, reason: str) -> NoReturn: ...


def join(one: Type, other: Type, lists: made.Known) -> Type | None:
    """The narrowest type of both; None when there is none."""
    kinds = {one, other}
    if len(kinds) == 1:
        return one
    if isinstance(one, Made) or isinstance(other, Made):
        return made.join(lists, one, other)
    if kinds == {INT, UNSIGNED}:
        return UNSIGNED
    return Number() if kinds <= {INT, UNSIGNED, FLOAT, Number()} else None


def join_values(frame: Writes, one: Value, other: Value) -> Type | None:
    """The same for two values of which one is taken."""
    for value, beside in ((one, other), (other, one)):
        if value.type == INT and beside.type == UNSIGNED and frame.ranges.of_int(value)[1] < 0:
            return INT
    return join(one.type, other.type, frame.unit.lists)


def convert(frame: Writes, value: Value, kind: Type) -> Value:
    """A value as one of a type that it can be joined to, or an UNSIGNED as an INT; what the type does not hold stops."""
    if value.type == kind:
        return value
    if isinstance(kind, Number):
        return _as_number(frame, value)
    if kind == UNSIGNED and value.type == INT:
        return Value(UNSIGNED, (as_unsigned(frame, value),))
    if kind == INT and value.type == UNSIGNED:
        return Value(INT, (as_signed(frame, value),))
    if isinstance(kind, MadeList) and isinstance(value.type, ArrayOf):
        return made.view(frame, value)  # type: ignore[arg-type]
    if isinstance(kind, Made) and isinstance(value.type, Made):
        return Value(kind, value.words)  # of an empty one
    frame.refuse(f"this is {describe(kind)} first and {describe(value.type)} later")


def as_unsigned(frame: Writes, value: Value) -> Word:
    """The word of an INT or UNSIGNED that is not negative."""
    word = value.word
    low, high = frame.ranges.of_int(value)
    if low >= 0:
        frame.ranges.gains += not isinstance(word, ir.Constant)
        return word
    if high < 0:
        frame.refuse("a negative int stands where others reach 2**63 and more")
    frame.stop_if(frame.builder.icmp_signed("<", word, int_word(0)), "an int is negative where others reach 2**63 and more")
    return frame.ranges.note(_rename(frame, word), (0, high), ALL_UNSIGNED)


def as_signed(frame: Writes, value: Value) -> Word:
    """The word of an INT or UNSIGNED below 2**63."""
    word = value.word
    low, high = frame.ranges.of_int(value)
    if high <= INT_MAX:
        return word
    if low > INT_MAX:
        frame.refuse("an int of 2**63 and more stands where machine code has a sign")
    frame.stop_if(frame.builder.icmp_signed("<", word, int_word(0)), "an int is 2**63 or more where machine code has a sign")
    return frame.ranges.note(_rename(frame, word), (low, INT_MAX))


def _rename(frame: Writes, word: Word) -> Word:
    """Another word of the same bits, of which other things are known."""
    return frame.builder.or_(word, int_word(0))


def _as_number(frame: Writes, value: Value) -> Value:
    if value.type == FLOAT:
        return Value(Number(), (value.word, bool_word(False)))
    if value.type in (INT, UNSIGNED):
        frame.stop_if(exceeds_exact(frame, value), "an int beyond 2**53 is put where floats are, too")
        return Value(Number(), (frame.builder.sitofp(value.word, DOUBLE), bool_word(True)))
    frame.refuse(f"a variable is a number first and {describe(value.type)} later")


def exceeds_exact(frame: Writes, value: Value) -> Word:
    """Is an int beyond ±EXACT_LIMIT?"""
    low, high = frame.ranges.of_int(value)
    if low >= -EXACT_LIMIT and high <= EXACT_LIMIT:
        frame.ranges.gains += not isinstance(value.word, ir.Constant)
        return bool_word(False)
    if isinstance(value.word, ir.Constant):
        return bool_word(True)
    if value.type == UNSIGNED:
        return frame.builder.icmp_unsigned(">", value.word, int_word(EXACT_LIMIT))
    moved = frame.builder.add(value.word, int_word(EXACT_LIMIT))
    return frame.builder.icmp_unsigned(">", moved, int_word(2 * EXACT_LIMIT))
