"""What happened to each comprehension, in words for the user."""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass(slots=True)
class Explanation:
    """What ran how, and why; one per evaluation."""

    notes: Counter[tuple[str, int, str]] = field(default_factory=Counter)
    seconds: Counter[str] = field(default_factory=Counter)
    elements: Counter[str] = field(default_factory=Counter)

    def note(self, path: str, line: int, text: str) -> None:
        self.notes[path, line, text] += 1

    def spend(self, what: str, seconds: float) -> None:
        """Wall time of one kind: "compile", "run", …"""
        self.seconds[what] += seconds  # type: ignore[assignment]

    @contextmanager
    def timing(self, what: str) -> Iterator[None]:
        began = time.perf_counter()
        try:
            yield
        finally:
            self.spend(what, time.perf_counter() - began)

    def count(self, tier: str, elements: int) -> None:
        self.elements[tier] += elements

    def reset(self) -> None:
        """Begin anew for the next evaluation."""
        for counter in (self.notes, self.seconds, self.elements):
            counter.clear()

    def as_facts(self) -> dict[str, object]:
        """Plain data for the way home."""
        return {
            "notes": [[path, line, text, times] for (path, line, text), times in self.notes.items()],
            "seconds": dict(self.seconds),
            "elements": dict(self.elements),
        }
