"""A computation the client waits for."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pyfora.client.lineage import Lineage
from pyfora.errors import PyforaError


@dataclass(frozen=True, slots=True)
class Told:
    """What the cluster says a computation came to."""

    state: str  #: "done", "failed" or "cancelled"
    problem: str  #: why it failed, one sentence
    nbytes: int  #: size of the result
    result: bytes | None  #: None when it is to be read

    @staticmethod
    def find(event: Mapping[str, Any]) -> "Told | None":
        """None when the computation has not ended."""
        if event["state"] not in ("done", "failed", "cancelled"):
            return None
        return Told(event["state"], event["problem"], event.get("nbytes", 0), event.get("result"))


class Pending:
    """Ended once: by the cluster's word or by an error of the connection; or again, after its result broke off on the way."""

    def __init__(self, lineage: Lineage, held: Sequence[object], on_end: Callable[["Pending"], None] | None = None) -> None:
        self.lineage = lineage
        self.held = held  #: proxies whose values it needs: they live until it has ended
        self._on_end = on_end
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self._told: Told | PyforaError | None = None

    @property
    def name(self) -> str:
        return self.lineage.name

    def end(self, told: Told | PyforaError) -> None:
        with self._lock:
            if self._told is not None:
                return
            self._told = told
            on_end, self._on_end = self._on_end, None
        self._ended.set()
        if on_end is not None:
            on_end(self)

    def reset(self) -> None:
        """Wait again: what was told is no longer true."""
        with self._lock:
            self._told = None
            self._ended.clear()

    def wait(self) -> Told:
        self._ended.wait()
        told = self._told
        if isinstance(told, PyforaError):
            raise told
        assert told is not None
        return told
