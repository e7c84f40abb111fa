"""What kernels compute with: a type, and its machine words.

Scalar         one word
ArrayOf        two: where it starts, how many elements
MadeList       one: where its head is (made.py), as of MadeDict and MadeSet (dicts.py)
ObjectOf       one: where its copy is
ColumnOf       three: those of the rows, the position; two, as ArrayOf, when it lies in one piece
TupleOf        those of its items, one after the other
Meaning        none: a function or module, known while compiling
Nothing        none: None
Number         two: a double, and whether Python's value is still the int of that value (see joins.py)
Big            none: an int beyond 64 bits, known while compiling
"""

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]

from ufora.compile.spec import ArrayOf, Code, Instance, Made, MadeDict, MadeList, MadeObject, MadeSet, Named, ObjectOf, Scalar, TupleOf

INT, UNSIGNED, FLOAT, BOOL = Scalar.INT, Scalar.UNSIGNED, Scalar.FLOAT, Scalar.BOOL

I1, I8, I32, I64, I128 = (ir.IntType(bits) for bits in (1, 8, 32, 64, 128))
DOUBLE = ir.DoubleType()
POINTER = ir.PointerType()
VOID = ir.VoidType()

INT_MIN, INT_MAX = -(2**63), 2**63 - 1
UNSIGNED_MAX = 2**64 - 1
MOST_BITS = 128
"""Of an int that is known while compiling. Guessed: masks and moduli have at most so many."""
EXACT_LIMIT = 2**53
"""Ints up to here, either sign, are doubles without rounding."""

Word = Any  #: an ir.Value


@dataclass(frozen=True, slots=True, eq=False)
class Inline:
    """A lambda, whose text is written wherever it is called: in the frame, and with the names, that it stands in."""

    tree: ast.Lambda
    frame: object
    scopes: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Meaning:
    """The type of something that exists only while compiling."""

    of: Code | Named | Instance | Inline


@dataclass(frozen=True, slots=True)
class Number:
    """The type of a variable that holds an int here and a float there."""


@dataclass(frozen=True, slots=True)
class Big:
    """The type of one int that is neither INT nor UNSIGNED."""

    number: int


@dataclass(frozen=True, slots=True)
class Nothing:
    """The type of None."""


@dataclass(frozen=True, slots=True)
class Method:
    """The type of a method that is bound to its object; its words are the object's."""

    code: Code
    owner: "Type"


@dataclass(frozen=True, slots=True)
class ContainerMethod:
    """The type of a method of a list, dict or set, bound to it; its words are those of that."""

    name: str
    owner: "Type"


@dataclass(frozen=True, slots=True)
class ColumnOf:
    """The type of a tuple that `zip(*rows)` gives: item k is that of row k at one position, which is within all rows."""

    rows: ArrayOf
    is_whole: bool = False  #: do its items lie in one piece? They are given so as `*rows`


Type = Big | ColumnOf | ContainerMethod | Made | Method | Nothing | ObjectOf | Scalar | ArrayOf | TupleOf | Meaning | Number


@dataclass(frozen=True, slots=True, eq=False)
class Value:
    type: Type
    words: tuple[Word, ...]

    @property
    def word(self) -> Word:
        (word,) = self.words
        return word


_SCALAR_WORDS = {INT: I64, UNSIGNED: I64, FLOAT: DOUBLE, BOOL: I1}


NONE = Value(Nothing(), ())


def word_types(of: Type) -> tuple[Any, ...]:
    """LLVM's types of the words of a value."""
    match of:
        case Scalar():
            return (_SCALAR_WORDS[of],)
        case ArrayOf():
            return (POINTER, I64)
        case ObjectOf() | MadeList() | MadeDict() | MadeObject():
            return (POINTER,)
        case ColumnOf(is_whole=is_whole):
            return (POINTER, I64) if is_whole else (POINTER, I64, I64)
        case TupleOf(items):
            return tuple(word for item in items for word in word_types(item))
        case Meaning() | Nothing() | Big():
            return ()
        case Method(owner=owner) | ContainerMethod(owner=owner):
            return word_types(owner)
        case Number():
            return (DOUBLE, I1)


def describe(of: Type) -> str:
    """A type as a user would say it."""
    match of:
        case Scalar():
            return {INT: "an int", UNSIGNED: "an int", FLOAT: "a float", BOOL: "a bool"}[of]
        case Big():
            return "an int beyond 64 bits"
        case ArrayOf() | MadeList():
            return "a list"
        case MadeSet():
            return "a set"
        case MadeDict():
            return "a dict"
        case TupleOf() | ColumnOf():
            return "a tuple"
        case Meaning(Named(path)):
            return f"`{path.removeprefix('builtins.')}`"
        case Meaning(Inline()):
            return "a lambda"
        case Meaning(Code(name)):
            return f"the function `{name}`"
        case Meaning(Instance(name, is_class=True)):
            return f"the class `{name}`"
        case Meaning(Instance(name)) | ObjectOf(name) | MadeObject(Instance(name)):
            return f"an object of the class `{name}`"
        case Method(Code(name)):
            return f"the method `{name}`"
        case ContainerMethod(name, owner):
            return f"the method `{name}` of {describe(owner)}"
        case Number():
            return "an int or a float"
        case Nothing():
            return "None"
    raise TypeError(of)


def join_tuple(items: Sequence[Value]) -> Value:
    kinds = tuple(item.type for item in items)
    return Value(TupleOf(kinds), tuple(word for item in items for word in item.words))  # type: ignore[arg-type]


def split_tuple(value: Value) -> list[Value]:
    """The items of a tuple."""
    assert isinstance(value.type, TupleOf)
    items, at = [], 0
    for item in value.type.items:
        count = len(word_types(item))
        items.append(Value(item, value.words[at : at + count]))
        at += count
    return items


def int_word(number: int) -> Word:
    return ir.Constant(I64, number)


def float_word(number: float) -> Word:
    return ir.Constant(DOUBLE, number)


def bool_word(truth: bool) -> Word:
    return ir.Constant(I1, int(truth))


def at_least(builder: Any, word: Word, limit: Word) -> Word:
    """Of two ints the larger."""
    return builder.select(builder.icmp_signed("<", word, limit), limit, word)


def at_most(builder: Any, word: Word, limit: Word) -> Word:
    """Of two ints the smaller."""
    return builder.select(builder.icmp_signed("<", word, limit), word, limit)


def widen(builder: Any, word: Word, of_bool: Any = I64) -> Word:
    """A word as it lies in memory, where a bool takes more than a bit."""
    return builder.zext(word, of_bool) if word.type == I1 else word


def load_word(builder: Any, place: Word, kind: Any, of_bool: Any = I64) -> tuple[Word, Any]:
    """The word of an LLVM type that lies in memory, and the load itself, for what else is known of it."""
    loaded = builder.load(place, typ=of_bool if kind == I1 else kind)
    return builder.trunc(loaded, I1) if kind == I1 else loaded, loaded


def known_int(value: Value) -> int | None:
    """The int or bool a value always has, where that is plain to see."""
    if isinstance(value.type, Big):
        return value.type.number
    word = value.words[0] if value.type in (INT, UNSIGNED, BOOL) else None
    return int(word.constant) if isinstance(word, ir.Constant) else None


def int_value(number: int) -> Value:
    """At most MOST_BITS of them."""
    if INT_MIN <= number <= UNSIGNED_MAX:
        return Value(INT if number <= INT_MAX else UNSIGNED, (int_word(number),))
    return Value(Big(number), ())


def is_whole(kind: Type) -> bool:
    """Is it of ints or bools?"""
    return kind in (INT, UNSIGNED, BOOL) or isinstance(kind, Big)


def float_value(number: float) -> Value:
    return Value(FLOAT, (float_word(number),))


def bool_value(truth: bool) -> Value:
    return Value(BOOL, (bool_word(truth),))
