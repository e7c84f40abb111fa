"""Lists, dicts and sets that elements make for themselves: edit distances by a table of two rows, walks that remember where they were."""

from benchmarks.peers import small_row
from benchmarks.records import Row, equals
from benchmarks.stage import Stage
from benchmarks.targets import AHEAD, AS_INTERPRETED
from benchmarks.teams import cut
from pyfora import Executor

LENGTH = 60


def find_distance(seed: int) -> int:
    one = [seed * k % 7 for k in range(LENGTH)]
    other = [(seed + k * k) % 5 for k in range(LENGTH)]
    before = list(range(len(other) + 1))
    for i in range(1, len(one) + 1):
        now = [i]
        for j in range(1, len(other) + 1):
            change = 0 if one[i - 1] == other[j - 1] else 1
            now.append(min(before[j] + 1, now[j - 1] + 1, before[j - 1] + change))
        before = now
    return before[-1]


def walk(seed: int) -> int:
    """Steps until a place comes again, and how often the most frequent digit came."""
    seen: set[int] = set()
    counts: dict[int, int] = {}
    place = seed
    while place not in seen:
        seen.add(place)
        digit = place % 10
        counts[digit] = counts.get(digit, 0) + 1
        place = (place * place + seed) % 1_000_003
    return len(seen) * 10_000 + max(counts.values())


def measure_distances_remotely(executor: Executor, n: int) -> list[int]:
    with executor.remotely.downloadAll():
        distances = [find_distance(seed) for seed in range(n)]
    return distances


def walk_remotely(executor: Executor, n: int) -> list[int]:
    with executor.remotely.downloadAll():
        steps = [walk(seed) for seed in range(n)]
    return steps


def measure_distances_here(n: int) -> list[int]:
    return [find_distance(seed) for seed in range(n)]


def walk_here(n: int) -> list[int]:
    return [walk(seed) for seed in range(n)]


def measure_distances_of(piece: tuple[int, int]) -> list[int]:
    return [find_distance(seed) for seed in range(*piece)]


def walk_from(piece: tuple[int, int]) -> list[int]:
    return [walk(seed) for seed in range(*piece)]


def rows(stage: Stage) -> list[Row]:
    many, few = stage.choose(100, 2000), stage.choose(100, 3000)
    return [
        small_row(
            stage,
            ("containers", f"{many:,} edit distances, lists"),
            lambda executor: measure_distances_remotely(executor, many),
            equals(measure_distances_here(many)),
            lambda: measure_distances_here(many),
            lambda team: [found for part in team.map(measure_distances_of, cut(many)) for found in part],
            targets=(AS_INTERPRETED, AHEAD),
        ),
        small_row(
            stage,
            ("containers", f"{few:,} walks, sets and dicts"),
            lambda executor: walk_remotely(executor, few),
            equals(walk_here(few)),
            lambda: walk_here(few),
            lambda team: [found for part in team.map(walk_from, cut(few)) for found in part],
            targets=(AS_INTERPRETED, AHEAD),
        ),
    ]
