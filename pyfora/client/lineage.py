"""What a value on the cluster was made from.

The cluster loses values with a worker, and everything with the manager; then it computes them again. For that the Programs of all
values that are used must be kept, and those of the values that went into them:

    proxy ──► Lineage(c2) ──► Lineage(c1)

A Lineage nobody refers to is forgotten, here and on the manager. The *values* of c1 are given up earlier, as soon as no
proxy names them: keeping only the Programs costs little, however long the chain.
"""

from collections.abc import Mapping

from pyfora.client.body import Body
from pyfora.report.explanation import Explanation


class Lineage:
    """One computation as the client knows it."""

    __slots__ = ("__weakref__", "body", "explanation", "is_lost", "number", "query", "target", "uses")

    def __init__(self, number: int, query: Mapping[str, object], body: Body | None, uses: tuple["Lineage", ...]) -> None:
        self.number = number  #: counts up within an executor: the order in which they run
        self.query = query  #: how it is asked for
        self.body: Body | None = body  #: the Program; None for a fetch, and for a large one that has been answered
        self.uses = uses  #: computations whose values it needs
        self.is_lost = False  #: the manager has forgotten it, and it cannot be sent again
        self.explanation: Explanation | None = None  #: what happened when it was computed
        self.target = "fetches" if body is None else "computations"  #: what it is for the manager

    @property
    def name(self) -> str:
        """Its name on the cluster."""
        return f"c{self.number}"
