"""A block that does next to nothing, on a warm session: what every block costs."""

from benchmarks.cases import Stage
from benchmarks.measure import timed
from benchmarks.peers import UFORA
from benchmarks.records import Row, Target, Way, equals
from pyfora import Executor


def run_remotely(executor: Executor) -> int:
    with executor.remotely.downloadAll():
        answer = 42
    return answer


def rows(stage: Stage) -> list[Row]:
    executor = stage.cluster.executor
    way = Way(
        UFORA,
        lambda: timed(lambda: run_remotely(executor)),
        equals(42),
        warm_up=lambda: run_remotely(executor),
        target=Target(0.01),
        repeat=50 if stage.quick else 300,
    )
    return [Row("empty", "1 block", (way,))]
