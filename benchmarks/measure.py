"""Running the ways of a row: in turn, never two at a time, so that whatever disturbs the machine disturbs all of them alike."""

import gc
import time
from collections.abc import Callable

from benchmarks.machine import touch_memory
from benchmarks.records import Result, Row, RowResult, Run, Timed, Way
from benchmarks.teams import CannotRun
from pyfora import PyforaError

LONG_SECONDS = 10.0
"""A way that took so long once is not asked again: what disturbs it for a moment no longer counts, and all have to have their turn."""


def timed(compute: Callable[[], object]) -> Timed:
    began = time.perf_counter()
    answer = compute()
    return Timed(answer, time.perf_counter() - began)


def measure(row: Row, repeat: int, say: Callable[[str], None]) -> RowResult:
    """All ways of a row, warmed up, `repeat` rounds."""
    turns = [_Turns(way, way.repeat or repeat) for way in row.ways]
    for each in turns:
        each.warm_up()
    for turn in range(max(each.repeat for each in turns)):
        for each in turns:
            each.take(turn)
        say(f"{row.case} {row.size}: round {turn + 1}")
    return RowResult(row.case, row.size, tuple(each.result() for each in turns))


class _Turns:
    """What a way has come to so far."""

    def __init__(self, way: Way, repeat: int) -> None:
        self.repeat = 0 if way.missing else repeat
        self._way = way
        self._runs: list[Run] = []
        self._wrong = self._failed = ""

    def warm_up(self) -> None:
        if self.repeat and self._way.warm_up is not None:
            self._try(self._way.warm_up)

    def take(self, turn: int) -> None:
        if turn < self.repeat and not self._failed and not any(run.seconds > LONG_SECONDS for run in self._runs):
            self._try(self._run)

    def _run(self) -> None:
        gc.collect()  # what an earlier way left behind is not this one's to clean up
        touch_memory()
        run = self._way.run()
        self._wrong = self._wrong or self._way.check(run.answer)
        self._runs.append(Run(run.seconds, run.parts))  # without the answer, which may be large

    def _try(self, step: Callable[[], object]) -> None:
        try:
            step()
        except (PyforaError, CannotRun) as error:  # what else peers raise is a mistake in the benchmark
            self._failed = f"{type(error).__name__}: {error}"

    def result(self) -> Result:
        way = self._way
        return Result(way.name, tuple(self._runs), way.targets, self._wrong, self._failed, way.missing)
