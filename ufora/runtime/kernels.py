"""Kernels at hand: found in memory, on disk, or compiled."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ufora.compile.flag import NEVER, StopFlag
from ufora.compile.given import collect_given
from ufora.compile.kernel import Kernel, compile_loop, load_kernel, read_text
from ufora.compile.keys import loop_key
from ufora.compile.result import LoopRun
from ufora.compile.spec import Loop, NotCompiled
from ufora.compile.stops import Stop, find_stop
from ufora.compile.store import CodeStore
from ufora.runtime.bind import Bound

_log = logging.getLogger("ufora.kernels")

FAULTS = (AssertionError, LookupError, NameError, AttributeError, NotImplementedError, RuntimeError, TypeError, ValueError)
"""What a fault of the compiler's own raises, LLVM's complaints among them."""
MOST_TEXT = 128 * 1024  #: of one kernel that is shown, characters; guessed: several thousand lines


@dataclass(frozen=True, slots=True)
class ReadyKernel:
    """A kernel with the values of one comprehension: ready to run over any stretch of its source."""

    kernel: Kernel
    source: Any  #: range, array, or a ChunkedList (which runs on the workers only)
    values: tuple[Any, ...]
    loop: Loop
    flag: StopFlag = NEVER  #: by which runs are ended

    def run(self, start: int, stop: int) -> LoopRun:
        return self.kernel.run(self.source, start, stop, self.values, self.flag)

    def count_bytes(self) -> int:
        """Of the lists it reads."""
        return sum(int(getattr(value, "nbytes", 0)) for value in (self.source, *self.values))

    def find_stop(self, site: int) -> Stop:
        """Where and why a run stopped, by its `LoopRun.site`."""
        return find_stop(self.kernel.sites, self.loop, site)


class Kernels:
    """One per process that compiles."""

    def __init__(self, directory: Path | None, flag: StopFlag = NEVER) -> None:
        self._flag = flag
        self._store = CodeStore(directory) if directory is not None else None
        self._ready: dict[tuple[object, ...], Kernel | NotCompiled] = {}

    def find(self, bound: Bound) -> ReadyKernel | NotCompiled | None:
        """What is in memory or on disk; None when it would have to be compiled."""
        found = self._ready.get(bound.signature)
        if found is None and self._store is not None:
            data = self._store.find(loop_key(bound.loop))
            if data is not None:
                found = self._ready[bound.signature] = load_kernel(data)
        return None if found is None else self._with_values(found, bound)

    def compile(self, bound: Bound) -> ReadyKernel | NotCompiled:
        made = self._ready[bound.signature] = self._make(bound.loop)
        return self._with_values(made, bound)

    def _make(self, loop: Loop) -> Kernel | NotCompiled:
        try:
            return compile_loop(loop, self._store)
        except FAULTS as fault:  # it would rise as if the user's code had raised it; CPython can run that code
            _log.exception("the compiler failed at %s, line %d", loop.path, loop.tree.lineno)
            return NotCompiled(f"the compiler failed, by a fault of its own ({type(fault).__name__}: {fault})", loop.path, loop.tree.lineno)

    def _with_values(self, kernel: Kernel | NotCompiled, bound: Bound) -> ReadyKernel | NotCompiled:
        if isinstance(kernel, NotCompiled):
            return kernel
        values = tuple(bound.values[id(given)] for given in collect_given(bound.loop))
        return ReadyKernel(kernel, bound.source, values, bound.loop, self._flag)


def show_kernels(directory: Path | None, keys: Sequence[str]) -> dict[str, str]:
    """LLVM's text of those that are kept there, by key; of a long one the beginning."""
    if directory is None or not directory.is_dir():
        return {}
    store = CodeStore(directory)
    found = {key: store.find(key) for key in keys if key.isalnum()}
    return {key: _shorten(read_text(data)) for key, data in found.items() if data is not None}


def _shorten(text: str) -> str:
    left_out = len(text) - MOST_TEXT
    return f"{text[:MOST_TEXT]}\n; … and {left_out:,} characters more" if left_out > 0 else text
