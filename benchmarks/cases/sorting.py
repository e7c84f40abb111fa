"""Sorting floats that are on the cluster, or in the processes, and bringing the sorted list home: all different, and all equal."""

import math
import time
from functools import cache

from benchmarks.peers import team_way, way
from benchmarks.records import Row, Timed, Way, equals
from benchmarks.stage import Stage
from benchmarks.targets import AHEAD, AS_INTERPRETED, CPYTHON, DASK, POOL, RAY, UFORA, Target
from benchmarks.teams import Team, cut
from pyfora import Executor, RemotePythonObject


def make_different(i: int) -> float:
    return math.sin(i)


def make_equal(i: int) -> float:
    return 0.5


def make_differents_remotely(executor: Executor, n: int) -> RemotePythonObject:
    with executor.remotely.remoteAll():
        floats = [make_different(i) for i in range(n)]
    return floats  # type: ignore[return-value] # behind the block it is a proxy


def make_equals_remotely(executor: Executor, n: int) -> RemotePythonObject:
    with executor.remotely.remoteAll():
        floats = [make_equal(i) for i in range(n)]
    return floats  # type: ignore[return-value]


def sort_remotely(executor: Executor, floats: RemotePythonObject) -> Timed:
    began = time.perf_counter()
    with executor.remotely.remoteAll():
        ordered = sorted(floats)  # type: ignore[call-overload]
    done = time.perf_counter()
    home = ordered.toLocal().result()
    over = time.perf_counter()
    return Timed(home, over - began, {"sort": done - began, "bring home": over - done})


@cache  # each process keeps what it has made, over the rounds
def make_piece(make: str, start: int, stop: int) -> list[float]:
    return [MAKE[make](i) for i in range(start, stop)]


def sort_piece(piece: tuple[str, int, int]) -> list[float]:
    return sorted(make_piece(*piece))


def sort_with_team(team: Team, make: str, n: int) -> list[float]:
    """`sort` finds the sorted runs and merges them."""
    ordered = [each for part in team.map(sort_piece, [(make, *each) for each in cut(n)]) for each in part]
    ordered.sort()
    return ordered


MAKE = {"different": make_different, "equal": make_equal}
MAKE_REMOTELY = {"different": make_differents_remotely, "equal": make_equals_remotely}


def rows(stage: Stage) -> list[Row]:
    n = stage.choose(10**5, 10**7)
    return [_row(stage, "different", n, (AS_INTERPRETED, AHEAD)), _row(stage, "equal", n, (AHEAD,))]


def _row(stage: Stage, make: str, n: int, targets: tuple[Target, ...]) -> Row:
    floats = [MAKE[make](i) for i in range(n)]
    right = equals(sorted(floats))
    there = MAKE_REMOTELY[make](stage.executor, n)
    return Row(
        "sorting",
        f"{n:,} floats, {make}",
        (
            Way(UFORA, lambda: sort_remotely(stage.executor, there), right, lambda: sort_remotely(stage.executor, there), targets),
            way(CPYTHON, lambda: sorted(floats), right),
            *(team_way(stage, team, lambda each: sort_with_team(each, make, n), right) for team in (POOL, DASK, RAY)),
        ),
    )
