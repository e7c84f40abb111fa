"""Real processes of the peers that share a program out."""

import importlib.util
import os
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from benchmarks.cases.fib import fib
from benchmarks.targets import DASK, POOL, RAY
from benchmarks.teams import OPEN, Team, cut, explain_absence, open_dask, open_pool


@pytest.mark.parametrize("open_team", [open_pool, open_dask])
def test_pieces_are_computed_elsewhere_and_come_back_in_order(open_team: Callable[[], AbstractContextManager[Team]]) -> None:
    with open_team() as team:
        assert team.map(fib, [5, 10, 15]) == [5, 55, 610]
        assert os.getpid() not in team.map(_tell_process, [0, 1])


def test_a_range_is_cut_without_gaps() -> None:
    assert cut(10, pieces=3) == [(0, 3), (3, 6), (6, 10)]
    assert cut(7, start=1, pieces=2) == [(1, 4), (4, 7)]


def test_who_is_not_installed_says_how() -> None:
    assert set(OPEN) == {POOL, DASK, RAY}
    assert explain_absence(POOL) == explain_absence(DASK) == ""
    assert (explain_absence(RAY) == "") == (importlib.util.find_spec("ray") is not None)


def _tell_process(_: int) -> int:
    return os.getpid()
