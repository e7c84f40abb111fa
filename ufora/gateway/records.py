"""What is known of computations from outside: who wants them, since when, what became of them. Kept for a while after their end.

A session and its computations vanish as soon as the client needs them no more, which is mostly at once; the records of the last
MOST_ENDED stay, so that one can still ask what happened.
"""

import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from pyfora.report.explanation import Explanation
from pyfora.report.progress import Progress
from ufora.gateway.computation import Computation, State, ValueOf
from ufora.gateway.spool import StoredProgram

MOST_ENDED = 200  # records of ended computations that are kept; guessed: what people look back at
KEEP_PROGRAM_BYTES = 128 * 1024  # programs whose outline is no larger stay with the record, to be shown; 25 MB at most
SHOW_PROGRAM_BYTES = 4 * 2**20  # of one that is not gone yet
ENDED = (State.DONE, State.FAILED, State.CANCELLED)


class Owner(Protocol):
    """What a record asks of a session."""

    @property
    def label(self) -> str:
        """Names it to those who may not use it."""

    @property
    def owner(self) -> str:
        """Who opened it, as the client says."""

    @property
    def worker(self) -> str | None: ...

    async def cancel(self, computation: Computation) -> None: ...

    async def explain(self, computation: Computation) -> Explanation | None: ...


@dataclass(slots=True, eq=False)
class Record:
    """Times are seconds since 1970, UTC."""

    id: str  #: of the computation, among those of all sessions
    kind: str  #: "block", or "fetch" for a value brought home
    source: str  #: where in the user's code, as the client says: "prices.py:12"
    session: Owner | None  #: None when it is gone
    computation: Computation | None  #: likewise
    owner: str
    created: float
    started: float | None = None
    ended: float | None = None
    worker: str | None = None
    state: State = State.WAITING
    problem: str = ""
    raised: bool = False  #: its result is an exception of the user's code
    losses: int = 0
    result_bytes: int | None = None
    explanation: Explanation | None = None
    program: bytes = b""  #: when it is gone: its outline, unless that is large

    @property
    def progress(self) -> Progress | None:
        return self.computation.progress if self.computation else None

    def outline(self) -> bytes:
        """The program without its raw buffers; b"" when there is none, or it was too large to be kept."""
        work = self.computation.work if self.computation else None
        return work.outline(SHOW_PROGRAM_BYTES) if isinstance(work, StoredProgram) else self.program

    def update(self, now: float) -> None:
        """Take over how the computation is now."""
        computation, session = self.computation, self.session
        if computation is None or session is None:
            return
        if computation.told_state not in (State.GONE, State.LEAVING):
            self.state = computation.told_state
        self.problem, self.losses = computation.problem, computation.losses
        self.worker = session.worker or self.worker
        if self.state in (State.RUNNING, State.STOPPING) and self.started is None:
            self.started = now
        if self.state in ENDED and self.ended is None:
            self.ended = now
        if computation.finished is not None:
            self.raised, self.result_bytes = computation.finished.failed, computation.finished.nbytes
        self.explanation = computation.explanation or self.explanation

    def close(self, now: float) -> None:
        """Its computation is gone. One that had not ended was given up by its client."""
        self.update(now)
        if self.state not in ENDED:
            self.state, self.ended = State.CANCELLED, now
        if self.computation is not None and isinstance(self.computation.work, StoredProgram):
            self.program = self.computation.work.outline(KEEP_PROGRAM_BYTES)
        self.session = self.computation = None


class Records:
    """`clock` gives seconds since 1970; `on_end` hears of each record once, when its computation has ended."""

    def __init__(self, on_end: Callable[[Record], None] = lambda record: None, clock: Callable[[], float] = time.time) -> None:
        self.accepted: Counter[str] = Counter()  #: computations so far, by kind
        self.program_bytes = 0  #: of all Programs so far
        self._on_end = on_end
        self._clock = clock
        self._live: dict[str, Record] = {}
        self._ended: deque[Record] = deque(maxlen=MOST_ENDED)

    def add(self, session: Owner, computation: Computation, source: str) -> None:
        """A session takes it in."""
        work = computation.work
        kind = "block" if isinstance(work, StoredProgram) else "fetch"
        name = f"{session.label}.{computation.id}"
        record = Record(name, kind, source or _describe(work), session, computation, session.owner, self._clock())
        self._live[name] = record
        self.accepted[kind] += 1
        self.program_bytes += work.nbytes if isinstance(work, StoredProgram) else 0

    def note(self, session: Owner, computation: Computation) -> None:
        """It changed."""
        record = self._live.get(f"{session.label}.{computation.id}")
        if record is not None:
            self._change(record, record.update)

    def remove(self, session: Owner, computation: Computation) -> None:
        """The session no longer holds it."""
        record = self._live.pop(f"{session.label}.{computation.id}", None)
        if record is not None:
            self._change(record, record.close)
            self._ended.append(record)

    def find(self, name: str) -> Record | None:
        found = self._live.get(name)
        if found is not None:
            found.update(self._clock())
        return found or next((record for record in self._ended if record.id == name), None)

    def list_records(self) -> list[Record]:
        """Newest first."""
        for record in self._live.values():
            record.update(self._clock())
        return sorted([*self._live.values(), *self._ended], key=lambda record: record.created, reverse=True)

    def count(self, state: State) -> int:
        """Of those whose session still holds them."""
        return sum(record.computation is not None and record.computation.told_state is state for record in self._live.values())

    def _change(self, record: Record, change: Callable[[float], None]) -> None:
        had_ended = record.ended is not None
        change(self._clock())
        if record.ended is not None and not had_ended:
            self._on_end(record)


def _describe(work: StoredProgram | ValueOf) -> str:
    return f"{work.name} of {work.computation}" if isinstance(work, ValueOf) else ""
