"""One program tried on both sides, in a child process, so that neither a hang nor a crash ends the search."""

import multiprocessing
import resource
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

from tests.fuzz.product import Way, run_way
from tests.fuzz.python import TooLong, load, run_here

HANG_SECONDS = 60
"""What CPython does in 0.3 s takes the product longer than this only when it hangs, on however busy a machine."""
MEMORY_BYTES = 6 * 2**30
PROGRAMS_EACH = 200  #: programs after which a child is replaced: machine code is never unloaded


@dataclass(frozen=True, slots=True)
class Verdict:
    """`kind`: "same", "skipped", "difference", "refusal", "hang", "crash"."""

    kind: str
    way: Way | None = None  #: the first that went wrong
    expected: str = ""
    seen: str = ""
    compiled: int = 0  #: comprehensions, in the ways that may compile
    interpreted: Counter[str] = field(default_factory=Counter)

    @property
    def is_bad(self) -> bool:
        return self.kind not in ("same", "skipped")


class Trials:
    """Programs tried one after the other."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="fuzz-")
        self._context = multiprocessing.get_context("fork")
        self._child: multiprocessing.process.BaseProcess | None = None
        self._pipe: Connection | None = None
        self._count = 0

    def __enter__(self) -> "Trials":
        return self

    def __exit__(self, *_: object) -> None:
        self._end()
        self._folder.cleanup()

    def run(self, text: str, ways: Sequence[Way]) -> Verdict:
        if self._count >= PROGRAMS_EACH:
            self._end()
        pipe = self._start() if self._pipe is None else self._pipe
        self._count += 1
        pipe.send((text, tuple(ways)))
        at: Way | None = None
        while True:
            if not pipe.poll(HANG_SECONDS):
                self._end()
                return Verdict("hang", at) if at else Verdict("skipped")
            try:
                said = pipe.recv()
            except EOFError:
                self._end()
                return Verdict("crash", at) if at else Verdict("skipped")
            if isinstance(said, Verdict):
                return said
            at = said

    def _start(self) -> Connection:
        self._pipe, theirs = self._context.Pipe()
        self._child = self._context.Process(target=_serve, args=(theirs, Path(self._folder.name)), daemon=True)
        self._child.start()
        theirs.close()
        self._count = 0
        return self._pipe

    def _end(self) -> None:
        if self._child is not None and self._pipe is not None:
            self._child.kill()
            self._child.join()
            self._pipe.close()
        self._child = self._pipe = None


def _serve(pipe: Connection, folder: Path) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    for number in range(2 * PROGRAMS_EACH):
        try:
            text, ways = pipe.recv()
        except EOFError:
            return
        pipe.send(_try(pipe, text, ways, folder, number))


def _try(pipe: Connection, text: str, ways: Sequence[Way], folder: Path, number: int) -> Verdict:
    """Says each way before it is gone."""
    try:
        expected = run_here(text)
    except (TooLong, MemoryError):
        return Verdict("skipped")
    compiled, interpreted = 0, Counter[str]()
    program = load(folder / f"fuzzed_{number}.py", text)
    for way in ways:
        pipe.send(way)
        seen = run_way(program, way, folder / "cache")
        if way.compile.value == "always":
            compiled += seen.compiled
            interpreted += seen.interpreted
        if seen.outcome != expected:
            return Verdict("refusal" if seen.is_refused else "difference", way, str(expected), str(seen.outcome), compiled, interpreted)
    return Verdict("same", None, compiled=compiled, interpreted=interpreted)
