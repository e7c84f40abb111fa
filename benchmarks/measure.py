"""Running the ways of a row: in turn, never two at a time, so that whatever disturbs the machine disturbs all of them alike."""

import gc
import time
from collections.abc import Callable

from benchmarks.records import Result, Row, RowResult, Timed, Way


def timed(compute: Callable[[], object]) -> Timed:
    began = time.perf_counter()
    answer = compute()
    return Timed(answer, time.perf_counter() - began)


def measure(row: Row, repeat: int, say: Callable[[str], None]) -> RowResult:
    """All ways of a row, warmed up, `repeat` rounds."""
    present = [way for way in row.ways if not way.missing]
    for way in present:
        if way.warm_up is not None:
            way.warm_up()
    runs: dict[str, list[Timed]] = {way.name: [] for way in row.ways}
    wrong = dict.fromkeys(runs, "")
    for turn in range(max(way.repeat or repeat for way in present)):
        for way in present:
            if turn < (way.repeat or repeat):
                runs[way.name].append(_run(way, wrong))
        say(f"{row.case} {row.size}: round {turn + 1}")
    return RowResult(row, tuple(Result(way, tuple(runs[way.name]), wrong[way.name]) for way in row.ways))


def _run(way: Way, wrong: dict[str, str]) -> Timed:
    gc.collect()  # what an earlier way left behind is not this one's to clean up
    run = way.run()
    wrong[way.name] = wrong[way.name] or way.check(run.answer)
    return Timed(None, run.seconds, run.parts)  # answers may be large
