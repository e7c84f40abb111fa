"""The programs. Each module has `rows(stage)`: the program at its sizes, by all who can do it; peers' code stands beside it."""

from dataclasses import dataclass

from benchmarks.cluster import Cluster
from benchmarks.openmp import Openmp


@dataclass(frozen=True, slots=True)
class Stage:
    """What a case runs on."""

    cluster: Cluster
    openmp: Openmp
    quick: bool  #: leave out what takes long
