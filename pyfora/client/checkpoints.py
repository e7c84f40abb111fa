"""Long histories are cut.

    for step in range(10_000):
        with executor.remotely:
            kept = advance(kept)          Lineage(c1) ◄── Lineage(c2) ◄── … ◄── Lineage(c10000)

To compute the last value again, should it be lost, would take as long as the whole loop did, and every link costs memory, here and on
the manager. So when such a chain has become long, its newest values are asked for; when they are small beside its length they are sent to
the manager as the Program that makes them from now on, and what led there is forgotten. What takes too much waits until the chain is twice
as long, so values of 1 MiB are cut after 100 computations, of 8 MiB after 800. That happens beside the user's own computations. Objects
that these values share with values of other computations are made separately then: only `is` can tell, and only after a loss.
"""

import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from pyfora.client.body import KEEP_BYTES
from pyfora.client.language import Language
from pyfora.client.lineage import Lineage
from pyfora.client.pending import Pending
from pyfora.client.proxies import RemotePythonObject
from pyfora.errors import PyforaError
from pyfora.program.nodes import Outcome, Program, Remote

if TYPE_CHECKING:
    from pyfora.client.session import Session  # comes with the network libraries

log = logging.getLogger("pyfora")

MOST_LINKS = 100
"""A chain of so many computations is cut. Guessed: one small question in a hundred blocks does not show, nor does computing them again."""
BYTES_A_LINK = 10 * 2**10
"""For each computation of a chain, its newest values may bring so much home, and back again as their Program. Guessed: a block takes
milliseconds, in which even a slow network moves several times as much."""
MOST_BYTES = KEEP_BYTES
"""But not more, however long the chain is: the Program is kept here, too."""
SOURCE = "checkpoint"  # how the status page shows that question


class Checkpoints:
    def __init__(self, session: "Session", language: Language, make_proxy: Callable[[Remote], RemotePythonObject]) -> None:
        self._session = session
        self._language = language
        self._make_proxy = make_proxy
        self._lock = threading.Lock()  # over both below
        self._most = MOST_LINKS  # doubles while values are too large for it
        self._is_asking = False

    def consider(self, used: Iterable[Lineage]) -> None:
        """Another computation is about to use them."""
        for lineage in used:
            if lineage.links >= self._most and self._begin(lineage):
                self._ask(lineage)

    def _begin(self, lineage: Lineage) -> bool:
        with self._lock:
            if not self._is_asking:
                lineage.count_links()
                self._is_asking = lineage.links >= self._most
                return self._is_asking
        return False

    def _ask(self, lineage: Lineage) -> None:
        remotes = [Remote(lineage.name, name, "object") for name in self._session.releases.list_live(lineage.name)]
        held = [self._make_proxy(remote) for remote in remotes]
        names = tuple((remote.name, number) for number, remote in enumerate(remotes))
        program = Program((), tuple(remotes), (), Outcome(names, -1, (), ""))
        query = {"want": "small", "limit": self._limit_bytes(len(remotes)), "source": SOURCE}
        asking = self._session.make_lineage(query, self._language.encode(program), [lineage])
        self._session.start(Pending(asking, held, lambda ended: self._take_end(ended, lineage)))

    def _limit_bytes(self, values: int) -> int:
        """For each of so many values."""
        return min(self._most * BYTES_A_LINK, MOST_BYTES) // max(values, 1)

    def _take_end(self, ended: Pending, lineage: Lineage) -> None:
        is_cut = False
        try:
            result = self._language.read_result(self._session.wait_for_result(ended), self._make_proxy)
            is_cut = result.error is None and self._cut(lineage, result.values)
        except PyforaError as error:
            log.info("the values of %s stay with their history: %s", lineage.name, error)
        finally:
            self._session.settle(ended)
            with self._lock:
                self._most = MOST_LINKS if is_cut else 2 * self._most
                self._is_asking = False

    def _cut(self, lineage: Lineage, values: Mapping[str, object]) -> bool:
        """Whether they are small enough."""
        if any(isinstance(value, RemotePythonObject) for value in values.values()):
            return False
        body = self._language.encode(self._language.capture_names(values))
        self._session.put_checkpoint(lineage, body)
        lineage.body = body
        lineage.uses = ()
        return True
