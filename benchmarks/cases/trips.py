"""A call handed in and its answer brought home, again and again, one after the other: what each costs beyond its work."""

from benchmarks.peers import team_way, way
from benchmarks.records import Row, equals
from benchmarks.stage import Stage
from benchmarks.targets import AHEAD, DASK, POOL, RAY, UFORA, within
from benchmarks.teams import Team
from pyfora import Executor


def add_one(x: int) -> int:
    return x + 1


def go_remotely(executor: Executor, trips: int) -> list[int]:
    return [executor.submit(add_one, x).result().toLocal().result() for x in range(trips)]


def go_with_team(team: Team, trips: int) -> list[int]:
    return [team.map(add_one, [x])[0] for x in range(trips)]


def rows(stage: Stage) -> list[Row]:
    trips = stage.choose(10, 100)
    right = equals(list(range(1, trips + 1)))
    return [
        Row(
            "trips",
            f"{trips} submit-and-download",
            (
                way(UFORA, lambda: go_remotely(stage.executor, trips), right, lambda: go_remotely(stage.executor, 3), within(1.0), AHEAD),
                *(team_way(stage, team, lambda each: go_with_team(each, trips), right) for team in (POOL, DASK, RAY)),
            ),
        )
    ]
