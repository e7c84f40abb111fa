"""What cannot be compiled: text and dicts, made and thrown away for each element. Only the cores can help."""

from benchmarks.cases import Stage
from benchmarks.peers import CPYTHON, UFORA, way
from benchmarks.records import Row, equals
from pyfora import Executor


def count_digits(number: int) -> int:
    seen = {digit: place for place, digit in enumerate(str(number))}
    return len("-".join(sorted(seen))) + len(seen)


def list_remotely(executor: Executor, n: int) -> list[int]:
    with executor.remotely.downloadAll():
        counts = [count_digits(i * i) for i in range(n)]
    return counts


def list_here(n: int) -> list[int]:
    return [count_digits(i * i) for i in range(n)]


def rows(stage: Stage) -> list[Row]:
    n = 10**5 if stage.quick else 10**6
    executor, right = stage.cluster.executor, equals(list_here(n))
    return [
        Row(
            "interpreted",
            f"{n:,}",
            (
                way(UFORA, lambda: list_remotely(executor, n), right, lambda: list_remotely(executor, n // 10)),
                way(CPYTHON, lambda: list_here(n), right),
            ),
        )
    ]
