"""What a case runs on. Everything but the cluster is started when a way first asks for it, and ended with the case."""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

from benchmarks.cluster import Cluster
from benchmarks.openmp import Openmp
from benchmarks.teams import OPEN, CannotRun, Team
from pyfora import Executor


class Stage:
    def __init__(
        self,
        cluster: Cluster,
        openmp: Openmp,
        open_alone: Callable[[], AbstractContextManager[Cluster]],
        open_team: Mapping[str, Callable[[], AbstractContextManager[Team]]],
        *,
        quick: bool = False,
        size: int = 0,
    ) -> None:
        """`open_alone` starts a cluster with one core, `open_team` the processes of a peer by its name.

        `quick`: small sizes. `size`: of the large row; 0: the case's own."""
        self.cluster = cluster
        self.openmp = openmp
        self.quick = quick
        self._size = size
        self._open_alone = open_alone
        self._open_team = open_team
        self._opened = ExitStack()
        self._alone: Cluster | None = None
        self._teams: dict[str, Team] = {}
        self._failed: dict[str, str] = {}  #: name of a team → why it did not start

    def close(self) -> None:
        self._opened.close()

    @property
    def executor(self) -> Executor:
        return self.cluster.executor

    @property
    def executor_alone(self) -> Executor:
        """Of a cluster that has one core."""
        if self._alone is None:
            self._alone = self._opened.enter_context(self._open_alone())
        return self._alone.executor

    def find_team(self, name: str) -> Team:
        """Raises CannotRun, the second time at once: finding out takes some of them a minute."""
        if name in self._failed:
            raise CannotRun(self._failed[name])
        if name not in self._teams:
            try:
                self._teams[name] = self._opened.enter_context(self._open_team[name]())
            except CannotRun as error:
                self._failed[name] = str(error)
                raise
        return self._teams[name]

    def choose(self, quick: int, full: int) -> int:
        """The size of the large row."""
        return self._size or (quick if self.quick else full)

    def choose_small(self, quick: int, full: int) -> int:
        """The size of the row that CPython takes part in."""
        return quick if self.quick else full


@contextmanager
def open_stage(*, quick: bool, size: int) -> Iterator[Stage]:
    """A cluster of its own, whose machine code is forgotten afterwards."""
    with tempfile.TemporaryDirectory(prefix="ufora-bench-") as name:
        folder = Path(name)
        with Cluster(folder / "cache") as cluster:
            stage = Stage(cluster, Openmp(folder), lambda: Cluster(folder / "cache of one core", cores=1), OPEN, quick=quick, size=size)
            try:
                yield stage
            finally:
                stage.close()
