"""The life of a computation: states, events, and what follows what. Nothing here does I/O.

                  STARTED            FINISHED
        WAITING ───────────► RUNNING ────────► DONE ──┐ LOST: its values, or a result that
           ▲ ▲                │ │ │                   │ nobody has whole, went with a worker
           │ └──── LOST ──────┘ │ └── GAVE_UP ► FAILED│
           └────────────────────┼─────────────────────┘
                  CANCEL_ASKED  ▼
                            STOPPING ── FINISHED, STOPPED, LOST ──► CANCELLED

    FORGOTTEN (the client needs nothing of it any more) leads from everywhere to GONE; from RUNNING and STOPPING
    by way of LEAVING, because its driver must stop first.

A worker that is lost takes the values of its sessions along. Computing is pure, so they are simply computed again, in the order in
which they were asked for. What the client has already been told stays told: such a computation runs again for its values only.
"""

from dataclasses import dataclass, field
from enum import Enum

from pyfora.errors import InternalError
from ufora.gateway.spool import StoredProgram
from ufora.protocol.explanation import Explanation
from ufora.protocol.messages import Finished
from ufora.protocol.progress import Progress

MOST_DEATHS = 4
"""A computation whose driver died so many times while its worker lived on is not tried again. Guessed: chance alone hardly does it, while
a computation that kills its process should not go round the cluster for long."""
MOST_LOSSES = 12
"""Likewise, deaths and losses of whole workers together. Guessed: a bad day, with cuts and restarts, may well cost a long one a few."""


class State(Enum):
    WAITING = "waiting"  #: for its turn, or for a worker
    RUNNING = "running"
    STOPPING = "stopping"  #: told to stop, still running
    LEAVING = "leaving"  #: forgotten, still running
    DONE = "done"
    FAILED = "failed"  #: it could not be computed; an exception of the user's code is an ordinary result, and DONE
    CANCELLED = "cancelled"
    GONE = "gone"


class Event(Enum):
    STARTED = "started"
    FINISHED = "finished"
    LOST = "lost"
    CANCEL_ASKED = "cancel asked"
    STOPPED = "stopped"
    GAVE_UP = "gave up"
    FORGOTTEN = "forgotten"


NEXT: dict[State, dict[Event, State]] = {
    State.WAITING: {
        Event.STARTED: State.RUNNING,
        Event.CANCEL_ASKED: State.CANCELLED,
        Event.GAVE_UP: State.FAILED,
        Event.FORGOTTEN: State.GONE,
    },
    State.RUNNING: {
        Event.FINISHED: State.DONE,
        Event.LOST: State.WAITING,
        Event.CANCEL_ASKED: State.STOPPING,
        Event.STOPPED: State.CANCELLED,
        Event.GAVE_UP: State.FAILED,
        Event.FORGOTTEN: State.LEAVING,
    },
    State.STOPPING: {
        Event.FINISHED: State.CANCELLED,
        Event.LOST: State.CANCELLED,
        Event.CANCEL_ASKED: State.STOPPING,
        Event.STOPPED: State.CANCELLED,
        Event.GAVE_UP: State.CANCELLED,
        Event.FORGOTTEN: State.LEAVING,
    },
    State.LEAVING: {
        Event.FINISHED: State.GONE,
        Event.LOST: State.GONE,
        Event.CANCEL_ASKED: State.LEAVING,
        Event.STOPPED: State.GONE,
        Event.GAVE_UP: State.GONE,
        Event.FORGOTTEN: State.LEAVING,
    },
    State.DONE: {Event.LOST: State.WAITING, Event.CANCEL_ASKED: State.DONE, Event.FORGOTTEN: State.GONE},
    State.FAILED: {Event.LOST: State.FAILED, Event.CANCEL_ASKED: State.FAILED, Event.FORGOTTEN: State.GONE},
    State.CANCELLED: {Event.LOST: State.CANCELLED, Event.CANCEL_ASKED: State.CANCELLED, Event.FORGOTTEN: State.GONE},
    State.GONE: {},
}
UNDER_WAY = frozenset({State.RUNNING, State.STOPPING, State.LEAVING})


@dataclass(frozen=True, slots=True)
class ValueOf:
    """`toLocal()`: one value of an earlier computation is wanted."""

    computation: str
    name: str


@dataclass(slots=True, eq=False)
class Computation:
    id: str  #: chosen by the client, unique within its session
    work: StoredProgram | ValueOf
    want: str  #: "all", "remote" or "small", as in `Evaluate`
    limit: int  #: bytes; for "small"
    checkpoint: StoredProgram | None = None  #: makes its values, once they have been made: the work needs what is there no more
    state: State = State.WAITING
    losses: int = 0  #: how many times what evaluated it was lost
    deaths: int = 0  #: of these, how many times its driver died alone
    progress: Progress | None = None  #: how far it is; None before the first news of a run, and when it does not run
    finished: Finished | None = None  #: what it gave the first time
    explanation: Explanation | None = None  #: what happened the first time
    has_result: bool = False  #: the client has the whole result, or `finished` holds it: no worker is needed for it
    dropped: set[str] = field(default_factory=set)  #: names no proxy names any more
    problem: str = ""  #: why it FAILED, one sentence

    @property
    def want_now(self) -> str:
        """What to ask the driver for: once the result is here, only the values are missing."""
        return "remote" if self.has_result else self.want

    @property
    def told_state(self) -> State:
        """Its state for the client, who knows nothing of runs that only bring values back."""
        return State.DONE if self.has_result and self.state in (State.WAITING, State.RUNNING) else self.state

    def handle(self, event: Event) -> None:
        follow = NEXT[self.state]
        if event not in follow:
            raise InternalError(f"computation {self.id} is {self.state.value}: it cannot be told {event.value!r}")
        self.state = follow[event]

    def finish(self, finished: Finished) -> None:
        """The driver is done with it. The first result counts: later runs only bring values back."""
        self.handle(Event.FINISHED)
        if not self.has_result:
            self.finished = finished
            self.explanation = Explanation.from_plain(finished.facts) if finished.facts else None
            self.has_result = not finished.stream

    def take_result(self) -> None:
        """A result that came as a stream is with the client now, whole."""
        self.has_result = True

    def lose_worker(self, reason: str, is_whole: bool = True) -> bool:
        """The worker it runs or lives on is gone, or, if that is not the `is_whole` of it, the driver there. Whether it must run again."""
        if self.state in UNDER_WAY:
            self.losses += 1
            self.deaths += not is_whole
            if self.losses >= MOST_LOSSES or self.deaths >= MOST_DEATHS:
                self.give_up(f"it was started {self.losses} times, and each time what evaluated it was lost; the last time, {reason}")
            else:
                self.handle(Event.LOST)
        elif self.state is State.DONE and not (self.has_result and self.want == "all"):
            self.handle(Event.LOST)
        return self.state is State.WAITING

    def lose_result(self) -> bool:
        """Its stream broke before the client had all of it. Whether it must run again."""
        if self.state is not State.DONE or self.has_result:
            return False
        self.handle(Event.LOST)
        return True

    def give_up(self, problem: str) -> None:
        self.problem = problem
        self.handle(Event.GAVE_UP)
