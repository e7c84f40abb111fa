"""What a value on the cluster was made from.

The cluster loses values with a worker, and everything with the manager; then it computes them again. For that the Programs of all
values that are used must be kept, and those of the values that went into them:

    proxy ──► Lineage(c2) ──► Lineage(c1)

A Lineage nobody refers to is forgotten, here and on the manager. The *values* of c1 are given up earlier, as soon as no
proxy names them. Chains that become long are cut: see `checkpoints.py`.
"""

from collections.abc import Mapping

from pyfora.client.body import Body
from pyfora.report.explanation import Explanation


class Lineage:
    """One computation as the client knows it."""

    __slots__ = ("__weakref__", "body", "explanation", "is_lost", "links", "number", "query", "target", "uses")

    def __init__(self, number: int, query: Mapping[str, object], body: Body | None, uses: tuple["Lineage", ...]) -> None:
        self.number = number  #: counts up within an executor: the order in which they run
        self.query = query  #: how it is asked for
        self.body: Body | None = body  #: the Program; None for a fetch, and for a large one that has been answered
        self.uses = uses  #: computations whose values it needs
        self.links = _count_links(uses)  #: the longest way to a computation that needs none; less when one of them was cut off meanwhile
        self.is_lost = False  #: the manager has forgotten it, and it cannot be sent again
        self.explanation: Explanation | None = None  #: what happened when it was computed
        self.target = "fetches" if body is None else "computations"  #: what it is for the manager

    def count_links(self) -> None:
        """Anew, for itself and all it was made from."""
        found, pending = {self.number: self}, [self]
        while pending:
            for used in pending.pop().uses:
                if used.number not in found:
                    found[used.number] = used
                    pending.append(used)
        for _, lineage in sorted(found.items()):  # what a computation needs has a lower number
            lineage.links = _count_links(lineage.uses)

    @property
    def name(self) -> str:
        """Its name on the cluster."""
        return f"c{self.number}"


def _count_links(uses: tuple[Lineage, ...]) -> int:
    return 1 + max((used.links for used in uses), default=0)
