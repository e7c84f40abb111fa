"""What the compiler is given, and what it gives back.

    Loop ──compile_loop──► Kernel (machine code and how to call it)   or NotCompiled, saying why
    Kernel.run(source, start, stop, values) ──► LoopRun(partial, stopped_at)

A Loop is one comprehension with its consumer: `sum(f(x) for x in range(n) if x % 2)`. Compiling depends on the *types* of what it
uses and never on the values, so machine code is kept under (code, types, processor, versions).
"""

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

CALLEE = "callee"
"""Of a Loop that stands for a call: the name of the function."""


class Consumer(StrEnum):
    """What takes the elements."""

    SUM = "sum"
    LIST = "list"
    MIN = "min"
    MAX = "max"
    ANY = "any"
    ALL = "all"


class Scalar(StrEnum):
    """A machine type that stands for exactly one Python type, and for ints of one range."""

    INT = "int64"
    UNSIGNED = "uint64"  #: ints from 0 to 2**64 - 1: what is left of arithmetic modulo 2**64
    FLOAT = "float64"
    BOOL = "bool"


@dataclass(frozen=True, slots=True)
class RangeSource:
    """Elements are the ints of a range."""


@dataclass(frozen=True, slots=True)
class ArraySource:
    """Elements come from a packed list: a one-dimensional C-contiguous numpy array (of records for tuples, see elements.py), or a Table
    of lists (given.py)."""

    element: "Scalar | TupleOf | ArrayOf | ObjectOf"


@dataclass(frozen=True, slots=True)
class Given:
    """A value passed at every run; `type` is all the compiler may know of it."""

    type: "Scalar | ArrayOf | TupleOf | ObjectOf | Made"


@dataclass(frozen=True, slots=True)
class ArrayOf:
    """A list of exact ints or floats, or of tuples of such, read only, given as a numpy array; or of such lists, given as a tuple."""

    element: "Scalar | TupleOf | ArrayOf | ObjectOf"


@dataclass(frozen=True, slots=True)
class MadeList:
    """A list that machine code makes, or one that it was given and may make longer or shorter: see made.py."""

    element: "Scalar | TupleOf | Made | None"  #: None: nothing says yet what it holds; it is empty
    site: object = None  #: which `[]` made it, while that is so


@dataclass(frozen=True, slots=True)
class MadeDict:
    """A dict that machine code makes, or one that it was given and may change: see dicts.py."""

    key: "Scalar | TupleOf | None"  #: ints, bools or tuples of such; None: nothing says yet what it holds
    value: "Scalar | TupleOf | Made | None"
    site: object = None  #: as a MadeList's


@dataclass(frozen=True, slots=True)
class MadeSet(MadeDict):
    """A dict without values."""


@dataclass(frozen=True, slots=True)
class MadeObject:
    """An object of a user's class that machine code makes: see made_objects.py."""

    of: "Instance"  #: its class


Made = MadeList | MadeDict | MadeObject


@dataclass(frozen=True, slots=True)
class ListOf(ArrayOf):
    """A list whose items machine code may also assign: it works on a copy, and whoever runs the kernel puts what has changed into the list
    when all went well. Two that are the same list must be given as the same array."""


@dataclass(frozen=True, slots=True)
class ObjectOf:
    """An object of a user's class whose attributes machine code may assign, as a copy of those that are numbers; as for ListOf."""

    name: str  #: of its class
    fields: tuple[tuple[str, Scalar], ...]  #: what has a place in the copy, 8 bytes each, by alphabet


@dataclass(frozen=True, slots=True)
class TupleOf:
    items: tuple["Scalar | ArrayOf | TupleOf | ObjectOf | Made", ...]


@dataclass(frozen=True, slots=True)
class Fixed:
    """An int that is known while compiling, of any size: a mask or a modulus."""

    value: int


@dataclass(frozen=True, slots=True)
class Named:
    """Something of the allow list, by its path: "builtins.abs", "math", "math.sin"."""

    path: str


@dataclass(frozen=True, slots=True, eq=False)
class Code:
    """A function of the user's, with what its free names mean. Functions may refer to each other in a circle."""

    name: str
    path: str  #: file, for messages
    tree: ast.FunctionDef | ast.Lambda
    names: Mapping[str, "Binding"]  #: also "helpers.f" for what the user's own modules hold, and "*rows" for the columns of `zip(*rows)`
    defaults: tuple["Binding", ...] = ()  #: for the last parameters
    outcome: tuple[str, ...] = ()
    """Names it gives at its end, when it is no function but a loop that stands alone. For each a tuple: (has it a value, the value); of a
    number that is an int here and a float there: (has it a value, as a float, is it an int); of what never has one: (False,)."""


@dataclass(frozen=True, slots=True)
class Missing:
    """What has no machine type; it does no harm until it is used."""

    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class Instance:
    """An object of a user's class, which does not change while the loop runs; or the class itself."""

    name: str  #: of its class
    kind: object  #: its class, by identity
    fields: Mapping[str, "Binding | Missing"]  #: what it holds, and what its class holds that is neither a function nor a property
    methods: Mapping[str, "Code | Missing"]  #: its class's functions, inherited ones too
    properties: Mapping[str, "Code | Missing"]  #: of its class: the function that reads each
    is_class: bool = False  #: is it the class, which holds no fields of objects?


Binding = Given | Fixed | Named | Code | Instance


@dataclass(frozen=True, slots=True, eq=False)
class Loop:
    tree: ast.GeneratorExp | ast.ListComp
    path: str  #: file, for messages
    consumer: Consumer
    source: RangeSource | ArraySource  #: of the first `for`
    names: Mapping[str, Binding]  #: as a Code's: every free name of the tree but those in the first source
    is_call: bool = False  #: of one turn, that stands for a call: its one element may be whatever a function gives back


@dataclass(frozen=True, slots=True)
class NotCompiled:
    """Why a loop stays interpreted, in a sentence for the user."""

    reason: str
    path: str
    line: int
