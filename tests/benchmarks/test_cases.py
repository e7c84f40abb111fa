"""Every case at its smallest sizes: all who take part agree. On real clusters; the pieces of Pool, Dask and Ray are computed here."""

import importlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from benchmarks.__main__ import CASES
from benchmarks.cluster import Cluster
from benchmarks.measure import measure
from benchmarks.openmp import Openmp
from benchmarks.records import RowResult
from benchmarks.stage import Stage
from benchmarks.targets import DASK, POOL, RAY, UFORA

ROOT = Path(__file__).resolve().parents[2]


class Here:
    """A team without processes."""

    def map(self, function: Callable[[Any], Any], pieces: Sequence[Any]) -> list[Any]:
        return [function(piece) for piece in pieces]


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("bench")
    with Cluster(folder / "cache") as cluster:
        team = {name: lambda: nullcontext(Here()) for name in (POOL, DASK, RAY)}
        # the same cluster again where one core is wanted: what is tested is the program, not the cores
        stage = Stage(cluster, Openmp(folder), lambda: nullcontext(cluster), team, quick=True)
        yield stage
        stage.close()


def run(stage: Stage, name: str) -> list[RowResult]:
    case = importlib.import_module(f"benchmarks.cases.{name}")
    return [measure(row, 1, lambda _: None) for row in case.rows(stage)]


def test_every_case_is_listed() -> None:
    assert sorted(CASES) == sorted(path.stem for path in (ROOT / "benchmarks/cases").glob("[a-z]*.py"))


@pytest.mark.parametrize("name", CASES)
def test_all_ways_give_the_right_answer(stage: Stage, name: str) -> None:
    measured = run(stage, name)
    assert measured
    for each in measured:
        assert each.results[0].name == UFORA
        assert each.results[0].runs
        assert [(result.name, result.wrong, result.failed) for result in each.results if result.wrong or result.failed] == []
