"""Interpreted elements that hold much, computed by copies of the driver: nothing is sent to them.

    driver   find ─ fork ─┬─ hands out slices ──────────────┬─ joins the pieces
    twins                 └─ slice ─ slice ─ slice ─ … ─────┘   one for each core of the driver's machine

A text of a hundred megabytes is counted by CPython in a second, and sending it to the interpreters takes as long. A twin has it already.
Where there are other machines too the twins have as long as sending takes; what is left then goes to all machines. What a twin does
not survive, too, is left to the leases, whose interpreters tell what they died of.
"""

import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from types import FunctionType
from typing import Any, Protocol

from ufora.runtime.captured import add_captured
from ufora.runtime.comprehensions import Comprehension
from ufora.runtime.consume import Rest
from ufora.runtime.environment import Workshop
from ufora.runtime.explain import Recorder
from ufora.runtime.holdings import Holdings, find_holdings, is_new_and_plain
from ufora.runtime.lease_run import SLICE_LIMIT, SLICE_SECONDS
from ufora.runtime.processes.twins import Twin, fork_twin, wait_for_answers
from ufora.runtime.slice_run import compute_part
from ufora.runtime.stretches import Bounds
from ufora.runtime.tasks import Slice, SliceDone, pack_task, unpack_task

SENT_BYTES_PER_SECOND = 50e6
"""How fast data reach the interpreters: packed, through the engine, and unpacked in each. Measured with lines of text."""
LEAST_BYTES = 2**20
"""Less than this is sent. Guessed: that takes as long as forking two twins, 20 ms."""
FIRST_SLICE = 8  #: elements
WAIT_SECONDS = 0.1  #: how often a waiting driver looks whether it was cancelled
ENDLESS = float("inf")


class Work(Protocol):
    """What twins are to compute."""

    def take_next(self, items: int) -> Bounds | None:
        """The next elements, about so many; None when there are none left."""

    def note(self, stretch: Bounds, done: SliceDone | None, seconds: float, reading: float) -> int:
        """What a twin gave for it in so many seconds, which took so many to read here; None when it died. How many elements the next slice
        should have; 0 when twins are of no use here."""

    def needs(self, stretch: Bounds) -> bool:
        """Does it matter still?"""

    def take_back(self, stretch: Bounds, seconds: float) -> bool:
        """It has run so long, and cores idle. Is it better given up, and computed in another way?"""


@dataclass(frozen=True, slots=True)
class Twins:
    """How a driver makes them."""

    threads: int  #: cores of its machine
    workshop: Workshop
    recorder: Recorder
    check_cancelled: Callable[[], None]
    stay_alone: Callable[[], None]  #: in a twin: forget all that is reached by connections or threads
    are_wanted: bool = False  #: wherever they can be: for tests

    def find(self, comprehension: Comprehension, machines: int) -> Holdings | None:
        """What twins would have; None where that is not known, or so little that all machines had better share the work."""
        holdings = find_holdings([comprehension.body, comprehension.source], self._is_users, self.workshop.environment.find_named)
        is_little = holdings is None or (machines > 1 and not self.are_wanted and holdings.nbytes < LEAST_BYTES)
        return None if is_little else holdings

    def seconds_for(self, holdings: Holdings, machines: int) -> float:
        """How long they may begin slices."""
        return ENDLESS if machines < 2 or self.are_wanted else holdings.nbytes / SENT_BYTES_PER_SECOND

    def compute(self, rest: Rest, holdings: Holdings, work: Work, seconds: float) -> None:
        """As much of it as twins can do, and begin within so many seconds."""
        with closing(_Run(self, rest, holdings, work, time.perf_counter() + seconds)) as run:
            run.hand_out()
            while run.is_needed():
                run.take_answers()
                run.hand_out()
                run.stop_long()
                run.hand_out()
                self.check_cancelled()

    def _is_users(self, function: FunctionType) -> bool:
        return self.workshop.registry.find_place(function) is not None

    def begin(self, rest: Rest, holdings: Holdings) -> Callable[[bytes], bytes]:
        """In the twin: what answers its questions."""
        self.stay_alone()
        add_captured(holdings.objects)
        self.workshop.name_originals(holdings.name_objects)
        self.recorder.reset()

        def pack(items: list[Any]) -> object:
            return items if is_new_and_plain(items, holdings) else self.workshop.pack_items(items)

        def answer(question: bytes) -> bytes:
            task: Slice = unpack_task(question)
            part: Any = rest.comprehension.source[task.start : task.stop]
            piece = compute_part(task, rest.comprehension.body, part, self.workshop, pack)
            return pack_task(SliceDone(piece, self.recorder.take_lines()))

        return answer


class _Run:
    """One comprehension's slices on their way to twins and back."""

    def __init__(self, twins: Twins, rest: Rest, holdings: Holdings, work: Work, until: float) -> None:
        self._twins = twins
        self._rest = rest
        self._holdings = holdings
        self._work = work
        self._until = until
        self._items = FIRST_SLICE
        self._all: list[Twin] = []
        self._idle: list[Twin] = []
        self._under: dict[Twin, tuple[Bounds, float]] = {}  #: what those at work are at, and since when

    def close(self) -> None:
        for twin in self._all:
            twin.end()

    def is_needed(self) -> bool:
        return any(self._work.needs(stretch) for stretch, _ in self._under.values())

    def hand_out(self) -> None:
        """A slice for each twin that is idle, and for new ones."""
        while (self._idle or len(self._all) < self._twins.threads) and self._items and time.perf_counter() < self._until:
            stretch = self._work.take_next(self._items)
            if stretch is None:
                break
            twin = self._idle.pop() if self._idle else self._fork()
            twin.ask(pack_task(Slice("", b"", self._rest.consumer, None, 0, *stretch, SLICE_LIMIT * SLICE_SECONDS)))
            self._under[twin] = stretch, time.perf_counter()

    def _fork(self) -> Twin:
        self._all.append(fork_twin(lambda: self._twins.begin(self._rest, self._holdings), self._all))
        return self._all[-1]

    def take_answers(self) -> None:
        for twin in wait_for_answers(list(self._under), WAIT_SECONDS):
            stretch, began = self._under.pop(twin)
            answer, taken = twin.take(), time.perf_counter()
            done = None if answer is None else unpack_task(answer)
            self._items = self._work.note(stretch, done, taken - began, time.perf_counter() - taken)
            self._idle.append(twin)

    def stop_long(self) -> None:
        """When cores idle: what they compute is lost, and cut anew."""
        now = time.perf_counter()
        for twin, (stretch, began) in list(self._under.items()) if self._idle else ():
            if self._work.take_back(stretch, now - began):
                del self._under[twin]
                self._all.remove(twin)
                twin.end()
                self._items = 1
