"""Independent calls, computed side by side when they turn out to take long.

    main thread   begin ─ f(…) runs here ──────────────────────── take(1): the value comes from there ─►
    patrol             after MIN_SECONDS: f's neighbour g(…) is offered to the cluster ─► a lease of one call

Nothing is offered at once: a group of calls costs a microsecond, and calls that are over in milliseconds never cost more. The oldest group
is offered from first: it stands nearest to the root of a recursion, and its calls are the largest. Machine code that runs long while
cores idle is interrupted (`hot.py`): the calls in it are unfolded (`unfold.py`), or, where they cannot be, are met here one by one.

Offering reads what the main thread works on. It may: only where all callees are pure, and then nothing that a call is given changes.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import FunctionType
from typing import Any

from ufora.compile.spec import Consumer
from ufora.engine.contract import TaskFuture
from ufora.runtime.comprehensions import Comprehension
from ufora.runtime.consume import Conductor
from ufora.runtime.environment import CannotTravel
from ufora.runtime.fetching import fetch
from ufora.runtime.guard.forks import CALLS, is_forking
from ufora.runtime.guard.purity import PurityJudge
from ufora.runtime.guard.registry import Registry
from ufora.runtime.pieces import Kind, list_items
from ufora.runtime.split import LeaseSplitter
from ufora.runtime.surroundings import find_set
from ufora.runtime.tasks import Common, Lease, LeaseDone, pack_task
from ufora.runtime.twins import WAIT_SECONDS
from ufora.runtime.unfold import Group, Known, Unfolder

MIN_SECONDS = 0.02
"""A group's calls are offered when it is so old, so those before them took as long. Guessed: what an engine task costs, twice."""
PATROL_SECONDS = 0.01
"""How often the patrol looks."""
MOST_GROUPS = 1000
"""Groups known at once. More are there only when exceptions left them behind, as CPython has no more frames."""
OPEN_CALLS = 2
"""After a call was interrupted so many below it are opened at once, as they are known to be long too. Guessed: a few cores get work."""
OFFERS_AHEAD = 2  #: calls offered at once for each core. Guessed: one that runs, one that waits
SHORT_SECONDS = 50e-6
"""Groups over sooner than this are not noted for a while: it costs a part of what they take."""
MOST_SKIPPED = 1024
ENDLESS = 1e9  #: seconds


class Fork:
    """A group of calls under way."""

    __slots__ = ("_began", "_call_of", "_depth", "_forks", "at", "count", "is_dead", "offers", "place")

    def __init__(self, forks: "Forks", place: tuple[int, int], count: int, call_of: Callable[[int], Any], depth: int) -> None:
        self._forks = forks
        self.place = place  #: number of its source, and line
        self._call_of = call_of
        self._depth = depth
        self._began = time.perf_counter()
        self.count = count
        self.at = 0  #: the call that the main thread is at
        self.offers: dict[int, Offer] = {}
        self.is_dead = False  #: nothing more can be offered

    def enter(self, call: int) -> bool:
        """The main thread has come to this call. Shall it run it?"""
        self.at = call
        if call == self.count - 1:
            self._forks.forget(self._depth)
            if time.perf_counter() - self._began < SHORT_SECONDS:
                self._forks.pass_over(self.place)
        return call not in self.offers

    def take(self, call: int) -> object:
        """The value of a call that was offered; raises what it raised."""
        return self.offers[call].wait_for_value()

    def is_due(self) -> bool:
        return not self.is_dead and self.find_next() is not None and time.perf_counter() - self._began >= MIN_SECONDS

    def find_next(self) -> int | None:
        """The next call that could be offered."""
        return next((call for call in range(self.at + 1, self.count) if call not in self.offers), None)

    def call(self, number: int) -> tuple[Callable[..., object], tuple[object, ...]]:
        """Callee and arguments. Raises whatever computing these raises."""
        found: tuple[Callable[..., object], tuple[object, ...]] = self._call_of(number)
        return found

    def callees(self) -> tuple[object, ...]:
        """What is called in the group, be it ever offered or not."""
        found: tuple[object, ...] = self._call_of(-1)
        return found


@dataclass(slots=True)
class Offer:
    """A call that is computed elsewhere."""

    splitter: LeaseSplitter
    future: TaskFuture
    originals: list[object]
    call: tuple[Callable[..., object], tuple[object, ...]]
    over: Callable[["Offer"], None]

    def wait_for_value(self) -> object:
        while not self.splitter.engine.wait_any([self.future], timeout=WAIT_SECONDS):
            self.splitter.check_cancelled()
        self.over(self)
        done: LeaseDone = fetch(self.splitter.engine, self.future)
        (piece,) = done.pieces
        if piece.kind is Kind.ERROR:
            self.splitter.raise_error(piece.data)
        if piece.kind in (Kind.BIG, Kind.HERE):
            callee, arguments = self.call
            return callee(*arguments)
        (value,) = self.splitter.unpack_items(piece.data, self.originals) if isinstance(piece.data, bytes) else list_items([piece])
        return value


class Forks:
    """Those of a driver's evaluation."""

    def __init__(
        self,
        registry: Registry,
        find_named: Callable[[object], str | None],
        splitter: LeaseSplitter,
        conductor: Conductor,
        *,
        at_once: bool,
    ) -> None:
        """`at_once`: offer every call as soon as it is met, however small: for tests."""
        self.unfolder = Unfolder(registry, conductor, self._count_cores)
        self._is_retired = False
        self.open_calls = 0  #: functions of several calls that are to run interpreted, so that their calls can be offered
        self._at_once = at_once
        self._registry = registry
        self._judge = PurityJudge(registry, find_named)  # of its own: it is asked in another thread
        self._splitter = splitter
        self._penalties: dict[tuple[int, int], int] = {}  #: groups skipped there the last time
        self._groups: list[Fork] = []
        self._lock = threading.Lock()  # over the next, and over what becomes of a late offer
        self._outstanding: list[Offer] = []
        self._offered = 0  #: calls, in this evaluation
        self._most = 0  #: offers under way at once, as the cluster is now
        self._is_needed = threading.Event()
        self._patrol: threading.Thread | None = None
        self._body: FunctionType = eval("lambda __source: [call(*arguments) for call, arguments in __source]", {"__builtins__": {}})
        self._number = registry.add_source(CALLS)
        registry.note_function(self._number, 0, self._body)

    def begin(self, number: int, ordinal: int, line: int, count: int, call_of: Callable[[int], Any]) -> Fork | Known | None:
        """Guarded code, of the function with that ordinal, comes to a group of calls; None: it runs them itself."""
        if self._is_retired:
            self._registry.skips.skip_always(("__fork__", number, line))
            return None
        if self.unfolder.is_expected((number, ordinal)):
            known = None if find_set() else self.unfolder.begin(Group(number, line, count, call_of))
            if known is not None:
                return known
            self.open_calls = OPEN_CALLS
        if find_set():
            return None  # what is set around them here is not set elsewhere
        if len(self._groups) >= MOST_GROUPS:
            self._groups.clear()
        fork = Fork(self, (number, line), count, call_of, len(self._groups))
        self._groups.append(fork)
        if self._at_once:
            self._offer_from(fork)
        elif not self._is_needed.is_set():
            self._start_patrol()
        return fork

    def pass_over(self, place: tuple[int, int]) -> None:
        """A group there was over at once: skip the next ones, twice as many as the last time."""
        penalty = self._penalties[place] = min(2 * self._penalties.get(place, 1), MOST_SKIPPED)
        self._registry.skips.skip(("__fork__", *place), penalty)

    def forget(self, depth: int) -> None:
        """This group has no more to offer, and those above it are over."""
        del self._groups[depth:]

    def end(self) -> None:
        """The evaluation is over: nothing stays behind."""
        with self._lock:
            self._groups.clear()
            left, self._outstanding = self._outstanding, []
            self._offered = 0
            self._tell()
        self._splitter.engine.cancel([offer.future for offer in left])
        self._judge.forget()
        self.unfolder.end()
        self.open_calls = 0

    def retire(self) -> None:
        """In a copy of this process, from which nothing can be offered."""
        self._is_retired = True
        self._groups.clear()
        self.unfolder.end()
        self.open_calls = 0

    def wants_more(self) -> bool:
        """Are there cores for more calls than are offered or known?"""
        if not self._most:
            self._look_for_cores()
        waiting = sum(fork.find_next() is not None for fork in list(self._groups))
        return self._most > OFFERS_AHEAD and waiting + len(self._outstanding) < self._most

    def _look_for_cores(self) -> None:
        self._most = OFFERS_AHEAD * self._count_cores()

    def _count_cores(self) -> int:
        return sum(worker.threads for worker in self._splitter.engine.list_workers())

    def _start_patrol(self) -> None:
        if self._patrol is None:
            self._patrol = threading.Thread(target=self._keep_patrol, name="calls", daemon=True)
            self._patrol.start()
        self._is_needed.set()

    def _keep_patrol(self) -> None:
        pause = threading.Event()
        while self._is_needed.wait():
            pause.wait(PATROL_SECONDS)
            if not self._groups:
                self._is_needed.clear()
            for fork in list(self._groups):
                if fork.is_due():
                    self._offer_from(fork)

    def _offer_from(self, fork: Fork) -> None:
        """Offer its next call, if there is room."""
        self._look_for_cores()
        with self._lock:
            done = self._splitter.engine.wait_any([offer.future for offer in self._outstanding], timeout=0)
            self._outstanding = [offer for offer in self._outstanding if offer.future not in done]
            self._tell()
        number = fork.find_next()
        if number is None or len(self._outstanding) >= self._most:
            return
        try:
            offer = self._offer(fork, number)
        except Exception:  # noqa: BLE001 - the main thread meets it where the program does, or never
            offer = None
        if offer is None:
            fork.is_dead = True
            return
        with self._lock:
            is_late = fork.at >= number or fork not in self._groups
            if not is_late:
                self._outstanding.append(offer)
                self._offered += 1
                self._tell()
                fork.offers[number] = offer
        if is_late:
            self._splitter.engine.cancel([offer.future])

    def _offer(self, fork: Fork, number: int) -> Offer | None:
        at = fork.at
        calls = [fork.call(each) for each in range(at, fork.count)]
        verdict = self._judge.judge_calls(calls, fork.callees())
        if not verdict.pure:
            return None
        call = calls[number - at]
        comprehension = Comprehension(CALLS, 0, [call], self._body, (self._number, 0))
        try:
            packed = self._splitter.pack_body(comprehension, [call])
        except CannotTravel:
            return None
        opens = verdict.divisible or is_forking_function(self._registry, call[0])
        lease = Lease(Common.of(packed.program, None), Consumer.LIST, None, 0, 1, ENDLESS, opens)
        number_of_source, line = fork.place
        self._splitter.explanation.at(self._registry.get_source(number_of_source), line).slices += 1
        future = self._splitter.engine.submit(pack_task(lease))
        return Offer(self._splitter, future, packed.originals, call, self._note_over)

    def _note_over(self, offer: Offer) -> None:
        with self._lock:
            self._outstanding = [other for other in self._outstanding if other is not offer]
            self._tell()

    def _tell(self) -> None:
        """How far the calls are, for whoever asks."""
        under_way = len(self._outstanding)
        self._splitter.counts.note_calls(self._offered - under_way, min(1 + under_way, max(1, self._most // OFFERS_AHEAD)))


def is_forking_function(registry: Registry, function: object) -> bool:
    place = registry.find_place(function) if isinstance(function, FunctionType) else None
    return place is not None and is_forking(place.source, place.ordinal)
