"""A computation the client waits for."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pyfora.client.lineage import Lineage
from pyfora.errors import PyforaError
from pyfora.report.explanation import Explanation
from pyfora.report.progress import Progress

TICK_SECONDS = 0.25  # how often one who watches is called. Guessed: a bar that moves so often seems to move steadily

Watch = Callable[[Progress | None], None]


@dataclass(frozen=True, slots=True)
class Told:
    """What the cluster says a computation came to."""

    state: str  #: "done", "failed" or "cancelled"
    problem: str  #: why it failed, one sentence
    nbytes: int  #: size of the result
    result: bytes | None  #: None when it is to be read
    explanation: Mapping[str, Any] | None = None  #: what happened, as plain data
    plain: Mapping[str, Any] = field(default_factory=dict)  #: values that stay there and are small plain data, by name

    @staticmethod
    def find(event: Mapping[str, Any]) -> "Told | None":
        """None when the computation has not ended."""
        if event["state"] not in ("done", "failed", "cancelled"):
            return None
        about = event.get("result"), event.get("explanation"), event.get("plain", {})
        return Told(event["state"], event["problem"], event.get("nbytes", 0), *about)


class Pending:
    """Ended once: by the cluster's word or by an error of the connection; or again, after its result broke off on the way."""

    def __init__(self, lineage: Lineage, held: Sequence[object], on_end: "Callable[[Pending], None] | None" = None) -> None:
        self.lineage = lineage
        self.held = held  #: proxies whose values it needs: they live until it has ended
        self.times = Times()
        self.on_progress: Callable[[Progress], None] | None = None  #: called by whoever brings the news
        self._on_end = on_end
        self._changed = threading.Condition()  # over all below
        self._progress: Progress | None = None
        self._told: Told | PyforaError | None = None

    @property
    def name(self) -> str:
        return self.lineage.name

    def take_progress(self, progress: Progress) -> None:
        with self._changed:
            self._progress = progress
            on_progress = self.on_progress
            self._changed.notify_all()
        if on_progress is not None:
            on_progress(progress)

    def end(self, told: Told | PyforaError) -> None:
        with self._changed:
            if self._told is not None:
                return
            self._told = told
            self.times.ended = time.perf_counter()
            on_end, self._on_end, self.on_progress = self._on_end, None, None
            self._changed.notify_all()
        if on_end is not None:
            on_end(self)

    def reset(self) -> None:
        """Wait again: what was told is no longer true."""
        with self._changed:
            self._told = None

    def wait(self, watch: Watch | None = None) -> Told:
        """Until it has ended. `watch` is called here, with each news of its progress and every TICK_SECONDS; what it raises rises."""
        told = self._told
        while told is None:
            with self._changed:
                self._changed.wait_for(lambda: self._told is not None, None if watch is None else TICK_SECONDS)
                told, progress = self._told, self._progress
            if watch is not None and told is None:
                watch(progress)
        if isinstance(told, PyforaError):
            raise told
        return told

    @property
    def plain(self) -> Mapping[str, object]:
        """Values that stay on the cluster and came along nevertheless, by name."""
        return self._told.plain if isinstance(self._told, Told) else {}

    def explain(self) -> Explanation | None:
        """What happened, its result just having come home; None when the cluster did not say."""
        told = self._told
        if not isinstance(told, Told) or told.explanation is None:
            return None
        there = Explanation.from_plain(told.explanation)
        return there.with_seconds(self.times.spent_here(sum(there.seconds.values())))


@dataclass(slots=True)
class Times:
    """When things happened here, `time.perf_counter()` seconds."""

    capture_seconds: float = 0.0
    began: float = 0.0  #: sending it
    sent: float = 0.0  #: all of it was out
    ended: float = 0.0  #: its end was told

    def note_sent(self) -> None:
        self.sent = time.perf_counter()

    def spent_here(self, seconds_there: float) -> dict[str, float]:
        """What is not accounted for between sending and end was waiting."""
        waited = max(0.0, self.ended - self.sent - seconds_there)
        home = time.perf_counter() - self.ended
        return {"capture": self.capture_seconds, "transfer": self.sent - self.began, "wait": waited, "bring home": home}
