"""The records a Program is made of.

A Program is a graph: `nodes` refer to each other by index (a `Ref`), cycles included (a function that calls itself).
It holds no Python object but scalars, and nothing in it is ever unpickled. Field types are checked when it is read.

    Program
    ├── sources   text of the user's functions, classes and blocks, with file and first line
    ├── buffers   raw memory of arrays and packed lists
    ├── nodes     values and code, each naming others by index
    └── entry     what to do: run a Block, make a Call, hold a Value; or, on the way home, an Outcome

Code is named by (source, ordinal): the ordinal-th place of that source, see `places.py`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

Ref = int  #: index into Program.nodes
Names = tuple[tuple[str, Ref], ...]  #: name → node
MOST_COLUMNS = 32
"""Of a list of tuples that travels by columns. Guessed: longer ones are hardly records."""
Scalar = None | bool | int | float | complex | str | bytes  #: Ellipsis and NotImplemented travel as Named


@dataclass(frozen=True, slots=True)
class Source:
    """Whole lines of one of the user's files, indentation kept; they parse alone (after `if 1:` where indented)."""

    path: str  #: file name as Python shows it in tracebacks
    first_line: int  #: number of the text's first line in that file, from 1
    text: str


@dataclass(frozen=True, slots=True)
class Constant:
    value: Scalar


@dataclass(frozen=True, slots=True)
class ListOf:
    items: tuple[Ref, ...]


@dataclass(frozen=True, slots=True)
class TupleOf:
    items: tuple[Ref, ...]


@dataclass(frozen=True, slots=True)
class SetOf:
    items: tuple[Ref, ...]


@dataclass(frozen=True, slots=True)
class FrozenSetOf:
    items: tuple[Ref, ...]


@dataclass(frozen=True, slots=True)
class DictOf:
    keys: tuple[Ref, ...]  #: in insertion order
    values: tuple[Ref, ...]


@dataclass(frozen=True, slots=True)
class RangeOf:
    start: int
    stop: int
    step: int


@dataclass(frozen=True, slots=True)
class SliceOf:
    start: Ref
    stop: Ref
    step: Ref


@dataclass(frozen=True, slots=True)
class Packed:
    """A list or tuple whose items are all exactly int (fitting 64 bits signed), float, bool or str; or long bytes.

    Texts, in UTF-8, surrogates as they are: "t" with a NUL between any two of them. Where there are NULs in them, "s": their number
    (int64), the length of each in code points (int32 each), then all of them as one text.
    """

    container: str  #: "list", "tuple" or "bytes"
    typecode: str
    """Of ints the narrowest of "B" (0 to 255), "h" (int16), "i" (int32), "q" (int64) that holds all; "d" (float64), "?" (bool),
    "t" and "s" (texts); of bytes "B". Little-endian."""
    buffer: int  #: index into Program.buffers


@dataclass(frozen=True, slots=True)
class PackedDict:
    """A dict whose keys and whose values could each stand in a packed list: in two such buffers, in insertion order."""

    key_code: str  #: as `Packed.typecode`, but for bytes
    keys: int  #: index into Program.buffers
    value_code: str
    values: int  #: index into Program.buffers


@dataclass(frozen=True, slots=True)
class Zipped:
    """A list or tuple of tuples that are all alike, nothing else holding any of them: `list(zip(*columns))`."""

    container: str  #: "list" or "tuple"
    columns: tuple[Ref, ...]  #: tuples of the same length: Packed or Zipped


@dataclass(frozen=True, slots=True)
class Rows:
    """A list of lists, nothing else holding any of them, whose items could all stand in one packed list."""

    lengths: int  #: of each, int64; index into Program.buffers
    typecode: str  #: as `Packed.typecode`, but for bytes
    items: int  #: of all, one list after the other; index into Program.buffers


@dataclass(frozen=True, slots=True)
class Array:
    """A numpy array in C order."""

    dtype: str  #: numpy's `dtype.str`, little-endian; no object dtypes
    shape: tuple[int, ...]
    buffer: int


@dataclass(frozen=True, slots=True)
class Named:
    """Something on the allow list: "builtins.len", "math" (the module), "math.sin", "builtins.Ellipsis"."""

    path: str


@dataclass(frozen=True, slots=True)
class UserModule:
    """A module of the user's own; only the attributes the code uses, found along a.b.c."""

    name: str
    members: Names


@dataclass(frozen=True, slots=True)
class Function:
    """A Python function, undecorated; or, with a comprehension's ordinal, that comprehension as a function of its first source."""

    source: int  #: index into Program.sources
    ordinal: int  #: which place of that source
    name: str
    qualname: str
    module: str  #: its `__module__`; functions of one module share one globals dictionary within a Program
    names: Names  #: globals it uses (those that exist); what does not exist stays a NameError
    cells: tuple[tuple[str, Ref], ...]  #: closure variables, by name; -1 for an empty cell
    defaults: tuple[Ref, ...]
    kwdefaults: Names
    key: str  #: names this function between the two sides, "" when it needs no identity
    attributes: Names = ()  #: its `__dict__`; its `__doc__` where that is not the one it was written with, and plain `__annotations__`


@dataclass(frozen=True, slots=True)
class Class:
    """A Python class: its body runs again, decorators included, where the Program is restored."""

    source: int
    ordinal: int
    name: str
    qualname: str
    module: str
    names: Names  #: globals that bases, decorators, body and methods use
    cells: tuple[tuple[str, Ref], ...]
    members: Names  #: class attributes that are plain data now; they replace `name = …` in the body, or are set after it
    key: str


@dataclass(frozen=True, slots=True)
class Instance:
    cls: Ref
    fields: Names  #: `__dict__` and slots
    base: Ref  #: value of the builtin base (tuple, int, str, list, dict …) or -1


@dataclass(frozen=True, slots=True)
class EnumMember:
    cls: Ref
    name: str  #: "A|B" for flags set together, "" for none set


@dataclass(frozen=True, slots=True)
class Made:
    """What an allow-listed callable gives for these arguments: `fractions.Fraction(1, 3)`, `numpy.float32(0.5)`, a namedtuple class.

    The arguments never lead back to this node but through a Function, a Class or their names."""

    function: Ref  #: a Named, or a Made: `functools.lru_cache(maxsize=None)(f)`
    args: tuple[Ref, ...]
    kwargs: Names
    key: str  #: names what was made between the two sides, "" when it needs no identity


@dataclass(frozen=True, slots=True)
class TraceFrame:
    path: str
    line: int
    function: str
    text: str  #: the source line, stripped; "" when unknown
    end_line: int = 0  #: where the code that failed ends; 0 when it is unknown where in the line it stands
    column: int = 0  #: where it begins, counted in bytes of UTF-8 from 0, as Python does
    end_column: int = 0


@dataclass(frozen=True, slots=True)
class ExceptionOf:
    cls: Ref
    args: Ref  #: a tuple
    fields: Names
    notes: tuple[str, ...]
    cause: Ref  #: -1 for none
    suppress_context: bool
    context: Ref = -1  #: what was being handled when it was raised; -1 for nothing
    trace: tuple[TraceFrame, ...] = ()  #: where it was raised, outermost first


@dataclass(frozen=True, slots=True)
class Attribute:
    """`owner.name`: a bound method, a function taken from a class."""

    owner: Ref
    name: str


@dataclass(frozen=True, slots=True)
class Known:
    """A function or class the reading side sent (or holds) itself, by its key."""

    key: str


@dataclass(frozen=True, slots=True)
class Remote:
    """A value that lives on the cluster: a name that an earlier computation of the session assigned ("" for its value)."""

    computation: str
    name: str
    kind: str  #: its type's name, for display


@dataclass(frozen=True, slots=True)
class Refused:
    """Something that cannot travel but may never be touched; touching it raises InvalidPyforaOperation with this text."""

    message: str


Node = (
    Constant
    | ListOf
    | TupleOf
    | SetOf
    | FrozenSetOf
    | DictOf
    | RangeOf
    | SliceOf
    | Packed
    | Array
    | Named
    | UserModule
    | Function
    | Class
    | Instance
    | EnumMember
    | Made
    | ExceptionOf
    | Attribute
    | Known
    | Remote
    | Refused
    | Zipped
    | PackedDict
    | Rows
)


@dataclass(frozen=True, slots=True)
class Block:
    """The body of a with-block."""

    source: int
    ordinal: int  #: place of the `with` statement
    module: str  #: `__name__` where it stands
    function: str  #: qualified name of the function it stands in, "<module>" at top level; shown in tracebacks
    names: Names  #: what the body reads from outside
    assigns: tuple[str, ...]  #: names the body may bind, in order of appearance


@dataclass(frozen=True, slots=True)
class Call:
    """`executor.submit(function, *args, **kwargs)`; the value is named ""."""

    function: Ref
    args: tuple[Ref, ...]
    kwargs: Names


@dataclass(frozen=True, slots=True)
class Value:
    """`executor.define(value)`; the value is named ""."""

    value: Ref


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a computation gave: the way home."""

    names: Names  #: names bound, in the order of Block.assigns; also those bound before an exception
    error: Ref  #: an ExceptionOf, or -1
    trace: tuple[TraceFrame, ...]  #: outermost first
    printed: str  #: what `print` wrote


Entry = Block | Call | Value | Outcome


@dataclass(frozen=True, slots=True)
class LazyBuffer:
    """A buffer that is made piece by piece while it is sent, so that it never stands in memory whole."""

    nbytes: int
    pieces: Callable[[], Iterable[bytes | memoryview]]


Buffer = bytes | memoryview | LazyBuffer


@dataclass(frozen=True, slots=True)
class Program:
    sources: tuple[Source, ...]
    nodes: tuple[Node, ...]
    buffers: tuple[Buffer, ...]
    entry: Entry
