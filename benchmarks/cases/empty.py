"""A block that does next to nothing, on a warm session: what every block costs."""

from benchmarks.measure import timed
from benchmarks.records import Row, Way, equals
from benchmarks.stage import Stage
from benchmarks.targets import UFORA, within
from pyfora import Executor


def run_remotely(executor: Executor) -> int:
    with executor.remotely.downloadAll():
        answer = 42
    return answer


def rows(stage: Stage) -> list[Row]:
    executor = stage.executor
    way = Way(
        UFORA,
        lambda: timed(lambda: run_remotely(executor)),
        equals(42),
        warm_up=lambda: run_remotely(executor),
        targets=(within(0.005),),
        repeat=50 if stage.quick else 300,
    )
    return [Row("empty", "1 block", (way,))]
