from collections.abc import Callable

import pytest

from benchmarks.targets import AHEAD, AS_COMPILED, AS_INTERPRETED, CORES, CPYTHON, DASK, EFFICIENT, NUMBA, ONE_CORE, POOL, C, Target, within


def medians(**seconds: float) -> Callable[[str], float | None]:
    names = {"numba": NUMBA, "c": C, "python": CPYTHON, "alone": ONE_CORE, "pool": POOL, "dask": DASK}
    return {names[name]: each for name, each in seconds.items()}.get


@pytest.mark.parametrize(("seconds", "met"), [(0.01, True), (0.02, False)])
def test_a_target_alone_is_in_seconds(seconds: float, met: bool) -> None:
    target = within(0.01)
    assert target.find_reached(seconds, medians()) == seconds
    assert target.is_met(seconds) is met


@pytest.mark.parametrize(("seconds", "met"), [(1.1, True), (1.2, False)])
def test_a_target_beside_peers_is_a_multiple_of_the_fastest(seconds: float, met: bool) -> None:
    reached = AS_COMPILED.find_reached(seconds, medians(numba=3.0, c=1.0))
    assert reached == seconds
    assert AS_COMPILED.is_met(reached) is met


def test_a_peer_that_has_no_time_is_not_compared() -> None:
    assert AS_COMPILED.find_reached(2.0, medians(numba=2.0)) == 1.0
    assert AS_COMPILED.find_reached(2.0, medians()) is None
    assert AS_COMPILED.find_reached(None, medians(numba=2.0)) is None


def test_interpreted_programs_must_be_so_many_times_as_fast_as_python() -> None:
    reached = AS_INTERPRETED.find_reached(2.0, medians(python=3.0))
    assert reached == 1.5
    assert not AS_INTERPRETED.is_met(reached)
    assert AS_INTERPRETED.is_met(1.6)


def test_efficiency_is_for_each_core() -> None:
    assert EFFICIENT.find_reached(1.0, medians(alone=CORES * 0.95)) == 0.95
    assert EFFICIENT.is_met(0.95)
    assert not EFFICIENT.is_met(0.85)


@pytest.mark.parametrize(
    ("target", "said"),
    [
        (AS_COMPILED, "beside the fastest of numba, C, OpenMP ≤ 1.15 ×"),
        (AHEAD, "beside the fastest of multiprocessing.Pool, Dask, Ray ≤ 1 ×"),
        (AS_INTERPRETED, "faster than CPython ≥ 1.6 ×"),
        (EFFICIENT, f"efficiency on {CORES} cores ≥ 0.9"),
        (within(0.005), "time ≤ 0.005 s"),
    ],
)
def test_a_target_says_what_is_wanted(target: Target, said: str) -> None:
    assert f"{target.describe()} {target.describe_limit()}" == said
