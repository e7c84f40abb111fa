"""The same block after a restart of the cluster: its machine code comes from disk."""

import time

from benchmarks.records import Row, Timed, Way, equals
from benchmarks.stage import Stage
from benchmarks.targets import UFORA, within
from benchmarks.unseen import BOUND, Unseen

BLOCK = Unseen(-1)


def rows(stage: Stage) -> list[Row]:
    way = Way(
        UFORA,
        lambda: run_after_restart(stage),
        equals(BLOCK.answer),
        warm_up=lambda: BLOCK.run(stage.executor),
        targets=(within(0.3),),
    )
    return [Row("restart", f"primes to {BOUND:,}", (way,))]


def run_after_restart(stage: Stage) -> Timed:
    began = time.perf_counter()
    stage.cluster.restart()
    started = time.perf_counter()
    with stage.cluster.connect() as executor:
        connected = time.perf_counter()
        answer = BLOCK.run(executor)
        done = time.perf_counter()
    return Timed(answer, done - connected, {"with connecting": done - started, "with the restart itself": done - began})
