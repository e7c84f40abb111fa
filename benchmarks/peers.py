"""Ways that look alike in every case, and the two kinds of rows they make up."""

import ctypes
from collections.abc import Callable
from typing import Any

from benchmarks.measure import timed
from benchmarks.openmp import NO_COMPILER, Openmp, one_thread
from benchmarks.records import Check, Row, Timed, Way
from benchmarks.stage import Stage
from benchmarks.targets import AHEAD, AS_COMPILED, C_ONE_CORE, CPYTHON, DASK, EFFICIENT, ONE_CORE, POOL, RAY, UFORA, C, Target
from benchmarks.teams import Team, explain_absence
from pyfora import Executor

INT, ADDRESS, DOUBLE = ctypes.c_int64, ctypes.c_void_p, ctypes.c_double
CFunction = Callable[..., Any]
Remotely = Callable[[Executor], object]
"""The program on a cluster."""
Shared = Callable[[Team], object]
"""The program as its pieces go to processes."""


def way(
    name: str,
    compute: Callable[[], object],
    check: Check,
    warm_up: Callable[[], object] | None = None,
    *targets: Target,
) -> Way:
    """A way that is timed from outside."""
    return Way(name, lambda: timed(compute), check, warm_up, targets)


def c_way(function: CFunction | None, arguments: tuple[object, ...], check: Check, name: str = C) -> Way:
    """A function of a C library; a way that says why it is missing where there is no compiler."""
    if function is None:
        return Way(name, lambda: timed(int), check, missing=NO_COMPILER)
    return way(name, lambda: function(*arguments), check)


def load_function(openmp: Openmp, name: str, source: str, result: type | None, *arguments: Any) -> CFunction | None:
    """The function `run` of a C text."""
    library = openmp.load(name, source)
    if library is None:
        return None
    function = library.run
    function.restype, function.argtypes = result, list(arguments)
    return function


def large_row(
    stage: Stage,
    name: tuple[str, str],
    compute: Remotely,
    check: Check,
    *peers: Way,
    warm_up: Remotely | None = None,
    targets: tuple[Target, ...] = (AS_COMPILED, EFFICIENT),
) -> Row:
    """A program beside those who compile it. `name`: of the case, and its size. `warm_up`: the program at a small size.

    Where efficiency is a target, a cluster with one core computes it too, and C with one thread."""
    prepare = warm_up or compute
    ufora = way(UFORA, lambda: compute(stage.executor), check, lambda: prepare(stage.executor), *targets)
    alone = way(ONE_CORE, lambda: compute(stage.executor_alone), check, lambda: prepare(stage.executor_alone))
    is_alone_asked = any(ONE_CORE in target.peers for target in targets)
    if not is_alone_asked:
        return Row(*name, (ufora, *peers))
    return Row(*name, (ufora, alone, *peers, *(_on_one_core(peer) for peer in peers if peer.name == C and not peer.missing)))


def _on_one_core(peer: Way) -> Way:
    def run() -> Timed:
        with one_thread():
            return peer.run()

    return Way(C_ONE_CORE, run, peer.check)


def small_row(
    stage: Stage,
    name: tuple[str, str],
    compute: Remotely,
    check: Check,
    here: Callable[[], object],
    shared: Shared,
    targets: tuple[Target, ...] = (AHEAD,),
    roughly: Check | None = None,
) -> Row:
    """A program beside those who compute it in CPython. `roughly`: checks answers of teams, whose float sums depend on the pieces."""
    ufora = way(UFORA, lambda: compute(stage.executor), check, lambda: compute(stage.executor), *targets)
    python = way(CPYTHON, here, check)
    return Row(*name, (ufora, python, *(team_way(stage, team, shared, roughly or check) for team in (POOL, DASK, RAY))))


def team_way(stage: Stage, name: str, shared: Shared, check: Check) -> Way:
    def compute() -> object:
        return shared(stage.find_team(name))

    absence = explain_absence(name)
    if absence:
        return Way(name, lambda: timed(int), check, missing=absence)
    return way(name, compute, check, compute)
