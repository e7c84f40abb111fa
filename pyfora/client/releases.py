"""Telling the cluster what is no longer needed here.

Proxies and lineages die in any thread, at any moment, inside the garbage collector: their finalizers only put a note into a queue.
A thread of the executor collects the notes and sends them together.
"""

import queue
import threading
import time
import weakref
from collections import Counter
from collections.abc import Callable

from pyfora.client.lineage import Lineage
from pyfora.errors import PyforaError

Value = tuple[str, str]  #: (computation, name)
GATHER_SECONDS = 0.1  # notes are gathered for so long. Guessed: a loop of small blocks pays one request for many blocks
_STOP = object()


class Releases:
    """`send(values, computations)` tells the cluster."""

    def __init__(self, send: Callable[[list[Value], list[str]], None]) -> None:
        self._send = send
        self._notes: queue.SimpleQueue[object] = queue.SimpleQueue()
        self._live: Counter[Value] = Counter()  # proxies that name a value
        self._lock = threading.Lock()  # for _live; never taken by a finalizer
        self._thread = threading.Thread(target=self._run, name="pyfora-releases", daemon=True)
        self._thread.start()

    def watch_proxy(self, proxy: object, value: Value) -> None:
        with self._lock:
            self._live[value] += 1
        weakref.finalize(proxy, self._notes.put, value).atexit = False

    def watch_lineage(self, lineage: Lineage) -> None:
        weakref.finalize(lineage, self._notes.put, lineage.name).atexit = False

    def list_live(self, computation: str) -> list[str]:
        """The names of its values that proxies name."""
        with self._lock:
            return [name for made_by, name in self._live if made_by == computation]

    def close(self) -> None:
        self._notes.put(_STOP)
        self._thread.join()

    def _run(self) -> None:
        while True:
            notes = [self._notes.get()]
            if notes[0] is not _STOP:
                time.sleep(GATHER_SECONDS)
            while not self._notes.empty():
                notes.append(self._notes.get())
            self._tell([note for note in notes if note is not _STOP])
            if _STOP in notes:
                return

    def _tell(self, notes: list[object]) -> None:
        computations = [note for note in notes if isinstance(note, str)]
        values = []
        with self._lock:
            for note in notes:
                if isinstance(note, tuple):
                    self._live[note] -= 1
                    if not self._live[note]:
                        del self._live[note]
                        if note[0] not in computations:
                            values.append(note)
        if values or computations:
            try:
                self._send(values, computations)
            except PyforaError:
                return  # the session or its manager is gone, and the values with it
