"""What cannot be compiled: text and dicts, made and thrown away for each element. Only the cores can help."""

from benchmarks.peers import small_row
from benchmarks.records import Row, equals
from benchmarks.stage import Stage
from benchmarks.targets import AHEAD, AS_INTERPRETED
from benchmarks.teams import cut
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


def list_piece(piece: tuple[int, int]) -> list[int]:
    return [count_digits(i * i) for i in range(*piece)]


def rows(stage: Stage) -> list[Row]:
    n = stage.choose(10**4, 10**6)
    return [
        small_row(
            stage,
            ("interpreted", f"{n:,}"),
            lambda executor: list_remotely(executor, n),
            equals(list_here(n)),
            lambda: list_here(n),
            lambda team: [count for part in team.map(list_piece, cut(n)) for count in part],
            targets=(AS_INTERPRETED, AHEAD),
        )
    ]
