"""A block never seen before, in a session that has just begun: capture, travel, compile, run. Only the cluster is warm."""

import itertools
import time

from benchmarks.records import Row, Timed, Way, equals
from benchmarks.stage import Stage
from benchmarks.targets import UFORA, within
from benchmarks.unseen import BOUND, Unseen

NUMBERS = itertools.count(1)


def rows(stage: Stage) -> list[Row]:
    way = Way(UFORA, lambda: run_first(stage), equals(True), warm_up=lambda: stage.executor, targets=(within(1.5),))
    return [Row("first", f"primes to {BOUND:,}", (way,))]


def run_first(stage: Stage) -> Timed:
    first, second = Unseen(next(NUMBERS)), Unseen(next(NUMBERS))
    began = time.perf_counter()
    with stage.cluster.connect() as executor:
        connected = time.perf_counter()
        answer = first.run(executor)
        done = time.perf_counter()
        next_answer = second.run(executor)
        over = time.perf_counter()
    is_right = (answer, next_answer) == (first.answer, second.answer)
    return Timed(is_right, done - connected, {"with connecting": done - began, "the next unseen block": over - done})
