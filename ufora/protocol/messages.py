"""Messages between the manager and a session's driver.

The manager asks, the driver answers, each by one message. `Evaluate`, `Fetch`, `HandOver` and `TakeOver` are answered when the work is
done; the others at once, also while an evaluation runs. A Program or result up to INLINE_BYTES travels inside the message; a larger one
in pieces:

    manager                                   driver
      Upload(program, 0, …) ───────────────►  Done
      Upload(program, 4 MiB, …, last) ─────►  Done
      Evaluate(computation, program) ──────►  … runs …  Finished(stream="c7", nbytes=80_000_123)
      Observe(computation, …) ─────────────►  Progress (of what runs, meanwhile)
      Explain(computation) ────────────────►  Explained (the same)
      Read("c7", 0, 4 MiB) ────────────────►  Data
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields

import msgpack

from pyfora.errors import InternalError
from ufora.protocol.progress import Progress

INLINE_BYTES = 256 * 1024
"""Largest Program or result that travels inside a message, bytes. Guessed: well below what delays a heartbeat."""
PIECE_BYTES = 4 * 2**20
"""Size of the pieces of larger ones, bytes. Guessed: a few milliseconds of copying each."""


@dataclass(frozen=True, slots=True)
class Upload:
    program: str  #: hash of the whole
    offset: int
    data: bytes
    last: bool


@dataclass(frozen=True, slots=True)
class Evaluate:
    computation: str
    program: str  #: hash
    data: bytes  #: the Program, or b"" when it was uploaded
    want: str  #: "all": values come home; "remote": proxies come home; "small": values up to `limit`, else proxies
    limit: int  #: bytes; for "small"
    label: str = ""  #: its name among those of all sessions


@dataclass(frozen=True, slots=True)
class Fetch:
    """`toLocal()`: bring home one value of an earlier computation."""

    computation: str
    name: str


@dataclass(frozen=True, slots=True)
class Read:
    """Take a piece of a result; pieces are read in order, and the stream ends with the last one."""

    stream: str
    offset: int
    nbytes: int


@dataclass(frozen=True, slots=True)
class Drop:
    """No proxy names these values any more."""

    values: tuple[tuple[str, str], ...]  #: (computation, name)


@dataclass(frozen=True, slots=True)
class Forget:
    """None of their values will be asked for again."""

    computations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HandOver:
    """All that the session holds goes to another driver. Answered by Finished: what TakeOver is to bring there."""


@dataclass(frozen=True, slots=True)
class TakeOver:
    """Hold what another driver held."""

    program: str  #: the name it was uploaded under
    data: bytes  #: b"" when it was uploaded


@dataclass(frozen=True, slots=True)
class Cancel:
    computation: str


@dataclass(frozen=True, slots=True)
class Observe:
    """How far is it? Asked now and then while it runs."""

    computation: str
    leases: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    """What workers said last of its leases under way: elements and slices done, by the lease's name"""


@dataclass(frozen=True, slots=True)
class Explain:
    """What happened in it so far? Asked while it runs."""

    computation: str


@dataclass(frozen=True, slots=True)
class Explained:
    facts: dict[str, object]  #: an Explanation as plain data; {} when it does not run


@dataclass(frozen=True, slots=True)
class ShowKernels:
    """To a worker itself: which of these do you keep?"""

    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Kernels:
    texts: dict[str, str]  #: LLVM's text of each that is there, by key


@dataclass(frozen=True, slots=True)
class Finished:
    """Answers Evaluate and Fetch. The result is a Program whose entry is an Outcome."""

    result: bytes  #: b"" when it is read from `stream`
    stream: str
    nbytes: int
    failed: bool  #: the Outcome holds an error
    facts: dict[str, object]  #: what happened: an Explanation as plain data; {} for a Fetch
    plain: Mapping[str, object] = field(default_factory=dict)
    """Values that stay there and are small plain data, by name: they go along, so that nobody need ask for them"""


@dataclass(frozen=True, slots=True)
class Data:
    data: bytes


@dataclass(frozen=True, slots=True)
class Done:
    pass


@dataclass(frozen=True, slots=True)
class Lost:
    """The driver does not hold this any more: `what` is "program", "value" or "stream"."""

    what: str
    detail: str


@dataclass(frozen=True, slots=True)
class Cancelled:
    computation: str


Message = (
    Upload
    | Evaluate
    | Fetch
    | Read
    | Drop
    | Forget
    | HandOver
    | TakeOver
    | Cancel
    | Observe
    | Explain
    | Explained
    | ShowKernels
    | Kernels
    | Progress
    | Finished
    | Data
    | Done
    | Lost
    | Cancelled
)
_KINDS: dict[str, type] = {kind.__name__: kind for kind in Message.__args__}


def pack_message(message: Message) -> bytes:
    values = [getattr(message, field.name) for field in fields(message)]
    packed: bytes = msgpack.packb([type(message).__name__, *values])
    return packed


def unpack_message(data: bytes) -> Message:
    name, *values = msgpack.unpackb(data, use_list=False)
    if name not in _KINDS:
        raise InternalError(f"a message of unknown kind {name!r} between manager and driver")
    kind = _KINDS[name]
    message: Message = kind(*values[: len(fields(kind))])  # a later release may say more at the end
    return message
