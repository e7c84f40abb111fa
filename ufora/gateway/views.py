"""What the HTTP API and the status page show. The OpenAPI document is made of these records: their fields, types and comments.

Moments are seconds since 1970, UTC; sizes are bytes.
"""

from dataclasses import dataclass, field
from typing import Literal

Tier = Literal["compiled", "interpreted"]
ComputationState = Literal["waiting", "running", "stopping", "done", "failed", "cancelled"]


@dataclass(frozen=True, slots=True)
class ProblemView:
    """What went wrong (RFC 9457)."""

    title: str  #: one sentence: what, and what to do
    status: int  #: the HTTP status


@dataclass(frozen=True, slots=True)
class StatusView:
    """The cluster at a glance."""

    version: str  #: of the manager's ufora
    python: str  #: version of the manager's Python
    now: float  #: the manager's clock
    started: float  #: when the manager was started
    needs_token: bool  #: whether clients need a token; without, whoever reaches the port may compute
    is_open: bool  #: whether strangers may compute: no tokens, and other machines can reach the port
    workers: int
    cores: int  #: of all workers
    cores_busy: float  #: processor time that the workers' processes take, in cores
    memory_bytes: int  #: most that all workers together may use
    memory_used_bytes: int  #: what their processes hold
    sessions: int  #: clients that are connected, or were a minute ago
    waiting: int  #: computations that wait for their turn or for a worker
    running: int  #: computations under way


@dataclass(frozen=True, slots=True)
class WorkerView:
    """One worker, as the manager has heard of it."""

    id: str
    address: str  #: host:port of its control channel
    state: Literal["working", "silent", "draining"]  #: silent: not heard of for some seconds; draining: takes no new work
    cores: int
    cores_busy: float | None  #: processor time that its processes take, in cores; null before the first word
    memory_bytes: int  #: most it may use
    memory_used_bytes: int | None  #: what its processes hold
    version: str  #: of its ufora
    python: str | None  #: version of its Python
    cpu: str  #: the processor its machine code is made for
    joined: float
    heard: float  #: when it was heard of last
    sessions: int  #: that live on it


@dataclass(frozen=True, slots=True)
class ProgressView:
    """How far what is under way in a computation is."""

    fraction: float | None  #: 0 … 1; null while nothing that can be counted is under way
    slices_done: int
    slices: int  #: how many there will be, judged by the size of those that are done
    cores: int  #: that work on it now
    seconds_left: float | None  #: at its pace so far; null when unknown
    path: str  #: file of what is under way
    line: int  #: in that file, from 1; 0 when unknown


@dataclass(frozen=True, slots=True)
class ComputationView:
    """One computation; those that ended are kept for a while."""

    id: str
    kind: Literal["block", "fetch"]  #: a fetch brings a value home
    owner: str  #: as the client says
    source: str  #: where it is in the user's code, as the client says
    state: ComputationState
    raised: bool  #: it is done, and its result is an exception of the user's code
    problem: str  #: why it failed
    worker: str | None  #: id of the worker it lives or lived on
    created: float
    started: float | None
    ended: float | None
    losses: int  #: workers lost while it ran
    result_bytes: int | None
    progress: ProgressView | None  #: while it runs
    slices: int  #: pieces its loops were cut into
    compiled: int  #: elements computed by machine code
    interpreted: int  #: elements computed by CPython
    deoptimisations: int  #: elements that machine code began and CPython computed again
    seconds: dict[str, float]  #: wall time by kind
    core_seconds: float  #: time that cores were busy with slices
    advice: str  #: the one change that would help most


@dataclass(frozen=True, slots=True)
class DeoptimisationView:
    """Elements that machine code could not compute exactly as Python does."""

    times: int
    path: str  #: where it stopped
    line: int
    why: str  #: it stopped there
    first: int | None  #: number of the first such element


@dataclass(frozen=True, slots=True)
class LineView:
    """What happened to one line of the user's."""

    path: str
    line: int
    text: str
    times: int  #: how often it ran
    seconds: float
    compiled: int
    interpreted: int
    slices: int
    tier: Literal["compiled", "interpreted", "both"]
    why_interpreted: str
    why_not_cut: str
    deoptimisations: list[DeoptimisationView]
    kernels: list[str]  #: keys of the machine code it ran as


@dataclass(frozen=True, slots=True)
class ExplanationView:
    """What happened in a computation, line by line, and where its time went."""

    id: str
    text: str  #: all of it in words
    advice: str
    seconds: dict[str, float]
    core_seconds: float
    cores: int  #: most that worked on slices at the same time
    lines: list[LineView]  #: those that took most time first


@dataclass(frozen=True, slots=True)
class KernelView:
    """Machine code of one line, as LLVM's text."""

    path: str
    line: int
    key: str
    text: str  #: the user's code stands above it; of a long one the beginning; "" when no worker keeps it any more


@dataclass(frozen=True, slots=True)
class KernelsView:
    kernels: list[KernelView]


@dataclass(frozen=True, slots=True)
class LogLineView:
    """One line of the log of the manager or a worker."""

    number: int  #: counts up over all lines
    source: str  #: "manager", or the address of a worker
    text: str


@dataclass(frozen=True, slots=True)
class SpanView:
    """Slices that one core computed one right after the other."""

    number: int  #: counts up over all spans
    worker: str
    core: int
    began: float
    ended: float
    tier: Tier
    slices: int


@dataclass(frozen=True, slots=True)
class WorkersView:
    workers: list[WorkerView]


@dataclass(frozen=True, slots=True)
class ComputationsView:
    computations: list[ComputationView]  #: newest first


@dataclass(frozen=True, slots=True)
class LogView:
    lines: list[LogLineView]  #: oldest first


@dataclass(frozen=True, slots=True)
class TimelineView:
    spans: list[SpanView]  #: of the last minute


@dataclass(frozen=True, slots=True)
class LoginView:
    """A token, to be changed for a cookie."""

    token: str


@dataclass(frozen=True, slots=True)
class OpeningView:
    """Who opens a session; both are shown to others, and neither is checked."""

    owner: str = ""


@dataclass(frozen=True, slots=True)
class SessionView:
    session: str  #: its name, a secret: whoever knows it may use the session


@dataclass(frozen=True, slots=True)
class VersionView:
    product: str
    version: str
    wire_formats: list[int]  #: formats of programs that it reads
    program_bytes: int  #: largest program it takes


@dataclass(frozen=True, slots=True)
class ToldView:
    """A computation as its own client is told of it."""

    id: str
    state: ComputationState | Literal["gone", "leaving"]
    problem: str
    failed: bool = False  #: its result is an exception
    nbytes: int = 0  #: of the result
    facts: dict[str, object] = field(default_factory=dict)
    progress: dict[str, object] = field(default_factory=dict)
    explanation: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ToldAllView:
    computations: list[ToldView]


@dataclass(frozen=True, slots=True)
class DropView:
    """Values and computations that the client needs no more."""

    values: list[list[str]]  #: [computation, name]
    computations: list[str]
