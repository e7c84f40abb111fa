"""What a driver asks of the engine's workers, and a worker of its interpreters.

These records are the cluster's own, pickled between its processes; they hold numbers, arrays and Programs as bytes, never objects of
the user's.
"""

import hashlib
import pickle
import sys
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy

from ufora.compile.spec import Consumer
from ufora.protocol.explanation import Line
from ufora.runtime.activity import News
from ufora.runtime.deopts import Deopts
from ufora.runtime.packing import widen
from ufora.runtime.pieces import Kind, Piece, is_numbers


@dataclass(frozen=True, slots=True)
class MachineCode:
    """A kernel on its way to another process."""

    key: str
    cpu: str  #: the processor it was made for; another's worker runs the lease interpreted
    data: bytes
    values: tuple[Any, ...]  #: what it is run with


@dataclass(frozen=True, slots=True)
class Common:
    """What all leases of a comprehension share: large where code names long lists."""

    program: bytes  #: a Program whose Call names the comprehension's body, and its source where that is no range or packed list
    program_hash: str
    code: MachineCode | None  #: None: interpreted

    @classmethod
    def of(cls, program: bytes, code: MachineCode | None) -> Self:
        return cls(program, hashlib.sha256(program).hexdigest(), code)

    def __sizeof__(self) -> int:
        """With all it holds, see LeaseDone."""
        return len(self.program) + (0 if self.code is None else len(self.code.data) + sum(map(sys.getsizeof, self.code.values)))


@dataclass(frozen=True, slots=True)
class Hold:
    """Keep this for leases whose last input it is."""

    common: Common


@dataclass(frozen=True, slots=True)
class Stretch:
    """Items start … stop - 1 of the single array of one of a task's inputs."""

    number: int  #: of the input
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Lease:
    """Elements start … stop - 1 of a comprehension, for one machine."""

    common: Common | None  #: None: the task's last input
    consumer: Consumer
    source: Any
    """Its first element is number `start`. Ints; a packed list; a Stretch; Columns of such; None: the argument in the Program."""
    start: int
    stop: int
    seconds: float  #: after so long the end of it that is not begun goes back, so that other machines can help
    opens: bool  #: may one element be worth cutting in itself?
    is_slice: bool = False  #: not cut any further
    name: str = ""  #: by which its worker tells how far it is; "" when nobody asks
    rate: float = 0.0  #: elements per second that one core did lately; 0 when unknown
    stays: bool = False  #: does its list stay on its worker, as one array?


@dataclass(frozen=True, slots=True)
class LeaseDone:
    """What a lease gave: pieces in order. Arrays in it stay on the worker until fetched."""

    pieces: tuple[Piece, ...]
    stop: int  #: elements from here on were given back
    seconds: float  #: busy time, summed over the machine's cores
    interpreted: int  #: elements that were not computed by machine code
    slices: int = 0
    deopts: tuple[Deopts, ...] = ()  #: those of them that machine code could not do exactly
    lines: tuple[Line, ...] = ()  #: what interpreters noted of the lines inside its elements

    def __sizeof__(self) -> int:
        """With its pieces: engines ask, to know what their memory is full of."""
        return sum(map(sys.getsizeof, self.pieces))


@dataclass(frozen=True, slots=True)
class Describe:
    """Of a LeaseDone, all but the arrays' contents."""


@dataclass(frozen=True, slots=True)
class Take:
    """Items start … stop - 1 of the single array of a LeaseDone, as a Piece."""

    start: int
    stop: int
    dtype: str = ""  #: numpy's, narrower than the array's own; "": as they are


@dataclass(frozen=True, slots=True)
class BoundsOf:
    """The least and the greatest of those items."""

    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class SumOf:
    """The exact sum of those items, as SUM data."""

    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class SortOf:
    """Those items, sorted, as a LeaseDone of one array."""

    start: int
    stop: int
    reverse: bool


@dataclass(frozen=True, slots=True)
class Description:
    """A LeaseDone without its arrays: `chunk` is (dtype, length) when it is one array and nothing else."""

    chunk: tuple[str, int] | None
    stop: int
    seconds: float
    interpreted: int
    slices: int = 0
    deopts: tuple[Deopts, ...] = ()
    lines: tuple[Line, ...] = ()

    @classmethod
    def of(cls, done: LeaseDone) -> Self:
        """What the driver must know of a lease whose list stays on its worker."""
        single = done.pieces[0] if len(done.pieces) == 1 else None
        chunk = None
        if single is not None and single.kind is Kind.ARRAY and is_numbers(single.data):
            chunk = (single.data.dtype.str, len(single.data))
        return cls(chunk, done.stop, done.seconds, done.interpreted, done.slices, done.deopts, done.lines)


@dataclass(frozen=True, slots=True)
class Interpret:
    """A Slice, packed, for one of the machine's interpreters; what that answers, or Died."""

    task: bytes


@dataclass(frozen=True, slots=True)
class Died:
    """What an Interpret gives when its interpreter died."""

    how: str


@dataclass(frozen=True, slots=True)
class Tell:
    """What a driver on the machine did with its cores."""

    news: News


Task = Lease | Hold | Describe | Take | BoundsOf | SumOf | SortOf | Interpret | Tell


@dataclass(frozen=True, slots=True)
class Slice:
    """Elements start … stop - 1 for one interpreter process."""

    program_hash: str
    program: bytes  #: b"" when the interpreter should have it already
    consumer: Consumer
    source: "range | numpy.ndarray[Any, Any] | None"  #: exactly the slice; None: in the Program
    offset: int  #: where the slice begins in the Program's source
    start: int
    stop: int
    seconds: float  #: after so long it ends with the element under way


@dataclass(frozen=True, slots=True)
class SliceDone:
    """What an interpreter gave."""

    piece: Piece  #: its ints perhaps narrow
    lines: tuple[Line, ...] = ()  #: what it noted of the lines inside the elements

    def take_piece(self) -> Piece:
        return replace(self.piece, data=widen(self.piece.data)) if self.piece.kind is Kind.ARRAY else self.piece


def pack_task(task: Task | Slice | SliceDone | Died | Piece | None) -> bytes:
    return pickle.dumps(task, protocol=5)


def unpack_task(data: bytes) -> Any:
    return pickle.loads(data)
